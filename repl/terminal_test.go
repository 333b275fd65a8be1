package repl

import (
	"os"
	"testing"

	"sosh/internal/termtest"

	"github.com/hinshun/vt10x"
)

// patience is how long a test waits for what must happen.
const patience = termtest.Patience

// terminal is a screen, by the names that these tests have for what it does.
type terminal struct {
	*termtest.Screen
	t     testing.TB
	vt    vt10x.Terminal
	keys  *os.File
	raw   *termtest.PasteMode
	wrote *termtest.Transcript
}

// watch begins to draw what the program behind keys writes.
func watch(t testing.TB, keys *os.File, columns, rows int) *terminal {
	t.Helper()
	s := termtest.Watch(t, keys, columns, rows)
	return &terminal{s, t, s.VT, s.Keys, &s.Paste, &s.Wrote}
}

func (x *terminal) screen() string { return x.Text() }

func (x *terminal) wait(what string, ok func(screen string) bool) {
	x.t.Helper()
	x.Wait(what, ok)
}

func (x *terminal) waitScreen(rows ...string) {
	x.t.Helper()
	x.WaitText(rows...)
}

func (x *terminal) waitLast(row string) {
	x.t.Helper()
	x.WaitLast(row)
}

func (x *terminal) resize(columns int) {
	x.t.Helper()
	x.Resize(columns)
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	x.Press(keys)
}
