package script

import (
	"fmt"
	"strings"
)

// reserved refuses the names that would hide something else.
func (m *Machine) reserved(name string) error {
	what := ""
	switch v := m.byName[name]; {
	case v != nil && v.Command:
		what = "a command of the shell"
	case v != nil:
		what = "a verb"
	case keywordNames[name]:
		what = "a keyword of Lua"
	case libraryNames[name]:
		what = "a library of Lua"
	default:
		return nil
	}
	return fmt.Errorf("%s is %s; give the handle another name", name, what)
}

var keywordNames = set("and break do else elseif end false for function if in local nil not or repeat return then true until while")

var libraryNames = set("_G arg coroutine debug handles io math os package string table print pcall error type tostring require")

func set(words string) map[string]bool {
	s := make(map[string]bool)
	for w := range strings.FieldsSeq(words) {
		s[w] = true
	}
	return s
}
