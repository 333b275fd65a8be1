package console

import "unicode/utf8"

// paintMax is the size in bytes of a line above which it is shown without colours, suggestion and
// status: what makes them looks at the whole line at each key.
const paintMax = 16 << 10

// A view is the line as it is edited. It belongs to the editing goroutine.
type view struct {
	prompt string
	line   []rune
	pos    int
	search string // what is shown of a search through the history
}

// frame is what is to be on the screen now. last leaves out what helps to type.
func (c *Console) frame(last bool) *frame {
	f := &frame{prompt: c.prompt, more: c.cfg.More, line: c.line, pos: c.pos}
	if c.rawLine {
		f.more = ""
		return f
	}
	if c.rl.Operation.IsSearchMode() && !last {
		f.below = [][]Segment{{{Text: c.search}}}
	}
	if len(c.line) > paintMax {
		return f
	}
	text := decodeLine(string(c.line))
	if c.cfg.Paint != nil {
		f.marks = c.cfg.Paint(text)
	}
	if last {
		return f
	}
	if c.cfg.Suggest != nil && c.pos == len(c.line) {
		f.suggestion = c.cfg.Suggest(text)
	}
	if c.cfg.Status != nil && len(f.below) == 0 {
		if status := c.cfg.Status(text, c.bytePos()); len(status) > 0 {
			f.below = append(f.below, status)
		}
	}
	return f
}

// bytePos returns where the cursor is in the decoded line.
func (c *Console) bytePos() int {
	n := 0
	for _, r := range c.line[:c.pos] {
		n += utf8.RuneLen(decodeRune(r))
	}
	return n
}

// redraw brings the line to the screen as it is now.
func (c *Console) redraw() { c.screen.draw(c.frame(false), nil) }

// leave draws the line for the last time, with what follows it, and moves to the next row.
func (c *Console) leave(tail string) {
	f := c.frame(true)
	f.pos, f.tail = len(f.line), tail
	c.screen.finish(f)
	c.ending = true
}
