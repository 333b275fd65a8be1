package decoders

import (
	"fmt"

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
	v, err := (&copier{e: e}).value(message, 0)
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
