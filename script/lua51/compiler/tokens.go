package compiler

import (
	"fmt"
	"strings"
)

// Tokens are the tokens of a chunk. The first list element is unused, so that no
// index is zero; the last is the end of the text, or the position of an error.
type Tokens struct {
	Text   string
	List   []Token
	Before int // the number of lines before the text
	// Wrong is the error, with its line in the text, if the list ends at an invalid
	// token.
	Wrong *Error
}

// A Token is where one begins and ends in the text, and the line that it ends
// in, from 1 on.
type Token struct{ From, To, Line int32 }

// Add adds a token.
func (t *Tokens) Add(from, to, line int) {
	t.List = append(t.List, Token{int32(from), int32(to), int32(line)})
}

// at returns the text of a token, "" at the end.
func (t *Tokens) at(i int) string {
	if i >= len(t.List) {
		return ""
	}
	k := t.List[i]
	return t.Text[k.From:k.To]
}

// near is how errors show a token. A zero byte is not shown.
func (t *Tokens) near(i int) string {
	s := t.at(i)
	switch {
	case s == "":
		s = "<eof>"
	case s == "\x00":
		return ""
	case len(s) == 1 && (s[0] < ' ' || s[0] == 0x7f):
		s = fmt.Sprintf("char(%d)", s[0])
	case s[0] == '"' || s[0] == '\'':
		s = s[:1] + Unescape(s[1:len(s)-1]) + s[:1]
	case s[0] == '[' && len(s) > 1:
		level := strings.IndexByte(s[1:], '[')
		s = s[:level+2] + stringValue(s) + s[len(s)-level-2:]
	}
	return Near(s)
}

// Near is the end of an error that shows a text: up to the first zero byte.
func Near(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return " near '" + s + "'"
}

// stringValue returns the value of a token that is a string.
func stringValue(s string) string {
	if s[0] != '[' {
		return Unescape(s[1 : len(s)-1])
	}
	level := strings.IndexByte(s[1:], '[')
	s = s[level+2 : len(s)-level-2]
	if strings.IndexByte(s, '\r') >= 0 {
		s = newlines(s)
	}
	return strings.TrimPrefix(s, "\n")
}

// newlines makes one newline of each that s has, which may be of two bytes.
func newlines(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\n' || c == '\r' {
			if i+1 < len(s) && s[i+1] != c && (s[i+1] == '\n' || s[i+1] == '\r') {
				i++
			}
			c = '\n'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Unescape returns the value of the text of a quoted string.
func Unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 == len(s) {
			b = append(b, c)
			continue
		}
		i++
		switch c = s[i]; {
		case c == '\n' || c == '\r':
			if i+1 < len(s) && s[i+1] != c && (s[i+1] == '\n' || s[i+1] == '\r') {
				i++
			}
			c = '\n'
		case isDigit(c):
			n := int(c - '0')
			for k := 0; k < 2 && i+1 < len(s) && isDigit(s[i+1]); k++ {
				i++
				n = n*10 + int(s[i]-'0')
			}
			c = byte(n)
		default:
			if k := strings.IndexByte("abfnrtv", c); k >= 0 {
				c = "\a\b\f\n\r\t\v"[k]
			}
		}
		b = append(b, c)
	}
	return string(b)
}
