package console

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sosh/internal/show"
)

// A cell is one character on the screen.
type cell struct {
	text  string
	width int
	sgr   string // the escape sequence of its style, or ""
}

// A frame is what is to be on the screen, from the first row of the prompt on.
type frame struct {
	prompt     string // with SGR sequences
	more       string // the prompt of the second and later lines of line
	line       []rune // as encodeLine has it
	pos        int    // of the cursor in line
	marks      []Mark // of the decoded line
	tail       string // follows the line, as it is
	suggestion string // follows the line, if the cursor is at its end
	below      [][]Segment
	last       bool // the line is finished
}

// newline is the end of a line within the edited text.
const newline = runeControl + '\n'

// tabColumns is the distance of the tab stops within the edited line.
const tabColumns = 8

// A rowStart says where a row of the screen begins.
type rowStart struct {
	at    int  // in the line
	first bool // a prompt comes before it
}

// wrap divides line into rows of a width in columns, the first of which begins in column first, and
// each after a newline in column more. It appends to starts. A row that is full to the last column has
// another one below it if the cursor may be there.
func wrap(starts []rowStart, line []rune, first, more, width int, cursorAtEnd bool) []rowStart {
	starts = append(starts, rowStart{0, true})
	col, indent := first, first
	for i := 0; i < len(line); {
		r := line[i]
		if r == newline {
			if col >= width {
				starts = append(starts, rowStart{i, false})
			}
			i++
			starts = append(starts, rowStart{i, true})
			col, indent = more, more
			continue
		}
		n, w := 1, 1
		if r < ' ' || r >= 0x7f || i+1 < len(line) && line[i+1] >= 0x300 {
			n, w = measure(line[i:], col-indent)
		}
		if col+w > width && col > 0 {
			starts = append(starts, rowStart{i, false})
			if col, indent = 0, 0; r == runeControl+'\t' {
				_, w = measure(line[i:], 0)
			}
		}
		i, col = i+n, col+w
	}
	if col >= width && cursorAtEnd {
		starts = append(starts, rowStart{len(line), false})
	}
	return starts
}

// measure returns how many runes of line, which is not empty, are shown as one character, and its
// columns, if it begins in column col of the text.
func measure(line []rune, col int) (n, width int) {
	switch r := line[0]; {
	case r == runeControl+'\t':
		return 1, tabColumns - col%tabColumns
	case r >= runeFormat:
		return 1, 1 // a picture
	}
	var window [16]rune
	k := 0
	for k < min(len(window), len(line)) {
		r := line[k]
		if r == runeFormat+zeroWidthJoiner {
			r -= runeFormat
		} else if r >= runeFormat {
			break
		}
		window[k] = r
		k++
	}
	n, width = show.Cluster(window[:k])
	return n, max(width, 1)
}

const zeroWidthJoiner = 0x200d

// clusterText is how the runes of one character are written to the terminal.
func clusterText(runes []rune, width int) string {
	if r := runes[0]; r == runeControl+'\t' {
		return strings.Repeat(" ", width)
	} else if len(runes) == 1 {
		if n, w := show.Cluster(runes); n == 1 && w == 0 {
			return "\u25cc" + string(r) // a mark needs something to stand on
		}
		return string(picture(r))
	}
	var b strings.Builder
	for _, r := range runes {
		if r == runeFormat+zeroWidthJoiner {
			r -= runeFormat
		}
		b.WriteRune(r)
	}
	return b.String()
}

// layout makes rows of a frame for a screen of that size. If the rows of the line are more than the
// screen has, they are those around the cursor: top is the first row of the line that was shown
// before, and the one that is shown now. room is kept for the next layout. The cursor is in column cx of row cy.
func (f *frame) layout(top *int, room *[]rowStart, columns, height int, colours bool) (rows [][]cell, cy, cx int) {
	prompt := cut(cellsOf(f.prompt), columns-2)
	more := cut(cellsOf(f.more), columns-2)
	atEnd := f.pos == len(f.line)
	starts := wrap((*room)[:0], f.line, widthOf(prompt), widthOf(more), columns, atEnd || f.tail != "")
	if *room = starts; len(starts) < 100 && cap(starts) > 1000 {
		*room = nil
	}
	cursor, _ := slices.BinarySearchFunc(starts, f.pos+1, func(s rowStart, at int) int { return s.at - at })
	cursor--

	below := f.below[:min(len(f.below), max(0, height-1))]
	visible := max(1, height-len(below))
	*top = max(0, min(*top, cursor, len(starts)-visible))
	*top = max(*top, cursor-visible+1)
	last := min(len(starts), *top+visible)

	paint := painter{line: f.line, marks: f.marks, colours: colours}
	for k := *top; k < last; k++ {
		s := starts[k]
		end := len(f.line)
		if k+1 < len(starts) {
			end = starts[k+1].at
		}
		var row []cell
		switch {
		case s.first && s.at == 0:
			row = slices.Clip(prompt)
		case s.first:
			row = slices.Clip(more)
		}
		indent := widthOf(row)
		col, i := indent, s.at
		for i < end && f.line[i] != newline {
			if k == cursor && i <= f.pos {
				cx = col
			}
			n, w := measure(f.line[i:end], col-indent)
			row = append(row, cell{clusterText(f.line[i:i+n], w), w, paint.at(i)})
			i, col = i+n, col+w
		}
		if k == cursor && i <= f.pos {
			cx = col
		}
		if k == len(starts)-1 {
			row = cut(append(row, cellsOf(f.tail)...), columns)
			if atEnd && f.suggestion != "" {
				row = append(row, suggested(f.suggestion, columns-col)...)
			}
		}
		rows = append(rows, row)
	}
	cy = cursor - *top
	cx = min(cx, columns-1)
	for _, segments := range below {
		rows = append(rows, segmentCells(segments, columns, colours))
	}
	return rows, cy, cx
}

// A painter finds the style of each character of the line, in order.
type painter struct {
	line    []rune
	marks   []Mark
	colours bool

	rune, byte int // the byte in the decoded line of a rune in line
}

// at returns the escape sequence for the rune i, which is not before the last one.
func (p *painter) at(i int) string {
	if len(p.marks) == 0 {
		return ""
	}
	for ; p.rune < i; p.rune++ {
		p.byte += utf8.RuneLen(decodeRune(p.line[p.rune]))
	}
	for len(p.marks) > 0 && p.marks[0].To <= p.byte {
		p.marks = p.marks[1:]
	}
	if len(p.marks) == 0 || p.marks[0].From > p.byte {
		return ""
	}
	return sequenceOf(p.marks[0].Style, p.colours)
}

// cellsOf divides a text with SGR sequences into characters.
func cellsOf(s string) (cells []cell) {
	style := ""
	for s != "" {
		if strings.HasPrefix(s, "\x1b[") {
			end := strings.IndexByte(s, 'm')
			if end < 0 {
				return cells
			}
			if style += s[:end+1]; s[:end+1] == sgrReset || s[:end+1] == "\x1b[m" || s[:end+1] == "\x1b[22m" {
				style = ""
			}
			s = s[end+1:]
			continue
		}
		n, w := measure([]rune(s[:min(len(s), 64)]), 0)
		size := len(string([]rune(s)[:n]))
		if w > 0 && s[0] >= ' ' {
			cells = append(cells, cell{s[:size], w, style})
		}
		s = s[size:]
	}
	return cells
}

// textCells divides foreign text into characters of one style.
func textCells(text, style string) (cells []cell) {
	runes := []rune(encodeLine(text))
	for i := 0; i < len(runes); {
		n, w := measure(runes[i:], 0)
		if runes[i] == runeControl+'\t' {
			w = 1
		}
		cells = append(cells, cell{clusterText(runes[i:i+n], w), w, style})
		i += n
	}
	return cells
}

// suggested is the first line of a suggestion, in at most that many columns.
func suggested(text string, columns int) []cell {
	text, _, _ = strings.Cut(text, "\n")
	dim := sequenceOf(Dim, false)
	return ellipsis(textCells(text[:min(len(text), 4*columns)], dim), columns, dim)
}

// segmentCells is a row below the line.
func segmentCells(segments []Segment, columns int, colours bool) (row []cell) {
	for _, s := range segments {
		row = append(row, textCells(s.Text, sequenceOf(s.Style, colours))...)
	}
	return ellipsis(row, columns, "")
}

// ellipsis shortens a row that is wider than the screen.
func ellipsis(row []cell, columns int, style string) []cell {
	if widthOf(row) <= columns {
		return row
	}
	if columns < 1 {
		return nil
	}
	return append(slices.Clip(cut(row, columns-1)), cell{"…", 1, style})
}

// cut returns what of a row fits into columns.
func cut(row []cell, columns int) []cell {
	n := 0
	for i, c := range row {
		if n += c.width; n > columns {
			return row[:i]
		}
	}
	return row
}

func widthOf(row []cell) int {
	n := 0
	for _, c := range row {
		n += c.width
	}
	return n
}
