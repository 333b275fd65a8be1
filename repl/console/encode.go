package console

import (
	"strings"
	"unicode"
)

// The runes from runeFormat up stand for control and format characters while a line is drawn; typed or pasted
// text never contains them. They are one column wide.
const (
	runeFormat  = 0x100000 // + c: the format character c, such as a change of direction
	runeControl = 0x10FF00 // + c: the control character c
)

// encodeLine encodes a text to be drawn: control and format characters, which a
// terminal would not show but may act on, become runes of one column. There are as
// many runes as before.
func encodeLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(encodeRune, strings.ToValidUTF8(s, "\uFFFD"))
}

// encodeRune is encodeLine for one rune.
func encodeRune(r rune) rune {
	switch {
	case ' ' <= r && r < 0x7f:
		return r
	case r >= runeFormat || r == 0:
		return '\uFFFD'
	case isFormat(r):
		return runeFormat + r
	case unicode.IsControl(r):
		return runeControl + r
	}
	return r
}

// decodeLine undoes encodeLine.
func decodeLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(decodeRune, s)
}

// decodeRune undoes encodeLine for one rune.
func decodeRune(r rune) rune {
	switch {
	case r >= runeControl && r < runeControl+0xA0:
		return r - runeControl
	case isFormat(r - runeFormat):
		return r - runeFormat
	}
	return r
}

// isPlain reports whether s is printable ASCII, as nearly every line is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isFormat reports whether r is a format character that has a rune from runeFormat
// on.
func isFormat(r rune) bool { return r < runeControl-runeFormat && unicode.Is(unicode.Cf, r) }
