package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns p indented, ended by a newline, if it is one JSON object or array
// in UTF-8; else false. The order of keys and the digits of numbers are kept.
//
// Unlike [Text] it leaves backslashes alone and escapes as JSON does, \u202e, so
// that what it returns is JSON of the same value. A value that indenting would
// blow up, for it is nested so deep, is refused: that is a peer's way to fill
// memory and screen.
func JSON(p []byte) (string, bool) {
	p = bytes.Trim(p, " \t\r\n")
	if len(p) == 0 || p[0] != '{' && p[0] != '[' || !utf8.Valid(p) || !json.Valid(p) {
		return "", false
	}
	if indentedSize(p) > 8*len(p)+4096 {
		return "", false
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, p, "", "  "); err != nil {
		return "", false
	}
	return escapeJSON(indented.Bytes()) + "\n", true
}

// EscapeJSON returns valid JSON of the same value as p, with what a terminal would
// act on or not show escaped as JSON does.
func EscapeJSON(p []byte) string { return escapeJSON(p) }

// indentedSize returns about the size that the valid JSON p is indented.
func indentedSize(p []byte) int {
	size, depth := len(p), 0
	inString := false
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case inString:
			if c == '\\' {
				i++
			}
			inString = c != '"'
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			depth++
			size += 1 + 2*depth
		case c == '}' || c == ']':
			depth--
			size += 1 + 2*depth
		case c == ',':
			size += 1 + 2*depth
		}
	}
	return size
}

// escapeJSON escapes what is not safe in the valid JSON p, where that can only be
// inside a string.
func escapeJSON(p []byte) string {
	out := make([]byte, 0, len(p))
	var at cell
	for len(p) > 0 {
		c := p[0]
		if c < utf8.RuneSelf && c != 0x7f {
			out = append(out, c)
			p = p[1:]
			at = cell{hasBase: c != '"'}
			continue
		}
		r, size := utf8.DecodeRune(p)
		if at.takes(r) {
			out = append(out, p[:size]...)
		} else {
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		}
		p = p[size:]
	}
	return string(out)
}
