package timeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"
)

var header = recording.Header{Version: recording.Version, Program: "sosh test", Start: time.Date(2026, 11, 29, 12, 0, 0, 5e6, time.UTC)}

// render writes events as a page.
func render(t testing.TB, w io.Writer, o Options, events ...recording.Event) {
	t.Helper()
	tl, err := NewWriter(w, header, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, ev := range events {
		if ev.Time == 0 {
			ev.Time = time.Duration(i+1) * time.Millisecond
		}
		if err := tl.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := tl.Close(); err != nil {
		t.Fatal(err)
	}
}

// pageLines are the JSON lines of a page.
func pageLines(t *testing.T, page string) (lines []map[string]any) {
	t.Helper()
	for _, block := range strings.Split(page, "<script type=\"application/json\">\n")[1:] {
		text, _, _ := strings.Cut(block, "</script>")
		for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
			var v map[string]any
			if err := json.Unmarshal([]byte(l), &v); err != nil {
				t.Fatalf("%q: %v", l, err)
			}
			lines = append(lines, v)
		}
	}
	return lines
}

func message(data string) recording.Event {
	return recording.Event{Type: recording.Sent, Handle: "c", Number: 1, Kind: "tcp4", Peer: "127.0.0.1:1", Data: []byte(data)}
}

// TestPageWhole: no data ends a script element, and the policy allows only what is there.
func TestPageWhole(t *testing.T) {
	t.Parallel()
	const hostile = "</script><script>alert(1)</script><!--<script>"
	var b bytes.Buffer
	ev := message(hostile)
	ev.Handle, ev.Peer = hostile, hostile
	render(t, &b, Options{Title: hostile}, ev, recording.Event{Type: recording.Note, Text: hostile})
	page := b.String()
	if n := strings.Count(page, "</script>"); n != 2 {
		t.Errorf("%d script elements end, want 2", n)
	}
	if strings.Contains(page, "alert(1)</") || strings.Contains(page, "<!--") {
		t.Error("hostile data stands in the page as it came")
	}
	lines := pageLines(t, page)
	if len(lines) != 4 || lines[1]["text"] != hostile || lines[1]["handle"] != hostile || lines[3]["end"] != true {
		t.Errorf("lines of the page: %v", lines)
	}
	for _, tag := range []string{"script", "style"} {
		_, text, _ := strings.Cut(page, "<"+tag+">")
		text, _, _ = strings.Cut(text, "</"+tag+">")
		if !strings.Contains(page, tag+"-src "+hash(text)+";") {
			t.Errorf("the policy lacks the hash of the %s", tag)
		}
	}
	if m := regexp.MustCompile(`https?://[^"]*`).FindAllString(page, -1); len(m) != 1 || m[0] != "http://www.w3.org/2000/svg" {
		t.Errorf("the page names addresses: %q", m)
	}
}

// TestPageLeavesOut: secrets, and ciphertext after the handshake; the numbers of events stay
// those of the recording.
func TestPageLeavesOut(t *testing.T) {
	t.Parallel()
	wire := recording.Event{Type: recording.Wire, Handle: "c", Number: 1, Data: []byte{22, 3, 1}}
	var b bytes.Buffer
	render(t, &b, Options{}, wire, recording.Event{Type: recording.Secret, Text: "CLIENT_RANDOM"},
		recording.Event{Type: recording.TLS, Handle: "c", Number: 1}, wire, wire, message("x"))
	var got []string
	for _, l := range pageLines(t, b.String())[1:] {
		got = append(got, fmt.Sprintf("%v %v", l["type"], l["skip"]))
	}
	want := []string{"wire <nil>", "<nil> 1", "tls <nil>", "<nil> 2", "sent <nil>", "<nil> <nil>"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}

// TestPageLimit: beyond the limit the page has the beginnings of messages, then no more, and says so.
func TestPageLimit(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	var events []recording.Event
	for range 200 {
		events = append(events, message(strings.Repeat("x", 1000)))
	}
	render(t, &b, Options{Limit: 20_000}, events...)
	lines := pageLines(t, b.String())
	notes, whole, cut, lost := 0, 0, 0, 0.0
	for _, l := range lines {
		switch l["type"] {
		case "note":
			notes++
		case "sent":
			if l["size"] == 1000.0 {
				whole++
			} else if l["size"] == float64(keptBytes) {
				cut++
			}
		case "lost":
			lost = l["n"].(float64)
		}
	}
	if notes != 1 || whole < 10 || cut < 50 || whole+cut+int(lost) != 200 {
		t.Errorf("%d notes, %d messages whole, %d cut, %v lost", notes, whole, cut, lost)
	}
	if events := len(b.String()) - len(page().body); events > 60_000 {
		t.Errorf("the events are %d bytes, where the limit is 20000", events)
	}
}

// TestPageBlocks: many events stand in several script elements, each of whole lines.
func TestPageBlocks(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	var events []recording.Event
	for range 12 {
		events = append(events, message(strings.Repeat("<", 1<<17)))
	}
	render(t, &b, Options{}, events...)
	if n := strings.Count(b.String(), `<script type="application/json">`); n < 3 {
		t.Errorf("%d elements of events for %d bytes", n, b.Len())
	}
	if n := len(pageLines(t, b.String())); n != 14 {
		t.Errorf("%d lines, want 14", n)
	}
}
