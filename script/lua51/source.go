package lua51

import (
	"strings"

	"sosh/script/lua51/compiler"
)

// rewriteSource rewrites what gopher-lua's scanner reads otherwise than Lua, in the
// text, as the tree that it makes no longer shows it:
//
//   - a comment that begins --[= and is no long one is an error for it
//   - vertical tabs and form feeds are blanks
//   - goto is a keyword for it, and a name for Lua 5.1; Locate puts it back
//
// Lines stay what they are.
//
// It also returns the tokens of the text.
func rewriteSource(src string) (string, *compiler.Tokens, *SyntaxError) {
	tokens := &compiler.Tokens{Text: src, List: make([]compiler.Token, 1, 16+len(src)/4)}
	tokens.List[0].Line = 1
	var out strings.Builder
	done := 0 // src[:done] is in out
	replace := func(from, to int, s string) {
		out.WriteString(src[done:from])
		out.WriteString(s)
		done = to
	}
	line := 1
	for i := 0; i < len(src); {
		from := i
		switch c := src[i]; {
		case c == ' ' || c == '\t':
			i++
			continue
		case c == '\n' || c == '\r':
			i++
			if i < len(src) && src[i] != c && (src[i] == '\n' || src[i] == '\r') {
				i++
			}
			line++
			continue
		case c == '\v' || c == '\f':
			replace(i, i+1, " ")
			i++
			continue
		case c == '-' && strings.HasPrefix(src[i:], "--"):
			end, long := comment(src, i)
			if !long && strings.HasPrefix(src[i:], "--[=") {
				replace(i+2, i+2, " ")
			}
			if long && !closesLong(src[i+2:end], longOpen(src, i+2)) {
				tokens.Unfinished = "unfinished long comment"
			}
			line += countLines(src[i:end])
			i = end
			continue
		case c == '"' || c == '\'':
			end, bad := quoted(src, i)
			if bad {
				return "", nil, &SyntaxError{line: line, msg: "escape sequence too large near '" + src[i:end-4] + "'"}
			}
			line += countLines(src[i:end])
			i = end
		case c == '[' && longOpen(src, i) >= 0:
			level := longOpen(src, i)
			i = longEnd(src, i, level)
			line += countLines(src[from:i])
			if !closesLong(src[from:i], level) {
				tokens.Unfinished = "unfinished long string"
				continue
			}
		case IsDigit(c) || c == '.' && i+1 < len(src) && IsDigit(src[i+1]):
			i = numeralEnd(src, i)
		case isNameByte(c):
			i = NameEnd(src, i)
			if src[from:i] == "goto" {
				replace(from, i, compiler.Goto)
			}
		default:
			i += operatorLength(src[i:])
		}
		tokens.Add(from, i, line)
	}
	tokens.Add(len(src), len(src), line)
	if done == 0 {
		return src, tokens, nil
	}
	out.WriteString(src[done:])
	return out.String(), tokens, nil
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
	if i < len(src) && src[i]|0x20 == 'e' {
		if i++; i < len(src) && (src[i] == '+' || src[i] == '-') {
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

// quoted returns the end of the string at i, and whether it has an escape for
// a byte over 255.
func quoted(src string, i int) (end int, bad bool) {
	q := src[i]
	for j := i + 1; j < len(src); j++ {
		switch c := src[j]; c {
		case q:
			return j + 1, false
		case '\n', '\r':
			return j, false
		case '\\':
			j++
			if j+2 < len(src) && IsDigit(src[j]) && IsDigit(src[j+1]) && IsDigit(src[j+2]) && src[j:j+3] > "255" {
				return j + 3, true
			}
			if j+1 < len(src) && (src[j] == '\r' && src[j+1] == '\n' || src[j] == '\n' && src[j+1] == '\r') {
				j++
			}
		}
	}
	return len(src), false
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
