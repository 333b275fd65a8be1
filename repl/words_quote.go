package repl

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoteWord spells s so that the parser reads it as one word without a key, even as
// the first word after a command: unquoted if that is enough, else in double quotes.
func quoteWord(s string) string {
	if isBare(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '"' || r == '\\' || r == '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isBare reports whether s needs no quotes.
func isBare(s string) bool {
	if s == "" || !utf8.ValidString(s) || strings.HasPrefix(s, "--") {
		return false
	}
	if startsLua(s + ` "`) { // whatever follows
		return false
	}
	if key := identifier(s); key != "" && strings.HasPrefix(s[len(key):], "=") {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(` ;"'$\`, r)
	}) < 0
}
