package script

import (
	"context"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/script/lualib"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// IsNil reports whether v is Lua's nil.
func (m *Machine) IsNil(v Value) bool { return v == nil || v == lua.LNil }

// IsString reports whether v is a string.
func (m *Machine) IsString(v Value) bool { return v.Type() == lua.LTString }

// HasOwnText reports whether the script chooses the text of v: v is a string, or has a
// __tostring.
func (m *Machine) HasOwnText(v Value) bool {
	m.lock()
	defer m.mu.Unlock()
	switch v.Type() {
	case lua.LTString:
		return true
	case lua.LTTable:
		return m.l.GetMetaField(v, "__tostring") != lua.LNil
	}
	return false
}

// NoText returns the type of a value without its own text ("function" or "table"), else
// "".
func (m *Machine) NoText(v Value) string {
	m.lock()
	defer m.mu.Unlock()
	switch v.Type() {
	case lua.LTFunction, lua.LTTable:
		if m.l.GetMetaField(v, "__tostring") == lua.LNil {
			return v.Type().String()
		}
	}
	return ""
}

// Text returns an argument as text, like Lua's tostring; the text of a handle is its
// name. A __tostring that is still running when ctx ends is abandoned; the text is then
// that of a value without __tostring.
func (m *Machine) Text(ctx context.Context, a Arg) string {
	if a.Value == nil {
		return a.Text
	}
	defer m.enter(&Task{ctx: ctx})()
	if ud, ok := a.Value.(*lua.LUserData); ok {
		if h, err := m.toHandle("", ud); err == nil && h != nil {
			return h.Name()
		}
	}
	return m.ToString(a.Value)
}

// Defined reports whether name is a global variable, or an open handle.
func (m *Machine) Defined(name string) bool {
	m.lock()
	defer m.mu.Unlock()
	if m.l.G.Global.RawGetString(name) != lua.LNil || lua51.IsKeyword(name) {
		return true
	}
	_, err := m.cfg.Table.Get("", name)
	return err == nil
}

// NamesNow is [Machine.Fields], with the names of the globals for an empty path, for a
// caller that can't wait: ok is false while Lua runs.
func (m *Machine) NamesNow(path string, methods bool) (names []string, ok bool) {
	if !m.mu.TryLock() {
		return nil, false
	}
	defer m.mu.Unlock()
	return m.fields(path, methods), true
}

// HandleNow returns the open handle that words call by this name: its own, or that of a
// global variable. It does not wait: ok is false while Lua runs, unless the handle was
// found.
func (m *Machine) HandleNow(name string) (h *sockets.Handle, ok bool) {
	if h, err := m.cfg.Table.Get("", name); err == nil {
		return h, true
	}
	if !m.mu.TryLock() {
		return nil, false
	}
	defer m.mu.Unlock()
	return m.handleOfVariable(name), true
}

// handleOfVariable returns the handle that is the value of a global variable, or nil. The
// caller holds the lock.
func (m *Machine) handleOfVariable(name string) *sockets.Handle {
	ud, _ := m.l.G.Global.RawGetString(name).(*lua.LUserData)
	if ud == nil {
		return nil
	}
	h, _ := ud.Value.(*sockets.Handle)
	return h
}

// Display returns a value as text for a person. A table is shown with its content, where
// strings are literals; a string alone is unchanged. A __tostring that is still running
// when ctx ends is abandoned, as by [Machine.Text].
func (m *Machine) Display(ctx context.Context, v Value) string {
	defer m.enter(&Task{ctx: ctx})()
	if s, ok := v.(lua.LString); ok {
		return string(s)
	}
	return m.inspect(v, 0)
}

// inspect is lualib.Inspect; in tests, strings are Lua literals. The caller holds the
// lock.
func (m *Machine) inspect(v lua.LValue, limit int) string {
	return lualib.Inspect(m.l, v, m.quote(), limit)
}

func (m *Machine) quote() func([]byte) string {
	if m.cfg.Observer != nil {
		return show.Literal
	}
	return show.Quote
}

// Fields returns the names that completion offers after "path." or "path:": the fields of
// a table, or the methods of a handle. path consists of names, and numbers in brackets.
// Fields runs no Lua code.
func (m *Machine) Fields(path string, methods bool) []string {
	m.lock()
	defer m.mu.Unlock()
	return m.fields(path, methods)
}

// fields is Fields for a caller that holds the lock.
func (m *Machine) fields(path string, methods bool) []string {
	v, ok := m.walk(path)
	if !ok {
		return nil
	}
	var names []string
	switch v := v.(type) {
	case *lua.LTable:
		for k, val := range lua51.Each(v) {
			s, ok := k.(lua.LString)
			if ok && lua51.IsName(string(s)) && (!methods || val.Type() == lua.LTFunction) {
				names = append(names, string(s))
			}
		}
	case *lua.LUserData:
		if h, _ := m.toHandle("", v); h == nil {
			break
		}
		for _, verb := range m.verbs {
			if verb.Method() {
				names = append(names, verb.Name)
			}
		}
		if !methods {
			names = append(names, "name", "kind", "state")
		}
	case lua.LString:
		if t, ok := m.l.G.Global.RawGetString("string").(*lua.LTable); ok && methods {
			for k := range lua51.Each(t) {
				names = append(names, k.String())
			}
		}
	}
	sort.Strings(names)
	return names
}

// Globals returns the names of the global variables.
func (m *Machine) Globals() []string {
	return m.Fields("", false)
}

func (m *Machine) walk(path string) (lua.LValue, bool) {
	if path == "" {
		return m.l.G.Global, true
	}
	var v lua.LValue = m.l.G.Global
	for i, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		name = strings.Trim(name, `"'`)
		if i == 0 || name == "" {
			if h, err := m.cfg.Table.Get("", name); err == nil && m.l.G.Global.RawGetString(name) == lua.LNil {
				v = m.toLua(h)
				continue
			}
		}
		switch t := v.(type) {
		case *lua.LTable:
			next := t.RawGetString(name)
			if n, err := strconv.Atoi(name); err == nil {
				next = lua51.GetInt(t, n)
			}
			if h, err := m.cfg.Table.Get("", name); err == nil && next == lua.LNil {
				next = m.toLua(h) // handles["srv.1"], which was split at its dot, gets here too
			}
			v = next
		case *lua.LUserData:
			h, _ := m.toHandle("", t)
			if h == nil {
				return nil, false
			}
			c, err := m.cfg.Table.Get("", fmt.Sprintf("%s.%s", h.Name(), name))
			if err != nil {
				return nil, false
			}
			v = m.toLua(c)
		default:
			return nil, false
		}
	}
	return v, v != lua.LNil
}

// shortValue is how many bytes of a value Short examines.
const shortValue = 400

// Short returns a value in a few words, on one line. The caller holds the lock.
func (m *Machine) Short(v lua.LValue) string {
	return inLine(m.inspect(v, shortValue))
}

// inLine turns a text into one line, and truncates a long one.
func inLine(s string) string { return show.Truncate(strings.ReplaceAll(s, "\n", " "), 200) }
