package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// openHandles makes the Lua type of handles and the global table handles. If the
// machine is interactive, open handles are also globals.
func (m *Machine) openHandles() {
	m.methods = m.l.NewTable()
	mt := m.l.NewTypeMetatable("sosh.handle")
	set := func(name string, f lua.LGFunction) { mt.RawSetString(name, m.l.NewFunction(f)) }
	set("__index", m.index)
	set("__len", func(L *lua.LState) int {
		L.Push(lua.LNumber(checkHandle(L).Unread()))
		return 1
	})
	set("__tostring", func(L *lua.LState) int {
		L.Push(lua.LString(describe(checkHandle(L))))
		return 1
	})
	byName := func(L *lua.LState) int {
		if name, ok := L.Get(2).(lua.LString); ok {
			if h, err := m.cfg.Table.Get("handles", string(name)); err == nil {
				L.Push(m.toLua(h))
				return 1
			}
		}
		L.Push(lua.LNil)
		return 1
	}
	all := m.l.NewTable()
	allMT := m.l.NewTable()
	allMT.RawSetString("__index", m.l.NewFunction(byName))
	allMT.RawSetString("__call", m.l.NewFunction(func(L *lua.LState) int {
		list := L.NewTable()
		for _, h := range m.cfg.Table.Handles() {
			list.Append(m.toLua(h))
		}
		L.Push(list)
		return 1
	}))
	allMT.RawSetString("__tostring", m.l.NewFunction(func(L *lua.LState) int {
		var names []string
		for _, h := range m.cfg.Table.Handles() {
			names = append(names, h.Name())
		}
		L.Push(lua.LString("handles: " + strings.Join(names, ", ")))
		return 1
	}))
	all.Metatable = allMT
	m.l.SetGlobal("handles", all)
	if m.cfg.Interactive {
		g := m.l.NewTable()
		g.RawSetString("__index", m.l.NewFunction(byName))
		m.l.G.Global.Metatable = g
	}
}

// index implements h.KEY: a method, a field, or, for a number, an accepted
// connection.
func (m *Machine) index(L *lua.LState) int {
	h := checkHandle(L)
	switch key := L.Get(2).(type) {
	case lua.LString:
		if f := m.methods.RawGetString(string(key)); f != lua.LNil {
			L.Push(f)
			return 1
		}
		switch key {
		case "name":
			L.Push(lua.LString(h.Name()))
			return 1
		case "kind":
			L.Push(lua.LString(h.Kind()))
			return 1
		case "state":
			L.Push(lua.LString(h.State()))
			return 1
		}
		hint := show.DidYouMean(string(key), m.methodNames())
		if hint != "" {
			hint = "; " + hint
		}
		L.RaiseError("handles have no method or field %q%s", string(key), hint)
	case lua.LNumber:
		c, err := m.cfg.Table.Get("handles", h.Name()+"."+lua51.FormatNumber(float64(key)))
		if err == nil {
			L.Push(m.toLua(c))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

func (m *Machine) methodNames() []string {
	names := []string{"name", "kind", "state"}
	for _, v := range m.verbs {
		if v.Method() {
			names = append(names, v.Name)
		}
	}
	return names
}

func checkHandle(L *lua.LState) *sockets.Handle {
	h, ok := L.CheckUserData(1).Value.(*sockets.Handle)
	if !ok {
		L.ArgError(1, "handle expected")
	}
	return h
}

// describe returns a description of a handle in one line.
func describe(h *sockets.Handle) string {
	s := fmt.Sprintf("%s: %s %s", h.Name(), h.Kind(), h.State())
	if a := h.LocalAddr(); !a.IsZero() {
		s += " " + a.String()
	}
	if a := h.PeerAddr(); !a.IsZero() {
		s += " -> " + a.String()
	}
	return s
}

// toLua returns the Lua value for h; the same handle always has the same value.
func (m *Machine) toLua(h *sockets.Handle) lua.LValue {
	if ud := m.handles[h]; ud != nil {
		return ud
	}
	m.sweep()
	ud := m.l.NewUserData()
	ud.Value = h
	ud.Metatable = m.l.GetTypeMetatable("sosh.handle")
	if !h.Closed() {
		m.handles[h] = ud
		if sc := m.current.scope; sc != nil {
			sc.handles = append(sc.handles, h)
		}
	}
	return ud
}

// sweep removes the Lua values of closed handles.
func (m *Machine) sweep() {
	m.goneMu.Lock()
	defer m.goneMu.Unlock()
	for _, h := range m.gone {
		delete(m.handles, h)
		delete(m.served, h)
		delete(m.codecs, h)
	}
	m.gone = m.gone[:0]
}

// toHandle returns the handle for v: a handle, or the name of one. For any other
// value it returns nil.
func (m *Machine) toHandle(op string, v lua.LValue) (*sockets.Handle, error) {
	switch v := v.(type) {
	case *lua.LUserData:
		h, _ := v.Value.(*sockets.Handle)
		return h, nil
	case lua.LString:
		h, err := m.cfg.Table.Get(op, string(v))
		if err != nil && m.cfg.Interactive {
			// After c = dial(...), c is a variable; the handle has a different
			// name, but the user typed c.
			if h := m.handleOfVariable(string(v)); h != nil {
				return h, nil
			}
		}
		if _, none := sockets.IsNoHandle(err); none {
			h, err = m.awaitClient(op, string(v), err)
		}
		return h, err
	}
	return nil, nil
}

// clientGrace is how long awaitClient waits for a handle such as srv.1.
const clientGrace = time.Second

// awaitClient waits for a handle with a name such as srv.1, if its listener accepts
// clients in the background: connect can return before the other end is accepted.
// If the handle does not appear, it returns err.
func (m *Machine) awaitClient(op, name string, err error) (*sockets.Handle, error) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return nil, err
	}
	if _, nerr := strconv.ParseUint(name[i+1:], 10, 32); nerr != nil {
		return nil, err
	}
	t := m.cfg.Table
	srv, _ := t.Get(op, name[:i])
	if _, served := m.served[srv]; !served {
		return nil, err
	}
	came := make(chan struct{}, 1)
	defer t.Subscribe(func(ev sockets.Event) {
		if ev.Handle.Name() == name {
			select {
			case came <- struct{}{}:
			default:
			}
		}
	}, sockets.EventAccepted)()
	if h, gerr := t.Get(op, name); gerr == nil {
		return h, nil
	}
	ctx := m.context()
	m.Block(func() {
		select {
		case <-came:
		case <-ctx.Done():
		case <-time.After(clientGrace):
		}
	})
	if h, gerr := t.Get(op, name); gerr == nil {
		return h, nil
	}
	return nil, err
}

func (m *Machine) nearestHandle(name string) string {
	var names []string
	for _, h := range m.cfg.Table.Handles() {
		names = append(names, h.Name())
	}
	switch hint := show.DidYouMean(name, names); {
	case hint != "":
		return hint
	case len(names) == 0:
		return "there are no handles yet: create one with socket"
	}
	return "handles: " + show.Truncate(strings.Join(names, ", "), 60)
}
