package lualib

import (
	"fmt"
	"math"
	"math/bits"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// The functions of bit are those of LuaJIT's BitOp. On numbers they work with 32
// bits and return a signed number; if an operand is a 64-bit integer, they work
// with 64 bits.
var bitFunctions = []Function{
	{
		Name: "bit.tobit", Params: "x", Returns: []luadoc.Result{{Type: "number"}}, Summary: "convert the low 32 bits of x to a signed number",
		Example: "print(bit.tobit(0xffffffff), bit.tobit(2^32 + 5))", Prints: "-1\t5\n",
		Run: bitUnary(func(v uint64, _ int) uint64 { return v }),
	},
	{
		Name: "bit.tohex", Params: "x [, n]", Returns: []luadoc.Result{{Type: "string"}}, Summary: "convert x to n hex digits, upper case if n is negative; default 8, or 16 for a 64-bit integer",
		Example: "print(bit.tohex(255), bit.tohex(255, 2), bit.tohex(255, -4))", Prints: "000000ff\tff\t00FF\n",
		Run: bitToHex,
	},
	{
		Name: "bit.bnot", Params: "x", Returns: []luadoc.Result{{Type: "number"}}, Summary: "invert all bits of x",
		Example: "print(bit.bnot(0))", Prints: "-1\n",
		Run: bitUnary(func(v uint64, _ int) uint64 { return ^v }),
	},
	{
		Name: "bit.band", Params: "x, ...", Returns: []luadoc.Result{{Type: "number"}}, Summary: "bitwise and",
		Example: "print(bit.band(0x1234, 0xff))", Prints: "52\n",
		Run: bitFold(func(a, b uint64) uint64 { return a & b }),
	},
	{
		Name: "bit.bor", Params: "x, ...", Returns: []luadoc.Result{{Type: "number"}}, Summary: "bitwise or",
		Example: "print(bit.bor(1, 2, 4))", Prints: "7\n",
		Run: bitFold(func(a, b uint64) uint64 { return a | b }),
	},
	{
		Name: "bit.bxor", Params: "x, ...", Returns: []luadoc.Result{{Type: "number"}}, Summary: "bitwise exclusive or",
		Example: "print(bit.bxor(0xff, 0x0f))", Prints: "240\n",
		Run: bitFold(func(a, b uint64) uint64 { return a ^ b }),
	},
	{
		Name: "bit.lshift", Params: "x, n", Returns: []luadoc.Result{{Type: "number"}}, Summary: "shift x left by n bits",
		Example: "print(bit.lshift(1, 10), bit.lshift(1, 31))", Prints: "1024\t-2147483648\n",
		Run: bitShift(func(v uint64, n, width int) uint64 { return v << n }),
	},
	{
		Name: "bit.rshift", Params: "x, n", Returns: []luadoc.Result{{Type: "number"}}, Summary: "shift x right by n bits, filling with zeros",
		Example: "print(bit.rshift(-1, 28))", Prints: "15\n",
		Run: bitShift(func(v uint64, n, width int) uint64 { return v >> n }),
	},
	{
		Name: "bit.arshift", Params: "x, n", Returns: []luadoc.Result{{Type: "number"}}, Summary: "shift x right by n bits, filling with the sign bit",
		Example: "print(bit.arshift(-256, 4))", Prints: "-16\n",
		Run: bitShift(func(v uint64, n, width int) uint64 {
			if width == 32 {
				return uint64(int32(v) >> n)
			}
			return uint64(int64(v) >> n)
		}),
	},
	{
		Name: "bit.rol", Params: "x, n", Returns: []luadoc.Result{{Type: "number"}}, Summary: "rotate x left by n bits",
		Example: "print(bit.tohex(bit.rol(0x12345678, 8)))", Prints: "34567812\n",
		Run: bitShift(rotate),
	},
	{
		Name: "bit.ror", Params: "x, n", Returns: []luadoc.Result{{Type: "number"}}, Summary: "rotate x right by n bits",
		Example: "print(bit.tohex(bit.ror(0x12345678, 8)))", Prints: "78123456\n",
		Run: bitShift(func(v uint64, n, width int) uint64 { return rotate(v, width-n, width) }),
	},
	{
		Name: "bit.bswap", Params: "x", Returns: []luadoc.Result{{Type: "number"}}, Summary: "reverse the bytes of x",
		Example: "print(bit.tohex(bit.bswap(0x12345678)))", Prints: "78563412\n",
		Run: bitUnary(func(v uint64, width int) uint64 {
			if width == 32 {
				return uint64(bits.ReverseBytes32(uint32(v)))
			}
			return bits.ReverseBytes64(v)
		}),
	},
}

func rotate(v uint64, n, width int) uint64 {
	if width == 32 {
		return uint64(bits.RotateLeft32(uint32(v), n))
	}
	return bits.RotateLeft64(v, n)
}

// bitOperand returns argument n as bits. A number is rounded and reduced modulo
// 2^32, as BitOp does; is64 tells that it is a 64-bit integer.
func bitOperand(L *lua.LState, n int) (v uint64, is64 bool) {
	if v, _, ok := lua51.Int64Of(L.Get(n)); ok {
		return v, true
	}
	f := math.RoundToEven(lua51.CheckNumber(L, n))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, false
	}
	if math.Abs(f) < 1<<63 {
		return uint64(int64(f)), false
	}
	return uint64(int64(math.Mod(f, 1<<32))), false
}

// pushBits pushes a result of the type that like has: a signed number of 32 bits,
// or a 64-bit integer.
func pushBits(L *lua.LState, v uint64, like lua.LValue) int {
	_, signed, is64 := lua51.Int64Of(like)
	switch {
	case !is64:
		L.Push(lua.LNumber(int32(v)))
	case signed:
		L.Push(newInt(L, int64(v)))
	default:
		L.Push(newInt(L, v))
	}
	return 1
}

func bitUnary(op func(v uint64, width int) uint64) lua.LGFunction {
	return func(L *lua.LState) int {
		v, is64 := bitOperand(L, 1)
		width := 32
		if is64 {
			width = 64
		}
		return pushBits(L, op(v, width), L.Get(1))
	}
}

func bitFold(op func(a, b uint64) uint64) lua.LGFunction {
	return func(L *lua.LState) int {
		like := lua51.CheckAny(L, 1)
		v, _ := bitOperand(L, 1)
		for i := 2; i <= L.GetTop(); i++ {
			b, is64 := bitOperand(L, i)
			if _, signed, w := lua51.Int64Of(like); is64 && (!w || signed) {
				like = L.Get(i)
			}
			v = op(v, b)
		}
		return pushBits(L, v, like)
	}
}

func bitShift(op func(v uint64, n, width int) uint64) lua.LGFunction {
	return func(L *lua.LState) int {
		v, is64 := bitOperand(L, 1)
		n, _ := bitOperand(L, 2)
		if is64 {
			return pushBits(L, op(v, int(n&63), 64), L.Get(1))
		}
		return pushBits(L, op(v&math.MaxUint32, int(n&31), 32), L.Get(1))
	}
}

func bitToHex(L *lua.LState) int {
	v, is64 := bitOperand(L, 1)
	width := 8
	if is64 {
		width = 16
	}
	n := lua51.OptInt(L, 2, width)
	format := "%0*x"
	if n < 0 {
		n, format = -n, "%0*X"
	}
	n = min(max(n, 0), width)
	if n == 0 {
		L.Push(lua.LString(""))
		return 1
	}
	if n < 16 {
		v &= 1<<(4*n) - 1
	}
	L.Push(lua.LString(fmt.Sprintf(format, n, v)))
	return 1
}
