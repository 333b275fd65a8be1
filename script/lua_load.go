package script

import (
	"os"

	lua "github.com/yuin/gopher-lua"
)

func openLoad(in *interp, L *lua.LState) {
	global(L, "loadstring", in.loadstring)
}

type files struct{}

// loadstring is loadstring (5.1).
func (in *interp) loadstring(L *lua.LState) int {
	src := L.CheckString(1)
	return in.load(L, src, L.OptString(2, src))
}

// load pushes the function that src is compiled to, or nil and the error.
func (in *interp) load(L *lua.LState, src, name string) int {
	proto, err := compileAs(src, chunkDisplay(name))
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(L.NewFunctionFromProto(proto))
	return 1
}

var _ = os.Stdout
