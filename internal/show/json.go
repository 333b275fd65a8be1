package show

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns p indented, with a newline at the end, if it is one JSON object or array in UTF-8;
// else false. It keeps the order of keys and the digits of numbers.
//
// Unlike [Text], it does not change backslashes, and it escapes in the syntax of JSON (\u202e), so
// that the result is JSON with the same value. It refuses a value that is nested so deeply that
// indentation would make it huge, since a peer could fill memory and screen with it.
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

// EscapeJSON returns JSON with the same value as p, where characters that a terminal would act on
// or not show are escaped in the syntax of JSON.
func EscapeJSON(p []byte) string { return escapeJSON(p) }

// indentedSize returns the approximate size of the valid JSON p after indentation.
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

// escapeJSON escapes unsafe characters in the valid JSON p; they occur only inside strings.
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
