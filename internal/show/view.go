package show

import (
	"strings"
	"unicode/utf8"
)

// A View is a way to show bytes.
type View string

// The views there are.
const (
	Auto     View = "auto" // JSON, text or a hexdump, as the bytes are
	TextView View = "text" // as Text gives it
	Hex      View = "hex"  // a hexdump
	JSONView View = "json" // indented JSON; what is none as Auto would
	Full     View = "full" // as Auto, and the shell leaves nothing out
	None     View = "none" // nothing
)

// Views returns all views.
func Views() []View { return []View{Auto, TextView, Hex, JSONView, Full, None} }

// Render returns p in whole lines, each ended by a newline; "" if p is empty.
// Only a hexdump heeds the columns, as [HexdumpWidth] does; a terminal wraps the
// rest.
//
// Auto takes p for JSON if that is what it is, for text if it has no NUL and at
// least 85 of 100 bytes are of printable characters, blanks and line ends; else
// for something to dump.
func (v View) Render(p []byte, columns int) string {
	if len(p) == 0 {
		return ""
	}
	switch v {
	case None:
		return ""
	case Hex:
		return HexdumpWidth(p, 0, columns)
	case TextView:
		return textLines(p)
	}
	if s, ok := JSON(p); ok {
		return s
	}
	if IsText(p) {
		return textLines(p)
	}
	return HexdumpWidth(p, 0, columns)
}

func textLines(p []byte) string {
	s := Text(p)
	if strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// IsText reports whether p is mostly printable: what Auto shows as text.
func IsText(p []byte) bool {
	total, printable := len(p), 0
	for len(p) > 0 {
		c := p[0]
		size := 1
		switch {
		case c == 0:
			return false
		case c < utf8.RuneSelf:
			if plain[textMode][c] || c == '\r' || c == '\\' {
				printable++
			}
		default:
			var r rune
			if r, size = utf8.DecodeRune(p); size > 1 && isSafe(r) {
				printable += size
			}
		}
		p = p[size:]
	}
	return printable*100 >= total*85
}
