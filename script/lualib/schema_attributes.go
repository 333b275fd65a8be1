package lualib

import (
	"fmt"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// attributes reports whether the spec has attributes already, so that further ones
// need a spec around it.
func (sp *spec) attributes() bool {
	return sp.list || sp.length != nil || sp.prefix != nil || sp.constant != nil || sp.def != nil || sp.names != nil ||
		sp.min != nil || sp.max != nil || sp.on != nil || sp.when != nil || sp.optional || sp.sum != "" || sp.sumBy != nil
}

func (p schemaParser) attribute(sp *spec, key string, v lua.LValue) (err error) {
	switch key {
	case "size":
		sp.length, err = newSelector(key, v)
	case "count":
		sp.list = true
		sp.count, err = newSelector(key, v)
	case "optional":
		sp.optional = lua.LVAsBool(v)
	case "list":
		sp.list = lua.LVAsBool(v)
	case "when":
		sp.when, err = newSelector(key, v)
	case "switch":
		sp.on, err = newSelector(key, v)
	case "prefix":
		sp.prefix, err = p.typeOf(v)
		if err == nil && sp.prefix.kind != specInt && sp.prefix.kind != specVarint {
			err = fmt.Errorf("bad prefix (expected a type of integers)")
		}
	case "plus":
		n, ok := v.(lua.LNumber)
		if !ok || n < -64 || n > 1<<16 {
			err = fmt.Errorf("bad plus (expected a number of bytes)")
		}
		sp.plus = int(n)
	case "const":
		sp.constant = v
	case "default":
		sp.def = v
	case "min":
		sp.min = v
	case "max":
		sp.max = v
	case "enum":
		err = sp.enum(v)
	case "cases":
		err = p.cases(sp, v)
	case "otherwise":
		sp.otherwise, err = p.typeOf(v)
	case "sum":
		f, ok := v.(*lua.LFunction)
		if s := v.String(); ok {
			sp.sumBy = f
		} else if sp.sum = s; s != "crc32" && s != "inet" {
			err = fmt.Errorf(`bad sum (expected "crc32", "inet" or a function)`)
		}
	case "over":
		err = sp.overNames(v)
	default:
		err = fmt.Errorf("no attribute %q of a field (expected size, prefix, plus, count, list, const, default, enum, min, max, when, optional, switch, cases, otherwise, sum, over)", show.Truncate(key, 40))
	}
	return err
}

func (sp *spec) overNames(v lua.LValue) error {
	switch v := v.(type) {
	case lua.LString:
		sp.over = []string{string(v)}
		return nil
	case *lua.LTable:
		for i := 1; i <= v.Len(); i++ {
			sp.over = append(sp.over, v.RawGetInt(i).String())
		}
		return nil
	}
	return fmt.Errorf("bad over (expected the names of fields)")
}

func (sp *spec) enum(v lua.LValue) error {
	t, ok := v.(*lua.LTable)
	if !ok {
		return fmt.Errorf("bad enum (expected a table of names by number)")
	}
	sp.names, sp.numbers = make(map[string]string), make(map[string]lua.LValue)
	for k, name := range lua51.Each(t) {
		if k.Type() != lua.LTNumber || name.Type() != lua.LTString {
			return fmt.Errorf("bad enum (expected a table of names by number)")
		}
		sp.names[k.String()], sp.numbers[name.String()] = name.String(), k
	}
	return nil
}

func (p schemaParser) cases(sp *spec, v lua.LValue) error {
	t, ok := v.(*lua.LTable)
	if !ok {
		return fmt.Errorf("bad cases (expected a table of types)")
	}
	sp.cases = make(map[string]*spec)
	for k, v := range lua51.Each(t) {
		c, err := p.typeOf(v)
		if err != nil {
			return fmt.Errorf("case %s: %w", k.String(), err)
		}
		sp.cases[k.String()] = c
	}
	return nil
}

// check reports attributes that do not go together.
func (sp *spec) check() error {
	switch {
	case sp.kind == specSwitch && (sp.on == nil || sp.cases == nil):
		return fmt.Errorf("the type is missing (%s, or switch= and cases=)", specTypes)
	case sp.kind != specSwitch && (sp.on != nil || sp.cases != nil || sp.otherwise != nil):
		return fmt.Errorf("switch takes the place of a type")
	case sp.length != nil && sp.prefix != nil:
		return fmt.Errorf("size and prefix do not go together")
	case (sp.sum != "" || sp.sumBy != nil) != (sp.over != nil):
		return fmt.Errorf("sum needs over, and over needs sum")
	case (sp.sum != "" || sp.sumBy != nil) && sp.kind != specInt:
		return fmt.Errorf("a sum is an integer")
	case sp.names != nil && sp.kind != specInt && sp.kind != specVarint:
		return fmt.Errorf("enum is for integers")
	}
	return nil
}

func newSelector(key string, v lua.LValue) (*selector, error) {
	switch v := v.(type) {
	case lua.LNumber:
		if v >= 0 && v <= maxPacked && v == lua.LNumber(int(v)) {
			return &selector{n: int(v)}, nil
		}
	case lua.LString:
		return &selector{path: strings.Split(string(v), ".")}, nil
	case *lua.LFunction:
		return &selector{f: v}, nil
	}
	return nil, fmt.Errorf("bad %s (expected a number, the name of an earlier field, or a function)", key)
}
