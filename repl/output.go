package repl

import (
	"io"
	"os"
	"strings"
	"sync/atomic"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// The rules of output
//
// What was asked for goes to stdout: received bytes, the value of an
// expression, print, and the text of ls, info, getsockname, getopt, help. What
// is only told goes to stderr: what a call did, events, hints, errors.
//
// On a terminal all of it is lines above the one being typed, and everything
// that a peer had a hand in is escaped. Where stdout is no terminal, received
// bytes are written exactly as they came, and nothing has colour.

// output is where a shell writes. Its methods may be used concurrently.
type output struct {
	stdout, stderr *os.File
	outTerminal    bool // stdout is a terminal
	errTerminal    bool
	con            *console // the prompt, or nil; set before anything is written
	colours        palette
	quiet          atomic.Bool           // say nothing more of what happens
	lost           atomic.Pointer[error] // why stdout took no more, or nil
}

func newOutput(_, stdout, stderr *os.File) *output {
	o := &output{stdout: stdout, stderr: stderr, outTerminal: isTerminal(stdout), errTerminal: isTerminal(stderr)}
	o.colours = newPalette(o.errTerminal)
	return o
}

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// ask writes text that was asked for, in whole lines.
func (o *output) ask(text string) {
	if o.outTerminal {
		text = safe(text)
	}
	if o.con != nil {
		o.con.Print(text)
		return
	}
	o.bytes([]byte(text))
}

// safe is text whose every line is fit for a terminal. A line of ours holds
// nothing that show.Text would change but a backslash, which it doubles; so
// the text is passed through only where it has to be.
func safe(text string) string {
	for _, r := range text {
		if r != '\n' && r != '\t' && (r < 0x20 || r >= 0x7f) {
			return show.Text([]byte(text))
		}
	}
	return text
}

// tell writes a line that nobody asked for.
func (o *output) tell(text string) {
	if text == "" || o.quiet.Load() {
		return
	}
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if o.con != nil {
		o.con.Print(text)
		return
	}
	io.WriteString(o.stderr, text)
}

// bytes writes received bytes exactly, where stdout is no terminal.
func (o *output) bytes(p []byte) (int, error) {
	n, err := o.stdout.Write(p)
	if err != nil {
		o.lost.CompareAndSwap(nil, &err)
	}
	return n, err
}

// failure returns why stdout took no more, or nil.
func (o *output) failure() error {
	if err := o.lost.Load(); err != nil {
		return *err
	}
	return nil
}

func (o *output) columns() int {
	if o.con != nil {
		return o.con.Width()
	}
	if ws, err := unix.IoctlGetWinsize(int(o.stdout.Fd()), unix.TIOCGWINSZ); err == nil && ws.Col > 0 {
		return int(ws.Col)
	}
	return 80
}

// asked returns a writer for what Lua prints: as it is, but for a terminal.
func (o *output) asked() io.Writer { return &luaWriter{write: o.ask, raw: o.stdout, o: o} }

// told is asked for stderr.
func (o *output) told() io.Writer {
	return &luaWriter{write: func(s string) { o.tell(safe(s)) }, raw: o.stderr, o: o}
}

// luaWriter passes whole lines to a prompt, which has no place for half of one;
// elsewhere bytes go out as they are.
type luaWriter struct {
	write func(string)
	raw   *os.File
	o     *output
}

func (w *luaWriter) Write(p []byte) (int, error) {
	if w.o.con == nil && !(w.o.outTerminal && w.raw == w.o.stdout) {
		if w.raw == w.o.stdout {
			return w.o.bytes(p)
		}
		return w.raw.Write(p)
	}
	w.write(string(p))
	return len(p), nil
}
