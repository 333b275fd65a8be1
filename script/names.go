package script

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// reserved refuses the names that would hide something else.
func (m *Machine) reserved(name string) error {
	what := ""
	switch v := m.byName[name]; {
	case v != nil && v.Command:
		what = "a command of the shell"
	case v != nil && v.TestOnly && m.cfg.Observer == nil:
		return nil
	case v != nil:
		what = "a verb"
	case keywordNames[name]:
		what = "a keyword of Lua"
	default:
		if what = m.given[name]; what == "" {
			return nil
		}
	}
	return fmt.Errorf("%s is %s; give the handle another name", name, what)
}

var keywordNames = set("and break do else elseif end false for function if in local nil not or repeat return then true until while")

// noteGiven notes what the globals are that a script begins with.
func (m *Machine) noteGiven() {
	m.given = map[string]string{"arg": "the table of a script's arguments"}
	m.l.G.Global.ForEach(func(k, v lua.LValue) {
		what := "a variable of Lua"
		switch v.Type() {
		case lua.LTTable:
			what = "a library of Lua"
		case lua.LTFunction:
			what = "a function of Lua"
		}
		m.given[k.String()] = what
	})
	m.given["handles"] = "the table of all handles"
}

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		s[w] = true
	}
	return s
}
