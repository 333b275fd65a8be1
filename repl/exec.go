package repl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/lua51"
)

// maxDepth limits how deep aliases and sourced files may nest.
const maxDepth = 50

// An incomplete error says that the text ended within a statement of Lua, rest.
type incomplete struct {
	rest    string
	outline lua51.Outline // of rest
	tried   int           // how much of rest was compiled
	err     error
}

// add adds a line, and reports whether it is time to compile rest again.
func (e *incomplete) add(line string) (try bool) {
	e.rest += "\n" + line
	e.outline.Add("\n" + line)
	return !e.outline.Open() || len(e.rest) > e.tried+e.tried/8
}

func (e *incomplete) Error() string { return e.err.Error() }
func (e *incomplete) Unwrap() error { return e.err }

// A positioned error has the position in the text that it comes from.
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
	line := 0 // the lines before the statement
	for from, counted := 0, 0; s.left.Err() == nil; {
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
			// The first statement still runs, so that a job that begins as the
			// shell ends does; whatever waits in it fails at once.
			return s.at(ctx, text, name, st.Col, false, errors.New("cancelled"))
		}
		end := st.End - 1
		if st.Lua != "" {
			line += strings.Count(text[counted:st.Col-1], "\n")
			counted = st.Col - 1
			next, err = s.execLua(ctx, text, name, st, next, line)
			end = min(next, len(text)) // Lua may have taken more lines
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

// at adds a position to an error: a column of text, and a caret below it if
// wanted.
func (s *Shell) at(ctx context.Context, text, name string, col int, caret bool, err error) error {
	p := &positioned{err: err}
	line := 1 + strings.Count(text[:min(col-1, len(text))], "\n")
	var lerr *script.Error
	switch {
	case errors.As(err, &lerr) && strings.HasPrefix(lerr.Message, chunkName(name)+":"):
		// Lua names the position itself, and more exactly.
	case name != "":
		p.where = fmt.Sprintf("%s:%d", show.Name(name), line)
	case line > 1 || strings.Contains(text, "\n"):
		p.where = fmt.Sprintf("line %d", line)
	}
	if caret {
		source, caret := pointAt(text, col)
		columns := s.out.columns()
		if s.con != nil && depthOf(ctx) == 0 && !strings.Contains(text, "\n") && len(promptText)+len(caret) < columns {
			// The line is above already, behind the prompt.
			p.caret = strings.Repeat(" ", len(promptText)) + caret
		} else {
			source, caret = around(source, caret, columns)
			p.source, p.caret = source, caret
		}
	}
	return p
}

// chunkName is the name of a text in Lua's errors; name is "" at a prompt.
func chunkName(name string) string { return cmp.Or(name, "stdin") }

// execLua runs a statement of Lua, with as many more lines as it needs; before is
// the number of lines before it.
func (s *Shell) execLua(ctx context.Context, text, name string, st statement, next, before int) (int, error) {
	chunk := name
	if name == "" {
		chunk = "=" + chunkName(name)
	}
	if lua, ok, err := s.dottedHandle(st.Lua); err != nil {
		return 0, err
	} else if ok {
		st.Lua = lua
	}
	for identifier(st.Lua) == "local" {
		// A local lives as long as its chunk, so the Lua that follows joins it.
		after, _, err := nextStatement(text, next, s.isCommand, s.takesRest)
		longer, n, ok := extendLua(text, st)
		if err != nil || after.Lua == "" || !ok {
			break
		}
		st, next = longer, n
	}
	var outline lua51.Outline
	for outlined := 0; ; {
		// Lua's own prompt prints the value of =EXPRESSION.
		values, err := s.machine.EvalAt(ctx, strings.TrimPrefix(st.Lua, "="), chunk, before)
		var e *script.Error
		if errors.As(err, &e) && e.Incomplete {
			// Compiling again after each line would take quadratic time. Compiling
			// after each eighth of the size finds an error soon enough.
			size, more := len(st.Lua), false
			for {
				longer, n, ok := extendLua(text, st)
				if !ok {
					break
				}
				st, next, more = longer, n, true
				outline.Add(text[st.Col-1+outlined : next])
				outlined = next - (st.Col - 1)
				if !outline.Open() || len(st.Lua) > size+size/8 {
					break
				}
			}
			if more {
				continue
			}
			if s.unknown(st.Lua, e) != nil {
				return 0, s.unknown(st.Lua, e)
			}
			if lerr := s.luaOnly(st.Lua); lerr != nil {
				return 0, lerr
			}
			if s.wordsAfterLua(st.Lua, e); e.Hint == "" {
				outline.Add(text[min(st.Col-1+outlined, len(text)):])
				return 0, &incomplete{rest: text[st.Col-1:], outline: outline, tried: len(st.Lua), err: err}
			}
		}
		if err != nil {
			if e != nil && e.Syntax {
				if lerr := s.luaOnly(st.Lua); lerr != nil {
					return 0, lerr
				}
				s.wordsAfterLua(st.Lua, e)
				s.dottedHint(st.Lua, e)
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

// luaOnly returns the error for a line that does not compile and begins with a verb
// that has no spelling in words.
func (s *Shell) luaOnly(line string) error {
	name := identifier(line)
	v := s.machine.Verb(name)
	switch f := findFunction(name); {
	case followedByLua(line[len(name):]):
		return nil
	case v == nil && f != nil && strings.TrimSpace(line) != name:
		return &functionError{f}
	case v == nil || !v.LuaOnly || v.TestOnly:
		return nil
	}
	return &luaOnlyError{v}
}

// A luaOnlyError says that a verb has no words.
type luaOnlyError struct{ verb *script.Verb }

func (e *luaOnlyError) Error() string {
	for _, p := range e.verb.Params {
		if p.Type == script.FunctionType {
			return e.verb.Name + " takes a function; write it as a call in Lua"
		}
	}
	return e.verb.Name + " exists only in Lua; write it as a call"
}

// A functionError says that a function of the library was typed like a command.
type functionError struct{ function *script.Function }

func (e *functionError) Error() string {
	return e.function.Name + " is a function of Lua; write it as a call"
}

// wordsAfterLua adds a hint to the error of a chunk that has words after a ";": Lua
// takes the rest of its line. It reports whether there are such words.
func (s *Shell) wordsAfterLua(line string, e *script.Error) (found bool) {
	for _, part := range strings.Split(line, ";")[1:] {
		part = strings.TrimSpace(part)
		name := identifier(part)
		if name != "" && s.isCommand(name) && !followedByLua(part[len(name):]) {
			e.Hint = "Lua code extends to the end of its line; put " + name + " on a line of its own, or write it as a call"
			found = true
		}
	}
	return found
}

// unknown returns an unknownCommand if the line looks like a misspelt command: a
// name alone or before a ";", NAME WORD that does not compile, or a first name that
// is nil.
func (s *Shell) unknown(line string, err error) error {
	name := identifier(line)
	if name == "" || s.machine.Defined(name) {
		return nil
	}
	if _, gone := s.table.Get("", name); errors.Is(gone, net.ErrClosed) {
		return fmt.Errorf("%s is closed", name)
	}
	rest := line[len(name):]
	var e *script.Error
	errors.As(err, &e)
	next := strings.TrimLeft(rest, " \t")
	words := e != nil && e.Syntax && next != "" &&
		(next[0] == ';' || next != rest && !strings.ContainsRune("=(.:,[", rune(next[0])))
	if e != nil && e.Syntax && !words {
		return nil
	}
	if strings.HasPrefix(next, ",") || strings.HasPrefix(next, "=") && !strings.HasPrefix(next, "==") {
		return nil // the line was to define it
	}
	u := &unknownCommand{name: name}
	switch v := s.machine.Verb(name); {
	case v == nil:
	case v.Command:
		u.hint = name + " is a command of the shell, not a Lua function: " + v.Words()
		return u
	case v.TestOnly:
		u.hint = script.TestsHint
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
	case s.live && isProgram(name):
		u.hint = "!" + name + " runs the program of that name"
	case e == nil:
		u.hint = "there is no variable of that name either; a local variable ends with its line"
	default:
		u.hint = "help lists the commands"
	}
	return u
}

// showValues prints the values of an expression, unless ctx ends meanwhile.
func (s *Shell) showValues(ctx context.Context, values []script.Value) error {
	var texts []string
	ours := true // the first text can't be mistaken for a line of ours
	for i, v := range values {
		texts = append(texts, s.machine.Display(ctx, v))
		if i == 0 {
			ours = !s.machine.HasOwnText(v)
		}
	}
	if ctx.Err() != nil {
		return errors.New("cancelled")
	}
	text := strings.Join(texts, "\t") + "\n"
	switch {
	case len(texts) == 0:
	case ours && s.out.outTerminal:
		s.out.print(s.label(ctx, show.Lines(text)+"\n"))
	case s.con != nil && s.out.outTerminal:
		s.out.print(s.label(ctx, show.Rows(text, 0)))
	default:
		s.out.printForeign(text)
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

// depthKey is the context's key for the number of aliases, files and jobs around a
// statement.
type depthKey struct{}

func depthOf(ctx context.Context) int {
	n, _ := ctx.Value(depthKey{}).(int)
	return n
}

// nested runs f one level deeper, and fails beyond maxDepth.
func nested(ctx context.Context, f func(context.Context) error) error {
	n := depthOf(ctx)
	if n >= maxDepth {
		return fmt.Errorf("aliases or files are nested more than %d deep", maxDepth)
	}
	return f(context.WithValue(ctx, depthKey{}, n+1))
}
