package lua51

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"sosh/internal/ctxfile"

	lua "github.com/yuin/gopher-lua"
)

func openLoad(in *Interp, L *lua.LState) {
	RegisterGlobal(L, "dofile", in.dofile)
	RegisterGlobal(L, "load", in.loadFunction)
	RegisterGlobal(L, "loadfile", in.loadfile)
	RegisterGlobal(L, "loadstring", in.loadstring)
	RegisterGlobal(L, "module", in.module)
	RegisterGlobal(L, "require", in.require)

	lib := Register(L, lua.LoadLibName, map[string]lua.LGFunction{
		"loadlib": loadlib,
		"seeall":  seeall,
	})
	in.loaded, _ = lib.RawGetString("loaded").(*lua.LTable)
	in.lib = lib
	in.loading = L.NewUserData()
	loaders := L.CreateTable(3, 0)
	for _, f := range []lua.LGFunction{in.loaderPreload, in.loaderDirs, in.loaderPath} {
		loaders.Append(L.NewFunction(f))
	}
	lib.RawSetString("loaders", loaders)
	for _, name := range []string{"string", "table", "math", "io", "os", "debug", "coroutine", "package"} {
		in.loaded.RawSetString(name, L.G.Global.RawGetString(name))
	}
	in.loaded.RawSetString("_G", L.G.Global)
	in.loaded.RawSetString(lua.ChannelLibName, lua.LNil)
}

// load pushes the function that src is compiled to, or nil and the error.
func (in *Interp) load(L *lua.LState, src, name string) int {
	f, err := in.compiled(L, src, name)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(f)
	return 1
}

// compiled compiles src to a function in the environment of the thread.
func (in *Interp) compiled(L *lua.LState, src, name string) (*lua.LFunction, error) {
	proto, err := compile(src, name, 0, openCalls(L))
	if err != nil {
		return nil, err
	}
	return L.NewFunctionFromProto(proto), nil
}

// loadstring is loadstring (5.1).
func (in *Interp) loadstring(L *lua.LState) int {
	src := CheckString(L, 1)
	return in.load(L, src, OptString(L, 2, src))
}

// loadFunction is load (5.1).
func (in *Interp) loadFunction(L *lua.LState) int {
	f := CheckFunction(L, 1)
	name := OptString(L, 2, "=(load)")
	var b strings.Builder
	for {
		vals, err := in.PCall(L, f)
		v := append(vals, lua.LNil)[0]
		if err == nil && v != lua.LNil && !lua.LVCanConvToString(v) {
			err = lua.LString(Where(L, 1) + "reader function must return a string")
		}
		if err != nil {
			L.Push(lua.LNil)
			L.Push(err)
			return 2
		}
		s := lua.LVAsString(v)
		if s == "" {
			break
		}
		b.WriteString(s)
	}
	return in.load(L, b.String(), name)
}

// file compiles a file, or what comes on standard input for no name. The error
// of a file that can't be read is in C's words.
func (in *Interp) file(L *lua.LState, name string) (*lua.LFunction, error) {
	var b []byte
	var err error
	if name == "" {
		err = in.Wait(L, func(ctx context.Context) error { b, err = ctxfile.ReadAll(ctx, os.Stdin); return err })
		if err != nil {
			return nil, err
		}
		return in.compiled(L, skipFirst(string(b)), "=stdin")
	}
	err = in.Wait(L, func(ctx context.Context) error { b, err = ctxfile.ReadFile(ctx, name); return err })
	if err != nil {
		text, _ := cError(err)
		verb := "open"
		if _, e := os.Stat(name); e == nil && !os.IsPermission(err) {
			verb = "read"
		}
		return nil, &SyntaxError{msg: "cannot " + verb + " " + name + ": " + text}
	}
	return in.compiled(L, skipFirst(string(b)), "@"+name)
}

// loadfile is loadfile (5.1).
func (in *Interp) loadfile(L *lua.LState) int {
	f, err := in.file(L, OptString(L, 1, ""))
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(f)
	return 1
}

// dofile is dofile (5.1).
func (in *Interp) dofile(L *lua.LState) int {
	f, err := in.file(L, OptString(L, 1, ""))
	if err != nil {
		L.Error(lua.LString(err.Error()), 0)
	}
	top := L.GetTop()
	L.Push(f)
	L.Call(0, lua.MultRet)
	return L.GetTop() - top
}

// require is require (5.3).
func (in *Interp) require(L *lua.LState) int {
	name := CheckString(L, 1)
	if v := in.loaded.RawGetString(name); lua.LVAsBool(v) {
		if v == in.loading {
			Raise(L, 1, "loop or previous error loading module '%s'", name)
		}
		L.Push(v)
		return 1
	}
	loaders, ok := in.lib.RawGetString("loaders").(*lua.LTable)
	if !ok {
		Raise(L, 1, "'package.loaders' must be a table")
	}
	var f lua.LValue
	tried := ""
	for i := 1; f == nil; i++ {
		loader := loaders.RawGetInt(i)
		if loader == lua.LNil {
			Raise(L, 1, "module '%s' not found:%s", name, tried)
		}
		switch v := Call(L, loader, lua.LString(name)).(type) {
		case *lua.LFunction:
			f = v
		case lua.LString:
			tried += string(v)
		}
	}
	in.loaded.RawSetString(name, in.loading)
	v := Call(L, f, lua.LString(name))
	if v != lua.LNil {
		in.loaded.RawSetString(name, v)
	}
	if v = in.loaded.RawGetString(name); v == in.loading {
		v = lua.LTrue
		in.loaded.RawSetString(name, v)
	}
	L.Push(v)
	return 1
}

// loaderPreload looks in package.preload.
func (in *Interp) loaderPreload(L *lua.LState) int {
	name := CheckString(L, 1)
	preload, ok := in.lib.RawGetString("preload").(*lua.LTable)
	if !ok {
		Raise(L, 1, "'package.preload' must be a table")
	}
	v := preload.RawGetString(name)
	if v == lua.LNil {
		v = lua.LString("\n\tno field package.preload['" + name + "']")
	}
	L.Push(v)
	return 1
}

// loaderDirs looks in the directories of setModulePath.
func (in *Interp) loaderDirs(L *lua.LState) int {
	name := CheckString(L, 1)
	path := strings.ReplaceAll(name, ".", string(filepath.Separator))
	var paths []string
	for _, dir := range in.Path {
		paths = append(paths, filepath.Join(dir, path+".lua"), filepath.Join(dir, path, "init.lua"))
	}
	return in.loader(L, name, paths)
}

// loaderPath looks along package.path.
func (in *Interp) loaderPath(L *lua.LState) int {
	name := CheckString(L, 1)
	templates, ok := in.lib.RawGetString("path").(lua.LString)
	if !ok {
		Raise(L, 1, "'package.path' must be a string")
	}
	path := strings.ReplaceAll(name, ".", string(filepath.Separator))
	var paths []string
	for _, t := range strings.Split(string(templates), ";") {
		if t != "" {
			paths = append(paths, strings.ReplaceAll(t, "?", path))
		}
	}
	return in.loader(L, name, paths)
}

// loader pushes the chunk of the first of the files that exists, or the list of
// those that do not.
func (in *Interp) loader(L *lua.LState, name string, paths []string) int {
	tried := ""
	for _, p := range paths {
		r, err := os.Open(p)
		if err != nil {
			tried += "\n\tno file '" + p + "'"
			continue
		}
		r.Close()
		f, err := in.file(L, p)
		if err != nil {
			Raise(L, 1, "error loading module '%s' from file '%s':\n\t%s", name, p, err)
		}
		L.Push(f)
		return 1
	}
	L.Push(lua.LString(tried))
	return 1
}

// module is module (5.3).
func (in *Interp) module(L *lua.LState) int {
	name := CheckString(L, 1)
	t, ok := in.loaded.RawGetString(name).(*lua.LTable)
	if !ok {
		t = in.findTable(L, name)
		if t == nil {
			Raise(L, 1, "name conflict for module '%s'", name)
		}
		in.loaded.RawSetString(name, t)
	}
	if L.GetField(t, "_NAME") == lua.LNil {
		t.RawSetString("_M", t)
		t.RawSetString("_NAME", lua.LString(name))
		t.RawSetString("_PACKAGE", lua.LString(name[:strings.LastIndexByte(name, '.')+1]))
	}
	a, ok := in.at(L, 1)
	var caller *lua.LFunction
	if ok {
		caller = a.function()
	}
	if caller == nil || caller.IsG {
		Raise(L, 1, "'module' not called from a Lua function")
	}
	caller.Env = t
	for _, f := range Arguments(L, 2) {
		Call(L, f, t)
	}
	return 0
}

// findTable finds the table of a dotted name from the globals on, and makes
// what is missing. It is nil when something else is in the way.
func (in *Interp) findTable(L *lua.LState, name string) *lua.LTable {
	t := L.G.Global
	for _, part := range strings.Split(name, ".") {
		switch v := t.RawGetString(part).(type) {
		case *lua.LTable:
			t = v
		case *lua.LNilType:
			n := L.NewTable()
			t.RawSetString(part, n)
			t = n
		default:
			return nil
		}
	}
	return t
}

// loadlib is package.loadlib (5.3): there are no C libraries.
func loadlib(L *lua.LState) int {
	CheckString(L, 1)
	CheckString(L, 2)
	L.Push(lua.LNil)
	L.Push(lua.LString("dynamic libraries not enabled; check your Lua installation"))
	L.Push(lua.LString("absent"))
	return 3
}

// seeall is package.seeall (5.3).
func seeall(L *lua.LState) int {
	t := CheckTable(L, 1)
	mt, ok := t.Metatable.(*lua.LTable)
	if !ok {
		mt = L.NewTable()
		t.Metatable = mt
	}
	mt.RawSetString("__index", L.G.Global)
	return 0
}
