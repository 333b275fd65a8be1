package decoders

import (
	"errors"
	"fmt"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// Encodes reports whether the codec can encode: an error says why not.
func (c *Codec) Encodes() error {
	if c.framing.Codec() && c.framing.Encode == nil {
		return fmt.Errorf("the codec %s has no encode", c.Name)
	}
	return nil
}

// Encode returns a message as the bytes to send. The message is a value of another
// state of Lua, which runs nothing until Encode returns: it is copied, so it must be
// made of tables, strings, numbers and booleans.
func (n *Conn) Encode(message lua.LValue) ([]byte, error) {
	if err := n.codec.Encodes(); err != nil {
		return nil, err
	}
	e, f := n.codec.engine, n.codec.framing
	e.mu.Lock()
	defer e.mu.Unlock()
	left := maxCopied
	v, err := e.copied(message, 0, &left)
	if err != nil {
		return nil, err
	}
	if f.Encode == nil {
		s, ok := v.(lua.LString)
		if !ok {
			return nil, fmt.Errorf("a message of %s is a string, not a %s", n.codec.Name, v.Type())
		}
		p, err := f.Wrap(string(s))
		return []byte(p), err
	}
	SetState(n.state, n.dirs[Out].table, Out, n.server, n.dgram, false)
	values, err := e.call(f.Encode, v, n.state)
	if err != nil {
		return nil, err
	}
	s, ok := values[0].(lua.LString)
	if !ok {
		return nil, fmt.Errorf("encode of %s returned a %s (expected a string)", n.codec.Name, values[0].Type())
	}
	return []byte(s), nil
}

// The limits of a message that is copied.
const (
	maxCopied = 100_000 // values
	copyDepth = 64
)

// copied copies a value to the engine's state.
func (e *Engine) copied(v lua.LValue, depth int, left *int) (lua.LValue, error) {
	if *left--; *left < 0 || depth > copyDepth {
		return nil, errors.New("the message has too many values, or tables in each other")
	}
	switch v := v.(type) {
	case lua.LString, lua.LNumber, lua.LBool, *lua.LNilType:
		return v, nil
	case *lua.LUserData:
		switch n := v.Value.(type) {
		case int64:
			return e.int64Of("int64", n), nil
		case uint64:
			return e.int64Of("uint64", n), nil
		}
	case *lua.LTable:
		t := e.in.L.NewTable()
		for k, val := range lua51.Each(v) {
			key, err := e.copied(k, depth+1, left)
			if err != nil {
				return nil, err
			}
			value, err := e.copied(val, depth+1, left)
			if err != nil {
				return nil, err
			}
			t.RawSet(key, value)
		}
		return t, nil
	}
	return nil, fmt.Errorf("the message contains a %s (expected tables, strings, numbers and booleans)", v.Type())
}

// int64Of makes a 64-bit integer by the library's function of that name.
func (e *Engine) int64Of(name string, n any) lua.LValue {
	return lua51.Call(e.in.L, e.in.L.GetGlobal(name), lua.LString(fmt.Sprint(n)))
}
