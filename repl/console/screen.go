package console

import (
	"bytes"
	"os"
	"sync/atomic"
)

// painting shows the control characters in a line as pictures.
type painting struct{}

// Paint is called by readline at each redraw, on the goroutine that draws.
func (painting) Paint(line []rune, _ int) []rune {
	painted := make([]rune, len(line))
	for i, r := range line {
		painted[i] = picture(r)
	}
	return painted
}

// screen is readline's output: the terminal, with readline's mistakes corrected.
// It is for the goroutine that draws.
type screen struct {
	out   *os.File
	buf   bytes.Buffer
	holds bool
	muted atomic.Bool
}

// mute drops all that comes from now on: readline draws when it ends.
func (s *screen) mute() { s.muted.Store(true) }

// hold collects what is written until release, so that a redraw is one write.
func (s *screen) hold() { s.holds = true }

func (s *screen) release() {
	s.holds = false
	s.Write(nil)
}

// Write never fails, since readline does not handle an error.
func (s *screen) Write(p []byte) (int, error) {
	if s.muted.Load() {
		return len(p), nil
	}
	s.buf.Write(rewrite(p))
	if !s.holds {
		s.out.Write(s.buf.Bytes())
		s.buf.Reset()
	}
	return len(p), nil
}

// rewrite corrects what readline sends for one step:
//   - a backspace in the first column, before moving up a row. tmux takes that
//     as moving to the row above, and all is drawn one row too high;
//   - moving up by no row, which is moving up by one;
//   - the line of a search, which has to be one row: what is too long is cut.
func rewrite(p []byte) []byte {
	p = bytes.ReplaceAll(p, []byte("\b\x1b[A\r"), []byte("\x1b[A\r"))
	p = bytes.ReplaceAll(p, []byte("\r\x1b[0A"), []byte("\r"))
	for _, s := range []string{"bck-i-search: ", "fwd-i-search: ", "failing "} {
		if old := []byte("\x1b[J" + s); bytes.Contains(p, old) {
			p = bytes.ReplaceAll(p, old, []byte("\x1b[J\x1b[?7l"+s))
			p = append(p, "\x1b[?7h"...)
		}
	}
	return p
}

// picture is how a rune of the line looks on screen.
func picture(r rune) rune {
	switch c := r - runeControl; {
	case isFormat(r - runeFormat):
	case c < 0 || c >= 0xA0:
		return r
	case c == '\n':
		return '␤'
	case c == '\t':
		return ' '
	case c < 0x20:
		return 0x2400 + c
	case c == 0x7f:
		return '␡'
	}
	return '\uFFFD'
}
