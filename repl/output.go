package repl

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"sosh/internal/show"
	"sosh/repl/console"

	"golang.org/x/sys/unix"
)

// The rules of output
//
// Requested output goes to stdout (print): received bytes, the value of an
// expression, Lua's print, and the text of ls, info, getsockname, getopt, help.
// Notices go to stderr (notify): what a call did, events, hints, errors.
//
// The type show.Trusted separates our text from foreign text: it is printed as it
// is. A string is printed only by printForeign, or through the functions of package
// show that make it trusted. On a terminal foreign text is escaped, in rows behind a
// gutter, and a line of ours that is too wide continues behind one, so that nothing
// foreign appears where a line of ours begins. Where stdout is no terminal, received
// bytes and Lua's output are written unchanged, and nothing has colour.

// output is where a shell writes. Its methods may be used concurrently.
type output struct {
	stdout, stderr *os.File
	outTerminal    bool // stdout is a terminal
	errTerminal    bool
	con            *console.Console // the prompt, or nil; set before anything is written
	colours        *palette
	own            ownOutput
	background     func(show.Trusted) bool         // prints at a prompt what no command there has printed; or nil
	labelled       func(show.Trusted) show.Trusted // names the job whose Lua prints text; called under the machine's lock
	quiet          atomic.Bool                     // no more notices: the shell is ending
	lost           atomic.Pointer[error]           // why stdout took no more, or nil
}

func newOutput(_, stdout, stderr *os.File) *output {
	o := &output{stdout: stdout, stderr: stderr, outTerminal: isTerminal(stdout), errTerminal: isTerminal(stderr)}
	o.colours = newPalette(o.errTerminal)
	return o
}

// terminal returns where a prompt is shown: stdout, or stderr if stdout is no terminal.
func (o *output) terminal() *os.File {
	if o.outTerminal {
		return o.stdout
	}
	return o.stderr
}

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	return err == nil
}

// print writes requested text of ours to stdout, in whole lines.
func (o *output) print(text show.Trusted) {
	if o.con != nil && o.outTerminal {
		o.put(text)
		return
	}
	if o.outTerminal {
		text = show.Fold(text, o.columns())
	}
	o.bytes([]byte(text))
}

// printForeign writes requested text of others to stdout, in whole lines: in rows
// on a terminal, else unchanged.
func (o *output) printForeign(text string) {
	if !o.outTerminal {
		o.bytes([]byte(text))
		return
	}
	o.print(show.Rows(text, 0))
}

// notify writes a line to stderr, or above the line being edited. It returns false
// if the line was dropped, because too much waits to be drawn.
func (o *output) notify(text show.Trusted) bool {
	if text == "" || o.quiet.Load() {
		return true
	}
	if !strings.HasSuffix(string(text), "\n") {
		text += "\n"
	}
	if o.con != nil {
		return o.put(text)
	}
	return show.Fprint(o.stderr, text) == nil
}

// put prints text at a prompt: at once while a command runs, which counts as the command's
// output; else as what came meanwhile. It returns false if the text was dropped.
func (o *output) put(text show.Trusted) bool {
	if o.background != nil && !o.own.active() {
		return o.background(text)
	}
	o.own.add(o, text, true)
	return o.con.Print(text)
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

// unread reports whether nobody reads stdout any more: as of a program that SIGPIPE ends, that is
// no error to report.
func (o *output) unread() bool { return errors.Is(o.failure(), unix.EPIPE) }

func (o *output) columns() int {
	if o.con != nil {
		return o.con.Width()
	}
	if columns := show.Columns(o.stdout); columns > 0 {
		return columns
	}
	return 80
}

// luaStdout returns the stdout of Lua, which escapes for a terminal.
func (o *output) luaStdout() io.Writer {
	return &luaWriter{o: o, raw: stdoutWriter{o}, rows: show.Stream{W: stdoutWriter{o}, Columns: o.columns}, terminal: o.outTerminal}
}

// luaStderr returns the stderr of Lua, which escapes for a terminal.
func (o *output) luaStderr() io.Writer {
	return &luaWriter{o: o, raw: o.stderr, rows: show.Stream{W: o.stderr, Columns: o.columns}, terminal: o.errTerminal}
}

// stdoutWriter is stdout, and records the error of a failed write.
type stdoutWriter struct{ o *output }

func (w stdoutWriter) Write(p []byte) (int, error) { return w.o.bytes(p) }

// luaWriter passes whole lines to a prompt, which can't show half a line. On another
// terminal it makes rows, and elsewhere it writes the bytes unchanged. It is called
// under the machine's lock.
type luaWriter struct {
	o        *output
	raw      io.Writer
	rows     show.Stream
	terminal bool
}

func (w *luaWriter) Write(p []byte) (int, error) {
	switch {
	case w.o.con != nil && w.terminal:
		w.o.put(w.o.labelled(show.Rows(string(p), 0)))
	case w.terminal:
		return w.rows.Write(p)
	default:
		return w.raw.Write(p)
	}
	return len(p), nil
}
