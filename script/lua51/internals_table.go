package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The array of a table keeps its length when its last items become nil, and
// gopher-lua looks through them for each #. So a loop such as
//
//	while #t > 0 do t[#t] = nil end
//
// would take the square of its time. An end of nils is cut off here, when it gets
// long.

// longEndOfNils is how many are left.
const longEndOfNils = 32

// tableArray is the array of a table.
func tableArray(t *lua.LTable) *[]lua.LValue {
	return fieldAt[[]lua.LValue](unsafe.Pointer(t), layout.tableArray)
}

// length is the length of a table, without its __len.
func length(t *lua.LTable) int {
	n := t.Len()
	if array := tableArray(t); len(*array)-n > longEndOfNils {
		*array = (*array)[:n]
	}
	return n
}

// nextField is what next gives after a key. The key may be an index that was cut
// off since.
func nextField(t *lua.LTable, key lua.LValue) (lua.LValue, lua.LValue) {
	if k, ok := key.(lua.LNumber); ok && k >= 1 && k < lua.LNumber(lua.MaxArrayIndex) && k == lua.LNumber(int(k)) {
		if n := len(*tableArray(t)); int(k) > n {
			key = lua.LNumber(n)
			if n == 0 {
				key = lua.LNil
			}
		}
	}
	return t.Next(key)
}
