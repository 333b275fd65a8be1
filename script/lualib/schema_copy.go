package lualib

import (
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// Copy returns a copy of the schema for another state of Lua, whose functions are those
// that f returns for the schema's.
func (s *Schema) Copy(L *lua.LState, f func(*lua.LFunction) (*lua.LFunction, error)) (*lua.LUserData, error) {
	c, err := s.copied(f)
	if err != nil {
		return nil, err
	}
	return c.object(L), nil
}

func (s *Schema) copied(f func(*lua.LFunction) (*lua.LFunction, error)) (*Schema, error) {
	c := *s
	c.fields = make([]*field, len(s.fields))
	for i, from := range s.fields {
		sp, err := from.spec.copied(f)
		if err != nil {
			return nil, err
		}
		c.fields[i] = &field{from.name, sp, from.filled}
	}
	return &c, nil
}

func (sp *spec) copied(f func(*lua.LFunction) (*lua.LFunction, error)) (*spec, error) {
	if sp == nil {
		return nil, nil
	}
	c := *sp
	var err error
	for _, sel := range []**selector{&c.count, &c.length, &c.on, &c.when} {
		if *sel == nil || (*sel).f == nil || err != nil {
			continue
		}
		to := **sel
		to.f, err = f(to.f)
		*sel = &to
	}
	if c.sumBy != nil && err == nil {
		c.sumBy, err = f(c.sumBy)
	}
	for _, inner := range []**spec{&c.other, &c.prefix, &c.otherwise} {
		if err == nil {
			*inner, err = (*inner).copied(f)
		}
	}
	if c.table != nil && err == nil {
		c.table, err = c.table.copied(f)
	}
	if c.cases != nil {
		c.cases = make(map[string]*spec, len(sp.cases))
		for k, v := range sp.cases {
			if err == nil {
				c.cases[k], err = v.copied(f)
			}
		}
	}
	return &c, err
}

// CopyObject returns a copy of a 64-bit integer or of a struct for another state of Lua;
// false for any other value.
func CopyObject(L *lua.LState, ud *lua.LUserData) (lua.LValue, bool) {
	switch v := ud.Value.(type) {
	case int64:
		return lua51.NewInt64(L, v, libraryOf(L).int64s), true
	case uint64:
		return lua51.NewInt64(L, v, libraryOf(L).int64s), true
	case *layout:
		return NewObject(L, "struct", v), true
	}
	return nil, false
}
