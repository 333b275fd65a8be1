package show

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width returns how many columns of a terminal s takes: two for each wide
// character, none for a combining mark or a control.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1160 && r <= 0x11ff: // vowels and finals that join a wide Hangul initial
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Truncate returns s if it fits into columns, else as much of it as does with an
// ellipsis at the end.
func Truncate(s string, columns int) string {
	if len(s) <= columns || Width(s) <= columns {
		return s
	}
	if columns <= 0 {
		return ""
	}
	n := 0
	for i, r := range s {
		n += runeWidth(r)
		if n > columns-1 {
			return s[:i] + "…"
		}
	}
	return s
}

// pad returns s with blanks up to columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}
