package script

import (
	"fmt"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// reserved returns an error for a name that would hide something else.
func (m *Machine) reserved(name string) error {
	what := ""
	switch v := m.byName[name]; {
	case v != nil && v.Command:
		what = "a command of the shell"
	case v != nil && v.TestOnly && m.cfg.Observer == nil:
		return nil
	case v != nil:
		what = "a verb"
	case lua51.IsKeyword(name):
		what = "a keyword of Lua"
	default:
		if what = m.given[name]; what == "" {
			return nil
		}
	}
	return fmt.Errorf("%s is %s; give the handle another name", name, what)
}

// noteGiven records the globals that exist before a script runs.
func (m *Machine) noteGiven() {
	m.given = map[string]string{"arg": "the table of a script's arguments"}
	for k, v := range lua51.Each(m.l.G.Global) {
		what := "a variable of Lua"
		switch v.Type() {
		case lua.LTTable:
			what = "a library of Lua"
		case lua.LTFunction:
			what = "a function of Lua"
		}
		m.given[k.String()] = what
	}
	m.given["handles"] = "the table of all handles"
}
