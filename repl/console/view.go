package console

import (
	"fmt"
	"slices"
	"strings"

	"sosh/repl/lineedit"
)

// paintMax is the size in bytes of a line above which it is shown without colours, suggestion and
// status: what makes them looks at the whole line at each key.
const paintMax = 16 << 10

// frame is what is to be on the screen now. last leaves out what helps to type.
func (c *Console) frame(last bool) *frame {
	line, pos := c.editor.Line()
	f := &frame{prompt: c.prompt, more: c.cfg.More, last: last, line: slices.Grow(c.encoded[:0], len(line))[:len(line)], pos: pos}
	for i, r := range line {
		f.line[i] = encodeRune(r)
	}
	c.encoded = f.line
	if cap(c.encoded) > paintMax && len(line) < paintMax/4 {
		c.encoded = nil // free the memory of a large paste
	}
	if c.rawLine {
		f.more = ""
	}
	if !last {
		f.below = c.below()
		if len(f.below) > 0 && c.screen.dumb { // there is one row
			f.prompt = f.below[0][0].Text + ": "
		}
	}
	if c.rawLine && !last {
		f.addStatus(c.cfg.Status, "", 0)
	}
	if c.rawLine || len(line) > paintMax {
		return f
	}
	text := string(line)
	if c.cfg.Paint != nil {
		f.marks = c.cfg.Paint(text)
	}
	if last || c.editor.Mode() == lineedit.Searching {
		return f
	}
	if pos == len(line) && c.menu == nil {
		f.suggestion = c.suggest(text)
	}
	f.addStatus(c.cfg.Status, text, len(string(line[:pos])))
	if c.menu != nil {
		columns, height := Size(c.cfg.Out)
		if height < 4 {
			f.below = nil
		}
		f.below = append(f.below, c.menu.show(columns, height)...)
	}
	return f
}

// addStatus adds what status says of the line to the first row below it.
func (f *frame) addStatus(status func(string, int) []Segment, line string, pos int) {
	if status == nil {
		return
	}
	row := status(line, pos)
	switch {
	case len(row) == 0:
	case len(f.below) == 0:
		f.below = [][]Segment{row}
	default:
		f.below[0] = append(append(f.below[0], Segment{Text: "  "}), row...)
	}
}

// A suggested line.
type suggestedLine struct{ from, to string } // what was typed then, and the whole line

// suggest is what may follow the line. While the suggested line is typed, or taken word by word, the suggestion stays
// the same.
func (c *Console) suggest(line string) string {
	if c.rawLine || c.cfg.Suggest == nil || len(line) > paintMax || c.screen.dumb { // it would look like typed text
		return ""
	}
	if g := &c.suggested; len(line) < len(g.from) || len(line) >= len(g.to) || !strings.HasPrefix(g.to, line) {
		g.from, g.to = line, line+c.cfg.Suggest(line)
	}
	return c.suggested.to[len(line):]
}

// maxHits is how many hits of a search are shown at once.
const maxHits = 8

// below are the rows below the line: a search through the history, or the mode of vi.
func (c *Console) below() [][]Segment {
	_, height := Size(c.cfg.Out)
	s := c.editor.Search(max(1, min(maxHits, height/2)))
	if s == nil {
		return c.mode()
	}
	name := "history: "
	if s.Plain != 0 {
		name = string(rune(s.Plain))
	}
	rows := [][]Segment{{{Text: name + s.Query, Style: Bold}, {Text: count(s), Style: Dim}}}
	for i, h := range s.Hits {
		if i == s.Selected {
			rows = append(rows, []Segment{{Text: "> "}, {Text: h.Text, Style: Reverse}})
			continue
		}
		rows = append(rows, []Segment{{Text: "  " + h.Text[:h.From]}, {Text: h.Text[h.From:h.To], Style: Bold}, {Text: h.Text[h.To:]}})
	}
	return rows
}

// count says which of the hits is selected.
func count(s *lineedit.Search) string {
	if s.Total == 0 {
		return "  (nothing found)"
	}
	return fmt.Sprintf("  (%d of %d)", s.Number, s.Total)
}

// mode is the row that shows the mode of vi, and the keys of an unfinished command.
func (c *Console) mode() [][]Segment {
	name := "-- INSERT --"
	switch c.editor.Mode() {
	case lineedit.Emacs:
		return nil
	case lineedit.Command:
		name = "-- COMMAND --"
	}
	row := []Segment{{Text: name, Style: Bold}}
	if keys := c.editor.Pending(); keys != "" {
		row = append(row, Segment{Text: " " + keys})
	}
	return [][]Segment{row}
}

// redraw brings the line to the screen as it is now.
func (c *Console) redraw() { c.screen.draw(c.frame(false), nil) }

// leave draws the line for the last time, with what follows it, and moves to the next row.
func (c *Console) leave(tail string) {
	f := c.frame(true)
	f.pos, f.tail = len(f.line), tail
	c.screen.finish(f)
}
