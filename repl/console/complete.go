package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sosh/internal/show"
)

// commonPrefix returns what all candidates begin with. Where some of them are in
// quotes and others are not, it is what their names begin with, as far as that
// needs no quotes.
func commonPrefix(candidates []Candidate, word string) string {
	text, name := candidates[0].Text, candidates[0].Name
	for _, a := range candidates[1:] {
		text, name = common(text, a.Text), common(name, a.Name)
	}
	if len(text) >= len(word) {
		return text
	}
	if i := strings.IndexFunc(name, NeedsQuotes); i >= 0 {
		name = name[:i]
	}
	if len(name) > len(word) {
		return name
	}
	return text
}

// common returns what a and b begin with, in whole characters.
func common(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	for n > 0 && n < len(a) && !utf8.RuneStart(a[n]) {
		n--
	}
	return a[:n]
}

// NeedsQuotes reports whether r may mean something else, outside quotes, to the
// system's shell or to this one.
func NeedsQuotes(r rune) bool {
	return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("%+,-./:@_", r)
}

// listCandidates lays the candidates out for a terminal of that size: with
// their notes one a row, if there are any and they fit, else in columns.
func listCandidates(candidates []Candidate, columns, rows int) string {
	widest, notes := 0, false
	for _, a := range candidates {
		widest = max(widest, show.Width(string(show.Escaped(strings.TrimSuffix(a.Text, " ")))))
		notes = notes || a.Note != ""
	}
	rows = max(rows-2, 4) // the line being edited, and one that says how many more
	columns = max(columns-show.Width(string(show.Gutter)), 1)
	perRow := max(1, (columns+1)/(widest+2))
	if notes = notes && len(candidates) <= rows; notes {
		perRow = 1
	}
	var b strings.Builder
	for i := 0; i < len(candidates); i += perRow {
		if i/perRow == rows {
			fmt.Fprintf(&b, "… %d more\n", len(candidates)-i)
			break
		}
		var row strings.Builder
		for _, a := range candidates[i:min(i+perRow, len(candidates))] {
			text := string(show.Escaped(strings.TrimSuffix(a.Text, " ")))
			row.WriteString(text + strings.Repeat(" ", widest-show.Width(text)+2))
			if notes {
				row.WriteString(a.Note)
			}
		}
		// A file's name may hold anything.
		text := show.Truncate(string(show.Escaped(strings.TrimRight(row.String(), " "))), columns)
		b.WriteString(string(show.Gutter) + text + "\n")
	}
	return b.String()
}
