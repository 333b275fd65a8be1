package show

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width returns how many columns of a terminal s takes: two for each wide
// character and each emoji, none for a combining mark or a control.
func Width(s string) int {
	n := 0
	for s != "" {
		size, columns := cluster(s)
		n += columns
		s = s[size:]
	}
	return n
}

// Cluster returns how many runes at the start of s a terminal shows as one character, and how many
// columns that takes: a rune with its combining marks, an emoji with its modifiers and with what is
// joined to it, or a flag. A control, and a mark without a character before it, take no column. It
// returns 0, 0 if s is empty.
func Cluster(s []rune) (n, columns int) {
	if len(s) == 0 {
		return 0, 0
	}
	n, columns = 1, runeWidth(s[0])
	if columns == 0 {
		return n, 0
	}
	flag := isRegional(s[0])
	for n < len(s) {
		switch r := s[n]; {
		case flag && isRegional(r):
			flag, columns = false, 2
		case r == emojiStyle:
			columns = 2
		case r >= firstTone && r <= lastTone && columns == 2: // the skin of an emoji
		case r == joiner && n+1 < len(s) && runeWidth(s[n+1]) == 2 && columns == 2:
			n++
		case r != joiner && r >= 0x300 && runeWidth(r) == 0:
		default:
			return n, columns
		}
		n++
	}
	return n, columns
}

// What makes one character of several runes.
const (
	joiner     = 0x200d
	emojiStyle = 0xfe0f // asks for the picture of the character before it
	firstTone  = 0x1f3fb
	lastTone   = 0x1f3ff
)

func isRegional(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// cluster is Cluster for the bytes of a string.
func cluster(s string) (size, columns int) {
	if len(s) == 1 || s[0] < utf8.RuneSelf && s[1] < utf8.RuneSelf {
		return 1, runeWidth(rune(s[0]))
	}
	var runes [16]rune // an emoji of a family has 7
	var ends [16]int
	n := 0
	for i, r := range s {
		if n == len(runes) {
			break
		}
		runes[n], ends[n] = r, i+utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size := utf8.DecodeRuneInString(s[i:])
			ends[n] = i + size
		}
		if n++; n > 1 && r < 0x300 {
			break
		}
	}
	count, columns := Cluster(runes[:n])
	return ends[count-1], columns
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
	for i := 0; i < len(s); {
		size, w := cluster(s[i:])
		if n += w; n > columns-1 {
			return s[:i] + "…"
		}
		i += size
	}
	return s
}

// pad returns s with blanks up to columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}
