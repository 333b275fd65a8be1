package recording

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// line is an event as encoded in the file.
type line struct {
	Time   int64    `json:"t"` // nanoseconds
	Type   Type     `json:"type"`
	Handle string   `json:"handle,omitempty"`
	Number int      `json:"number,omitempty"`
	Kind   string   `json:"kind,omitempty"`
	Parent string   `json:"parent,omitempty"`
	Local  string   `json:"local,omitempty"`
	Peer   string   `json:"peer,omitempty"`
	Own    bool     `json:"own,omitempty"`
	Size   *int     `json:"size,omitempty"` // of the data, for readers that skip it
	Text   *string  `json:"text,omitempty"`
	Base64 *string  `json:"base64,omitempty"`
	Cut    bool     `json:"cut,omitempty"`
	Out    bool     `json:"out,omitempty"`
	Op     string   `json:"op,omitempty"`
	Error  string   `json:"error,omitempty"`
	Fault  string   `json:"fault,omitempty"`
	N      int      `json:"n,omitempty"`
	Test   string   `json:"test,omitempty"`
	TLS    *TLSInfo `json:"tls,omitempty"`
}

// head is the first line of the file.
type head struct {
	Recording int       `json:"recording"` // the version
	Program   string    `json:"program"`
	Start     time.Time `json:"start"`
}

// hasData reports whether events of a type carry bytes.
func (t Type) hasData() bool { return t == Data || t == Sent || t == Wire || t == Output }

// MaxLine is the greatest length of a line that [JSONL.Next] reads, in bytes.
const MaxLine = 256 << 20

// A JSONL reads a recording of JSON lines. It must not be used concurrently.
type JSONL struct {
	Header Header
	r      *bufio.Reader
	n      int // of lines that were read
	events int
}

// ErrNotRecording is the error of [OpenJSONL] for a file that is not a recording.
var ErrNotRecording = errors.New("not a recording (expected a first line with \"recording\": 1)")

// OpenJSONL reads the first line from r. The error is [ErrNotRecording] if the line is not a
// header of a recording. A version later than [Version] is an error too.
func OpenJSONL(r io.Reader) (*JSONL, error) {
	d := &JSONL{r: bufio.NewReaderSize(r, 64<<10)}
	text, err := d.line()
	if err != nil && err != io.EOF {
		return nil, err
	}
	var h head
	if json.Unmarshal(text, &h) != nil || h.Recording == 0 {
		return nil, ErrNotRecording
	}
	if h.Recording > Version {
		return nil, fmt.Errorf("unknown recording version %d (expected at most %d)", h.Recording, Version)
	}
	d.Header = Header{h.Recording, h.Program, h.Start}
	return d, nil
}

// line reads one line, without its newline. A last line without a newline was cut off by a
// crash: line returns its text and io.EOF.
func (d *JSONL) line() ([]byte, error) {
	var text []byte
	for {
		piece, err := d.r.ReadSlice('\n')
		if len(text)+len(piece) > MaxLine {
			return nil, fmt.Errorf("line %d is longer than %d MiB", d.n+1, MaxLine>>20)
		}
		text = append(text, piece...)
		if err == bufio.ErrBufferFull {
			continue
		}
		d.n++
		return text, err
	}
}

// Next returns the next event, or io.EOF at the end. A last line that was cut off counts as
// the end. Other errors name the line.
func (d *JSONL) Next() (Event, error) {
	text, err := d.line()
	if err != nil {
		return Event{}, err
	}
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return Event{}, fmt.Errorf("line %d: %w", d.n, err)
	}
	ev := Event{Time: time.Duration(l.Time), Type: l.Type, Handle: l.Handle, Number: l.Number, Kind: l.Kind, Parent: l.Parent,
		Local: l.Local, Peer: l.Peer, Own: l.Own, Cut: l.Cut, Out: l.Out, Op: l.Op, Error: l.Error, Fault: l.Fault, N: l.N, Test: l.Test, TLS: l.TLS}
	switch {
	case l.Type == "":
		return Event{}, fmt.Errorf("line %d: the event has no type", d.n)
	case !l.Type.hasData():
		if l.Text != nil {
			ev.Text = *l.Text
		}
	case l.Base64 != nil:
		if ev.Data, err = base64.StdEncoding.DecodeString(*l.Base64); err != nil {
			return Event{}, fmt.Errorf("line %d: base64: %w", d.n, err)
		}
	case l.Text != nil:
		ev.Data = []byte(*l.Text)
	}
	d.events++
	ev.ID = d.events
	return ev, nil
}
