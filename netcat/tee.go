package netcat

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// A direction is the direction of a session's bytes.
type direction int

const (
	outward direction = iota
	inward
)

// A tee logs the bytes of a session to the files of --output and --hex-dump, and with --dump
// to standard error. A nil *tee logs nothing. The sessions of a run share one; it may be used
// concurrently.
type tee struct {
	mu       sync.Mutex
	raw, hex io.Writer
	dump     *dump
	files    []*os.File
}

// newTee opens the files named by the flags.
func newTee(n *netcat) (*tee, error) {
	o := n.opt
	if o.output == "" && o.hexDump == "" && !o.dump {
		return nil, nil
	}
	t := &tee{}
	open := func(name string) (io.Writer, error) {
		if name == "" {
			return nil, nil
		}
		f, err := n.openLog(name)
		if err != nil {
			return nil, err
		}
		t.files = append(t.files, f)
		return f, nil
	}
	var err error
	if t.raw, err = open(o.output); err == nil {
		t.hex, err = open(o.hexDump)
	}
	if err != nil {
		t.close()
		return nil, err
	}
	if o.dump {
		t.dump = newDump(n.err)
	}
	return t, nil
}

func (t *tee) close() {
	if t == nil {
		return
	}
	for _, f := range t.files {
		f.Close()
	}
}

// log logs p. If a write to a file fails, the data is missing there, as with ncat, and the
// session continues.
func (t *tee) log(d direction, p []byte) {
	if t == nil || len(p) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.raw != nil {
		t.raw.Write(p)
	}
	if t.hex != nil {
		t.hex.Write(ncatHex(p))
	}
	if t.dump != nil {
		t.dump.show(d, p)
	}
}

// ncatPiece is how many bytes ncat reads at once.
const ncatPiece = 8192

// ncatHex formats p as ncat's -x does: 16 bytes a line, offsets that start at 0 in each piece
// that ncat would have read, and a point for blanks and unprintable bytes.
func ncatHex(p []byte) []byte {
	var b bytes.Buffer
	for at := 0; at < len(p); at += 16 {
		off, line := at%ncatPiece, p[at:min(at+16, len(p))]
		var digits, text strings.Builder
		for i, c := range line {
			if i == 8 {
				digits.WriteByte(' ')
			}
			fmt.Fprintf(&digits, "%02x ", c)
			if c <= ' ' || c > '~' {
				c = '.'
			}
			text.WriteByte(c)
		}
		fmt.Fprintf(&b, "%04x   %-49s %-16s\n", off, digits.String(), text.String())
	}
	return b.Bytes()
}

// A dump writes both directions as a hexdump with the time and an arrow, in colour on a
// terminal. It never writes raw bytes of the session.
type dump struct {
	w         io.Writer
	began     time.Time
	colour    bool
	positions [2]int64
}

func newDump(w io.Writer) *dump {
	d := &dump{w: w, began: time.Now()}
	if _, ok := w.(standardError); ok && os.Getenv("NO_COLOR") == "" {
		_, err := unix.IoctlGetTermios(2, termiosRequest)
		d.colour = err == nil
	}
	return d
}

func (d *dump) show(dir direction, p []byte) {
	arrow, colour := ">", "\x1b[32m"
	if dir == inward {
		arrow, colour = "<", "\x1b[36m"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %.6f %d bytes\n", arrow, time.Since(d.began).Seconds(), len(p))
	for line := range strings.Lines(show.HexdumpWidth(p, d.positions[dir], 0)) {
		b.WriteString(arrow + " " + line)
	}
	d.positions[dir] += int64(len(p))
	text := b.String()
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if d.colour {
		text = colour + strings.TrimSuffix(text, "\n") + "\x1b[0m\n"
	}
	io.WriteString(d.w, text)
}
