package script

import (
	"errors"
	"fmt"
	"slices"

	"sosh/script/decoders"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// maxCodecStates is how many codecs one handle has a state of at the same time.
const maxCodecStates = 8

// A handleCodec is what a machine knows of the codecs of a handle.
type handleCodec struct {
	used   *lualib.Framing                // by the verb use, or nil
	states map[*lua.LFunction]*codecState // by a function of the codec
}

// A codecState is the state of a codec for one handle: a table for both directions,
// and one for each.
type codecState struct {
	table *lua.LTable
	flows [2]*lua.LTable
}

// codecOf returns what is known of the codecs of a handle. The caller holds the lock.
func (m *Machine) codecOf(h *sockets.Handle) *handleCodec {
	hc := m.codecs[h]
	if hc == nil {
		hc = &handleCodec{states: make(map[*lua.LFunction]*codecState)}
		if !h.Closed() {
			m.sweep()
			m.codecs[h] = hc
		}
	}
	return hc
}

// codecState returns the table that decode and encode of a codec get beside the bytes
// or the message.
func (m *Machine) codecState(h *sockets.Handle, f *lualib.Framing, d decoders.Direction, ended bool) *lua.LTable {
	key := f.Decode
	if key == nil {
		key = f.Encode
	}
	hc := m.codecOf(h)
	s := hc.states[key]
	if s == nil {
		s = &codecState{table: m.l.NewTable()}
		s.flows = [2]*lua.LTable{m.l.NewTable(), m.l.NewTable()}
		if len(hc.states) >= maxCodecStates {
			clear(hc.states)
		}
		hc.states[key] = s
	}
	decoders.SetState(s.table, s.flows[d], d, h.Parent() != "", h.Kind().Datagram(), ended)
	return s.table
}

// framingOf reads a framing; a name may be that of a codec, and no value is what use
// has set.
func (m *Machine) framingOf(h *sockets.Handle, how lua.LValue) (*lualib.Framing, error) {
	switch how := how.(type) {
	case nil, *lua.LNilType:
		if hc := m.codecs[h]; hc != nil && hc.used != nil {
			return hc.used, nil
		}
		return nil, fmt.Errorf("%s has no codec (expected a framing, or use(%s, CODEC) before)", h.Name(), h.Name())
	case lua.LString:
		if _, ok := decoders.Source(string(how)); ok {
			// On a thread of its own: the main program may run while the codec is loaded.
			v, err := decoders.Load(lua51.NewThread(m.l), string(how))
			if err != nil {
				return nil, err
			}
			return lualib.ParseFraming(v)
		}
	}
	return lualib.ParseFraming(how)
}

// runUse sets the codec of a handle.
func runUse(c *Call) error {
	h := c.Handle(0)
	if !c.Has(1) {
		c.Machine.codecOf(h).used = nil
		c.Give(c.args[0].luaHandle(c))
		return nil
	}
	f, err := c.framing(1)
	if err != nil {
		return err
	}
	hc := c.Machine.codecOf(h)
	hc.used = f
	clear(hc.states)
	c.Give(c.args[0].luaHandle(c))
	return nil
}

// Encodes reports whether data for a handle may be a table, which a codec encodes.
func (m *Machine) Encodes(h *sockets.Handle) bool {
	m.lock()
	defer m.mu.Unlock()
	return m.encodes(h)
}

func (m *Machine) encodes(h *sockets.Handle) bool {
	hc := m.codecs[h]
	return hc != nil && hc.used != nil && hc.used.Encode != nil || m.cfg.Encode != nil && m.cfg.Encode(h, nil) == nil
}

// encodeFor encodes a message for a handle by the codec that use has set, or that
// shows it at the prompt. The caller holds the lock.
func (c *Call) encodeFor(h *sockets.Handle, v lua.LValue) ([]byte, error) {
	m := c.Machine
	if hc := m.codecs[h]; hc != nil && hc.used != nil {
		return c.encode(hc.used, h, v)
	}
	var enc Encoding
	if m.cfg.Encode != nil {
		enc.Message = v
		if err := m.cfg.Encode(h, &enc); err != nil {
			return nil, err
		}
		return enc.Bytes, nil
	}
	return nil, errNoCodec
}

// An Encoding is a message, and what it is encoded to.
type Encoding struct {
	Message Value
	Bytes   []byte
}

var errNoCodec = errors.New("bad data table (expected a string of bytes; a table needs a codec, which use sets)")

// encode encodes a message by a framing.
func (c *Call) encode(f *lualib.Framing, h *sockets.Handle, v lua.LValue) ([]byte, error) {
	switch {
	case f.Encode != nil:
		out, err := c.callEncode(f.Encode, v, c.Machine.codecState(h, f, decoders.Out, false))
		if err != nil {
			return nil, err
		}
		s, ok := out.(lua.LString)
		if !ok {
			return nil, fmt.Errorf("encode returned a %s (expected a string)", out.Type())
		}
		return []byte(s), nil
	case f.Codec():
		return nil, errors.New("the codec has no encode")
	}
	message, ok := v.(lua.LString)
	if !ok {
		return nil, fmt.Errorf("a message is a string, not a %s", v.Type())
	}
	data, err := f.Wrap(string(message))
	return []byte(data), err
}

// callEncode calls a function of Lua. Its error is raised in a script, and returned
// for words.
func (c *Call) callEncode(f *lua.LFunction, args ...lua.LValue) (lua.LValue, error) {
	L := c.Machine.l.G.CurrentThread
	values, raised := c.Machine.in.PCall(L, f, args...)
	switch {
	case raised != nil && c.l != nil:
		c.l.Error(raised, 0)
	case raised != nil:
		return nil, errors.New(c.Machine.ToString(raised))
	}
	return append(values, lua.LNil)[0], nil
}

// ViewCodec returns the codec that a global variable of Lua holds, as it is now, for an
// engine; nil if there is no such variable.
func (m *Machine) ViewCodec(e *decoders.Engine, name string) (*decoders.Codec, error) {
	m.lock()
	defer m.mu.Unlock()
	v, ok := m.walk(name)
	if !ok {
		return nil, nil
	}
	return e.CodecOf(name, v, m.l.G.Global)
}

// takesTable reports whether a table as the last argument is the data of a verb, and
// not its options.
func (v *Verb) takesTable(m *Machine, args []lua.LValue) bool {
	i := slices.IndexFunc(v.Params, func(p Param) bool { return p.Type == DataType })
	if i < 1 || len(args)-1 != i || v.Params[0].Type != HandleType {
		return false
	}
	h, err := m.toHandle(v.Name, args[0])
	return err == nil && h != nil && m.encodes(h)
}
