package suite

import (
	"fmt"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A difference is a path at which two values differ; nil is a missing value.
type difference struct {
	path      string
	got, want lua.LValue
}

// A pair is two values to compare, at the same path in got and want.
type pair struct {
	at        *step
	got, want lua.LValue
}

// A step is a key on a path, with the steps before it; nil is the root.
type step struct {
	before *step
	key    lua.LValue
}

// differences compares two values: tables by content, ignoring metatables, anything
// else with ==. It returns the paths at which they differ, at most maxDifferences+1.
func differences(c *script.Call, got, want lua.LValue) []difference {
	m := c.Machine
	var list []difference
	type tables struct{ got, want *lua.LTable }
	seen := make(map[tables]bool)
	todo := []pair{{nil, got, want}}
	for len(todo) > 0 && len(list) <= maxDifferences {
		c.CheckInterrupt()
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		g, ok1 := p.got.(*lua.LTable)
		w, ok2 := p.want.(*lua.LTable)
		if !ok1 || !ok2 || g == w {
			if !m.Equal(p.got, p.want) {
				list = append(list, difference{p.at.path(m), p.got, p.want})
			}
			continue
		}
		if seen[tables{g, w}] {
			continue
		}
		seen[tables{g, w}] = true
		if disjoint(m, g, w) {
			list = append(list, difference{p.at.path(m), p.got, p.want})
			continue
		}
		keys := keysOf(g, w)
		for i := len(keys) - 1; i >= 0; i-- {
			k := keys[i]
			todo = append(todo, pair{&step{p.at, k}, lua51.Get(g, k), lua51.Get(w, k)})
		}
	}
	return list
}

// pathSteps is how many steps of a long path are shown at each end.
const pathSteps = 8

// path returns a path in Lua's notation, to follow a value.
func (s *step) path(m *script.Machine) string {
	var steps []*step
	for ; s != nil; s = s.before {
		steps = append(steps, s)
	}
	slices.Reverse(steps)
	var b strings.Builder
	for i, s := range steps {
		switch left := len(steps) - 2*pathSteps; {
		case left > 0 && i == pathSteps:
			fmt.Fprintf(&b, " ... %d more ... ", left)
		case left <= 0 || i < pathSteps || i >= len(steps)-pathSteps:
			b.WriteString(keyPath(m, s.key))
		}
	}
	return b.String()
}

// disjoint reports whether two tables are better shown whole than key by key: they are
// short and share no key, as an error and an answer.
func disjoint(m *script.Machine, got, want *lua.LTable) bool {
	shared, any := false, false
	for k := range lua51.Each(got) {
		any = true
		shared = shared || lua51.Get(want, k) != lua.LNil
	}
	for range lua51.Each(want) {
		any = true
		break
	}
	return any && !shared && max(len(m.Short(got)), len(m.Short(want))) <= shortTable
}

// keysOf returns the keys of two tables: numbers first, in order, then strings,
// then others.
func keysOf(t, u *lua.LTable) []lua.LValue {
	var numbers []lua.LNumber
	var texts []lua.LString
	var others []lua.LValue
	add := func(k lua.LValue) {
		switch k := k.(type) {
		case lua.LNumber:
			numbers = append(numbers, k)
		case lua.LString:
			texts = append(texts, k)
		default:
			others = append(others, k)
		}
	}
	for k := range lua51.Each(t) {
		add(k)
	}
	for k := range lua51.Each(u) {
		if lua51.Get(t, k) == lua.LNil {
			add(k)
		}
	}
	slices.Sort(numbers)
	slices.Sort(texts)
	keys := make([]lua.LValue, 0, len(numbers)+len(texts)+len(others))
	for _, k := range numbers {
		keys = append(keys, k)
	}
	for _, k := range texts {
		keys = append(keys, k)
	}
	return append(keys, others...)
}

// keyPath returns a key in Lua's notation, to follow a table.
func keyPath(m *script.Machine, k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		if len(s) > shortTable {
			return "[" + show.Literal([]byte(s[:shortTable])) + "...]"
		}
		if lua51.IsName(string(s)) {
			return "." + string(s)
		}
		return "[" + show.Literal([]byte(s)) + "]"
	}
	return "[" + m.ToString(k) + "]"
}
