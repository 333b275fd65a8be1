package recording

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestJSONLRoundTrip(t *testing.T) {
	want := []Event{
		{Time: 1, Type: Connected, Handle: "c", Number: 1, Kind: "tcp4", Local: "127.0.0.1:1", Peer: "127.0.0.1:2", Own: true},
		{Time: 2, Type: Sent, Handle: "c", Number: 1, Data: []byte("héllo </script>\r\n\t")},
		{Time: 3, Type: Data, Handle: "c", Number: 1, Data: []byte{0, 0xff, '\n', 0x1b}, Cut: true},
		{Time: 4, Type: Data, Handle: "c", Number: 1, Data: []byte{}},
		{Time: 5, Type: Wire, Handle: "c", Number: 1, Data: []byte("\x16\x03"), Out: true},
		{Time: 6, Type: Secret, Handle: "c", Number: 1, Text: "CLIENT_RANDOM 00 11"},
		{Time: 7, Type: TLS, Handle: "c", Number: 1, TLS: &TLSInfo{Version: "TLS 1.3", Server: true}},
		{Time: 8, Type: Failed, Handle: "c", Number: 1, Op: "recv", Error: "connection reset"},
		{Time: 9, Type: Lost, N: 7},
		{Time: 10, Type: Check, Test: "a \"name\"", Error: "want 1,\ngot 2"},
	}
	h := Header{Version, "sosh test", time.Unix(1700000000, 123456789).UTC()}
	var b bytes.Buffer
	w, err := NewJSONL(&b, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].ID = i + 1
		if err := w.Write(want[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := b.String()
	got, err := readAll(whole)
	if err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events differ (-want +got):\n%s", diff)
	}
	// Cut anywhere, it gives the events before the cut.
	for i := strings.IndexByte(whole, '\n') + 1; i < len(whole); i++ {
		got, err := readAll(whole[:i])
		if n := strings.Count(whole[:i], "\n") - 1; err != io.EOF || len(got) != n {
			t.Fatalf("cut at %d: %d events, %v, want %d", i, len(got), err, n)
		}
	}
}

func readAll(s string) (events []Event, err error) {
	r, err := OpenJSONL(strings.NewReader(s))
	if err != nil {
		return nil, err
	}
	for {
		ev, err := r.Next()
		if err != nil {
			return events, err
		}
		events = append(events, ev)
	}
}

func TestJSONLRefuses(t *testing.T) {
	const first = `{"recording":1,"program":"sosh","start":"2026-01-01T00:00:00Z"}` + "\n"
	for _, c := range []struct{ text, want string }{
		{"", "not a recording"},
		{"hello\n", "not a recording"},
		{`{"a":1}` + "\n", "not a recording"},
		{`{"recording":2}` + "\n", "version 2"},
		{first + "{\n", "line 2"},
		{first + "{}\n", "line 2: the event has no type"},
		{first + `{"type":"data","base64":"!"}` + "\n", "line 2: base64"},
		{first + `{"type":"data","t":"x"}` + "\n", "line 2"},
	} {
		if _, err := readAll(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzJSONL(f *testing.F) {
	f.Add(`{"recording":1}` + "\n" + `{"t":1,"type":"data","text":"x"}` + "\n")
	f.Fuzz(func(t *testing.T, s string) { readAll(s) })
}

// TestJSONLText compares the writer with encoding/json, which reads what it writes.
func TestJSONLText(t *testing.T) {
	for _, s := range []string{"", "a", `"\`, "\t\r\n", "\x7f", "\x00", "é\u2028", "\xff", "a\x1bb", strings.Repeat("x\n", 5000), "</script>&"} {
		want, err := json.Marshal(strings.ToValidUTF8(s, "\ufffd"))
		if err != nil {
			t.Fatal(err)
		}
		var back, same string
		got := appendString(nil, s)
		if json.Unmarshal(got, &back) != nil || json.Unmarshal(want, &same) != nil || back != same {
			t.Errorf("%q is written as %s", s, got)
		}
	}
}

func BenchmarkJSONL(b *testing.B) {
	for name, data := range map[string][]byte{
		"binary": bytes.Repeat([]byte{0, 1, 2, 0xff}, 16<<10),
		"text":   bytes.Repeat([]byte("a line of sixty-three bytes, as they come in text protocols...\n"), 1<<10),
		"small":  []byte("GET\r\n"),
	} {
		b.Run(name, func(b *testing.B) {
			w, err := NewJSONL(io.Discard, Header{})
			if err != nil {
				b.Fatal(err)
			}
			ev := Event{Type: Data, Handle: "srv.1", Number: 3, Kind: "tcp", Local: "127.0.0.1:8080", Peer: "127.0.0.1:40000", Data: data}
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				w.Write(ev)
			}
		})
	}
}
