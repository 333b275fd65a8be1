package lualib

import (
	"math"
	"strings"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// An unpacker decodes values from bytes, onto Lua's stack or into tables.
type unpacker struct {
	L   *lua.LState
	s   string
	pos int
	op  string // of what raises errors with a code; "" is unpack
}

// short raises an error: more bytes are needed.
func (u *unpacker) short() { u.fail("short", "data string too short") }

// fail raises an error about the bytes.
func (u *unpacker) fail(code, msg string) {
	if u.op == "" {
		lua51.ArgError(u.L, 2, msg)
	}
	raiseCode(u.L, u.op, code, msg)
}

// layout decodes the values of a layout into t, or pushes them if t is nil.
func (u *unpacker) layout(l *layout, t *lua.LTable) {
	n := 0
	for i := range l.items {
		it := &l.items[i]
		pad := it.padding(u.pos)
		if pad > len(u.s)-u.pos || it.size > len(u.s)-u.pos-pad {
			u.short()
		}
		u.pos += pad
		switch it.kind {
		case packPad:
			u.pos++
		case packAlign:
		case packBits:
			n = u.bits(it, t, n)
		default:
			n++
			u.put(t, it.name, n, u.value(it))
		}
	}
}

// put stores the n-th value.
func (u *unpacker) put(t *lua.LTable, name string, n int, v lua.LValue) {
	switch {
	case t == nil && n > lua51.MaxResults:
		lua51.Raise(u.L, 1, "too many results")
	case t == nil:
		u.L.Push(v)
	case name != "":
		t.RawSetString(name, v)
	default:
		t.RawSetInt(n, v)
	}
}

// value decodes one value; the caller has checked that its fixed part is there.
func (u *unpacker) value(it *packItem) lua.LValue {
	from := u.pos
	u.pos += it.size
	switch it.kind {
	case packInt, packUint:
		return unpackInteger(u.L, it, u.s[from:u.pos])
	case packVarint:
		return u.varValue(it.form)
	case packFloat:
		return lua.LNumber(math.Float32frombits(uint32(it.bytes(u.s[from : from+4]))))
	case packDouble:
		return lua.LNumber(math.Float64frombits(it.bytes(u.s[from : from+8])))
	case packChars:
		return lua.LString(u.s[from:u.pos])
	case packString:
		u.pos = from
		n := u.count(it.length)
		if n > uint64(len(u.s)-u.pos) {
			u.short()
		}
		from, u.pos = u.pos, u.pos+int(n)
		return lua.LString(u.s[from:u.pos])
	case packZero:
		n := strings.IndexByte(u.s[from:], 0)
		if n < 0 {
			u.fail("short", "unfinished string for format 'z'")
		}
		u.pos += n + 1
		return lua.LString(u.s[from : from+n])
	case packList:
		return u.list(it)
	}
	return lua.LNil
}

func (u *unpacker) varValue(form varForm) lua.LValue {
	v := u.varint(form)
	if form == varZigzag {
		return intValue(u.L, int64(v))
	}
	return intValue(u.L, v)
}

func (u *unpacker) varint(form varForm) uint64 {
	v, n, err := readVarint(u.s[u.pos:], form)
	switch err {
	case nil:
	case errVarShort:
		u.short()
	default:
		u.fail("bad", err.Error())
	}
	u.pos += n
	return v
}

// count decodes the length of what follows.
func (u *unpacker) count(it *packItem) uint64 {
	if it.kind == packVarint {
		n := u.varint(it.form)
		if it.form == varZigzag && int64(n) < 0 {
			u.fail("bad", "negative length")
		}
		return n
	}
	if it.size > len(u.s)-u.pos {
		u.short()
	}
	low := lowBytes(u.L, it, u.s[u.pos:u.pos+it.size])
	u.pos += it.size
	n := it.bytes(low)
	if shift := 64 - 8*len(low); it.kind == packInt && int64(n<<shift) < 0 {
		u.fail("bad", "negative length")
	}
	return n
}

func (u *unpacker) list(it *packItem) lua.LValue {
	n := uint64(math.MaxUint64)
	if it.length != nil {
		// A list that cannot fit in the rest is refused before memory is allocated.
		if n = u.count(it.length); n > uint64(len(u.s)-u.pos)/uint64(it.list.least) {
			u.short()
		}
	}
	t := u.L.NewTable()
	for i := uint64(0); i < n && (it.length != nil || u.pos < len(u.s)); i++ {
		if !it.list.named && it.list.values == 1 {
			t.Append(u.single(it.list))
			continue
		}
		row := u.L.NewTable()
		u.layout(it.list, row)
		t.Append(row)
	}
	return t
}

// single decodes a layout that has one value.
func (u *unpacker) single(l *layout) (v lua.LValue) {
	if len(l.items) == 1 && l.items[0].kind != packBits {
		it := &l.items[0]
		pad := it.padding(u.pos)
		if pad > len(u.s)-u.pos || it.size > len(u.s)-u.pos-pad {
			u.short()
		}
		u.pos += pad
		return u.value(it)
	}
	row := u.L.NewTable()
	u.layout(l, row)
	return row.RawGetInt(1)
}

// bits decodes bit fields, the first from the highest bits, and returns n plus
// their number.
func (u *unpacker) bits(it *packItem, t *lua.LTable, n int) int {
	at := 8 * u.pos
	for _, f := range it.bits {
		v := uint64(0)
		for range f.width {
			v = v<<1 | uint64(u.s[at/8]>>(7-at%8)&1)
			at++
		}
		n++
		u.put(t, f.name, n, lua.LNumber(v))
	}
	u.pos += it.size
	return n
}

// bytes decodes at most 8 bytes in the item's byte order.
func (it *packItem) bytes(s string) uint64 {
	var v uint64
	switch { // the loops below, unrolled
	case len(s) == 1:
		return uint64(s[0])
	case len(s) == 2 && !it.little:
		return uint64(s[0])<<8 | uint64(s[1])
	case len(s) == 4 && !it.little:
		return uint64(s[0])<<24 | uint64(s[1])<<16 | uint64(s[2])<<8 | uint64(s[3])
	}
	if it.little {
		for i := len(s) - 1; i >= 0; i-- {
			v = v<<8 | uint64(s[i])
		}
		return v
	}
	for i := 0; i < len(s); i++ {
		v = v<<8 | uint64(s[i])
	}
	return v
}

// lowBytes returns the low 8 bytes of an integer. It raises an error unless all
// other bytes repeat the sign.
func lowBytes(L *lua.LState, it *packItem, s string) string {
	if len(s) <= 8 {
		return s
	}
	low, high := s[:8], s[8:]
	sign := low[7]
	if !it.little {
		high, low = s[:len(s)-8], s[len(s)-8:]
		sign = low[0]
	}
	for i := 0; i < len(high); i++ {
		if high[i] != 0 && !(it.kind == packInt && high[i] == 0xff && sign >= 0x80) || it.kind == packInt && sign >= 0x80 && high[i] != 0xff {
			lua51.Raise(L, 1, "%d-byte integer does not fit into Lua Integer", len(s))
		}
	}
	return low
}

func unpackInteger(L *lua.LState, it *packItem, s string) lua.LValue {
	if it.kind == packUint && it.size <= 4 {
		return lua.LNumber(it.bytes(s))
	}
	low := lowBytes(L, it, s)
	v := it.bytes(low)
	if it.kind == packUint {
		return intValue(L, v)
	}
	if shift := 64 - 8*len(low); shift > 0 {
		return lua.LNumber(int64(v<<shift) >> shift)
	}
	return intValue(L, int64(v))
}
