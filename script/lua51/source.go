package lua51

import (
	"strings"
)

// rewriteSource rewrites what gopher-lua's scanner reads otherwise than Lua, in the
// text, as the tree that it makes no longer shows it:
//
//   - a comment that begins --[= and is no long one is an error for it
//   - vertical tabs and form feeds are blanks
//   - goto is a keyword for it, and its jumps cut closures loose from their
//     locals; Lua 5.1 has none
//
// Lines stay what they are.
func rewriteSource(src string) (string, *SyntaxError) {
	var out strings.Builder
	done := 0 // src[:done] is in out
	replace := func(from, to int, s string) {
		out.WriteString(src[done:from])
		out.WriteString(s)
		done = to
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '-' && strings.HasPrefix(src[i:], "--"):
			end, long := comment(src, i)
			if !long && strings.HasPrefix(src[i:], "--[=") {
				replace(i+2, i+2, " ")
			}
			i = end
		case c == '"' || c == '\'':
			end, bad := quoted(src, i)
			if bad {
				return "", &SyntaxError{line: lineAt(src, i), msg: "escape sequence too large near '" + src[i:end] + "'"}
			}
			i = end
		case c == '[':
			if n := longOpen(src, i); n >= 0 {
				i = longEnd(src, i, n)
			} else {
				i++
			}
		case c == '\v' || c == '\f':
			replace(i, i+1, " ")
			i++
		case isNameByte(c):
			end := NameEnd(src, i)
			if src[i:end] == "goto" && !afterDot(src, i) {
				return "", &SyntaxError{line: lineAt(src, i), msg: "Lua 5.1 has no goto, near 'goto'"}
			}
			i = end
		default:
			i++
		}
	}
	if done == 0 {
		return src, nil
	}
	out.WriteString(src[done:])
	return out.String(), nil
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
			if j+1 < len(src) && src[j] == '\r' && src[j+1] == '\n' {
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

// skipBlank returns where the blanks and comments at i end.
func skipBlank(src string, i int) int {
	for i < len(src) {
		switch c := src[i]; {
		case c == ' ' || '\t' <= c && c <= '\r':
			i++
		case strings.HasPrefix(src[i:], "--"):
			i, _ = comment(src, i)
		default:
			return i
		}
	}
	return i
}

// afterDot reports whether the name at i is the name of a field.
func afterDot(src string, i int) bool {
	s := strings.TrimRight(src[:i], " \t\r\n")
	return strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "..") || strings.HasSuffix(s, ":") && !strings.HasSuffix(s, "::")
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

func lineAt(src string, i int) int { return 1 + strings.Count(src[:i], "\n") }
