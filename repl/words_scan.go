package repl

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// The spelling of a word
//
// Words are separated by blanks. A word is made of these, side by side:
//
//	text         itself; \$ \; \" \' and a backslash before a blank give the
//	             character, any other backslash is a backslash: C:\dir, \\host
//	'text'       itself, with no exception
//	"text"       with the escapes \r \n \t \a \b \f \v \e \0 \xHH \u{H} \" \\ \$
//	$name        the value of a Lua variable; not inside '
//	${expr}      the value of a Lua expression; not inside '
//
// A "$" before anything but a letter, "_" or "{" is itself. Quotes end on the
// line on which they began. Inside ${} Lua's rules hold: it ends at the first "}"
// that closes no "{" of the expression and is not in a string of it.
//
// A command with free text joins its words by one blank: quotes keep blanks.

const blanks = " \t\r\v\f"

const escapesThere = `the escapes are \r \n \t \a \b \f \v \e \0 \xHH \u{H} \" \\ \$`

// simpleEscapes has the letter of each escape of one letter, then its byte.
var simpleEscapes = map[byte]byte{
	'r': '\r', 'n': '\n', 't': '\t', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v',
	'e': 0x1b, '0': 0, '"': '"', '\\': '\\', '$': '$',
}

// A scanner reads the words of one statement.
type scanner struct {
	line string // all that is parsed, so that offsets are columns
	eol  int    // the end of the line being read
	pos  int

	pieces []piece // of the word being read
	text   []byte  // the text of its next piece
	col    int     // where that text began

	// typing says that the line is still being typed: a mistake is added to faults,
	// and the scanner goes on. A quote or ${ that is not closed extends to the end
	// of the line, and is the word's Open.
	typing bool
	faults []span
	quoted []span // with their quotes
	open   byte
}

// A span is a part of a line: line[from:to].
type span struct{ from, to int }

// fault adds the next n bytes, for which err is the error of a line that was entered.
// It returns err, or nil where the scanner is to go on.
func (s *scanner) fault(n int, err error) error {
	if !s.typing {
		return err
	}
	s.faults = append(s.faults, span{s.pos, s.pos + n})
	return nil
}

// leaveOpen takes the rest of the line for what the character c at the offset from
// opened.
func (s *scanner) leaveOpen(c byte, from int, err error) error {
	s.pos = from
	if err := s.fault(1, err); err != nil {
		return err
	}
	s.open, s.pos = c, s.eol
	return nil
}

// words reads the words up to the ";", comment or newline that ends the statement.
func (s *scanner) words() ([]word, error) {
	var all []word
	for {
		s.skipBlanks()
		if s.atEnd() {
			return all, nil
		}
		w, err := s.word()
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
}

func (s *scanner) skipBlanks() {
	for s.pos < s.eol && isBlank(s.line[s.pos]) {
		s.pos++
	}
}

// atEnd reports whether no word can begin here.
func (s *scanner) atEnd() bool {
	rest := s.line[s.pos:s.eol]
	return rest == "" || rest[0] == ';' || strings.HasPrefix(rest, "--")
}

// word reads one word. The caller has checked that there is one.
func (s *scanner) word() (word, error) {
	w := word{Col: s.pos + 1}
	if key := identifier(s.line[s.pos:s.eol]); key != "" {
		if end := s.pos + len(key); end < s.eol && s.line[end] == '=' {
			w.Key, w.KeyEnd = key, end+2
		}
	}
	s.pieces, s.text, s.open = nil, s.text[:0], 0
	for s.pos < s.eol {
		c := s.line[s.pos]
		if isBlank(c) || c == ';' {
			break
		}
		var err error
		switch c {
		case '"', '\'':
			w.Quoted = true
			from := s.pos
			if c == '"' {
				err = s.doubleQuoted()
			} else {
				err = s.singleQuoted()
			}
			s.quoted = append(s.quoted, span{from, s.pos})
		case '$':
			err = s.dollar()
		case '\\':
			if isEscape(s.line[s.pos:s.eol]) {
				s.add(s.line[s.pos+1:s.pos+2], 2)
			} else {
				s.add(`\`, 1)
			}
		default:
			s.add(s.line[s.pos:s.pos+1], 1)
		}
		if err != nil {
			return word{}, err
		}
	}
	s.endText()
	if len(s.pieces) == 0 {
		s.pieces = []piece{{Col: w.Col}}
	}
	w.Pieces, w.End, w.Open = s.pieces, s.pos+1, s.open
	return w, nil
}

// add appends text, whose spelling takes so many bytes of the line.
func (s *scanner) add(text string, spelled int) {
	if len(s.text) == 0 {
		s.col = s.pos + 1
	}
	s.text = append(s.text, text...)
	s.pos += spelled
}

func (s *scanner) endText() {
	if len(s.text) > 0 {
		s.pieces = append(s.pieces, piece{Text: string(s.text), Col: s.col})
		s.text = s.text[:0]
	}
}

// singleQuoted reads a text in single quotes.
func (s *scanner) singleQuoted() error {
	n := strings.IndexByte(s.line[s.pos+1:s.eol], '\'')
	if n < 0 {
		open, err := s.pos, s.errorf(`this quote is not closed; write \' for the character`)
		if s.typing && open+1 < s.eol {
			s.pos++
			s.add(s.line[s.pos:s.eol], s.eol-s.pos)
		}
		return s.leaveOpen('\'', open, err)
	}
	s.pos++
	s.add(s.line[s.pos:s.pos+n], n)
	s.pos++
	return nil
}

// doubleQuoted reads a text in double quotes.
func (s *scanner) doubleQuoted() error {
	open := s.pos
	for s.pos++; s.pos < s.eol; {
		var err error
		switch s.line[s.pos] {
		case '"':
			s.pos++
			return nil
		case '\\':
			if s.pos+1 == s.eol {
				s.pos++ // the error points at the quote
				continue
			}
			err = s.escape()
		case '$':
			err = s.dollar()
		default:
			s.add(s.line[s.pos:s.pos+1], 1)
		}
		if err != nil {
			return err
		}
		if s.open != 0 { // a ${
			return nil
		}
	}
	s.pos = open
	return s.leaveOpen('"', open, s.errorf(`this quote is not closed; write \" for the character`))
}

// escape reads an escape inside double quotes; a byte follows the backslash.
func (s *scanner) escape() error {
	rest := s.line[s.pos+1 : s.eol]
	if b, ok := simpleEscapes[rest[0]]; ok {
		s.add(string([]byte{b}), 2)
		return nil
	}
	switch rest[0] {
	case 'x':
		digits := hexDigits(rest[1:])
		if len(digits) < 2 {
			return s.badEscape(2+len(digits), `\x takes two hexadecimal digits, as in \x1b`)
		}
		n, _ := strconv.ParseUint(digits[:2], 16, 8)
		s.add(string([]byte{byte(n)}), 4)
		return nil
	case 'u':
		digits := ""
		if strings.HasPrefix(rest, "u{") {
			digits = hexDigits(rest[2:])
		}
		if digits == "" || !strings.HasPrefix(rest[2+len(digits):], "}") {
			return s.badEscape(2, `\u takes hexadecimal digits in braces, as in \u{e9}`)
		}
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return s.badEscape(4+len(digits), `\u{%.12s} is not a character (expected 0 to 10ffff, without d800 to dfff)`, digits)
		}
		s.add(string(rune(n)), 4+len(digits))
		return nil
	}
	_, size := utf8.DecodeRuneInString(rest)
	return s.badEscape(1+size, `no escape \%s; `+escapesThere, printable(rest[:size]))
}

// badEscape is the error for the escape of n bytes at s.pos, which stays as it is in a
// line that is being typed.
func (s *scanner) badEscape(n int, format string, args ...any) error {
	if err := s.fault(n, s.errorf(format, args...)); err != nil {
		return err
	}
	s.add(s.line[s.pos:s.pos+n], n)
	return nil
}

// dollar reads what begins with a "$".
func (s *scanner) dollar() error {
	rest := s.line[s.pos+1 : s.eol]
	if name := identifier(rest); name != "" {
		s.expression(name, 1+len(name))
		return nil
	}
	if !strings.HasPrefix(rest, "{") {
		s.add("$", 1)
		return nil
	}
	end := closingBrace(rest, 1)
	if end < 0 {
		err := s.fault(2, s.errorf(`this ${ is not closed; write \$ for the character`))
		if err == nil {
			s.expression(rest[1:], len(rest)+2) // as if the } followed
			s.open, s.pos = '{', s.eol
		}
		return err
	}
	if strings.Trim(rest[1:end], blanks) == "" {
		err := s.fault(end+2, s.errorf("${} has no expression in it"))
		if err == nil {
			s.pos += end + 2
		}
		return err
	}
	s.expression(rest[1:end], end+2)
	return nil
}

// expression appends a piece of Lua, whose spelling takes so many bytes.
func (s *scanner) expression(expr string, spelled int) {
	s.endText()
	col := s.pos + spelled - len(expr) + 1 // of a $name
	if s.line[s.pos+1] == '{' {
		col--
	}
	s.pieces = append(s.pieces, piece{Expr: expr, Col: col})
	s.pos += spelled
}

func (s *scanner) errorf(format string, args ...any) error {
	return errorAt(s.line, s.pos+1, format, args...)
}

// skipRaw moves to the ";", comment or newline that ends a statement, without
// checking what it skips, and returns the offset after the last byte that is not a
// blank. Quotes that are not closed extend to the end of the line.
func (s *scanner) skipRaw() (end int) {
	end = s.pos
	for s.skipBlanks(); !s.atEnd(); s.skipBlanks() {
		for s.pos < s.eol && !isBlank(s.line[s.pos]) && s.line[s.pos] != ';' {
			s.pos += rawSize(s.line[s.pos:s.eol])
		}
		end = s.pos
	}
	return end
}

// isEscape reports whether s begins with an escape that is valid outside quotes.
func isEscape(s string) bool {
	return len(s) > 1 && s[0] == '\\' && strings.IndexByte("$;\"' \t", s[1]) >= 0
}

// rawSize returns the size of the character, escape, string in quotes or ${} that
// s begins with.
func rawSize(s string) int {
	end := -1
	switch {
	case isEscape(s):
		return 2
	case s[0] == '"':
		end = closingQuote(s, 1, '"')
	case s[0] == '\'':
		end = strings.IndexByte(s[1:], '\'') + 1
		if end == 0 {
			end = -1
		}
	case strings.HasPrefix(s, "${"):
		end = closingBrace(s, 2)
	default:
		return 1
	}
	if end < 0 {
		return len(s)
	}
	return end + 1
}

// closingBrace returns the offset of the "}" that ends the Lua expression at from
// in s, or -1.
func closingBrace(s string, from int) int {
	depth := 0
	for i := from; i >= 0 && i < len(s); i++ {
		switch c := s[i]; c {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"', '\'':
			if i = closingQuote(s, i+1, c); i < 0 {
				return -1
			}
		case '[':
			if n := longBracket(s[i:]); n > 0 {
				closing := "]" + strings.Repeat("=", n-2) + "]"
				size := strings.Index(s[i+n:], closing)
				if size < 0 {
					return -1
				}
				i += n + size + n - 1
			}
		}
	}
	return -1
}

// closingQuote returns the offset of the quote that ends a string at from in s, or
// -1. A backslash escapes any character.
func closingQuote(s string, from int, quote byte) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}

// longBracket returns the size of the bracket [[ or [==[ that s begins with, or 0.
func longBracket(s string) int {
	if !strings.HasPrefix(s, "[") {
		return 0
	}
	n := 1
	for n < len(s) && s[n] == '=' {
		n++
	}
	if n < len(s) && s[n] == '[' {
		return n + 1
	}
	return 0
}

// identifier returns the Lua name that s begins with, or "".
func identifier(s string) string {
	n := 0
	for n < len(s) && (isLetter(s[n]) || n > 0 && isDigit(s[n])) {
		n++
	}
	return s[:n]
}

func hexDigits(s string) string {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'f') {
		n++
	}
	return s[:n]
}

func isBlank(c byte) bool  { return strings.IndexByte(blanks, c) >= 0 }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
