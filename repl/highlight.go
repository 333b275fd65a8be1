package repl

import (
	"strings"

	"sosh/repl/console"
	"sosh/script"
	"sosh/sockets/sockopt"
)

// Colours while a line is typed
//
// The line is read by the scanner that reads it when it is entered, which goes on behind
// mistakes; Lua is divided by the lexical rules of package lua51. A word is Wrong where the
// line would fail if it were entered now. The word at the end of the line is not, as long as
// what may be meant begins with it.
//
// Nothing here waits: while Lua runs, its variables are not known, and no name is Wrong.

// paintLine returns the styles of a line that is being typed. It is called on the editing
// goroutine.
func (s *Shell) paintLine(line string) []console.Mark {
	p := &painting{shell: s, line: line, styles: make([]console.Style, len(line))}
	p.statements(0, len(line))
	return p.marks()
}

// A painting is a line with a style for each byte.
type painting struct {
	shell  *Shell
	line   string
	styles []console.Style

	globals map[string]bool // Lua's; nil while it runs
	looked  bool            // globals is set
}

// marks returns the runs of bytes of one style that is not Plain.
func (p *painting) marks() []console.Mark {
	var marks []console.Mark
	for from := 0; from < len(p.styles); {
		to := from + 1
		for to < len(p.styles) && p.styles[to] == p.styles[from] {
			to++
		}
		if p.styles[from] != console.Plain {
			marks = append(marks, console.Mark{From: from, To: to, Style: p.styles[from]})
		}
		from = to
	}
	return marks
}

func (p *painting) set(from, to int, style console.Style) {
	for i := from; i < to; i++ {
		p.styles[i] = style
	}
}

// typed reports whether the word that ends at the offset to is the one that is being typed.
func (p *painting) typed(to int) bool { return to == len(p.line) }

// statements paints the statements in line[from:to].
func (p *painting) statements(from, to int) {
	s := p.shell
	text := p.line[:to]
	for {
		st, next, faults, quoted := typedStatement(text, from, s.isCommand, s.takesRest)
		if st.empty() {
			p.comments(from, to)
			return
		}
		p.comments(from, st.Col-1)
		if st.Lua != "" {
			st, next = wholeLua(text, st, next)
			p.lua(st.Col-1, st.End-1)
			from = next
			continue
		}
		p.command(st)
		for _, q := range quoted {
			p.set(q.from, q.to, console.String)
		}
		p.expressions(st.Words)
		for _, f := range faults {
			p.set(f.from, f.to, console.Wrong)
		}
		p.comments(st.End-1, next)
		from = next
	}
}

// comments paints the comments in line[from:to], which has no statement.
func (p *painting) comments(from, to int) {
	for i := from; i < to; {
		end := min(endOfLine(p.line, i), to)
		if c := p.line[i]; c == '#' || c == '-' {
			p.set(i, end, console.Comment)
			i = end
		}
		i++
	}
}

// command paints a statement of words, but for what is in quotes and the Lua in it.
func (p *painting) command(st statement) {
	begin := st.Col - 1
	end := begin + len(st.Name)
	if p.line[begin] == '?' {
		end = begin + 1
	}
	p.set(begin, end, console.Verb)
	v := p.shell.machine.Verb(st.Name)
	switch {
	case v == nil: // an alias
	case takesLine(v):
		if skip := restOffset(v, p.line[end:st.End-1]); skip >= 0 {
			to := st.End - 1
			if v.Name == "every" {
				p.jobWords(end, end+skip)
				to = p.jobOptions(end+skip, to)
			}
			p.statements(end+skip, to)
		}
	case !v.Raw:
		roles := rolesOf(v, st.Words)
		for i, r := range roles {
			p.word(v, st.Words[i], r, argTexts(st.Words[:i+1], roles))
		}
	}
}

// jobWords paints what stands before the command of every: the interval and the options.
func (p *painting) jobWords(from, to int) {
	for i, w := range strings.Fields(p.line[from:to]) {
		from += strings.Index(p.line[from:], w)
		if i > 0 {
			p.jobOption(from, w)
		} else if _, ok := script.ParseSeconds(w); ok {
			p.set(from, from+len(w), console.Number)
		} else {
			p.set(from, from+len(w), console.Wrong)
		}
		from += len(w)
	}
}

// jobOptions paints the options of every that are the last words of its command in
// line[from:to], and returns where the command ends.
func (p *painting) jobOptions(from, to int) int {
	for p.shell.isCommand(identifier(p.line[from:to])) {
		i := strings.LastIndexAny(p.line[from:to], blanks) + 1
		if i == 0 || !isJobOption(p.line[from+i:to]) {
			break
		}
		p.jobOption(from+i, p.line[from+i:to])
		to = from + len(strings.TrimRight(p.line[from:from+i], blanks))
	}
	return to
}

// jobOption paints an option of every, the word that begins at from.
func (p *painting) jobOption(from int, word string) {
	key, value, _ := strings.Cut(word, "=")
	p.set(from, from+min(len(key)+1, len(word)), console.Option)
	if _, err := new(job).option(word); err != nil && value != "" && !p.typed(from+len(word)) {
		p.set(from+len(key)+1, from+len(word), console.Wrong)
	}
}

// word paints a word by its role; args are the arguments before it.
func (p *painting) word(v *script.Verb, w word, r role, args []string) {
	from, to := w.Col-1, w.End-1
	switch {
	case r.unknown:
		p.set(from, w.KeyEnd-1, console.Wrong)
		return
	case r.joined:
		return
	case r.param == nil:
		if !v.Rest {
			p.set(from, to, console.Wrong)
		}
		return
	case r.option:
		p.set(from, w.KeyEnd-1, console.Option)
		w, from = w.value(), w.KeyEnd-1
	}
	text, ok := w.text()
	if !ok || r.option && text == "" {
		return
	}
	typed := p.typed(to) && w.Open == 0
	p.set(from, to, p.valueStyle(v, r.param, text, typed, args))
}

// valueStyle returns the style of a value in words. typed says that more of it may come.
func (p *painting) valueStyle(v *script.Verb, param *script.Param, text string, typed bool, args []string) console.Style {
	switch param.Type {
	case script.HandleType:
		h, known := p.shell.machine.HandleNow(text)
		switch {
		case h != nil:
			return console.Handle
		case known && !p.shell.mayCome(text) && !(typed && p.handleBegins(text)):
			return console.Wrong
		}
		return console.Plain
	case script.NameType:
		if _, err := p.shell.table.Get("", text); err == nil && !typed {
			return console.Wrong
		}
		return console.Plain
	case script.OptionType:
		_, err := sockopt.Lookup(text)
		if err == nil || text == "inbox" || text == "eol" || typed && p.begins(text, p.shell.socketOptions(args)) {
			return console.Plain
		}
		return console.Wrong
	}
	number := false
	switch param.Type {
	case script.IntType, script.SizeType, script.SecondsType:
		number = true
	}
	switch {
	case param.Accepts(text):
		if number {
			return console.Number
		}
	case typed && number && text != "" && (isDigit(text[0]) || len(text) == 1 && strings.Contains("-.+", text)):
	case typed && !number && p.begins(text, p.shell.values(v, param, args)):
	default:
		return console.Wrong
	}
	return console.Plain
}

// handleBegins reports whether the name of an open handle begins with part.
func (p *painting) handleBegins(part string) bool {
	for _, h := range p.shell.table.Handles() {
		if strings.HasPrefix(h.Name(), part) {
			return true
		}
	}
	return false
}

// begins reports whether one of the candidates begins with part.
func (p *painting) begins(part string, candidates []console.Candidate) bool {
	for _, c := range candidates {
		if strings.HasPrefix(c.Name, part) {
			return true
		}
	}
	return false
}

// mayCome reports whether name is one that the next client of a listener gets, such as
// srv.1: a verb waits a moment for it.
func (s *Shell) mayCome(name string) bool {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || strings.Trim(name[i+1:], "0123456789") != "" {
		return false
	}
	h, err := s.table.Get("", name[:i])
	return err == nil && (h.Listening() || h.Kind().Datagram())
}

// expressions paints the Lua in words: $name and ${expression}.
func (p *painting) expressions(words []word) {
	for _, w := range words {
		for _, piece := range w.Pieces {
			if piece.Expr == "" {
				continue
			}
			from := piece.Col - 1
			to := from + len(piece.Expr)
			if p.line[from-1] == '{' {
				p.set(from-2, from, console.Keyword)
				p.set(from, to, console.Plain)
				p.lexemes(from, to)
				if to < len(p.line) && p.line[to] == '}' {
					p.set(to, to+1, console.Keyword)
				}
				continue
			}
			style := console.Keyword
			if p.undefined(piece.Expr, p.typed(to)) {
				style = console.Wrong
			}
			p.set(from-1, to, style)
		}
	}
}

// defined reports whether a name of Lua has a value, or may have one.
func (p *painting) defined(name string) bool {
	if !p.looked {
		p.looked = true
		if names, ok := p.shell.machine.NamesNow("", false); ok {
			p.globals = make(map[string]bool, len(names))
			for _, n := range names {
				p.globals[n] = true
			}
		}
	}
	if p.globals == nil || p.globals[name] {
		return true
	}
	_, err := p.shell.table.Get("", name)
	return err == nil
}

// undefined reports whether name can't be a variable of Lua; typed says that more of it
// may come.
func (p *painting) undefined(name string, typed bool) bool {
	if p.defined(name) {
		return false
	}
	if !typed {
		return true
	}
	for n := range p.globals {
		if strings.HasPrefix(n, name) {
			return false
		}
	}
	return !p.handleBegins(name)
}

// isHandle reports whether a name of Lua is a handle that is open.
func (p *painting) isHandle(name string) bool {
	h, _ := p.shell.machine.HandleNow(name)
	return h != nil
}
