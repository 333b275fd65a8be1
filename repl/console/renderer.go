package console

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"time"
)

// A renderer draws the line with all that belongs to it, by the difference to what is on the screen.
// Each draw is one write. It is for the goroutine that owns the screen: the one that edits, while a line
// is edited.
type renderer struct {
	out     *os.File
	dumb    bool        // the terminal knows no escape sequences
	colours func() bool // as in Config

	rows    [][]cell // on the screen, from the first row of ours on; nil: nothing is
	cy, cx  int      // where the cursor is
	columns int      // the size of the screen when they were drawn
	height  int
	top     int       // the first row of the line that is shown
	drawn   time.Time // when they were drawn
	short   bool      // the line is shown in a short row
	settled time.Time // when the size has not changed for long enough
	buf     bytes.Buffer
	starts  []rowStart
}

// While the size of the terminal changes, the line is one short row, since the terminal may have another
// size already than it tells, and breaks or cuts rows that do not fit, at a moment that is not known. A
// short row is one row whatever happens, so that exactly that is erased.
const (
	settleTime   = 300 * time.Millisecond // tmux tells a new size up to 250 ms late
	shortColumns = 16
	// Rows that were drawn so shortly before were perhaps drawn after the terminal had its new size, and
	// are not broken then. A copy of them may stay, but nothing that others printed is erased.
	drawnBefore = 100 * time.Millisecond
)

// Rows returns how many rows of the screen are ours.
func (r *renderer) Rows() int { return len(r.rows) }

// forget is called when the cursor is at the start of a row and nothing of ours is on the screen.
func (r *renderer) forget() { r.rows, r.cy, r.cx, r.top = nil, 0, 0, 0 }

// draw brings f to the screen. If above is not empty, it is put above: whole rows of text, folded to the
// screen. It reads the size of the terminal, and after a change of that it draws everything again.
func (r *renderer) draw(f *frame, above []byte) {
	columns, height := Size(r.out)
	r.buf.Reset()
	if r.dumb {
		r.drawDumb(f, above, columns)
		return
	}
	changed := columns != r.columns || height != r.height
	if changed && r.rows != nil {
		r.settled = time.Now().Add(settleTime)
	}
	if changed || len(above) > 0 {
		r.erase(columns, height)
		r.buf.Write(above)
	}
	r.columns, r.height = columns, height
	var rows [][]cell
	var cy, cx int
	if r.short = !f.last && time.Now().Before(r.settled); r.short {
		row, x := f.flat(min(shortColumns, columns-1))
		rows, cx = [][]cell{row}, x
	} else {
		rows, cy, cx = f.layout(&r.top, &r.starts, columns, height, r.colours == nil || r.colours())
	}
	for i, row := range rows {
		r.update(i, row)
	}
	if len(r.rows) > len(rows) {
		r.move(len(rows), 0)
		r.buf.WriteString("\x1b[J")
	}
	r.rows, r.drawn = rows, time.Now()
	r.move(cy, cx)
	r.out.Write(r.buf.Bytes())
	if r.buf.Cap() > 1<<20 {
		r.buf = bytes.Buffer{}
	}
}

// settleIn reports whether the line is shown in a short row, and when it is to be drawn again.
func (r *renderer) settleIn() (in time.Duration, short bool) {
	return time.Until(r.settled), r.short
}

// finish draws f for the last time and moves to the row below it.
func (r *renderer) finish(f *frame) {
	r.draw(f, nil)
	r.buf.Reset()
	if !r.dumb {
		r.move(len(r.rows)-1, 0)
	}
	r.buf.WriteString("\r\n")
	r.out.Write(r.buf.Bytes())
	r.forget()
}

// remove erases what is ours.
func (r *renderer) remove() {
	if r.rows == nil {
		return
	}
	r.buf.Reset()
	if r.dumb {
		r.eraseDumb()
	} else {
		columns, height := Size(r.out)
		r.erase(columns, height)
	}
	r.out.Write(r.buf.Bytes())
	r.forget()
}

// clear empties the screen, and draws f at its top.
func (r *renderer) clear(f *frame) {
	if !r.dumb {
		r.out.WriteString("\x1b[H\x1b[2J")
		r.forget()
	}
	r.draw(f, nil)
}

// bell rings.
func (r *renderer) bell() {
	r.out.WriteString("\a")
}

// pasteMode makes the terminal mark what is pasted, or no longer.
func (r *renderer) pasteMode(on bool) {
	switch {
	case r.dumb:
	case on:
		r.out.WriteString("\x1b[?2004h")
	default:
		r.out.WriteString("\x1b[?2004l")
	}
}

// erase moves to the first row of ours and erases from there on.
func (r *renderer) erase(columns, height int) {
	if r.rows == nil {
		return
	}
	up := r.cy
	if columns < r.columns && reflows() && time.Since(r.drawn) > drawnBefore {
		up = r.reflowed(columns)
	}
	if up = min(up, height-1); up > 0 {
		fmt.Fprintf(&r.buf, "\x1b[%dA", up)
	}
	// From the second column on: tmux moves the screen into its history if all of it is erased at once.
	r.buf.WriteString("\r\x1b[K\x1b[C\x1b[J\r")
	top := r.top
	r.forget()
	r.top = top
}

// reflowed returns how many rows the cursor is below the first row of ours, now that the terminal has
// broken the rows which were wider than its new width.
func (r *renderer) reflowed(columns int) int {
	up := 0
	for _, row := range r.rows[:r.cy] {
		up += max(1, (widthOf(row)+columns-1)/columns)
	}
	return up + r.cx/columns
}

// reflows reports whether the terminal breaks rows, when it becomes narrower, that no longer fit, as most
// do. The others cut such rows.
func reflows() bool {
	switch os.Getenv("TERM") {
	case "linux", "vt100", "vt220":
		return false
	}
	if os.Getenv("TMUX") != "" {
		return true
	}
	if os.Getenv("STY") != "" || os.Getenv("XTERM_VERSION") != "" {
		return false
	}
	for _, name := range []string{"VTE_VERSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "ALACRITTY_WINDOW_ID", "WT_SESSION", "TERM_PROGRAM"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false // nothing that others printed is erased
}

// move moves the cursor to column x of row y, which may be the first below the rows of ours.
func (r *renderer) move(y, x int) {
	switch {
	case y > r.cy && y < len(r.rows):
		fmt.Fprintf(&r.buf, "\x1b[%dB", y-r.cy)
	case y > r.cy:
		if last := max(len(r.rows)-1, 0); last > r.cy {
			fmt.Fprintf(&r.buf, "\x1b[%dB", last-r.cy)
			r.cy = last
		}
		for ; r.cy < y; r.cy++ {
			r.buf.WriteString("\r\n") // which scrolls
		}
		r.cx = 0
	case y < r.cy:
		fmt.Fprintf(&r.buf, "\x1b[%dA", r.cy-y)
	}
	switch {
	case x == 0 && r.cx != 0:
		r.buf.WriteByte('\r')
	case x != r.cx:
		fmt.Fprintf(&r.buf, "\x1b[%dG", x+1)
	}
	r.cy, r.cx = y, x
}

// update brings row y to the screen.
func (r *renderer) update(y int, row []cell) {
	var old []cell
	if y < len(r.rows) {
		old = r.rows[y]
	} else {
		r.move(y, 0)
		r.rows = append(r.rows, nil)
	}
	same, x := 0, 0
	for same < min(len(old), len(row)) && old[same] == row[same] {
		x += row[same].width
		same++
	}
	if same == len(row) && same == len(old) {
		return
	}
	r.move(y, x)
	rest := row[same:]
	end := x + widthOf(rest)
	simple := !slices.ContainsFunc(rest, func(c cell) bool { return len(c.text) != 1 })
	switch {
	case !simple: // a terminal may take other widths for them
		r.buf.WriteString("\x1b[?7l\x1b[K")
	case end < widthOf(old) && end == x:
		r.buf.WriteString("\x1b[K")
	}
	style := ""
	for _, c := range rest {
		if c.sgr != style {
			if style != "" {
				r.buf.WriteString(sgrReset)
			}
			style = c.sgr
			r.buf.WriteString(style)
		}
		r.buf.WriteString(c.text)
		x += c.width
		if len(c.text) > 4 || len(c.text) > 1 && c.width > 1 && r.uncertain(c.text) {
			fmt.Fprintf(&r.buf, "\x1b[%dG", x+1)
		}
	}
	if style != "" {
		r.buf.WriteString(sgrReset)
	}
	r.cx = x
	if simple && end < widthOf(old) && len(rest) > 0 {
		r.buf.WriteString("\x1b[K")
	}
	if !simple {
		r.buf.WriteString("\x1b[?7h")
	}
	if x >= r.columns {
		r.cx = -1 // beyond the last column, or in it: terminals differ
	}
}

// uncertain reports whether terminals differ in the width of a character of several runes.
func (r *renderer) uncertain(text string) bool { return len([]rune(text)) > 1 }
