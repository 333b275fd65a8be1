package lua51

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The structs of gopher-lua that the loop of instructions works on, as far as it
// needs them. checkMirrors compares each field by name, type and place. What has
// a method of its own in gopher-lua is used through that where speed allows.

// luaState is an LState.
type luaState struct {
	G       *lua.Global
	Parent  *lua.LState
	Env     *lua.LTable
	Panic   func(*lua.LState)
	Dead    bool
	Options lua.Options

	stop         int32
	reg          *registry
	stack        callFrameStack
	alloc        *allocator
	currentFrame *callFrame
	wrapped      bool
	uvcache      *upvalue
}

// upvalue is an Upvalue: a register, until it is closed, and then a value. The open
// ones of a thread are in a list, from the lowest register on.
type upvalue struct {
	next   *upvalue
	reg    *registry
	index  int
	value  lua.LValue
	closed bool
}

// callFrameStack is an interface: its type, and a pointer to the stack.
type callFrameStack struct{ typ, stack unsafe.Pointer }

// registry is the stack of values of a thread.
type registry struct {
	array   []lua.LValue
	top     int
	growBy  int //lint:ignore U1000 a part of the layout
	maxSize int //lint:ignore U1000 a part of the layout
	alloc   *allocator
}

// allocator has memory for numbers.
type allocator struct {
	size  int //lint:ignore U1000 a part of the layout
	fptrs []float64
}

// callFrame is a call.
type callFrame struct {
	Idx        int
	Fn         *lua.LFunction
	Parent     *callFrame
	Pc         int
	Base       int
	LocalBase  int
	ReturnBase int
	NArgs      int
	NRet       int
	TailCall   int
}

// autoGrowingCallFrameStack is the stack of calls of each thread of ours.
type autoGrowingCallFrameStack struct {
	segments []*callFrameStackSegment
	segIdx   segIdx
	segSp    uint8
}

type segIdx uint16

type callFrameStackSegment struct {
	array [lua.FramesPerSegment]callFrame
}

// luaTable is an LTable.
type luaTable struct {
	Metatable lua.LValue

	array   []lua.LValue
	dict    map[lua.LValue]lua.LValue
	strdict map[string]lua.LValue
	keys    []lua.LValue
	k2i     map[lua.LValue]int
}

// mirrors are the structs above, under the names that gopher-lua has for them.
var mirrors = []struct {
	of string
	as reflect.Type
}{
	{"LState", reflect.TypeFor[luaState]()},
	{"Upvalue", reflect.TypeFor[upvalue]()},
	{"registry", reflect.TypeFor[registry]()},
	{"allocator", reflect.TypeFor[allocator]()},
	{"callFrame", reflect.TypeFor[callFrame]()},
	{"autoGrowingCallFrameStack", reflect.TypeFor[autoGrowingCallFrameStack]()},
	{"callFrameStackSegment", reflect.TypeFor[callFrameStackSegment]()},
	{"LTable", reflect.TypeFor[luaTable]()},
}

// checkMirrors compares the mirrors with the structs of gopher-lua, and returns
// what differs, or "".
func checkMirrors(types map[string]reflect.Type) string {
	for _, m := range mirrors {
		t := types[m.of]
		if t == nil {
			return "there is no type lua." + m.of
		}
		for i := range m.as.NumField() {
			want := m.as.Field(i)
			f, ok := t.FieldByName(want.Name)
			typ := strings.NewReplacer("lua51.upvalue", "lua.Upvalue", "lua51.", "lua.").Replace(want.Type.String())
			switch {
			case !ok:
				return fmt.Sprintf("%s has no field %s (expected a field of type %s)", t, want.Name, typ)
			case f.Type.String() != typ:
				return fmt.Sprintf("%s.%s is of type %s (expected %s)", t, want.Name, f.Type, typ)
			case f.Offset != want.Offset:
				return fmt.Sprintf("%s.%s is at %d (expected %d)", t, want.Name, f.Offset, want.Offset)
			}
		}
	}
	return ""
}

// growingStack is the type of the stack of a thread of ours: others have one of
// another type, and the loop leaves them to gopher-lua.
var growingStack unsafe.Pointer

// noteStack takes the type of L's stack as that of all of ours.
func noteStack(L *lua.LState) { growingStack = (*luaState)(unsafe.Pointer(L)).stack.typ }

// isNil reports whether a value is nil, without a call.
func isNil(v lua.LValue) bool {
	_, ok := v.(*lua.LNilType)
	return ok
}

// isFalse reports whether a value is false or nil.
func isFalse(v lua.LValue) bool {
	if b, ok := v.(lua.LBool); ok {
		return !bool(b)
	}
	return isNil(v)
}
