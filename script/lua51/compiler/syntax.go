package compiler

import (
	"fmt"
	"strings"
)

// The parser that makes the tree accepts some of what Lua refuses, and says
// little of what it refuses itself. So a chunk that it can't parse, or whose tree
// does not fit its tokens, is looked through once more, by Lua's grammar, for
// Lua's error.

// Check returns Lua's syntax error for a chunk, or nil for a correct one. The
// line is counted from the beginning of the text. Incomplete is true if the
// chunk could go on.
func Check(t *Tokens, number func(string) (float64, bool)) (err *Error, incomplete bool) {
	s := &syntax{t: t, number: number}
	defer func() {
		r := recover()
		if e, ok := r.(*Error); ok {
			err, incomplete = e, s.now == "" || s.goesOn
		} else if r != nil {
			panic(r)
		}
	}()
	s.vararg = true
	s.next()
	s.block()
	if s.now != "" {
		s.fail("'<eof>' expected")
	}
	return nil, false
}

// syntax is on its way through the tokens.
type syntax struct {
	t      *Tokens
	number func(string) (float64, bool)
	i      int    // the number of the token that is looked at
	now    string // its text, "" at the end
	vararg bool   // ... may stand here
	loops  int    // how many loops of this function are open
	depth  int
	ahead  int  // the token that Lua looks at ahead, after a name in a table, and takes its line for the name's
	goesOn bool // the text ends in a string, with a line that goes on
}

// line returns the line of the token that is looked at, and last that of the
// one before.
func (s *syntax) line() int { return int(s.t.List[s.i].Line) }
func (s *syntax) last() int {
	if s.i == s.ahead {
		return s.line()
	}
	return int(s.t.List[s.i-1].Line)
}

// fail ends the check with an error at the token that is looked at.
func (s *syntax) fail(format string, args ...any) {
	s.stop(fmt.Sprintf(format, args...), s.t.near(s.i))
}

func (s *syntax) stop(message, near string) {
	panic(&Error{Line: s.line(), Message: message + " near '" + near + "'"})
}

// next goes on to the next token, which has to be one of Lua's.
func (s *syntax) next() {
	if s.i < len(s.t.List)-1 {
		s.i++
	}
	s.now = s.t.at(s.i)
	switch {
	case s.now == "":
		if s.t.Unfinished != "" {
			s.fail("%s", s.t.Unfinished)
		}
	case s.now[0] == '"' || s.now[0] == '\'':
		if !quoteEnds(s.now) {
			if int(s.t.List[s.i].To) == len(s.t.Text) {
				s.goesOn = strings.HasSuffix(s.t.Text, "\\\n") || strings.HasSuffix(s.t.Text, "\\\r\n")
				s.stop("unfinished string", "<eof>")
			}
			s.fail("unfinished string")
		}
	case s.now == "[" && strings.HasPrefix(s.t.Text[s.t.List[s.i].To:], "="):
		rest := s.t.Text[s.t.List[s.i].To:]
		s.stop("invalid long string delimiter", "["+rest[:len(rest)-len(strings.TrimLeft(rest, "="))])
	case isDigit(s.now[0]), len(s.now) > 1 && s.now[0] == '.' && isDigit(s.now[1]):
		if _, ok := s.number(s.now); !ok {
			s.fail("malformed number")
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

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

var keywords = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true, "for": true,
	"function": true, "if": true, "in": true, "local": true, "nil": true, "not": true, "or": true, "repeat": true,
	"return": true, "then": true, "true": true, "until": true, "while": true,
}

// isName reports whether the token is a name.
func (s *syntax) isName() bool {
	if s.now == "" || keywords[s.now] {
		return false
	}
	c := s.now[0]
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isString reports whether the token is a string.
func (s *syntax) isString() bool {
	return s.now != "" && (s.now[0] == '"' || s.now[0] == '\'' || s.now[0] == '[' && len(s.now) > 1)
}

func (s *syntax) skip(text string) bool {
	if s.now != text {
		return false
	}
	s.next()
	return true
}

func (s *syntax) want(text string) {
	if !s.skip(text) {
		s.fail("'%s' expected", text)
	}
}

func (s *syntax) name() {
	if !s.isName() {
		s.fail("'<name>' expected")
	}
	s.next()
}

// close wants what closes something that stands in a line.
func (s *syntax) close(text, opener string, line int) {
	switch {
	case s.skip(text):
	case line == s.line():
		s.fail("'%s' expected", text)
	default:
		s.fail("'%s' expected (to close '%s' at line %d)", text, opener, line+s.t.Before)
	}
}

// enter goes into a block or an expression.
func (s *syntax) enter() {
	if s.depth++; s.depth > maxDepth {
		panic(&Error{Line: s.line(), Message: "chunk has too many syntax levels"})
	}
}

func (s *syntax) blockEnds() bool {
	switch s.now {
	case "", "else", "elseif", "end", "until":
		return true
	}
	return false
}

func (s *syntax) block() {
	s.enter()
	for last := false; !last && !s.blockEnds(); {
		last = s.statement()
		s.skip(";")
	}
	s.depth--
}

// loop is the block of a loop.
func (s *syntax) loop() {
	s.loops++
	s.block()
	s.loops--
}

// statement reports whether it has to be the last of its block.
func (s *syntax) statement() (last bool) {
	line := s.line()
	switch s.now {
	case "if":
		for s.now == "if" || s.now == "elseif" {
			s.next()
			s.expr()
			s.want("then")
			s.block()
		}
		if s.skip("else") {
			s.block()
		}
		s.close("end", "if", line)
	case "while":
		s.next()
		s.expr()
		s.want("do")
		s.loop()
		s.close("end", "while", line)
	case "do":
		s.next()
		s.block()
		s.close("end", "do", line)
	case "for":
		s.next()
		s.loopHead()
		s.want("do")
		s.loop()
		s.close("end", "for", line)
	case "repeat":
		s.next()
		s.loop()
		s.close("until", "repeat", line)
		s.expr()
	case "function":
		s.next()
		s.name()
		for s.skip(".") {
			s.name()
		}
		if s.skip(":") {
			s.name()
		}
		s.function(line)
	case "local":
		s.next()
		if s.skip("function") {
			s.name()
			s.function(s.line())
			break
		}
		s.name()
		for s.skip(",") {
			s.name()
		}
		if s.skip("=") {
			s.exprs()
		}
	case "return":
		s.next()
		if !s.blockEnds() && s.now != ";" {
			s.exprs()
		}
		return true
	case "break":
		s.next()
		if s.loops == 0 {
			s.fail("no loop to break")
		}
		return true
	default:
		s.simple()
	}
	return false
}

// loopHead is what stands between for and do.
func (s *syntax) loopHead() {
	s.name()
	switch s.now {
	case "=":
		s.next()
		s.expr()
		s.want(",")
		s.expr()
		if s.skip(",") {
			s.expr()
		}
	case ",", "in":
		for s.skip(",") {
			s.name()
		}
		s.want("in")
		s.exprs()
	default:
		s.fail("'=' or 'in' expected")
	}
}

// simple is a call or an assignment.
func (s *syntax) simple() {
	what := s.primary()
	if what == isCall {
		return
	}
	for {
		if what != isVariable {
			s.fail("syntax error")
		}
		if !s.skip(",") {
			break
		}
		what = s.primary()
	}
	s.want("=")
	s.exprs()
}

// function is a function from its parameters on, that stands in a line.
func (s *syntax) function(line int) {
	vararg, loops := s.vararg, s.loops
	s.vararg, s.loops = false, 0
	s.want("(")
	for more := s.now != ")"; more; more = !s.vararg && s.skip(",") {
		switch {
		case s.isName():
			s.next()
		case s.skip("..."):
			s.vararg = true
		default:
			s.fail("<name> or '...' expected")
		}
	}
	s.want(")")
	s.block()
	s.close("end", "function", line)
	s.vararg, s.loops = vararg, loops
}
