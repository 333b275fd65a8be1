package console

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sosh/internal/show"
	"sosh/repl/lineedit"
)

// maxMenuRows is the number of rows of a menu on a high screen; on a lower one it is half of the screen.
const maxMenuRows = 10

// A menu has the candidates for the word before the cursor, in rows below the line. One of them is selected.
// It belongs to the goroutine that edits.
type menu struct {
	from       int    // the rune of the line at which the word begins
	word       string // what was typed of it
	candidates []Candidate
	selected   int
	top        int // the first row that is shown

	perRow int // as it was shown
	rows   int
}

// complete is what Tab does: it takes the only candidate, or adds what all of them begin with, or opens the
// menu. A terminal without escape sequences gets a list instead.
func (c *Console) complete() {
	if c.cfg.Complete == nil {
		return
	}
	line, pos := c.editor.Line()
	typed := string(line[:pos])
	from, candidates := c.cfg.Complete(typed)
	if len(candidates) == 0 {
		c.screen.bell()
		return
	}
	word := typed[from:]
	at := utf8.RuneCountInString(typed[:from])
	text := commonPrefix(candidates, word)
	switch {
	case len(candidates) == 1:
		c.take(at, candidates[0].Text)
	case len(text) > len(word):
		c.editor.Replace(at, pos, text)
	case c.screen.dumb:
		_, rows := Size(c.cfg.Out)
		c.screen.draw(c.frame(false), []byte(listCandidates(candidates, c.Width(), rows)))
	default:
		c.menu = &menu{from: at, word: word, candidates: candidates}
	}
}

// take puts text in the place of the word that begins at the rune from.
func (c *Console) take(from int, text string) {
	line, pos := c.editor.Line()
	if pos < len(line) && line[pos] == ' ' {
		text = strings.TrimSuffix(text, " ")
	}
	c.editor.Replace(from, pos, text)
}

// menuKey handles a key while the menu is open. It returns false if the key is for the editor; leaving the
// menu open says that the key may change the word.
func (c *Console) menuKey(k lineedit.Key) bool {
	m := c.menu
	if k == "Tab" && len(m.candidates) == 1 {
		k = "Enter"
	}
	switch k {
	case "Tab", "Ctrl-N":
		m.move(1, true)
	case "Shift-Tab", "Ctrl-P":
		m.move(-1, true)
	case "Down":
		m.move(m.perRow, true)
	case "Up":
		m.move(-m.perRow, true)
	case "PageDown":
		m.move(m.perRow*m.rows, false)
	case "PageUp":
		m.move(-m.perRow*m.rows, false)
	case "Right", "Left":
		if m.perRow < 2 {
			c.menu = nil
			return false
		}
		m.move(map[lineedit.Key]int{"Right": 1, "Left": -1}[k], true)
	case "Enter":
		c.menu = nil
		c.take(m.from, m.candidates[m.selected].Text)
	case "Esc", "Ctrl-G":
		c.menu = nil
	default:
		if k != "Backspace" && utf8.RuneCountInString(string(k)) != 1 {
			c.menu = nil
		}
		return false
	}
	return true
}

// move selects the candidate by positions further on. around says whether the first one follows the last.
func (m *menu) move(by int, around bool) {
	n := len(m.candidates)
	to := m.selected + by
	switch {
	case to >= 0 && to < n:
	case !around:
		to = max(0, min(to, n-1))
	case by == 1:
		to = 0
	case by == -1:
		to = n - 1
	case by > 0:
		if to = m.selected % by; (n-1)/by > m.selected/by {
			to = n - 1 // the last row is not full
		}
	default:
		to = m.selected + (n-1-m.selected)/-by*-by
	}
	m.selected = to
}

// narrow looks for the candidates again, after a key has changed the word. The menu is left if it was another
// key, or if there are none.
func (c *Console) narrow() {
	m := c.menu
	line, pos := c.editor.Line()
	c.menu = nil
	if pos < m.from {
		return
	}
	typed := string(line[:pos])
	from, candidates := c.cfg.Complete(typed)
	if len(candidates) == 0 || utf8.RuneCountInString(typed[:from]) != m.from {
		return
	}
	next := &menu{from: m.from, word: typed[from:], candidates: candidates}
	for i, a := range candidates {
		if a == m.candidates[m.selected] && len(next.word) < len(m.word) {
			next.selected = i // it stays while the word gets shorter
		}
	}
	c.menu = next
}

// show lays the menu out for a screen of that size: one candidate a row with its note if there are notes,
// else in columns.
func (m *menu) show(columns, height int) [][]Segment {
	widest, notes := 0, false
	for _, a := range m.candidates {
		widest = max(widest, show.Width(m.text(a)))
		notes = notes || a.Note != ""
	}
	m.perRow = 1
	if !notes {
		m.perRow = max(1, columns/(widest+3))
	}
	total := (len(m.candidates) + m.perRow - 1) / m.perRow
	m.rows = max(1, min(maxMenuRows, height/2, total))
	count := total > m.rows && m.rows > 1
	if count {
		m.rows-- // for the row that says how many there are
	}
	row := m.selected / m.perRow
	m.top = max(0, min(m.top, row, total-m.rows))
	m.top = max(m.top, row-m.rows+1)

	var rows [][]Segment
	for r := m.top; r < m.top+m.rows; r++ {
		rows = append(rows, m.row(r, min(widest, columns*2/3), notes))
	}
	if count {
		rows = append(rows, []Segment{{Text: fmt.Sprintf("  (%d of %d)", m.selected+1, len(m.candidates)), Style: Dim}})
	}
	return rows
}

// row is one row of the menu.
func (m *menu) row(r, widest int, notes bool) []Segment {
	var row []Segment
	for i := r * m.perRow; i < min((r+1)*m.perRow, len(m.candidates)); i++ {
		a := m.candidates[i]
		text := m.text(a)
		style, mark := Plain, "  "
		if i == m.selected {
			style, mark = Reverse, "> " // which a terminal without reverse video shows too
		}
		row = append(row, Segment{Text: mark}, Segment{Text: text, Style: style})
		if pad := widest - show.Width(text); pad > 0 && (a.Note != "" || i%m.perRow < m.perRow-1) {
			row = append(row, Segment{Text: strings.Repeat(" ", pad)})
		}
		if i%m.perRow < m.perRow-1 {
			row = append(row, Segment{Text: " "})
		}
		if notes && a.Note != "" {
			row = append(row, Segment{Text: "  " + a.Note, Style: Dim})
		}
	}
	return row
}

// text is how a candidate is shown.
func (m *menu) text(a Candidate) string {
	return string(show.Escaped(strings.TrimSuffix(a.Text, " ")))
}
