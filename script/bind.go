package script

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// bind converts the arguments of a call: positional arguments and named options.
func (c *Call) bind(args []lua.LValue, opts *lua.LTable) error {
	v := c.Verb
	next := 0
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == lua.LNil && i >= c.required() && (!v.Rest || next < len(v.Params)) {
			next++ // nil leaves out an optional argument
			continue
		}
		for {
			if next >= len(v.Params) && v.Rest {
				c.rest = append(c.rest, arg)
				break
			}
			if next >= len(v.Params) {
				hint := "usage: " + c.usage()
				if word, ok := arg.(lua.LString); ok && c.l == nil && strings.HasPrefix(string(word), "#") {
					hint = "a comment begins with --"
				}
				return &ArgumentError{Index: i, Err: fmt.Errorf("%s takes %s", v.Name, atMost(c.most())), Hint: hint}
			}
			p := &v.Params[next]
			// The value does not fit this optional parameter, so the parameter is
			// left out.
			if p.Optional && next+1 < len(v.Params) && (!plausible(p, arg) || c.Machine.chooses(p, &v.Params[next+1], arg)) {
				next++
				continue
			}
			a, err := c.Machine.convert(v.Name, p, arg)
			if err != nil {
				var ae *ArgumentError
				if errors.As(err, &ae) {
					ae.Index = i
					return ae
				}
				return &ArgumentError{Index: i, Err: err, Hint: c.colonHint(p, args)}
			}
			c.args[next] = a
			next++
			if p.Type == AddressType && repeatsAddress(args[i:]) {
				i += 2
			}
			break
		}
	}
	if opts != nil {
		if err := c.bindOptions(opts); err != nil {
			return err
		}
	}
	for i := range v.Params {
		p := &v.Params[i]
		if c.args[i].set || p.Optional {
			continue
		}
		if p.Type == DataType && (c.opts["hex"].set || c.opts["file"].set) {
			continue
		}
		return &ArgumentError{Index: len(args), Err: fmt.Errorf("%s is missing (expected %s)", p.Name, c.Machine.expected(p)), Hint: "usage: " + c.usage()}
	}
	return nil
}

// chooses reports whether a value is one of the choices of the parameter after p, an optional
// handle, and no handle has that name.
func (m *Machine) chooses(p, choice *Param, v lua.LValue) bool {
	name, ok := v.(lua.LString)
	if !ok || p.Type != HandleType || choice.Type != ChoiceType || !slices.Contains(choice.Values, string(name)) {
		return false
	}
	_, err := m.cfg.Table.Get("", string(name))
	return err != nil
}

// colonHint returns the hint for a method that was called without its object, as c.send("x") is:
// the object is missing, so that all arguments are one place too far left.
func (c *Call) colonHint(p *Param, args []lua.LValue) string {
	if c.l == nil || p != &c.Verb.Params[0] {
		return ""
	}
	if _, _, method := c.Verb.Object(); method {
		return "call the method with a colon: " + c.Verb.Lua()
	}
	_, isName := args[0].(lua.LString)
	if !c.Verb.Method() || isName && len(args) >= c.required() {
		return ""
	}
	return "call the method with a colon: h:" + c.Verb.Name + "(...)"
}

// repeatsAddress reports whether args are the three results of getsockname or
// getpeername (address, host, port), as in dial(srv:getsockname()).
func repeatsAddress(args []lua.LValue) bool {
	if len(args) < 3 {
		return false
	}
	addr, ok1 := args[0].(lua.LString)
	host, ok2 := args[1].(lua.LString)
	port, ok3 := args[2].(lua.LNumber)
	return ok1 && ok2 && ok3 && string(addr) == net.JoinHostPort(string(host), port.String())
}

func (c *Call) usage() string {
	if c.l != nil {
		return c.Verb.Lua()
	}
	return c.Verb.Words()
}

func (c *Call) required() int {
	n := 0
	for _, p := range c.Verb.Params {
		if !p.Optional {
			n++
		}
	}
	return n
}

// most returns the maximum number of arguments of the call; words can't pass
// functions.
func (c *Call) most() int {
	n := 0
	for _, p := range c.Verb.Params {
		if c.l != nil || p.Type != FunctionType {
			n++
		}
	}
	return n
}

func atMost(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "at most 1 argument"
	}
	return fmt.Sprintf("at most %d arguments", n)
}

func (c *Call) bindOptions(opts *lua.LTable) error {
	c.opts = make(map[string]argument, 2)
	var err error
	for k, val := range lua51.Each(opts) {
		if err != nil {
			continue
		}
		name := lua.LVAsString(k)
		p := c.Verb.Option(name)
		if p == nil {
			err = c.noOption(name)
			continue
		}
		a, cerr := c.Machine.convert(c.Verb.Name, p, val)
		if cerr != nil {
			err = &ArgumentError{Index: -1, Key: name, Err: cerr}
			continue
		}
		c.opts[name] = a
	}
	return err
}

// LastFunction returns the function that follows i arguments of a verb with Rest; a
// table of options may come before it.
func (c *Call) LastFunction(i int) (*lua.LFunction, error) {
	for n, v := range c.rest {
		switch v := v.(type) {
		case *lua.LFunction:
			if n == len(c.rest)-1 {
				return v, nil
			}
		case *lua.LTable:
			if n == 0 && c.opts == nil {
				if err := c.bindOptions(v); err != nil {
					return nil, err
				}
				continue
			}
		}
		return nil, &ArgumentError{Index: i + n, Err: fmt.Errorf("bad argument of type %s (expected options, if any, and a function)", v.Type()), Hint: "usage: " + c.usage()}
	}
	return nil, &ArgumentError{Index: i + len(c.rest), Err: errors.New("the function is missing (expected function(t) ... end)"), Hint: "usage: " + c.usage()}
}

func (c *Call) noOption(name string) error {
	var names []string
	for _, o := range c.Verb.Options {
		names = append(names, o.Name)
	}
	e := &ArgumentError{Index: -1, Key: name, Err: fmt.Errorf("%s has no option %q", c.Verb.Name, name)}
	switch near := show.Nearest(name, names); {
	case len(near) > 0:
		e.Hint = "did you mean " + near[0] + "=?"
	case len(names) > 0:
		e.Hint = "it has: " + strings.Join(names, ", ")
	}
	return e
}
