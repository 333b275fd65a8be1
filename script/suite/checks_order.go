package suite

import (
	"fmt"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// runTestOrder returns the check lt, le, gt or ge.
func runTestOrder(words string, holds func(order int) bool) func(c *script.Call) error {
	return func(c *script.Call) error {
		t := c.Object(0).(*test)
		got, other := c.Value(1), c.Value(2)
		o, ok := order(got, other)
		if !ok {
			return &script.ArgumentError{Index: 1, Err: fmt.Errorf("can't compare %s with %s (expected two numbers or two strings)", c.Machine.Short(got), c.Machine.Short(other))}
		}
		if o != lua51.Unordered && holds(o) {
			return nil
		}
		return t.check(c, note(c, 3, "got "+c.Machine.Short(got)+", want "+words+" "+c.Machine.Short(other)), "", "")
	}
}

func runTestContains(c *script.Call) error {
	t := c.Object(0).(*test)
	m, got, want := c.Machine, c.Value(1), c.Value(2)
	switch got := got.(type) {
	case lua.LString:
		part, ok := want.(lua.LString)
		if !ok {
			return &script.ArgumentError{Index: 2, Err: fmt.Errorf("bad part %s (expected a string, since the searched value is a string)", m.Short(want))}
		}
		if strings.Contains(string(got), string(part)) {
			return nil
		}
		return t.check(c, note(c, 3, "the data does not contain "+m.Short(want)), show.Piece([]byte(got)), "")
	case *lua.LTable:
		for _, v := range lua51.Each(got) {
			if len(differences(c, v, want)) == 0 {
				return nil
			}
		}
		return t.check(c, note(c, 3, "no value of "+m.Short(got)+" is "+m.Short(want)), "", "")
	}
	return t.check(c, note(c, 3, "got "+m.Short(got)+", want a string or a table that contains "+m.Short(want)), "", "")
}
