package repl

import (
	"strings"

	"sosh/repl/lineedit"
)

// keyRows are the keys of the prompt in emacs mode and those of a search, and what each does.
func keyRows() [][]string {
	rows := bindingRows(func(m lineedit.Mode) bool { return m&lineedit.Emacs != 0 })
	return append(rows, bindingRows(func(m lineedit.Mode) bool { return m == lineedit.Searching })...)
}

// viRows are the keys that only vi has.
func viRows() [][]string {
	return bindingRows(func(m lineedit.Mode) bool { return m&(lineedit.Emacs|lineedit.Searching) == 0 })
}

// bindingRows are the rows of the editor's table in some modes. Digits share a row.
func bindingRows(in func(lineedit.Mode) bool) [][]string {
	var rows [][]string
	for _, b := range lineedit.Bindings() {
		if !in(b.Modes) {
			continue
		}
		keys := strings.Join(b.Keys, ", ")
		if b.Modes == lineedit.Searching {
			keys = "searching: " + keys
		}
		if n := len(rows); n > 0 && rows[n-1][1] == b.Doc {
			first, _, _ := strings.Cut(rows[n-1][0], " to ")
			rows[n-1][0] = first + " to " + keys
			continue
		}
		rows = append(rows, []string{keys, b.Doc})
	}
	return rows
}
