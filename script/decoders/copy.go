package decoders

import (
	"errors"
	"fmt"

	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/script/lualib"

	lua "github.com/yuin/gopher-lua"
)

// The limits of what is copied from another state.
const (
	maxCopied = 100_000 // values
	copyDepth = 64
)

// A copier copies values of another state of Lua, which runs nothing meanwhile, to the
// engine's. A message has tables, strings, numbers and booleans; a codec has functions
// and schemas too. The engine's lock is held.
type copier struct {
	e      *Engine
	values int
	tables map[*lua.LTable]*lua.LTable

	// Of a codec:
	globals   *lua.LTable // those of the other state; nil for a message
	env       *lua.LTable // those of the copied functions
	functions map[*lua.LFunction]*lua.LFunction
	upvalues  map[*lua.Upvalue]*lua.Upvalue
}

func (c *copier) value(v lua.LValue, depth int) (lua.LValue, error) {
	if c.values++; c.values > maxCopied || depth > copyDepth {
		return nil, errors.New("too many values, or tables in each other")
	}
	L := c.e.in.L
	switch v := v.(type) {
	case lua.LString, lua.LNumber, lua.LBool, *lua.LNilType:
		return v, nil
	case *lua.LTable:
		return c.table(v, depth)
	case *lua.LFunction:
		if c.globals != nil {
			return c.function(v, depth)
		}
	case *lua.LUserData:
		if s, ok := v.Value.(*lualib.Schema); ok && c.globals != nil {
			return s.Copy(L, func(f *lua.LFunction) (*lua.LFunction, error) { return c.function(f, depth+1) })
		}
		if copied, ok := lualib.CopyObject(L, v); ok {
			return copied, nil
		}
	}
	expected := "tables, strings, numbers and booleans"
	if c.globals != nil {
		expected += ", functions and schemas"
	}
	return nil, fmt.Errorf("it contains a %s (expected %s)", v.Type(), expected)
}

func (c *copier) table(t *lua.LTable, depth int) (*lua.LTable, error) {
	if done := c.tables[t]; done != nil {
		return done, nil
	}
	if c.globals != nil {
		if t == c.globals {
			return c.env, nil
		}
		if own := c.library(t); own != nil {
			return own, nil
		}
	}
	copied := c.e.in.L.NewTable()
	if c.tables == nil {
		c.tables = make(map[*lua.LTable]*lua.LTable)
	}
	c.tables[t] = copied
	for k, v := range lua51.Each(t) {
		key, err := c.value(k, depth+1)
		if err != nil {
			return nil, err
		}
		value, err := c.value(v, depth+1)
		if err != nil {
			return nil, err
		}
		lua51.Set(copied, key, value)
	}
	if mt, ok := t.Metatable.(*lua.LTable); ok && c.globals != nil {
		copiedMT, err := c.table(mt, depth+1)
		if err != nil {
			return nil, err
		}
		copied.Metatable = copiedMT
	}
	return copied, nil
}

// library returns the engine's table for a library of the other state, such as string.
func (c *copier) library(t *lua.LTable) *lua.LTable {
	for k, v := range lua51.Each(c.globals) {
		if v == t {
			own, _ := lua51.Get(c.e.in.L.G.Global, k).(*lua.LTable)
			return own
		}
	}
	return nil
}

// function copies a function with its upvalues, and with the global variables that it
// names.
func (c *copier) function(f *lua.LFunction, depth int) (*lua.LFunction, error) {
	if done := c.functions[f]; done != nil {
		return done, nil
	}
	if f.IsG {
		return c.libraryFunction(f)
	}
	copied := c.e.in.L.NewFunctionFromProto(f.Proto)
	copied.Env = c.env
	c.functions[f] = copied
	for i, u := range f.Upvalues {
		done := c.upvalues[u]
		if done == nil {
			done = new(lua.Upvalue)
			c.upvalues[u] = done
			v, err := c.value(u.Value(), depth+1)
			if err != nil {
				return nil, err
			}
			done.SetValue(v)
		}
		copied.Upvalues[i] = done
	}
	return copied, c.variables(f.Proto, depth)
}

// variables copies the global variables that a function may name.
func (c *copier) variables(p *lua.FunctionProto, depth int) error {
	for _, k := range p.Constants {
		name, ok := k.(lua.LString)
		if !ok || lua51.Get(c.env, name) != lua.LNil || lua51.Get(c.e.in.L.G.Global, name) != lua.LNil {
			continue
		}
		v := lua51.Get(c.globals, name)
		if f, ok := v.(*lua.LFunction); v == lua.LNil || ok && f.IsG {
			continue // a verb, which fails when it is called
		}
		copied, err := c.value(v, depth+1)
		if err != nil {
			continue // a field of that name, perhaps
		}
		lua51.Set(c.env, name, copied)
	}
	for _, inner := range p.FunctionPrototypes {
		if err := c.variables(inner, depth); err != nil {
			return err
		}
	}
	return nil
}

// libraryFunction returns the engine's function for one of the library.
func (c *copier) libraryFunction(f *lua.LFunction) (*lua.LFunction, error) {
	own := c.e.in.L.G.Global
	for k, v := range lua51.Each(c.globals) {
		if v == f {
			if g, ok := lua51.Get(own, k).(*lua.LFunction); ok {
				return g, nil
			}
			return nil, fmt.Errorf("it uses %s (expected only functions of the library)", show.Name(k.String()))
		}
		lib, ok := v.(*lua.LTable)
		ownLib, ok2 := lua51.Get(own, k).(*lua.LTable)
		if !ok || !ok2 || lib == c.globals {
			continue
		}
		for name, v := range lua51.Each(lib) {
			if g, ok := lua51.Get(ownLib, name).(*lua.LFunction); ok && v == f {
				return g, nil
			}
		}
	}
	return nil, errors.New("it uses a function that is not of the library")
}

// CodecOf returns a codec that is a value of another state of Lua, which runs nothing
// meanwhile: a copy of it as it is now. globals are the global variables of that
// state. name is for errors.
func (e *Engine) CodecOf(name string, v lua.LValue, globals *lua.LTable) (*Codec, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.open(); err != nil {
		return nil, err
	}
	c := &copier{e: e, globals: globals, env: e.in.L.NewTable(), functions: make(map[*lua.LFunction]*lua.LFunction), upvalues: make(map[*lua.Upvalue]*lua.Upvalue)}
	mt := e.in.L.NewTable()
	mt.RawSetString("__index", e.in.L.G.Global)
	c.env.Metatable = mt
	copied, err := c.value(v, 0)
	if err != nil {
		return nil, fmt.Errorf("codec %s: %w", name, err)
	}
	codec := &Codec{Name: name, engine: e}
	return codec, codec.set(copied)
}
