package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets"
)

// maxDepth bounds aliases and sourced files that name themselves.
const maxDepth = 50

// incomplete says that text ended in the middle of Lua; rest is what begins
// there.
type incomplete struct {
	rest string
	err  error
}

func (e *incomplete) Error() string { return e.err.Error() }
func (e *incomplete) Unwrap() error { return e.err }

// positioned is an error with the place in the text that it comes from.
type positioned struct {
	where         string // "FILE:3", or "" at a prompt
	source, caret string // the line, and a caret under the column; may be empty
	err           error
}

func (e *positioned) Error() string { return e.err.Error() }
func (e *positioned) Unwrap() error { return e.err }

// An unknownCommand is a line that is neither a command nor Lua.
type unknownCommand struct{ name, hint string }

func (e *unknownCommand) Error() string { return "unknown command " + e.name }

// exec runs text, one statement after the other, until one fails. name is what
// errors call it, "" at a prompt.
func (s *Shell) exec(ctx context.Context, text, name string) error {
	for from := 0; s.left.Err() == nil; {
		st, next, err := nextStatement(text, from, s.isCommand, s.takesRest)
		if err != nil {
			var se *syntaxError
			if errors.As(err, &se) {
				return s.at(ctx, text, name, se.Col, true, errors.New(se.Msg))
			}
			return err
		}
		if st.empty() {
			return nil
		}
		if ctx.Err() != nil && from > 0 {
			// The first runs, so that a job does that begins as the shell ends;
			// what waits in it fails at once.
			return s.at(ctx, text, name, st.Col, false, errors.New("cancelled"))
		}
		end := st.End - 1
		if st.Lua != "" {
			next, err = s.execLua(ctx, text, name, st, next)
			end = min(next, len(text)) // it may have gone on for lines
		} else {
			err = s.execWords(ctx, text, name, st)
		}
		if err == nil {
			err = s.out.failure()
		}
		if err != nil {
			var inc *incomplete
			var pos *positioned
			if errors.As(err, &inc) || errors.As(err, &pos) {
				return err
			}
			return s.at(ctx, text, name, st.Col, false, err)
		}
		if depthOf(ctx) == 0 {
			s.done = append(s.done, strings.TrimSpace(text[st.Col-1:end]))
		}
		from = next
	}
	return nil
}

// at gives an error its place: a column of text, with a caret if it is one
// worth pointing at.
func (s *Shell) at(ctx context.Context, text, name string, col int, caret bool, err error) error {
	p := &positioned{err: err}
	line := 1 + strings.Count(text[:min(col-1, len(text))], "\n")
	var lerr *script.Error
	switch {
	case errors.As(err, &lerr) && strings.HasPrefix(lerr.Message, chunkName(name)+":"):
		// Lua names the place itself, and its line is the better one.
	case name != "":
		p.where = fmt.Sprintf("%s:%d", name, line)
	case line > 1 || strings.Contains(text, "\n"):
		p.where = fmt.Sprintf("line %d", line)
	}
	if caret {
		source, caret := pointAt(text, col)
		columns := s.out.columns()
		if s.con != nil && depthOf(ctx) == 0 && !strings.Contains(text, "\n") && len(promptText)+len(caret) < columns {
			// The line stands above already, behind the prompt.
			p.caret = strings.Repeat(" ", len(promptText)) + caret
		} else {
			source, caret = around(source, caret, columns)
			p.source, p.caret = source+"\n", caret
		}
	}
	return p
}

// chunkName is what Lua calls the text of a name, "" at a prompt.
func chunkName(name string) string { return cmp.Or(name, "stdin") }

// execLua runs a statement of Lua, with as many more lines as it needs.
func (s *Shell) execLua(ctx context.Context, text, name string, st statement, next int) (int, error) {
	chunk := name
	if name == "" {
		chunk = "=" + chunkName(name)
	}
	for identifier(st.Lua) == "local" {
		// A local lives as long as its chunk, so the Lua that follows is of it.
		after, _, err := nextStatement(text, next, s.isCommand, s.takesRest)
		longer, n, ok := extendLua(text, st)
		if err != nil || after.Lua == "" || !ok {
			break
		}
		st, next = longer, n
	}
	for {
		// Blank lines before it keep the line numbers right.
		pad := strings.Repeat("\n", strings.Count(text[:st.Col-1], "\n"))
		// =EXPRESSION is how Lua's own prompt asks for a value.
		values, err := s.machine.Eval(ctx, pad+strings.TrimPrefix(st.Lua, "="), chunk)
		var e *script.Error
		if errors.As(err, &e) && e.Incomplete {
			longer, n, ok := extendLua(text, st)
			if ok {
				st, next = longer, n
				continue
			}
			if s.unknown(st.Lua, e) != nil {
				return 0, s.unknown(st.Lua, e)
			}
			if lerr := s.luaOnly(st.Lua); lerr != nil {
				return 0, lerr
			}
			if s.wordsAfterLua(st.Lua, e); e.Hint == "" {
				return 0, &incomplete{text[st.Col-1:], err}
			}
		}
		if err != nil {
			if e != nil && e.Syntax {
				if lerr := s.luaOnly(st.Lua); lerr != nil {
					return 0, lerr
				}
				s.wordsAfterLua(st.Lua, e)
			}
			if u := s.unknown(st.Lua, err); u != nil {
				return 0, u
			}
			return 0, err
		}
		if len(values) == 1 && s.machine.IsNil(values[0]) && identifier(st.Lua) == strings.TrimSpace(st.Lua) {
			if u := s.unknown(st.Lua, nil); u != nil {
				return 0, u
			}
		}
		return next, s.showValues(ctx, values)
	}
}

// luaOnly is the error of a line that does not compile and has a verb in words
// that words can't give what it takes.
func (s *Shell) luaOnly(line string) error {
	name := identifier(line)
	v := s.machine.Verb(name)
	if v == nil || !v.LuaOnly || followedByLua(line[len(name):]) {
		return nil
	}
	return &luaOnlyError{v}
}

// A luaOnlyError says that a verb has no words.
type luaOnlyError struct{ verb *script.Verb }

func (e *luaOnlyError) Error() string {
	for _, p := range e.verb.Params {
		if p.Type == script.FunctionType {
			return e.verb.Name + " takes a function, so it is a call of Lua"
		}
	}
	return e.verb.Name + " is a call of Lua"
}

// wordsAfterLua gives a chunk that does not compile the hint that it has words
// behind a ";", where Lua takes the rest of its line.
func (s *Shell) wordsAfterLua(line string, e *script.Error) {
	for _, part := range strings.Split(line, ";")[1:] {
		part = strings.TrimSpace(part)
		name := identifier(part)
		if name != "" && s.isCommand(name) && !followedByLua(part[len(name):]) {
			e.Hint = "Lua takes the rest of its line; put " + name + " on a line of its own, or write it as a call"
		}
	}
}

// unknown turns an error of Lua into an unknown command, when the line is a
// misspelt one: a name alone, NAME WORD that does not compile, or a first name
// that is nil.
func (s *Shell) unknown(line string, err error) error {
	name := identifier(line)
	if name == "" || s.machine.Defined(name) {
		return nil
	}
	rest := line[len(name):]
	var e *script.Error
	errors.As(err, &e)
	next := strings.TrimLeft(rest, " \t")
	words := e != nil && e.Syntax && next != rest && next != "" && !strings.ContainsRune("=(.:,[", rune(next[0]))
	if e != nil && e.Syntax && !words {
		return nil
	}
	if strings.HasPrefix(next, ",") || strings.HasPrefix(next, "=") && !strings.HasPrefix(next, "==") {
		return nil // it is what the line was to define
	}
	u := &unknownCommand{name: name}
	if v := s.machine.Verb(name); v != nil && v.Command {
		u.hint = name + " is a command of the shell, no function of Lua: " + v.Words()
		return u
	}
	var names []string
	for _, v := range s.machine.Verbs() {
		names = append(names, v.Name)
	}
	names = append(names, s.settings.aliasNames()...)
	if near := show.Nearest(name, names); len(near) > 0 {
		u.hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	if e != nil && !e.Syntax {
		if u.hint != "" {
			u.hint += " "
		}
		u.hint += "(Lua: " + e.Message + ")"
	}
	switch {
	case u.hint != "":
	case name == "quit":
		u.hint = "exit leaves, and so does Ctrl-D"
	case e == nil:
		u.hint = "no variable of that name either; a local ends with its line"
	default:
		u.hint = "help lists the commands"
	}
	return u
}

// showValues prints the values of an expression, unless ctx ends meanwhile.
func (s *Shell) showValues(ctx context.Context, values []script.Value) error {
	var texts []string
	for _, v := range values {
		texts = append(texts, s.machine.Display(ctx, v))
	}
	if ctx.Err() != nil {
		return errors.New("cancelled")
	}
	if len(texts) > 0 {
		s.out.ask(strings.Join(texts, "\t") + "\n")
	}
	return nil
}

func (s *Shell) isCommand(name string) bool {
	v := s.machine.Verb(name)
	return v != nil && !v.LuaOnly || s.settings.alias(name) != ""
}

func (s *Shell) takesRest(name string) bool {
	v := s.machine.Verb(name)
	return v != nil && v.Raw
}

// execWords runs a statement of words.
func (s *Shell) execWords(ctx context.Context, text, name string, st statement) error {
	if words := s.settings.alias(st.Name); words != "" {
		return nested(ctx, func(ctx context.Context) error {
			return s.exec(ctx, words+" "+strings.TrimSpace(st.Raw[len(st.Name):]), name)
		})
	}
	v := s.machine.Verb(st.Name)
	args, opts, cols, err := s.arguments(ctx, text, name, v, st)
	if err != nil {
		return err
	}
	out, err := s.machine.Call(ctx, v, args, opts)
	if err != nil {
		var ae *script.ArgumentError
		var inner *positioned
		if errors.As(err, &ae) && !errors.As(err, &inner) && !v.Raw {
			col := cols.end
			if ae.Key != "" && cols.key[ae.Key] > 0 {
				col = cols.key[ae.Key]
			} else if ae.Index >= 0 && ae.Index < len(cols.arg) {
				col = cols.arg[ae.Index]
			}
			return s.at(ctx, text, name, col, true, &named{v.Name, err})
		}
		if i := faultyParam(v, err); i >= 0 && i < len(cols.arg) {
			return s.at(ctx, text, name, cols.arg[i], true, err)
		}
		return nameVerb(v.Name, err)
	}
	s.showOutcome(ctx, v, args, out)
	return nil
}

// nameVerb puts the verb before an error, unless the error has a place or a
// form of its own.
func nameVerb(verb string, err error) error {
	var se *sockets.Error
	var le *script.Error
	var at *positioned
	var inc *incomplete
	if errors.As(err, &se) || errors.As(err, &le) || errors.As(err, &at) || errors.As(err, &inc) {
		return err
	}
	return &named{verb, err}
}

// faultyParam returns which argument of a verb, in words, an error of the engine
// lies in, or -1.
func faultyParam(v *script.Verb, err error) int {
	var p *sockets.ParamError
	var unknown *sockets.UnknownOptionError
	var value *sockets.OptionValueError
	is := script.Type(0)
	switch {
	case errors.As(err, &p) && p.Param == "name":
		is = script.NameType
	case errors.As(err, &p) && p.Param == "address":
		is = script.AddressType
	case errors.As(err, &unknown):
		is = script.OptionType
	case errors.As(err, &value):
		is = script.AnyType
	default:
		return -1
	}
	// Words have no functions, so those parameters do not count.
	params := slices.DeleteFunc(slices.Clone(v.Params), func(p script.Param) bool { return p.Type == script.FunctionType })
	return slices.IndexFunc(params, func(p script.Param) bool { return p.Type == is })
}

// named puts the verb before an error that does not name it.
type named struct {
	verb string
	err  error
}

func (e *named) Error() string { return script.NameVerb(e.verb, e.err.Error()) }

func (e *named) Unwrap() error { return e.err }

// depthKey is the context's key for how many aliases, files and jobs a
// statement is within.
type depthKey struct{}

func depthOf(ctx context.Context) int {
	n, _ := ctx.Value(depthKey{}).(int)
	return n
}

// nested runs f one level deeper, or fails where a name leads back to itself.
func nested(ctx context.Context, f func(context.Context) error) error {
	n := depthOf(ctx)
	if n >= maxDepth {
		return fmt.Errorf("more than %d aliases or files within each other", maxDepth)
	}
	return f(context.WithValue(ctx, depthKey{}, n+1))
}

// columns says where each argument stands, for errors.
type columns struct {
	arg []int
	key map[string]int
	end int
}

// arguments makes a verb's arguments of its words: KEY=VALUE is an option where
// the verb has one of that name, and what a parameter of data takes is joined.
func (s *Shell) arguments(ctx context.Context, text, name string, v *script.Verb, st statement) ([]script.Arg, map[string]script.Arg, columns, error) {
	cols := columns{key: make(map[string]int), end: st.End}
	if v.Raw {
		if st.Rest == "" {
			return nil, nil, cols, nil
		}
		return []script.Arg{{Text: st.Rest}}, nil, cols, nil
	}
	var args []script.Arg
	var opts map[string]script.Arg
	free := freeParam(v)
	for _, w := range st.Words {
		if w.Key != "" {
			switch o := v.Option(w.Key); {
			case o != nil:
				arg, err := s.value(ctx, w.value())
				if err != nil {
					return nil, nil, cols, s.at(ctx, text, name, w.Col, true, err)
				}
				if opts == nil {
					opts = make(map[string]script.Arg)
				}
				opts[w.Key], cols.key[w.Key] = arg, w.Col
				continue
			case free < 0 && !takesText(v, len(args)):
				return nil, nil, cols, s.at(ctx, text, name, w.Col, true, s.noOption(v, w.Key))
			}
		}
		arg, err := s.value(ctx, w)
		if err != nil {
			return nil, nil, cols, s.at(ctx, text, name, w.Col, true, err)
		}
		if free >= 0 && len(args) == free+1 {
			args[free] = script.Arg{Text: s.machine.Text(ctx, args[free]) + " " + s.machine.Text(ctx, arg)}
			continue
		}
		args, cols.arg = append(args, arg), append(cols.arg, w.Col)
	}
	return args, opts, cols, nil
}

// freeParam returns the index of the parameter that takes all words left, or -1.
func freeParam(v *script.Verb) int {
	for i, p := range v.Params {
		if p.Type == script.DataType {
			return i
		}
	}
	return -1
}

// takesText reports whether parameter i can be a text with "=" in it.
func takesText(v *script.Verb, i int) bool {
	if i >= len(v.Params) {
		return false
	}
	switch v.Params[i].Type {
	case script.AddressType, script.StringType, script.AnyType, script.FileType, script.DataType:
		return true
	}
	return false
}

func (s *Shell) noOption(v *script.Verb, key string) error {
	var names []string
	for _, o := range v.Options {
		names = append(names, o.Name)
	}
	err := &script.ArgumentError{Index: -1, Err: fmt.Errorf("%s has no option %s=", v.Name, key)}
	if near := show.Nearest(key, names); len(near) > 0 {
		err.Hint = "did you mean " + near[0] + "=?"
	} else if len(names) > 0 {
		err.Hint = "it has: " + strings.Join(names, "= ") + "="
	}
	return err
}

// A noTextError says that a word has a value of Lua in it that is no text.
type noTextError struct{ expr, what string }

func (e *noTextError) Error() string { return fmt.Sprintf("$%s is a %s", e.expr, e.what) }

func (e *noTextError) hint() string {
	if e.what == "function" {
		return fmt.Sprintf("a call stands in braces: ${%s(...)}", e.expr)
	}
	return fmt.Sprintf("a field stands in braces: ${%s.NAME}", e.expr)
}

// value evaluates a word: a text, one Lua value as it is, or both joined.
func (s *Shell) value(ctx context.Context, w word) (script.Arg, error) {
	if text, ok := w.text(); ok {
		return script.Arg{Text: text}, nil
	}
	var b strings.Builder
	for _, p := range w.Pieces {
		if p.Expr == "" {
			b.WriteString(p.Text)
			continue
		}
		values, err := s.machine.Eval(ctx, p.Expr, "=$")
		if err != nil {
			return script.Arg{}, err
		}
		if len(values) == 0 || s.machine.IsNil(values[0]) {
			return script.Arg{}, fmt.Errorf("$%s is nil", p.Expr)
		}
		arg := script.Arg{Value: values[0]}
		if len(w.Pieces) == 1 {
			return arg, nil
		}
		if what := s.machine.NoText(values[0]); what != "" {
			return script.Arg{}, &noTextError{p.Expr, what}
		}
		b.WriteString(s.machine.Text(ctx, arg))
	}
	return script.Arg{Text: b.String()}, nil
}
