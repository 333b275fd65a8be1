package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets"
	"sosh/sockets/sockopt"
)

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
	if v.Command && v.Group == groupLook && s.con != nil && ctx.Value(jobKey{}) != nil {
		s.out.notify(s.label(ctx, printedCommand(st.Raw)))
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
		if i := s.faultyAddress(v, err); i >= 0 && i < len(cols.arg) {
			return s.at(ctx, text, name, cols.arg[i], true, err)
		}
		return nameVerb(v.Name, err)
	}
	s.showOutcome(ctx, v, args, out)
	s.hintEscapes(v, st)
	return nil
}

// printedCommand is a command as it was typed, in one line.
func printedCommand(raw string) show.Trusted { return show.Escaped(printable(raw)) }

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

// faultyAddress returns the index of the argument that is the address an error
// names, or -1.
func (s *Shell) faultyAddress(v *script.Verb, err error) int {
	var e *sockets.Error
	if s.con == nil || !errors.As(err, &e) || e.Addr == "" {
		return -1
	}
	return slices.IndexFunc(v.Params, func(p script.Param) bool { return p.Type == script.AddressType })
}

// faultyParam returns the index of the argument, in words, that an error of
// package sockets is about, or -1.
func faultyParam(v *script.Verb, err error) int {
	var p *sockets.ParamError
	var unknown *sockopt.UnknownError
	var value *sockopt.ValueError
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
	return slices.IndexFunc(wordParams(v), func(p *script.Param) bool { return p.Type == is })
}

// A named error puts the verb before an error that does not name it.
type named struct {
	verb string
	err  error
}

func (e *named) Error() string { return script.NameVerb(e.verb, e.err.Error()) }

func (e *named) Unwrap() error { return e.err }

// columns are the columns of the arguments, for errors.
type columns struct {
	arg []int
	key map[string]int
	end int
}

// arguments makes a verb's arguments from its words: KEY=VALUE is an option if the
// verb has one of that name, and the words of a data parameter are joined.
func (s *Shell) arguments(ctx context.Context, text, name string, v *script.Verb, st statement) (args []script.Arg, opts map[string]script.Arg, cols columns, err error) {
	cols = columns{key: make(map[string]int), end: st.End}
	if v.Raw {
		if st.Rest == "" {
			return nil, nil, cols, nil
		}
		return []script.Arg{{Text: st.Rest}}, nil, cols, nil
	}
	if args, cols.arg, err = s.tableData(ctx, text, name, v, st); args != nil || err != nil {
		return args, nil, cols, err
	}
	for i, r := range rolesOf(v, st.Words) {
		w := st.Words[i]
		if r.unknown {
			return nil, nil, cols, s.at(ctx, text, name, w.Col, true, s.noOption(v, w))
		}
		value := w
		if r.option {
			value = w.value()
		}
		arg, err := s.value(ctx, value)
		switch {
		case err != nil:
			return nil, nil, cols, s.at(ctx, text, name, w.Col, true, err)
		case r.option:
			if opts == nil {
				opts = make(map[string]script.Arg)
			}
			opts[w.Key], cols.key[w.Key] = arg, w.Col
		case r.joined:
			args[r.arg] = script.Arg{Text: s.machine.Text(ctx, args[r.arg]) + " " + s.machine.Text(ctx, arg)}
		default:
			args, cols.arg = append(args, arg), append(cols.arg, w.Col)
		}
	}
	return args, opts, cols, nil
}

// noOption returns the error for a word KEY=VALUE that is no option of v.
func (s *Shell) noOption(v *script.Verb, w word) error {
	key := w.Key
	var names []string
	for _, o := range v.Options {
		names = append(names, o.Name)
	}
	err := &script.ArgumentError{Index: -1, Err: fmt.Errorf("%s has no option %s=", v.Name, key)}
	if near := show.Nearest(key, names); len(near) > 0 {
		err.Hint = "did you mean " + near[0] + "=?"
		if freeParam(v) >= 0 {
			err.Hint += " Quotes around the word make it data"
		}
	} else if len(names) > 0 {
		err.Hint = "it has: " + strings.Join(names, "= ") + "="
	}
	return err
}

// A noTextError says that the value of Lua in a word is no text.
type noTextError struct{ expr, what string }

func (e *noTextError) Error() string { return fmt.Sprintf("$%s is a %s", e.expr, e.what) }

func (e *noTextError) hint() string {
	if e.what == "function" {
		return fmt.Sprintf("write a call in braces: ${%s(...)}", e.expr)
	}
	return fmt.Sprintf("write a field in braces: ${%s.NAME}", e.expr)
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
