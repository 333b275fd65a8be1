package script

import (
	"fmt"
	"strings"

	"sosh/internal/show"

	lua "github.com/yuin/gopher-lua"
)

// runTestOrder is the check of lt, le, gt and ge.
func runTestOrder(words string, holds func(order int) bool) func(c *Call) error {
	return func(c *Call) error {
		t, err := c.testOf()
		if err != nil {
			return err
		}
		got, other := c.value(1), c.value(2)
		order, ok := orderOf(got, other)
		if !ok {
			return &ArgumentError{Index: 1, Err: fmt.Errorf("can't compare %s with %s (expected two numbers or two strings)", c.Machine.short(got), c.Machine.short(other))}
		}
		if order != unordered && holds(order) {
			return nil
		}
		return c.failed(t, c.note(3, "got "+c.Machine.short(got)+", want "+words+" "+c.Machine.short(other)), "", "")
	}
}

// orderOf compares two numbers, of which each may be a 64-bit integer, or two
// strings.
func orderOf(x, y lua.LValue) (order int, ok bool) {
	a, isText := x.(lua.LString)
	b, areTexts := y.(lua.LString)
	if isText && areTexts {
		return strings.Compare(string(a), string(b)), true
	}
	if order, ok := compareMixed(x, y); ok {
		return order, true
	}
	_, _, xWide := int64Of(x)
	_, _, yWide := int64Of(y)
	if xWide && yWide {
		return compareInt64(x, y), true
	}
	m, isNumber := x.(lua.LNumber)
	n, areNumbers := y.(lua.LNumber)
	switch {
	case !isNumber || !areNumbers:
		return 0, false
	case m < n:
		return -1, true
	case m > n:
		return 1, true
	case m == n:
		return 0, true
	}
	return unordered, true
}

func runTestContains(c *Call) error {
	t, err := c.testOf()
	if err != nil {
		return err
	}
	m, got, want := c.Machine, c.value(1), c.value(2)
	switch got := got.(type) {
	case lua.LString:
		part, ok := want.(lua.LString)
		if !ok {
			return &ArgumentError{Index: 2, Err: fmt.Errorf("bad part %s (expected a string, as what is searched is one)", m.short(want))}
		}
		if strings.Contains(string(got), string(part)) {
			return nil
		}
		return c.failed(t, c.note(3, "what came does not contain "+m.short(want)), show.Piece([]byte(got)), "")
	case *lua.LTable:
		for k, v := got.Next(lua.LNil); k != lua.LNil; k, v = got.Next(k) {
			if len(m.differences(c.l, v, want)) == 0 {
				return nil
			}
		}
		return c.failed(t, c.note(3, "no value of "+m.short(got)+" is "+m.short(want)), "", "")
	}
	return c.failed(t, c.note(3, "got "+m.short(got)+", want a string or a table that contains "+m.short(want)), "", "")
}
