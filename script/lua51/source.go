package lua51

import (
	"strings"

	"sosh/script/lua51/compiler"
)

// scan returns the tokens of a text, up to the first error.
func scan(src string) *compiler.Tokens {
	t := &compiler.Tokens{Text: src, List: make([]compiler.Token, 1, 16+len(src)/3)}
	t.List[0].Line = 1
	line, i := 1, 0
	wrong := func(message, near string) {
		t.Wrong = &compiler.Error{Line: line, Message: message + compiler.Near(near), Incomplete: near == "<eof>"}
		i = len(src)
	}
	for i < len(src) && t.Wrong == nil {
		from := i
		switch c := src[i]; {
		case c == ' ' || c == '\t' || c == '\v' || c == '\f':
			i++
			continue
		case c == '\n' || c == '\r':
			i++
			if i < len(src) && src[i] != c && (src[i] == '\n' || src[i] == '\r') {
				i++
			}
			line++
			continue
		case isNameByte(c) && !IsDigit(c):
			i = NameEnd(src, i)
		case c == '-' && strings.HasPrefix(src[i:], "--"):
			end, long := comment(src, i)
			line += countLines(src[i:end])
			i = end
			if long {
				long := src[from+2 : end]
				if rest := nested(long); rest != "" {
					line -= countLines(rest)
					wrong(nestedMessage, "[")
				} else if !closesLong(long, longOpen(long, 0)) {
					wrong("unfinished long comment", "<eof>")
				}
			}
			continue
		case c == '"' || c == '\'':
			end, escape := quoted(src, i)
			text := src[i:end]
			i = end
			line += countLines(text)
			switch {
			case escape >= 0:
				wrong("escape sequence too large", text[:1]+compiler.Unescape(text[1:escape]))
				continue
			case quoteEnds(text):
			case end == len(src):
				wrong("unfinished string", "<eof>")
				// A backslash at the end of a line lets the string go on.
				t.Wrong.Incomplete = strings.HasSuffix(src, "\\\n") || strings.HasSuffix(src, "\\\r\n")
				continue
			default:
				wrong("unfinished string", text[:1]+compiler.Unescape(text[1:]))
				continue
			}
		case c == '[' && longOpen(src, i) >= 0:
			level := longOpen(src, i)
			i = longEnd(src, i, level)
			line += countLines(src[from:i])
			if rest := nested(src[from:i]); rest != "" {
				line -= countLines(rest)
				wrong(nestedMessage, "[")
				continue
			} else if !closesLong(src[from:i], level) {
				wrong("unfinished long string", "<eof>")
				continue
			}
		case c == '[' && strings.HasPrefix(src[i:], "[="):
			rest := src[i+1:]
			wrong("invalid long string delimiter", src[i:len(src)-len(strings.TrimLeft(rest, "="))])
			continue
		case IsDigit(c) || c == '.' && i+1 < len(src) && IsDigit(src[i+1]):
			i = numeralEnd(src, i)
		default:
			i += operatorLength(src[i:])
		}
		t.Add(from, i, line)
	}
	t.Add(len(src), len(src), line)
	return t
}

// countLines returns how many lines end in s.
func countLines(s string) int {
	n := strings.Count(s, "\n")
	if strings.IndexByte(s, '\r') >= 0 {
		// Both characters, in any order, end one line.
		n += strings.Count(s, "\r") - strings.Count(s, "\r\n")
		n -= strings.Count(strings.ReplaceAll(s, "\r\n", " "), "\n\r")
	}
	return n
}

// numeralEnd returns the end of what Lua takes for a numeral at i.
func numeralEnd(src string, i int) int {
	for i < len(src) && (IsDigit(src[i]) || src[i] == '.') {
		i++
	}
	// Lua takes a zero byte for one of each of these characters.
	if i < len(src) && (src[i]|0x20 == 'e' || src[i] == 0) {
		if i++; i < len(src) && (src[i] == '+' || src[i] == '-' || src[i] == 0) {
			i++
		}
	}
	return NameEnd(src, i)
}

// operatorLength returns how long the operator is that s begins with.
func operatorLength(s string) int {
	if strings.HasPrefix(s, "...") {
		return 3
	}
	if len(s) > 1 {
		switch s[:2] {
		case "..", "==", "~=", "<=", ">=":
			return 2
		}
	}
	return 1
}

// comment returns the end of the comment at i, and whether it is a long one.
func comment(src string, i int) (end int, long bool) {
	if j := i + 2; j < len(src) && src[j] == '[' {
		if n := longOpen(src, j); n >= 0 {
			return longEnd(src, j, n), true
		}
	}
	if n := strings.IndexAny(src[i:], "\r\n"); n >= 0 {
		return i + n, false
	}
	return len(src), false
}

// quoted returns the end of the string at i, and where in it an escape for a
// byte over 255 is, or -1.
func quoted(src string, i int) (end, wrong int) {
	q := src[i]
	for j := i + 1; j < len(src); j++ {
		switch c := src[j]; c {
		case q:
			return j + 1, -1
		case '\n', '\r':
			return j, -1
		case '\\':
			j++
			if j+2 < len(src) && IsDigit(src[j]) && IsDigit(src[j+1]) && IsDigit(src[j+2]) && src[j:j+3] > "255" {
				return j + 3, j - 1 - i
			}
			if j+1 < len(src) && (src[j] == '\r' && src[j+1] == '\n' || src[j] == '\n' && src[j+1] == '\r') {
				j++
			}
		}
	}
	return len(src), -1
}

// quoteEnds reports whether a quoted string has its end.
func quoteEnds(s string) bool {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return i == len(s)-1
		}
	}
	return false
}

// nestedMessage is the error for [[ in [[...]].
const nestedMessage = "nesting of [[...]] is deprecated"

// nested returns what stands from a [[ on in a long bracket of level 0.
func nested(s string) string {
	if s[1] != '[' {
		return ""
	}
	if i := strings.Index(s[2:], "[["); i >= 0 {
		return s[2+i:]
	}
	return ""
}

// longOpen returns the level of the long bracket that opens at i, or -1.
func longOpen(src string, i int) int {
	n := 0
	for i++; i < len(src) && src[i] == '='; i++ {
		n++
	}
	if i < len(src) && src[i] == '[' {
		return n
	}
	return -1
}

// longEnd returns the end of the long bracket of level n at i.
func longEnd(src string, i, n int) int {
	closing := "]" + strings.Repeat("=", n) + "]"
	if k := strings.Index(src[i+n+2:], closing); k >= 0 {
		return i + n + 2 + k + len(closing)
	}
	return len(src)
}

// closesLong reports whether a long bracket of level n has its end.
func closesLong(s string, n int) bool {
	return len(s) >= 2*n+4 && strings.HasSuffix(s, "]"+strings.Repeat("=", n)+"]")
}

// NameEnd returns where the letters, digits and underscores end that stand at i.
func NameEnd(src string, i int) int {
	for i < len(src) && isNameByte(src[i]) {
		i++
	}
	return i
}

func isNameByte(c byte) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || IsDigit(c)
}

// IsDigit reports whether c is a decimal digit.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }
