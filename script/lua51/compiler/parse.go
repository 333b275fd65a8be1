package compiler

import (
	"fmt"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// The parser builds a tree of gopher-lua's nodes, with Lua's grammar and error
// messages. A statement of the chunk is compiled before the next one is read, as in
// Lua, so that the first error is reported.
//
// Where gopher-lua's parser gives a node lines, it has the numbers of its tokens:
//
//	Line      of a call: what its arguments begin with; of a function that is
//	          an expression or a local: the parenthesis of its parameters; of
//	          others: the first
//	LastLine  the last, with the parentheses around an expression; of a function
//	          its end. A local that is not a local function has none.

// parser is on its way through the tokens.
type parser struct {
	t      *Tokens
	number func(string) (float64, bool)
	i      int     // the number of the token that is looked at
	now    string  // its text, "" at the end
	value  float64 // of a numeral
	vararg bool    // ... is allowed here
	loops  int     // how many loops of this function are open
	names  names
	calls  int // how many calls of C Lua's parser has open
	ahead  int // the token that Lua looks at ahead, after a name in a table, and takes its line for the name's
}

func newParser(o *Options) *parser {
	p := &parser{t: o.Tokens, number: o.Number, vararg: true, calls: o.Calls}
	p.names.open(0)
	p.next()
	p.enter()
	return p
}

// line returns the line of the token that is looked at, and last that of the
// one before.
func (p *parser) line() int { return int(p.t.List[p.i].Line) }
func (p *parser) last() int {
	if p.i == p.ahead {
		return p.line()
	}
	return int(p.t.List[p.i-1].Line)
}

// fail ends the parsing with an error at the token that is looked at.
func (p *parser) fail(format string, args ...any) {
	message := fmt.Sprintf(format, args...) + p.t.near(p.i)
	panic(&Error{Line: p.line() + p.t.Before, Message: message, Incomplete: p.now == ""})
}

// next advances to the next token.
func (p *parser) next() {
	if p.i < len(p.t.List)-1 {
		p.i++
	}
	p.now = p.t.at(p.i)
	switch {
	case p.now == "":
		if err := p.t.Wrong; err != nil {
			err.Line += p.t.Before
			panic(err)
		}
	case isNumeral(p.now):
		var ok bool
		if p.value, ok = p.numeral(p.now); !ok {
			p.fail("malformed number")
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isNumeral reports whether a token is one.
func isNumeral(s string) bool {
	return isDigit(s[0]) || s[0] == '.' && len(s) > 1 && isDigit(s[1])
}

// numeral returns the value of a numeral. Lua's ends at a zero byte.
func (p *parser) numeral(s string) (float64, bool) {
	if len(s) < 16 && (s[0] != '0' || len(s) == 1) {
		n := int64(0) // 15 digits
		for i := 0; i < len(s) && isDigit(s[i]); i++ {
			n = n*10 + int64(s[i]-'0')
			if i == len(s)-1 {
				return float64(n), true
			}
		}
	}
	s, _, _ = strings.Cut(s, "\x00")
	return p.number(s)
}

// isKeyword reports whether a text is a keyword. (A map takes a fifth of the time of
// parsing.)
func isKeyword(s string) bool {
	switch s {
	case "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
		"nil", "not", "or", "repeat", "return", "then", "true", "until", "while":
		return true
	}
	return false
}

// isName reports whether the token is a name.
func (p *parser) isName() bool {
	if p.now == "" {
		return false
	}
	c := p.now[0]
	return (c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z') && !isKeyword(p.now)
}

// isString reports whether the token is a string.
func (p *parser) isString() bool {
	return p.now != "" && (p.now[0] == '"' || p.now[0] == '\'' || p.now[0] == '[' && len(p.now) > 1)
}

func (p *parser) skip(text string) bool {
	if p.now != text {
		return false
	}
	p.next()
	return true
}

func (p *parser) want(text string) {
	if !p.skip(text) {
		p.fail("'%s' expected", text)
	}
}

func (p *parser) name() string {
	if !p.isName() {
		p.fail("'<name>' expected")
	}
	name := p.now
	p.next()
	return name
}

// close expects the token that closes a construct opened in a line.
func (p *parser) close(text, opener string, line int) {
	switch {
	case p.skip(text):
	case line == p.line():
		p.fail("'%s' expected", text)
	default:
		p.fail("'%s' expected (to close '%s' at line %d)", text, opener, line+p.t.Before)
	}
}

// maxCalls is Lua's limit of nested C calls; each nested block and expression counts
// as one.
const maxCalls = 200

// enter counts a nested block or expression.
func (p *parser) enter() {
	if p.calls++; p.calls > maxCalls {
		panic(&Error{Line: p.line() + p.t.Before, Message: "chunk has too many syntax levels"})
	}
}

func (p *parser) blockEnds() bool {
	switch p.now {
	case "", "else", "elseif", "end", "until":
		return true
	}
	return false
}

func (p *parser) block() (list []ast.Stmt) {
	visible := len(p.names.visible)
	p.enter()
	for last := false; !last && !p.blockEnds(); {
		var s ast.Stmt
		s, last = p.statement()
		list = append(list, s)
		p.skip(";")
	}
	p.calls--
	p.names.visible = p.names.visible[:visible]
	return list
}

// loop is the block of a loop, in which some locals of the loop are visible.
func (p *parser) loop(locals ...string) []ast.Stmt {
	p.loops++
	visible := len(p.names.visible)
	p.names.declare(locals...)
	list := p.block()
	p.names.visible = p.names.visible[:visible]
	p.loops--
	return list
}

// statement also reports whether it has to be the last of its block.
func (p *parser) statement() (s ast.Stmt, last bool) {
	first := p.i
	switch p.now {
	case "if":
		s = p.ifs()
	case "while":
		p.next()
		w := &ast.WhileStmt{Condition: p.expr()}
		p.want("do")
		w.Stmts = p.loop()
		p.close("end", "while", p.lineOf(first))
		s = w
	case "do":
		p.next()
		s = &ast.DoBlockStmt{Stmts: p.block()}
		p.close("end", "do", p.lineOf(first))
	case "for":
		s = p.loopOver()
	case "repeat":
		p.next()
		r := &ast.RepeatStmt{Stmts: p.loop()}
		p.close("until", "repeat", p.lineOf(first))
		r.Condition = p.expr()
		s = r
	case "function":
		s = p.functionStatement()
	case "local":
		p.next()
		if p.skip("function") {
			l := &ast.LocalAssignStmt{Names: []string{p.name()}}
			p.room(1)
			p.names.declare(l.Names...)
			l.Exprs = []ast.Expr{p.function(p.line())}
			s = l
			break
		}
		l := &ast.LocalAssignStmt{Names: p.list(nil, 0)}
		l.SetLine(first)
		if p.skip("=") {
			l.Exprs = p.exprs()
		}
		p.names.declare(l.Names...)
		return l, false // without an end it is not a local function
	case "return":
		p.next()
		r := &ast.ReturnStmt{}
		if !p.blockEnds() && p.now != ";" {
			r.Exprs = p.exprs()
		}
		s, last = r, true
	case "break":
		p.next()
		if p.loops == 0 {
			p.fail("no loop to break")
		}
		s, last = &ast.BreakStmt{}, true
	default:
		s = p.simple()
	}
	s.SetLine(first)
	s.SetLastLine(p.i - 1)
	return s, last
}

// lineOf returns the line of a token.
func (p *parser) lineOf(i int) int { return int(p.t.List[i].Line) }

// ifs parses an if with its elseifs; each elseif becomes the else of the one before.
func (p *parser) ifs() *ast.IfStmt {
	line := p.line()
	first := &ast.IfStmt{}
	for s := first; ; {
		p.next()
		s.Condition = p.expr()
		p.want("then")
		s.Then = p.block()
		if p.now != "elseif" {
			if p.skip("else") {
				s.Else = p.block()
			}
			break
		}
		next := &ast.IfStmt{}
		next.SetLine(p.i)
		s.Else = []ast.Stmt{next}
		s = next
	}
	p.close("end", "if", line)
	return first
}

// loopOver is a for, numeric or generic.
func (p *parser) loopOver() ast.Stmt {
	line := p.line()
	p.next()
	name := p.name()
	hidden := make([]string, 3) // locals that the loop itself has
	switch p.now {
	case "=":
		p.room(len(hidden) + 1)
		p.next()
		s := &ast.NumberForStmt{Name: name, Init: p.expr()}
		p.want(",")
		s.Limit = p.expr()
		if p.skip(",") {
			s.Step = p.expr()
		}
		p.want("do")
		s.Stmts = p.loop(append(hidden, name)...)
		p.close("end", "for", line)
		return s
	case ",", "in":
		p.room(len(hidden) + 1)
		s := &ast.GenericForStmt{Names: []string{name}}
		if p.skip(",") {
			s.Names = p.list(s.Names, len(hidden))
		}
		p.want("in")
		s.Exprs = p.exprs()
		p.want("do")
		s.Stmts = p.loop(append(hidden, s.Names...)...)
		p.close("end", "for", line)
		return s
	}
	p.fail("'=' or 'in' expected")
	return nil
}

// list adds names with commas between them to others, for which and for some more
// locals there has to be room.
func (p *parser) list(names []string, more int) []string {
	for {
		names = append(names, p.name())
		p.room(more + len(names))
		if !p.skip(",") {
			return names
		}
	}
}

// functionStatement is function a.b:c() ... end.
func (p *parser) functionStatement() ast.Stmt {
	line := p.line()
	p.next()
	s := &ast.FuncDefStmt{Name: &ast.FuncName{}}
	s.Name.Func = p.variable()
	for p.skip(".") {
		s.Name.Func = p.field(s.Name.Func)
	}
	if p.skip(":") {
		s.Name.Receiver, s.Name.Func = s.Name.Func, nil
		s.Name.Method = p.name()
	}
	if s.Name.Receiver != nil {
		s.Func = p.function(line, "self")
	} else {
		s.Func = p.function(line)
	}
	return s
}

// simple is a call or an assignment.
func (p *parser) simple() ast.Stmt {
	e, what := p.primary()
	if what == isCall {
		return &ast.FuncCallStmt{Expr: e}
	}
	s := &ast.AssignStmt{}
	for {
		if what != isVariable {
			p.fail("syntax error")
		}
		s.Lhs = append(s.Lhs, e)
		if n := maxCalls - p.calls; len(s.Lhs) > n+1 {
			p.limit(p.names.now(), n, "variables in assignment")
		}
		if !p.skip(",") {
			break
		}
		e, what = p.primary()
	}
	p.want("=")
	s.Rhs = p.exprs()
	return s
}

// function is a function from its parameters on, that stands in a line. A method has
// one that is not among them.
func (p *parser) function(line int, self ...string) *ast.FunctionExpr {
	vararg, loops := p.vararg, p.loops
	p.vararg, p.loops = false, 0
	p.names.open(line)
	p.names.declare(self...)
	f := &ast.FunctionExpr{ParList: &ast.ParList{}}
	f.SetLine(p.i)
	p.want("(")
	for more := p.now != ")"; more; more = !p.vararg && p.skip(",") {
		name := "arg"
		switch {
		case p.isName():
			name = p.name()
			f.ParList.Names = append(f.ParList.Names, name)
		case p.skip("..."):
			p.vararg = true
		default:
			p.fail("<name> or '...' expected")
		}
		p.room(1)
		p.names.declare(name)
	}
	f.ParList.HasVargs = p.vararg
	p.want(")")
	f.Stmts = p.block()
	f.SetLastLine(p.i)
	p.close("end", "function", line)
	p.names.close()
	p.vararg, p.loops = vararg, loops
	return f
}
