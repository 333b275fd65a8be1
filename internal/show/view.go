package show

import (
	"strings"
	"unicode/utf8"
)

// A View is a way to show bytes.
type View string

// The views.
const (
	Auto     View = "auto" // JSON, text or a hexdump, depending on the bytes
	TextView View = "text" // the result of Text
	Hex      View = "hex"  // a hexdump
	JSONView View = "json" // indented JSON; other data as Auto
	Full     View = "full" // as Auto, without a size limit in the shell
	None     View = "none" // nothing
)

// Views returns all views.
func Views() []View { return []View{Auto, TextView, Hex, JSONView, Full, None} }

// Render returns p in whole lines, each with a newline; "" if p is empty. Only a hexdump depends
// on columns, as in [HexdumpWidth]; other lines are wrapped by the terminal.
//
// Auto shows p as JSON if it is valid JSON; as text if it has no NUL, and at least 85 of 100 bytes
// belong to printable characters, blanks and line ends; otherwise as a hexdump.
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

// IsText reports whether p is mostly printable, so that Auto shows it as text.
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
