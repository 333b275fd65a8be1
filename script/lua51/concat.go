package lua51

import (
	"reflect"
	"unsafe"

	"sosh/internal/show"

	lua "github.com/yuin/gopher-lua"
)

// maxString is how long a string may be that one step makes, unless the state
// has another limit: of the .. operator, of string.rep and table.concat.
const MaxString = 1 << 30

// checkLength raises an error of the function at the level for a string that is
// longer than it may be.
func checkLength(L *lua.LState, level int, n int64) {
	if limit := InterpOf(L).MaxString; n > limit {
		Raise(L, level, "resulting string too large (limit %s)", show.Size(limit))
	}
}

// freeLength is what needs no look at the limit.
const freeLength = 1 << 16

var (
	opConcat      instruction
	localBase     = offsetOf(frameType.typ, "LocalBase")
	registryAt    = offsetOf(reflect.TypeFor[lua.LState](), "reg")
	registryArray = offsetOf(registryField.typ.Elem(), "array")
)

// The operator .. has no limit of its own: a loop that doubles a string would
// fill the machine before anything else had a look at it.
func init() {
	opConcat, jumpTable[lua.OP_CONCAT] = jumpTable[lua.OP_CONCAT], func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		values := registers(L)
		frame := *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(L), frameOffset))
		first := *(*int)(unsafe.Add(frame, localBase))
		n := int64(0)
		for _, v := range values[first+int(inst&0x1ff) : first+int(inst>>9&0x1ff)+1] {
			if s, ok := v.(lua.LString); ok {
				n += int64(len(s))
			}
		}
		if n > freeLength {
			checkLength(L, 0, n)
		}
		return opConcat(L, inst, base)
	}
}
