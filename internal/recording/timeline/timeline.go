// Package timeline writes a recording as one HTML file: a ladder diagram of the traffic between
// the handles and their peers.
//
// The file has the program, its style, and the events as JSON lines, with nothing from
// outside. The events stand last, in script elements of a type that no browser runs. So
// the page can be written as the events come, and what a crash leaves is a page that opens.
//
// It knows no handles and no sockets.
package timeline

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"sync"
	"time"

	"sosh/internal/recording"
)

//go:embed page
var files embed.FS

// scripts are the files of the program, in the order in which they are joined.
var scripts = []string{"bytes.js", "model.js", "rows.js", "ladder.js", "draw.js", "detail.js", "search.js", "app.js"}

// Options say what the page shows beside the events.
type Options struct {
	// Title is the heading; "" means the name of the program that recorded.
	Title string
	// Limit is the size of the page, in bytes, beyond which only the first bytes of each
	// message are kept; at twice the size events are dropped too, and counted. 0 means
	// DefaultLimit.
	Limit int64
}

// DefaultLimit is a size of page that a browser opens on an ordinary machine, in bytes.
const DefaultLimit = 128 << 20

const (
	blockSize = 4 << 20 // of one script element, in bytes, so that no string of the browser gets too long
	keptBytes = 64      // of a message, once the page is full
)

// meta is the first line of the events in the page. The program reads it.
type meta struct {
	Recording int       `json:"recording"`
	Program   string    `json:"program"`
	Start     time.Time `json:"start"`
	Title     string    `json:"title,omitempty"`
}

// A note is a line that stands between the events and tells the program of the page how
// to read on.
type note struct {
	Skip int  `json:"skip,omitempty"` // number of events of the recording that are not in the page
	Size int  `json:"size,omitempty"` // size of the next event's data, of which only the first bytes are in the page
	End  bool `json:"end,omitempty"`  // the recording was closed
}

type writer struct {
	out   *bufio.Writer
	line  bytes.Buffer // the JSON line of the next event
	lines recording.Writer

	limit   int64
	size    int64 // of the events so far
	block   int64 // of the script element that is open
	skipped int   // events since the last that was written
	dropped int   // events beyond the limit
	last    time.Duration
	full    bool
	secured map[peer]bool // whose handshake has succeeded
	known   map[int]ends  // what the last event of each handle said, by number
}

// A peer is a peer of a handle. Those of a listener are in a handshake.
type peer struct {
	number int // of the handle
	addr   string
}

// ends are the fields that most events of a handle repeat.
type ends struct{ handle, kind, local, peer string }

// NewWriter returns a Writer of the page to w, and writes all of the page but the events.
//
// The page leaves out the secrets of TLS, and the ciphertext after the handshake.
func NewWriter(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	t := &writer{out: bufio.NewWriterSize(w, 64<<10), limit: o.Limit, secured: make(map[peer]bool), known: make(map[int]ends)}
	var err error
	if t.lines, err = recording.NewJSONL(&t.line, h); err != nil {
		return nil, err
	}
	t.line.Reset()
	title := o.Title
	if title == "" {
		title = h.Program
	}
	p := page()
	fmt.Fprintf(t.out, p.head, html.EscapeString(title))
	t.out.WriteString(p.body)
	t.open()
	if err := t.note(meta{recording.Version, h.Program, h.Start, o.Title}); err != nil {
		return nil, err
	}
	return t, t.out.Flush()
}

// parts are the constant parts of the page. head has a verb of fmt for the title.
type parts struct{ head, body string }

var page = sync.OnceValue(func() parts {
	read := func(name string) string {
		text, err := files.ReadFile("page/" + name)
		if err != nil {
			panic(err) // it is embedded
		}
		return string(text)
	}
	style := read("style.css")
	program := "(() => {\n\"use strict\";\n"
	for _, name := range scripts {
		program += read(name)
	}
	program += "})();\n"
	policy := fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'",
		hash(program), hash(style))
	return parts{
		head: "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
			"<meta http-equiv=\"Content-Security-Policy\" content=\"" + policy + "\">\n" +
			"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
			"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n" +
			"<title>%s</title>\n",
		body: "<style>" + style + "</style>\n</head>\n<body>\n" + read("body.html") +
			"<noscript>This page draws its events with JavaScript. They stand below as JSON lines.</noscript>\n" +
			"<script>" + program + "</script>\n",
	}
})

// hash returns the source of a content security policy that allows exactly this text.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// open begins a script element of events, and ends the one before.
func (t *writer) open() {
	if t.size > 0 {
		t.out.WriteString("</script>\n")
	}
	t.out.WriteString("<script type=\"application/json\">\n")
	t.block = 0
}

func (t *writer) Write(ev recording.Event) error {
	if t.leaveOut(ev) {
		t.skipped++
		return nil
	}
	t.last = ev.Time
	if t.size >= t.limit && !t.full {
		t.full = true
		text := fmt.Sprintf("the page has reached its limit of %d MiB: from here on, messages are cut after %d bytes", t.limit>>20, keptBytes)
		if err := t.aside(recording.Event{Time: ev.Time, Type: recording.Note, Text: text}); err != nil {
			return err
		}
	}
	if t.size >= 2*t.limit {
		t.dropped++
		return nil
	}
	n := note{Skip: t.skipped}
	t.skipped = 0
	if t.full && len(ev.Data) > keptBytes {
		n.Size = len(ev.Data)
		ev.Data = ev.Data[:keptBytes]
	}
	if n != (note{}) {
		if err := t.note(n); err != nil {
			return err
		}
	}
	return t.event(t.shorten(ev))
}

// shorten leaves out what the last event of the handle said too, which the program of the page
// puts back: a page of half the size opens sooner.
func (t *writer) shorten(ev recording.Event) recording.Event {
	if ev.Number == 0 {
		return ev
	}
	e := ends{ev.Handle, ev.Kind, ev.Local, ev.Peer}
	if ev.Handle != "" && t.known[ev.Number] == e {
		ev.Handle, ev.Kind, ev.Local, ev.Peer = "", "", "", ""
	} else {
		t.known[ev.Number] = e
	}
	if ev.Type == recording.Closed {
		delete(t.known, ev.Number)
	}
	return ev
}

// aside writes an event that is not in the recording, so that it is not counted.
func (t *writer) aside(ev recording.Event) error {
	if err := t.note(note{Skip: -1}); err != nil {
		return err
	}
	return t.event(ev)
}

// event writes an event as a line of JSON.
func (t *writer) event(ev recording.Event) error {
	if err := t.lines.Write(ev); err != nil {
		return err
	}
	if err := t.lines.Flush(); err != nil {
		return err
	}
	return t.put()
}

func (t *writer) note(v any) error {
	if err := json.NewEncoder(&t.line).Encode(v); err != nil {
		return err
	}
	return t.put()
}

// put writes the line. In JSON, < stands only in strings: written as an escape there, no
// data can end the script element.
func (t *writer) put() error {
	if t.block >= blockSize {
		t.open()
	}
	line := bytes.ReplaceAll(t.line.Bytes(), []byte("<"), []byte(`\u003c`))
	t.line.Reset()
	t.size += int64(len(line))
	t.block += int64(len(line))
	_, err := t.out.Write(line)
	return err
}

// leaveOut reports whether the page has no use for ev: secrets, which nobody should pass on with
// a picture, and ciphertext that is not a handshake's.
func (t *writer) leaveOut(ev recording.Event) bool {
	p := peer{ev.Number, ev.Peer}
	switch ev.Type {
	case recording.TLS:
		if ev.Error == "" {
			t.secured[p] = true
		}
	case recording.Closed:
		delete(t.secured, p)
	case recording.Wire:
		return t.secured[p]
	case recording.Secret:
		return true
	}
	return false
}

func (t *writer) Flush() error { return t.out.Flush() }

func (t *writer) Close() error {
	if t.dropped > 0 {
		if err := t.aside(recording.Event{Time: t.last, Type: recording.Lost, N: t.dropped}); err != nil {
			return err
		}
	}
	if err := t.note(note{End: true}); err != nil {
		return err
	}
	t.out.WriteString("</script>\n</body>\n</html>\n")
	return t.out.Flush()
}
