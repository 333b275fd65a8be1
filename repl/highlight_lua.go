package repl

import (
	"strings"

	"sosh/repl/console"
	"sosh/script"
	"sosh/script/lua51"
)

// wholeLua returns the statement of Lua that st begins, with the further lines that it
// takes, and where the next one begins.
func wholeLua(text string, st statement, next int) (statement, int) {
	var outline lua51.Outline
	outline.Add(text[st.Col-1 : next])
	for outline.Open() {
		longer, n, ok := extendLua(text, st)
		if !ok {
			break
		}
		outline.Add(text[st.End-1 : n])
		st, next = longer, n
	}
	return st, next
}

// lua paints the statement of Lua in line[from:to].
func (p *painting) lua(from, to int) {
	p.lexemes(from, to)
	if name := identifier(p.line[from:to]); p.unknownCommand(name, from, to) {
		p.set(from, from+len(name), console.Wrong)
	}
}

// lexemes paints the Lua in line[from:to].
func (p *painting) lexemes(from, to int) {
	var calls luaCalls
	src := p.line[from:to]
	for x := range lua51.Lexemes(src) {
		style := console.Plain
		text := src[x.From:x.To]
		switch x.Kind {
		case lua51.LexKeyword:
			style = console.Keyword
		case lua51.LexString:
			style = console.String
		case lua51.LexNumber:
			style = console.Number
		case lua51.LexComment:
			style = console.Comment
		case lua51.LexName:
			style = p.nameStyle(calls, text, strings.TrimLeft(src[x.To:], blanks))
		}
		p.set(from+x.From, from+x.To, style)
		if x.Open && x.Kind == lua51.LexString && text[0] != '[' && !strings.HasSuffix(text, `\`) {
			p.set(from+x.From, from+x.From+1, console.Wrong)
		}
		calls.add(text, x.Kind)
	}
}

// nameStyle returns the style of a name in Lua, before which calls was read, and behind
// which comes rest.
func (p *painting) nameStyle(calls luaCalls, name, rest string) console.Style {
	v := p.shell.machine.Verb(name)
	switch {
	case calls.last == ":":
		if v != nil && v.Method() {
			return console.Verb
		}
	case calls.last == ".":
	case strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "=="):
		if call := calls.verb(p.shell); call != nil && calls.inTable() && call.Option(name) != nil {
			return console.Option
		}
	case v != nil && !v.Command && p.defined(name):
		return console.Verb
	case p.isHandle(name):
		return console.Handle
	}
	return console.Plain
}

// unknownCommand reports whether the Lua in line[from:to], which begins with name, is
// rather a command that does not exist.
func (p *painting) unknownCommand(name string, from, to int) bool {
	s := p.shell
	rest := p.line[from+len(name) : to]
	next := strings.TrimLeft(rest, blanks)
	v := s.machine.Verb(name)
	switch {
	case name == "" || lua51.IsKeyword(name):
		return false
	case v != nil && v.LuaOnly && !followedByLua(rest):
		return next != ""
	case p.defined(name):
		return false
	case rest == "" && p.typed(to):
		return p.undefined(name, true) && !p.begins(name, s.commandNames(name))
	case strings.HasPrefix(next, "=") || strings.HasPrefix(next, "~=") || strings.HasPrefix(next, ","):
		return false // the line defines it, or compares it with nil
	case identifier(next) == "and" || identifier(next) == "or":
		return false
	}
	// A statement before this one may define it.
	return !strings.Contains(p.line[:from], name)
}

// luaCalls follows the lexemes of Lua, and knows the calls and tables that are open.
type luaCalls struct {
	open []luaOpen
	last string // the last lexeme
	name string // a name that ended just now, with what it was taken from: "c:send"
}

// A luaOpen is a bracket that is open.
type luaOpen struct {
	bracket string
	callee  string // of a call, what is called
	commas  int
}

// add adds a lexeme.
func (c *luaCalls) add(text string, kind lua51.LexemeKind) {
	name := ""
	switch {
	case kind == lua51.LexComment:
		return
	case kind == lua51.LexName:
		if name = text; c.last == ":" || c.last == "." {
			name = c.last + text
		}
	case kind != lua51.LexOperator:
	case text == "(" || text == "{" || text == "[":
		c.open = append(c.open, luaOpen{bracket: text, callee: c.name})
	case text == ")" || text == "}" || text == "]":
		c.open = c.open[:max(len(c.open)-1, 0)]
	case text == "," && len(c.open) > 0:
		c.open[len(c.open)-1].commas++
	}
	c.last, c.name = text, name
}

// inTable reports whether the innermost bracket is that of a table.
func (c *luaCalls) inTable() bool { return len(c.open) > 0 && c.open[len(c.open)-1].bracket == "{" }

// call returns the innermost call that is open, which may have a table open in it, or nil if the
// line ends outside every call.
func (c *luaCalls) call() *luaOpen {
	n := len(c.open)
	if n > 1 && c.open[n-1].bracket == "{" && c.open[n-1].callee == "" {
		n--
	}
	if n == 0 || c.open[n-1].callee == "" {
		return nil
	}
	return &c.open[n-1]
}

// verb returns the verb of the innermost call that is open, or nil.
func (c *luaCalls) verb(s *Shell) *script.Verb {
	call := c.call()
	if call == nil {
		return nil
	}
	name, method := strings.CutPrefix(call.callee, ":")
	v := s.machine.Verb(name)
	if v == nil || v.Command || method && !v.Method() {
		return nil
	}
	return v
}
