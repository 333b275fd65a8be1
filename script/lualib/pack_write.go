package lualib

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A packer encodes values: the arguments of pack, or the fields of tables.
type packer struct {
	L    *lua.LState
	out  []byte
	arg  int        // the argument that is packed
	path []packStep // where in it, if it is a table
}

// A packStep is one field on the path to a value: its name or its index.
type packStep struct {
	name  string
	index int
}

// bad raises an error about the current value.
func (p *packer) bad(msg string) {
	if len(p.path) == 0 {
		lua51.ArgError(p.L, p.arg, msg)
	}
	var b strings.Builder
	for _, s := range p.path {
		switch {
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		case b.Len() == 0:
			b.WriteString(s.name)
		default:
			b.WriteString("." + s.name)
		}
	}
	lua51.ArgError(p.L, p.arg, "field "+b.String()+": "+msg)
}

func (p *packer) badType(want string, v lua.LValue) {
	got := v.Type().String()
	if len(p.path) == 0 {
		got = lua51.TypeName(p.L, p.arg)
	}
	p.bad(want + " expected, got " + got)
}

func (p *packer) number(v lua.LValue) float64 {
	f, ok := lua51.ToNumber(v)
	if !ok {
		p.badType("number", v)
	}
	return f
}

func (p *packer) text(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return lua51.FormatNumber(float64(v))
	}
	p.badType("string", v)
	return ""
}

func (p *packer) grow(n int) {
	if len(p.out)+n > maxPacked {
		lua51.ArgError(p.L, 1, "format result too large")
	}
}

// A source says where the values of a layout are: in the table t or, if t is nil,
// among the arguments.
type source struct {
	t    *lua.LTable
	n    int        // how many were taken
	only lua.LValue // the one value there is, if it is not nil
}

func (p *packer) next(from *source, name string) lua.LValue {
	from.n++
	switch {
	case from.only != nil:
		return from.only
	case from.t == nil:
		p.arg++
		return p.L.Get(p.arg)
	}
	p.path[len(p.path)-1] = packStep{name, from.n}
	if name != "" {
		return from.t.RawGetString(name)
	}
	return from.t.RawGetInt(from.n)
}

// layout encodes the values of a layout.
func (p *packer) layout(l *layout, from source) {
	if from.t != nil {
		p.path = append(p.path, packStep{})
	}
	for i := range l.items {
		it := &l.items[i]
		for range it.padding(len(p.out)) {
			p.out = append(p.out, 0)
		}
		switch it.kind {
		case packPad:
			p.out = append(p.out, 0)
		case packAlign:
		case packBits:
			p.bits(it, &from)
		default:
			p.value(it, p.next(&from, it.name))
		}
		p.grow(0)
	}
	if from.t != nil {
		p.path = p.path[:len(p.path)-1]
	}
}

func (p *packer) value(it *packItem, v lua.LValue) {
	switch it.kind {
	case packInt, packUint, packVarint:
		p.integer(it, v)
	case packFloat:
		p.out = appendBytes(p.out, it, 4, uint64(math.Float32bits(float32(p.number(v)))))
	case packDouble:
		p.out = appendBytes(p.out, it, 8, math.Float64bits(p.number(v)))
	case packChars:
		s := p.text(v)
		if len(s) > it.size {
			p.bad("string longer than given size")
		}
		p.grow(it.size)
		p.out = append(p.out, s...)
		p.out = append(p.out, make([]byte, it.size-len(s))...)
	case packString:
		s := p.text(v)
		p.grow(len(s))
		p.count(it.length, len(s), "string length does not fit in given size")
		p.out = append(p.out, s...)
	case packZero:
		s := p.text(v)
		p.grow(len(s))
		if strings.IndexByte(s, 0) >= 0 {
			p.bad("string contains zeros")
		}
		p.out = append(append(p.out, s...), 0)
	case packList:
		p.list(it, v)
	}
}

// count encodes the length of what follows.
func (p *packer) count(it *packItem, n int, tooMany string) {
	bits := 8 * it.size
	if it.kind == packInt {
		bits--
	}
	if it.kind != packVarint && bits < 63 && n>>bits != 0 {
		p.bad(tooMany)
	}
	if it.kind == packVarint {
		p.out = appendVarint(p.out, it.form, uint64(n))
		return
	}
	p.out = appendInteger(p.out, it, uint64(n))
}

func (p *packer) list(it *packItem, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		p.badType("table", v)
	}
	n := t.Len()
	if it.length != nil {
		p.count(it.length, n, "list length does not fit in given size")
	}
	last := len(p.path)
	p.path = append(p.path, packStep{})
	for i := 1; i <= n; i++ {
		p.path[last].index = i
		v := t.RawGetInt(i)
		if !it.list.named && it.list.values == 1 {
			p.layout(it.list, source{only: v})
			continue
		}
		row, ok := v.(*lua.LTable)
		if !ok {
			p.badType("table", v)
		}
		p.layout(it.list, source{t: row})
	}
	p.path = p.path[:last]
}

// bits encodes bit fields, the first in the highest bits.
func (p *packer) bits(it *packItem, from *source) {
	start := len(p.out)
	p.out = append(p.out, make([]byte, it.size)...)
	at := 0
	for _, f := range it.bits {
		v := p.next(from, f.name)
		var n float64
		switch b := v.(type) {
		case lua.LBool:
			if b {
				n = 1
			}
		default:
			n = p.number(v)
		}
		if n != math.Trunc(n) || n < 0 || n >= float64(uint64(1)<<f.width) {
			p.bad(fmt.Sprintf("%s does not fit in %s", lua51.FormatNumber(n), show.Count(f.width, "bit")))
		}
		bits := uint64(n)
		for i := f.width - 1; i >= 0; i-- {
			p.out[start+at/8] |= byte(bits>>i&1) << (7 - at%8)
			at++
		}
	}
}

// integer encodes an integer, or raises that it does not fit the item.
func (p *packer) integer(it *packItem, v lua.LValue) {
	bits, signed, ok := lua51.Int64Of(v)
	if !ok {
		f := p.number(v)
		if bits, ok = wholeBits(f); !ok {
			p.bad("number has no integer representation")
		}
		signed = f < 1<<63
	}
	negative := signed && int64(bits) < 0
	if it.kind == packVarint {
		switch {
		case it.form == varZigzag && !signed && int64(bits) < 0:
			p.bad("integer overflow")
		case it.form != varZigzag && negative:
			p.bad("unsigned overflow")
		case it.form == varQUIC && bits > maxQUIC:
			p.bad("unsigned overflow")
		}
		p.out = appendVarint(p.out, it.form, bits)
		return
	}
	switch {
	case it.kind == packUint && it.size < 8 && bits>>(8*it.size) != 0:
		p.bad("unsigned overflow")
	case it.kind == packInt && it.size < 8 && (int64(bits) < -1<<(8*it.size-1) || int64(bits) >= 1<<(8*it.size-1) || !signed && int64(bits) < 0):
		p.bad("integer overflow")
	}
	p.out = appendInteger(p.out, it, bits)
}

// appendInteger appends v in the item's size; above 8 bytes it is sign-extended.
func appendInteger(out []byte, it *packItem, v uint64) []byte {
	if it.size <= 8 {
		return appendBytes(out, it, it.size, v)
	}
	fill := byte(0)
	if it.kind == packInt && int64(v) < 0 {
		fill = 0xff
	}
	var buf [maxIntegerSize]byte
	for i := range buf {
		buf[i] = fill
	}
	if it.little {
		binary.LittleEndian.PutUint64(buf[:], v)
	} else {
		binary.BigEndian.PutUint64(buf[it.size-8:], v)
	}
	return append(out, buf[:it.size]...)
}

// appendBytes appends the size low bytes of v, at most 8.
func appendBytes(out []byte, it *packItem, size int, v uint64) []byte {
	if it.little {
		for i := range size {
			out = append(out, byte(v>>(8*i)))
		}
		return out
	}
	for i := size - 1; i >= 0; i-- {
		out = append(out, byte(v>>(8*i)))
	}
	return out
}
