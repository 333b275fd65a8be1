package recording

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf8"
)

// A jsonlWriter writes events as encoding/json writes a line. It makes the text itself, since
// encoding/json takes five times as long.
type jsonlWriter struct {
	w   *bufio.Writer
	buf []byte
}

// maxKept is the size of the buffer that is kept for the next line, in bytes.
const maxKept = 1 << 20

// NewJSONL returns a Writer of JSON lines to w, and writes the first line.
func NewJSONL(w io.Writer, h Header) (Writer, error) {
	b := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(head{Version, h.Program, h.Start}); err != nil {
		return nil, err
	}
	return &jsonlWriter{w: b}, b.Flush()
}

func (w *jsonlWriter) Write(ev Event) error {
	b := append(w.buf[:0], `{"t":`...)
	b = strconv.AppendInt(b, int64(ev.Time), 10)
	b = appendField(b, "type", string(ev.Type))
	b = appendField(b, "handle", ev.Handle)
	b = appendNumber(b, "number", ev.Number)
	b = appendField(b, "kind", ev.Kind)
	b = appendField(b, "parent", ev.Parent)
	b = appendField(b, "local", ev.Local)
	b = appendField(b, "peer", ev.Peer)
	b = appendTrue(b, "own", ev.Own)
	if ev.Type.hasData() {
		b = appendData(b, ev.Data)
	} else {
		b = appendField(b, "text", ev.Text)
	}
	b = appendTrue(b, "cut", ev.Cut)
	b = appendTrue(b, "out", ev.Out)
	b = appendField(b, "op", ev.Op)
	b = appendField(b, "error", ev.Error)
	b = appendField(b, "fault", ev.Fault)
	b = appendNumber(b, "n", ev.N)
	b = appendField(b, "test", ev.Test)
	if ev.TLS != nil {
		text, err := json.Marshal(ev.TLS)
		if err != nil {
			return err
		}
		b = append(append(b, `,"tls":`...), text...)
	}
	b = append(b, "}\n"...)
	if w.buf = b; cap(b) > maxKept {
		w.buf = nil
	}
	_, err := w.w.Write(b)
	return err
}

func (w *jsonlWriter) Flush() error { return w.w.Flush() }
func (w *jsonlWriter) Close() error { return w.w.Flush() }

func appendName(b []byte, name string) []byte {
	b = append(append(b, `,"`...), name...)
	return append(b, `":`...)
}

// appendField appends a field, unless its value is "".
func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendString(appendName(b, name), value)
}

// appendNumber appends a field, unless its value is 0.
func appendNumber(b []byte, name string, n int) []byte {
	if n == 0 {
		return b
	}
	return strconv.AppendInt(appendName(b, name), int64(n), 10)
}

// appendTrue appends a field if it is true.
func appendTrue(b []byte, name string, is bool) []byte {
	if !is {
		return b
	}
	return append(appendName(b, name), "true"...)
}

// appendString appends a string, and replaces bytes that are not UTF-8.
func appendString(b []byte, s string) []byte {
	if out, ok := appendText(append(b, '"'), []byte(s)); ok {
		return append(out, '"')
	}
	text, _ := json.Marshal(s) // a string has no error
	return append(b, text...)
}

// appendData appends the size of the bytes and, as text or base64, the bytes.
func appendData(b, p []byte) []byte {
	b = strconv.AppendInt(appendName(b, "size"), int64(len(p)), 10)
	if out, ok := appendText(append(b, `,"text":"`...), p); ok {
		return append(out, '"')
	}
	b = append(b, `,"base64":"`...)
	return append(base64.StdEncoding.AppendEncode(b, p), '"')
}

// appendText appends p as the content of a string of JSON. ok is false unless p is UTF-8 without
// control characters other than tab, CR and LF, so that JSON gives back the same bytes and a
// person can read them.
func appendText(b, p []byte) (out []byte, ok bool) {
	from := 0
	for i, c := range p {
		if plain[c] {
			continue
		}
		b = append(b, p[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		default:
			return nil, false
		}
	}
	return append(b, p[from:]...), utf8.Valid(p)
}

// plain marks the bytes that need no escape in a JSON string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\' && c != 0x7f
	}
	return t
}()
