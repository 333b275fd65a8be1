// Package termtest is a terminal for tests: a pseudo-terminal, with a program on
// one end and on the other an emulator that draws what a person would see.
//
// A Screen has one goroutine, which ends with the test.
package termtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
)

// Patience is how long a test waits for what must happen. Nothing is measured
// with it; it is there so that a hang becomes a failure.
const Patience = 20 * time.Second

// A Screen is a pseudo-terminal and the screen of it. Its methods are for the
// goroutine of the test.
type Screen struct {
	Keys  *os.File // the end of it where a person sits
	VT    vt10x.Terminal
	Paste PasteMode
	Wrote Transcript

	t       testing.TB
	awaited atomic.Pointer[awaited]
	changed chan struct{}
	done    chan struct{} // closed when the program has let go of its end
}

// A Transcript is every byte that the program has written to its terminal.
type Transcript struct {
	mu sync.Mutex
	b  []byte
}

// Write implements [io.Writer].
func (w *Transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.b = append(w.b, p...)
	return len(p), nil
}

// Has reports whether text is among the last of it.
func (w *Transcript) Has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.b[max(0, len(w.b)-64<<10):], []byte(text))
}

// Len returns how many bytes that is.
func (w *Transcript) Len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.b)
}

// Bytes returns a copy of all of it.
func (w *Transcript) Bytes() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.b)
}

// PasteMode counts how often the program has switched the marking of pastes on
// and off. Since it does so once a line, and when the terminal is raw already,
// it tells one prompt from the next.
type PasteMode struct {
	Mu      sync.Mutex // held: nothing more is read from the program
	On, Off atomic.Int32
	tail    string
}

// Write implements [io.Writer].
func (m *PasteMode) Write(p []byte) (int, error) {
	m.Mu.Lock()
	defer m.Mu.Unlock()
	s := m.tail + string(p)
	m.On.Add(int32(strings.Count(s, "\x1b[?2004h")))
	m.Off.Add(int32(strings.Count(s, "\x1b[?2004l")))
	m.tail = s[max(strings.LastIndexByte(s, 0x1b), 0):]
	if len(m.tail) >= len("\x1b[?2004h") {
		m.tail = ""
	}
	return len(p), nil
}

// Watch begins to draw on a screen of that size what the program behind blocking
// writes, which is closed with the test.
func Watch(t testing.TB, blocking *os.File, columns, rows int) *Screen {
	t.Helper()
	// As pty leaves it, closing it would not end a read.
	fd, err := unix.FcntlInt(blocking.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.SetNonblock(fd, true)
	blocking.Close()
	keys := os.NewFile(uintptr(fd), blocking.Name())
	x := &Screen{t: t, Keys: keys, changed: make(chan struct{}, 1)}
	x.VT = vt10x.New(vt10x.WithSize(columns, rows))
	x.done = make(chan struct{})
	go func() {
		defer close(x.done)
		// What the program has switched is counted once the screen shows what
		// came with it: a prompt is not to be taken for the one before.
		var drawn bytes.Buffer
		r := bufio.NewReader(io.TeeReader(keys, io.MultiWriter(&drawn, &x.Wrote)))
		for {
			if err := x.VT.Parse(r); err != nil {
				return
			}
			x.Paste.Write(drawn.Bytes())
			drawn.Reset()
			if a := x.awaited.Load(); a != nil && x.last() == a.row {
				a.written = x.Wrote.Len()
				x.awaited.Store(nil)
				close(a.came)
			}
			select {
			case x.changed <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() {
		keys.Close()
		<-x.done
	})
	return x
}

// Text returns the rows of the screen without the blank ones at its end.
func (x *Screen) Text() string {
	x.VT.Lock()
	defer x.VT.Unlock()
	columns, rows := x.VT.Size()
	text := make([]byte, 0, 2<<10)
	end := 0 // of the last row that is not blank
	for y := range rows {
		for at := range columns {
			r := x.VT.Cell(at, y).Char
			if r == 0 {
				r = ' ' // a cell that nothing was ever drawn in
			}
			text = utf8.AppendRune(text, r)
			if r != ' ' {
				end = len(text)
			}
		}
		text = append(bytes.TrimRight(text, " "), '\n')
	}
	return string(text[:end])
}

// Wait waits until the screen is as ok wants it.
func (x *Screen) Wait(what string, ok func(screen string) bool) {
	x.t.Helper()
	x.WaitFor(what, func() bool { return ok(x.Text()) })
}

// WaitFor waits until ok is true, which it calls whenever the program has written.
// The text of a large screen takes long: ok is for what needs none.
func (x *Screen) WaitFor(what string, ok func() bool) {
	x.t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		if ok() {
			return
		}
		select {
		case <-x.changed:
		case <-deadline.C:
			x.t.Fatalf("waited for %s; the screen:\n%s", what, x.Text())
		}
	}
}

// WaitText waits until the screen is exactly these rows.
func (x *Screen) WaitText(rows ...string) {
	x.t.Helper()
	want := strings.TrimRight(strings.Join(rows, "\n"), "\n ")
	x.Wait(fmt.Sprintf("the screen\n%s\n", want), func(s string) bool { return s == want })
}

// WaitLast waits until the last row that is not blank is this one.
func (x *Screen) WaitLast(row string) {
	x.t.Helper()
	x.Wait(fmt.Sprintf("%q as the last row", row), func(s string) bool {
		return s[strings.LastIndex(s, "\n")+1:] == row
	})
}

// An awaited row is one that is to become the last of the screen.
type awaited struct {
	row     string
	came    chan struct{} // closed when it has
	written int           // then: how many bytes the program has written
}

// last returns the last row that is not blank.
func (x *Screen) last() string {
	s := x.Text()
	return s[strings.LastIndex(s, "\n")+1:]
}

// PressUntil types keys and waits until the last row that is not blank is this one. It returns how
// many bytes the program has written in between, however late the test notices.
func (x *Screen) PressUntil(keys, row string) (written int) {
	x.t.Helper()
	a := &awaited{row: row, came: make(chan struct{})}
	before := x.Wrote.Len()
	x.awaited.Store(a)
	x.Press(keys)
	select {
	case <-a.came:
	case <-time.After(Patience):
		x.t.Fatalf("waited for %q as the last row; the screen:\n%s", row, x.Text())
	}
	return a.written - before
}

// Resize gives the terminal another width.
func (x *Screen) Resize(columns int) {
	x.t.Helper()
	_, rows := x.VT.Size()
	x.VT.Resize(columns, rows)
	rc, err := x.Keys.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	rc.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// WaitEnd waits until all that a program has written before it ended is on the
// screen.
func (x *Screen) WaitEnd() {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(Patience):
		x.t.Fatalf("the terminal is still in use; the screen:\n%s", x.Text())
	}
}

// Press types keys.
func (x *Screen) Press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.Keys, keys); err != nil {
		x.t.Fatal(err)
	}
}
