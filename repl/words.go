package repl

import (
	"fmt"
	"strings"
	"unicode"
)

// The grammar of a line
//
// A line is a series of statements, each words or Lua. It is words when it
// begins with the name of a command, a blank or the end of the statement
// follows, and what comes then does not make it Lua (see followedByLua):
//
//	send c hello; ls         two statements of words
//	send = 3                 Lua
//	send(c, "x"); ls         Lua, to the end of its line
//	!date; ls                the command "!" with the rest of its line
//	? send                   the command help
//
// A statement of words ends at a ";" or a newline that no quotes enclose, or at
// "--" where a word could begin: a comment, to the end of its line. A line is a
// comment too if it begins with "#" and a blank, or with "##", "#!" or "#" alone;
// "#c" is Lua: the length of c.
//
// The spelling of words is described at the head of words_scan.go.
//
// Columns count bytes from 1, from the start of the text that was parsed, so
// that line[w.Col-1:w.End-1] is the word w as it was typed. A message gives the
// column on the screen, and pointAt draws a caret under it.

// A statement is a command with its words, or a piece of Lua.
type statement struct {
	Lua   string // the Lua source, when it is Lua
	Name  string // the command, when it is words
	Words []word // what follows the name; nil for a command that takes Rest
	Raw   string // the source of the statement, without ";" and comment
	Rest  string // the source after the name, without blanks around it

	Col     int // where Raw begins
	RestCol int // where Rest begins
	End     int // where Raw ends: line[Col-1:End-1] is Raw
}

// empty reports whether st is what nextStatement gives when nothing is left.
func (st statement) empty() bool { return st.Name == "" && st.Lua == "" }

// A word is one argument of a command as it was typed.
type word struct {
	Pieces []piece // at least one; never two texts side by side
	Key    string  // NAME, if the word begins with NAME= outside quotes
	KeyEnd int     // column after that "=", else 0
	Col    int     // where the word begins
	End    int     // the column after it
	Quoted bool    // some of it was in quotes
	Open   byte    // of a line being typed: the quote, or the { of ${, that is not closed
}

// A piece of a word is a text, or a Lua expression whose value replaces it.
type piece struct {
	Text string
	Expr string // "" for a text
	Col  int
}

// text returns the word's text, and false if it has Lua in it.
func (w word) text() (string, bool) {
	if len(w.Pieces) != 1 || w.Pieces[0].Expr != "" {
		return "", false
	}
	return w.Pieces[0].Text, true
}

// value returns a word KEY=VALUE without its key.
func (w word) value() word {
	if w.Key == "" {
		return w
	}
	first := w.Pieces[0]
	first.Text = first.Text[len(w.Key)+1:]
	first.Col = w.KeyEnd
	v := word{Col: w.KeyEnd, End: w.End, Quoted: w.Quoted, Open: w.Open}
	if first.Text != "" || len(w.Pieces) == 1 {
		v.Pieces = append(v.Pieces, first)
	}
	v.Pieces = append(v.Pieces, w.Pieces[1:]...)
	return v
}

// A syntaxError is a mistake in a line, with its position.
type syntaxError struct {
	Col        int // as a word's
	Msg        string
	Incomplete bool // more lines could make it right; never so for words

	row, shown int // its position on the screen; 0 if not computed
}

func (e *syntaxError) Error() string {
	switch {
	case e.row > 1:
		return fmt.Sprintf("line %d, column %d: %s", e.row, e.shown, e.Msg)
	case e.shown > 0:
		return fmt.Sprintf("column %d: %s", e.shown, e.Msg)
	}
	return fmt.Sprintf("column %d: %s", e.Col, e.Msg)
}

// errorAt makes a syntaxError for a column of line.
func errorAt(line string, col int, format string, args ...any) *syntaxError {
	start := strings.LastIndexByte(line[:col-1], '\n') + 1
	return &syntaxError{
		Col:   col,
		Msg:   fmt.Sprintf(format, args...),
		row:   1 + strings.Count(line[:start], "\n"),
		shown: 1 + displayWidth(line[start:col-1]),
	}
}

// pointAt returns the one line of line that col is in, printable, and a second one
// with a caret under that column.
func pointAt(line string, col int) (source, caret string) {
	col = min(max(col, 1), len(line)+1)
	start := strings.LastIndexByte(line[:col-1], '\n') + 1
	source = printable(line[start:endOfLine(line, col-1)])
	return source, strings.Repeat(" ", displayWidth(line[start:col-1])) + "^"
}

// around shortens the two lines of pointAt to a terminal's columns, around the
// caret.
func around(source, caret string, columns int) (string, string) {
	line, at := []rune(source), len(caret)-1
	if columns = max(columns, 10); len(line) <= columns && at < columns {
		return source, caret
	}
	from := max(0, at-columns/2)
	line = append(line[min(from, len(line)):], ' ')
	line = line[:min(columns-1, len(line))]
	if from > 0 {
		line[0] = '…'
	}
	return strings.TrimRight(string(line), " "), strings.Repeat(" ", at-from) + "^"
}

func displayWidth(s string) int { return len([]rune(printable(s))) }

// printable replaces each character that must not be echoed by one of one column.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case r == '\t' || r == '\r' || unicode.Is(unicode.Zs, r):
			return ' '
		}
		return unicode.ReplacementChar
	}, s)
}

// nextStatement returns the statement of line at the offset from, and the offset
// of the next one. At the end of the line the statement is empty. isCommand reports
// whether a name is a command's, and rawRest whether that command takes the rest of
// its statement unparsed: then there are no Words, and the command itself reports
// errors in Rest. After an error next is the line after.
//
// Statements are parsed one at a time so that those before a mistake can run.
func nextStatement(line string, from int, isCommand, rawRest func(name string) bool) (st statement, next int, err error) {
	s := scanner{line: line}
	return s.statement(from, isCommand, rawRest)
}

// typedStatement is nextStatement for a line that is being typed: instead of an error
// it returns the mistakes, in order; and what is in quotes.
func typedStatement(line string, from int, isCommand, rawRest func(name string) bool) (st statement, next int, faults, quoted []span) {
	s := scanner{line: line, typing: true}
	st, next, _ = s.statement(from, isCommand, rawRest)
	return st, next, s.faults, s.quoted
}

func (s *scanner) statement(from int, isCommand, rawRest func(name string) bool) (st statement, next int, err error) {
	line := s.line
	from = skipEmpty(line, from)
	if from == len(line) {
		return statement{}, from, nil
	}
	eol := endOfLine(line, from)
	if line[from] == '!' {
		end := from + len(strings.TrimSuffix(line[from:eol], "\r"))
		return commandStatement(line, from, from+1, end), afterNewline(line, eol), nil
	}
	if line[from] == '?' {
		return s.wordStatement("help", from, from+1, eol)
	}
	name := identifier(line[from:eol])
	if name == "" || !isCommand(name) || followedByLua(line[from+len(name):eol]) {
		return luaStatement(line, from, eol), afterNewline(line, eol), nil
	}

	if rawRest(name) {
		s.eol, s.pos = eol, from+len(name)
		st = commandStatement(line, from, from+len(name), s.skipRaw())
		return st, s.nextStatement(), nil
	}
	return s.wordStatement(name, from, from+len(name), eol)
}

// wordStatement returns the statement of the command name, spelled from from to
// nameEnd, with the words after it.
func (s *scanner) wordStatement(name string, from, nameEnd, eol int) (st statement, next int, err error) {
	s.eol, s.pos = eol, nameEnd
	words, err := s.words()
	if err != nil {
		return statement{}, afterNewline(s.line, eol), err
	}
	end := nameEnd
	if len(words) > 0 {
		end = words[len(words)-1].End - 1
	}
	st = commandStatement(s.line, from, nameEnd, end)
	st.Name, st.Words = name, words
	return st, s.nextStatement(), nil
}

// nextStatement returns the offset of the statement after the one that ends here.
func (s *scanner) nextStatement() int {
	if s.pos < s.eol && s.line[s.pos] == ';' {
		return s.pos + 1
	}
	return afterNewline(s.line, s.eol) // the end, or a comment
}

// extendLua returns st, which is Lua of line, with one more line of it, and the
// offset to go on from; false when line has no more.
func extendLua(line string, st statement) (longer statement, next int, ok bool) {
	if st.End >= len(line) {
		return st, len(line), false
	}
	eol := endOfLine(line, st.End) // st.End is the offset after the newline
	return luaStatement(line, st.Col-1, eol), afterNewline(line, eol), true
}

// firstWord parses the first word of the Rest of a command, such as the NAME of
// alias, and returns it with what follows the blanks after it. It is an empty
// word at column 0 when there is none.
func firstWord(rest string) (w word, after string, err error) {
	s := scanner{line: rest, eol: endOfLine(rest, 0)}
	s.skipBlanks()
	if s.atEnd() {
		return word{}, "", nil
	}
	if w, err = s.word(); err != nil {
		return word{}, "", err
	}
	s.skipBlanks()
	return w, rest[s.pos:], nil
}

func luaStatement(line string, from, end int) statement {
	source := line[from:end]
	return statement{Lua: source, Raw: source, Col: from + 1, End: end + 1}
}

func commandStatement(line string, from, nameEnd, end int) statement {
	rest := nameEnd
	for rest < end && isBlank(line[rest]) {
		rest++
	}
	return statement{
		Name: line[from:nameEnd], Raw: line[from:end], Rest: line[rest:end],
		Col: from + 1, RestCol: rest + 1, End: end + 1,
	}
}

// followedByLua reports whether rest, what follows a command's name, makes a line
// Lua: anything but a blank, ";" or the end right after the name; and one of
// "= ( . : , [" after blanks, save where Lua could not have it but an argument
// can: an address (":80", ":http", "[::1]:80"), a path ("./x", "..", "."), a
// number (".5"), or a Lua value put in ("[$host]:80", ":$port").
func followedByLua(rest string) bool {
	if rest == "" || rest[0] == ';' {
		return false
	}
	if !isBlank(rest[0]) {
		return true
	}
	return startsLua(strings.TrimLeft(rest, blanks))
}

func startsLua(s string) bool {
	if s == "" {
		return false
	}
	after := s[1:]
	switch s[0] {
	case '=', '(', ',':
		return true
	case '.':
		after = strings.TrimPrefix(after, ".")
		ends := strings.TrimLeft(after, blanks)
		return ends != "" && ends[0] != ';' && after[0] != '/' && !isDigit(after[0])
	case ':':
		if strings.HasPrefix(after, "$") {
			return false
		}
		after = strings.TrimLeft(after, blanks)
		method := identifier(after)
		args := strings.TrimLeft(after[len(method):], blanks)
		return method != "" && args != "" && strings.IndexByte(`("'{[`, args[0]) >= 0
	case '[':
		inside, _, closed := strings.Cut(after, "]")
		return !closed || strings.Count(inside, ":") < 2 && !strings.HasPrefix(inside, "$")
	}
	return false
}

// skipEmpty returns the offset of the first byte at or after from that is not part
// of a blank, newline, ";" or comment. A long comment is not skipped: it is Lua.
func skipEmpty(line string, from int) int {
	for from < len(line) {
		switch c := line[from]; {
		case isBlank(c) || c == '\n' || c == ';':
			from++
		case strings.HasPrefix(line[from:], "--") && longBracket(line[from+2:]) == 0:
			from = endOfLine(line, from)
		case c == '#' && isHashComment(line, from):
			from = endOfLine(line, from)
		default:
			return from
		}
	}
	return from
}

// isHashComment reports whether the "#" at from begins a comment: it is the first
// character of its line, and does not begin the length of a variable.
func isHashComment(line string, from int) bool {
	start := strings.LastIndexByte(line[:from], '\n') + 1
	if strings.Trim(line[start:from], blanks) != "" {
		return false
	}
	after := line[from+1 : endOfLine(line, from)]
	return after == "" || isBlank(after[0]) || after[0] == '#' || after[0] == '!'
}

// endOfLine returns the offset of the newline at or after from, or of the end.
func endOfLine(line string, from int) int {
	if i := strings.IndexByte(line[from:], '\n'); i >= 0 {
		return from + i
	}
	return len(line)
}

func afterNewline(line string, eol int) int { return min(eol+1, len(line)) }
