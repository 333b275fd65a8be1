package script

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// pack, unpack and packsize are string.pack, string.unpack and string.packsize
// of Lua 5.3 (manual, 6.4.2), with its words for errors. Integers that a number
// can't hold exactly are 64-bit integers (see int64). The native sizes are
// those of a 64-bit machine of today, whatever the machine: a protocol does not
// depend on it.

var packFunctions = []Function{
	{
		Name: "pack", Params: "format, value...", Gives: "a string of bytes",
		Summary: "values as bytes, in the formats of Lua 5.3's string.pack",
		Help: `The format is made of: < little endian, > big endian, = native, !N alignment at most N; b B a byte, h H 2 bytes, i[N] I[N] N bytes (4), l L j J T 8 bytes (small letters signed), f d n floats of 4, 8 and 8;
sN a string with its length in N bytes before it (8), z a string with a zero byte after it, cN a string of N bytes; x one byte of padding, Xop padding to the alignment of op. Spaces are left out.`,
		Example: `print(hex.encode(pack(">I2 s1 z", 443, "abc", "x"), " "))`, Prints: "01 bb 03 61 62 63 78 00\n",
		run: luaPack,
	},
	{
		Name: "unpack", Params: "format, bytes [, position]", Gives: "the values, and the position after the last byte read",
		Summary: "the values that bytes hold, in the formats of pack; of a table, Lua 5.1's unpack",
		Example: `print(unpack(">I2 s1", "\1\187\3abc..."))`, Prints: "443\tabc\t7\n",
		run: luaUnpack,
	},
	{
		Name: "packsize", Params: "format", Gives: "a number of bytes",
		Summary: "how many bytes pack makes of a format without s and z",
		Example: `print(packsize("<I4 I2 c8"))`, Prints: "14\n",
		run: luaPackSize,
	},
	{Name: "string.pack", Params: "format, value...", Gives: "a string of bytes", Summary: "pack, by the name that Lua 5.3 has", Example: `print(#string.pack("j", 1))`, Prints: "8\n", run: luaPack},
	{Name: "string.unpack", Params: "format, bytes [, position]", Gives: "the values, and the position after them", Summary: "unpack, by the name that Lua 5.3 has", Example: `print(string.unpack("B", "A"))`, Prints: "65\t2\n", run: luaUnpack},
	{Name: "string.packsize", Params: "format", Gives: "a number of bytes", Summary: "packsize, by the name that Lua 5.3 has", Example: `print(string.packsize("!8 b d"))`, Prints: "16\n", run: luaPackSize},
}

type packKind uint8

const (
	packInt packKind = iota
	packUint
	packFloat
	packDouble
	packChars  // c
	packString // s
	packZero   // z
	packPad    // x
	packAlign  // X
)

// A packItem is one option of a format.
type packItem struct {
	kind   packKind
	size   int
	align  int // what its position is a multiple of, at least 1
	little bool
}

const (
	maxIntegerSize = 16
	nativeAlign    = 8
)

// maxPacked is how large a result may be.
const maxPacked = 1 << 30

// packFormats keeps formats that were parsed, each in the place that its text
// leads to: a protocol has few of them, and a lock or a map would cost as much
// as the packing.
var packFormats [64]atomic.Pointer[parsedFormat]

type parsedFormat struct {
	text  string
	items []packItem
}

// packFormat parses a format, or says what is wrong with it.
func packFormat(text string) ([]packItem, error) {
	place := &packFormats[0]
	if n := len(text); n > 0 {
		place = &packFormats[(n*7+int(text[n-1])+int(text[n/2])*3)%len(packFormats)]
	}
	if f := place.Load(); f != nil && f.text == text {
		return f.items, nil
	}
	var items []packItem
	p := formatParser{rest: text, little: true, maxAlign: 1}
	for p.rest != "" {
		if err := p.option(&items); err != nil {
			return nil, err
		}
	}
	place.Store(&parsedFormat{strings.Clone(text), items})
	return items, nil
}

type formatParser struct {
	rest     string
	little   bool
	maxAlign int
}

// number reads decimal digits, def without any.
func (p *formatParser) number(def int) int {
	i, n := 0, 0
	for i < len(p.rest) && '0' <= p.rest[i] && p.rest[i] <= '9' {
		if n < math.MaxInt32 {
			n = n*10 + int(p.rest[i]-'0')
		}
		i++
	}
	p.rest = p.rest[i:]
	if i == 0 {
		return def
	}
	return n
}

func (p *formatParser) integerSize(def int) (int, error) {
	n := p.number(def)
	if n < 1 || n > maxIntegerSize {
		return 0, fmt.Errorf("integral size (%d) out of limits [1,%d]", n, maxIntegerSize)
	}
	return n, nil
}

// item reads one option that stands for a value or for padding; ok is false
// for one that sets how the others are read.
func (p *formatParser) item() (it packItem, ok bool, err error) {
	c := p.rest[0]
	p.rest = p.rest[1:]
	it.little = p.little
	switch c {
	case 'b', 'B':
		it.size = 1
	case 'h', 'H':
		it.size = 2
	case 'i', 'I':
		it.size, err = p.integerSize(4)
	case 'l', 'L', 'j', 'J', 'T':
		it.size = 8
	case 'f':
		it.kind, it.size = packFloat, 4
		return it, true, nil
	case 'd', 'n':
		it.kind, it.size = packDouble, 8
		return it, true, nil
	case 's':
		it.kind = packString
		it.size, err = p.integerSize(8)
		return it, true, err
	case 'c':
		it.kind = packChars
		if it.size = p.number(-1); it.size < 0 {
			err = fmt.Errorf("missing size for format option 'c'")
		}
		return it, true, err
	case 'z':
		it.kind = packZero
		return it, true, nil
	case 'x':
		it.kind, it.size = packPad, 1
		return it, true, nil
	case 'X':
		it.kind = packAlign
		return it, true, nil
	case ' ':
		return it, false, nil
	case '<', '=':
		p.little = true
		return it, false, nil
	case '>':
		p.little = false
		return it, false, nil
	case '!':
		p.maxAlign, err = p.integerSize(nativeAlign)
		return it, false, err
	default:
		return it, false, fmt.Errorf("invalid format option '%c'", c)
	}
	if strings.IndexByte("BHILJT", c) >= 0 {
		it.kind = packUint
	}
	return it, true, err
}

// option reads one option and adds it to the items if it is one.
func (p *formatParser) option(items *[]packItem) error {
	it, ok, err := p.item()
	if err != nil || !ok {
		return err
	}
	it.align = it.size
	switch it.kind {
	case packAlign:
		if p.rest == "" {
			return fmt.Errorf("invalid next option for option 'X'")
		}
		next, ok, err := p.item()
		if err != nil {
			return err
		}
		if !ok || next.kind == packChars || next.size == 0 {
			return fmt.Errorf("invalid next option for option 'X'")
		}
		it.align = next.size
	case packChars, packPad, packZero:
		it.align = 1
	}
	it.align = min(it.align, p.maxAlign)
	if it.align > 1 && it.align&(it.align-1) != 0 {
		return fmt.Errorf("format asks for alignment not power of 2")
	}
	it.align = max(it.align, 1)
	*items = append(*items, it)
	return nil
}

// padding is how many bytes are left out before it at a position.
func (it *packItem) padding(pos int) int { return -pos & (it.align - 1) }

func checkFormat(L *lua.LState) []packItem {
	items, err := packFormat(checkString(L, 1))
	if err != nil {
		argError(L, 1, err.Error())
	}
	return items
}

func luaPack(L *lua.LState) int {
	var room [64]byte
	out := room[:0]
	arg := 1
	items := checkFormat(L)
	for i := range items {
		it := &items[i]
		for range it.padding(len(out)) {
			out = append(out, 0)
		}
		if it.kind < packPad {
			arg++
		}
		switch it.kind {
		case packInt, packUint:
			out = appendInteger(out, it, packedInteger(L, arg, it))
		case packFloat:
			out = appendBytes(out, it, uint64(math.Float32bits(float32(checkNumber(L, arg)))))
		case packDouble:
			out = appendBytes(out, it, math.Float64bits(checkNumber(L, arg)))
		case packChars:
			s := checkString(L, arg)
			if len(s) > it.size {
				argError(L, arg, "string longer than given size")
			}
			checkPacked(L, len(out)+it.size)
			out = append(out, s...)
			out = append(out, make([]byte, it.size-len(s))...)
		case packString:
			s := checkString(L, arg)
			if it.size < 8 && len(s) >= 1<<(8*it.size) {
				argError(L, arg, "string length does not fit in given size")
			}
			out = appendInteger(out, it, uint64(len(s)))
			out = append(out, s...)
		case packZero:
			s := checkString(L, arg)
			if strings.IndexByte(s, 0) >= 0 {
				argError(L, arg, "string contains zeros")
			}
			out = append(append(out, s...), 0)
		case packPad:
			out = append(out, 0)
		}
		checkPacked(L, len(out))
	}
	L.Push(lua.LString(out))
	return 1
}

func checkPacked(L *lua.LState, n int) {
	if n > maxPacked {
		argError(L, 1, "format result too large")
	}
}

// packedInteger takes an integer argument that fits the item.
func packedInteger(L *lua.LState, arg int, it *packItem) uint64 {
	v := L.Get(arg)
	_, signed, wide := wideOf(v)
	if !wide {
		f := checkNumber(L, arg)
		if f != math.Trunc(f) || f < -1<<63 || f >= 1<<64 {
			argError(L, arg, "number has no integer representation")
		}
		v, signed = lua.LNumber(f), f < 1<<63
	}
	bits, _ := toWide(v)
	switch {
	case it.kind == packUint && it.size < 8 && bits>>(8*it.size) != 0:
		argError(L, arg, "unsigned overflow")
	case it.kind == packInt && it.size < 8 && (int64(bits) < -1<<(8*it.size-1) || int64(bits) >= 1<<(8*it.size-1) || !signed && int64(bits) < 0):
		argError(L, arg, "integer overflow")
	}
	return bits
}

// appendInteger appends the low bytes of v, and its sign where the item is
// larger than 8 bytes.
func appendInteger(out []byte, it *packItem, v uint64) []byte {
	if it.size <= 8 {
		return appendBytes(out, it, v)
	}
	fill := byte(0)
	if it.kind == packInt && int64(v) < 0 {
		fill = 0xff
	}
	var wide [maxIntegerSize]byte
	for i := range wide {
		wide[i] = fill
	}
	if it.little {
		binary.LittleEndian.PutUint64(wide[:], v)
	} else {
		binary.BigEndian.PutUint64(wide[it.size-8:], v)
	}
	return append(out, wide[:it.size]...)
}

// appendBytes appends the low bytes of v, as many as the item has, at most 8.
func appendBytes(out []byte, it *packItem, v uint64) []byte {
	if it.little {
		for i := 0; i < it.size; i++ {
			out = append(out, byte(v>>(8*i)))
		}
		return out
	}
	for i := it.size - 1; i >= 0; i-- {
		out = append(out, byte(v>>(8*i)))
	}
	return out
}

func luaUnpack(L *lua.LState) int {
	if _, ok := L.Get(1).(lua.LString); !ok {
		return unpack(L)
	}
	items := checkFormat(L)
	s := checkString(L, 2)
	pos := position(optInt(L, 3, 1), len(s)) - 1
	if pos < 0 || pos > len(s) {
		argError(L, 3, "initial position out of string")
	}
	top := L.GetTop()
	for i := range items {
		it := &items[i]
		pad := it.padding(pos)
		if pad > len(s)-pos || it.size > len(s)-pos-pad {
			argError(L, 2, "data string too short")
		}
		pos += pad
		switch it.kind {
		case packInt, packUint:
			L.Push(unpackInteger(L, it, s[pos:pos+it.size]))
		case packFloat:
			L.Push(lua.LNumber(math.Float32frombits(uint32(it.bytes(s[pos : pos+4])))))
		case packDouble:
			L.Push(lua.LNumber(math.Float64frombits(it.bytes(s[pos : pos+8]))))
		case packChars:
			L.Push(lua.LString(s[pos : pos+it.size]))
		case packString:
			n := it.bytes(lowBytes(L, it, s[pos:pos+it.size]))
			pos += it.size
			if n > uint64(len(s)-pos) {
				argError(L, 2, "data string too short")
			}
			L.Push(lua.LString(s[pos : pos+int(n)]))
			pos += int(n) - it.size
		case packZero:
			n := strings.IndexByte(s[pos:], 0)
			if n < 0 {
				argError(L, 2, "unfinished string for format 'z'")
			}
			L.Push(lua.LString(s[pos : pos+n]))
			pos += n + 1
		}
		pos += it.size
		if L.GetTop()-top > maxResults {
			raise(L, 1, "too many results")
		}
	}
	L.Push(lua.LNumber(pos + 1))
	return L.GetTop() - top
}

// bytes reads at most 8 bytes.
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

// lowBytes returns the low 8 bytes of an integer, of which the others may only
// repeat its sign.
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
			raise(L, 1, "%d-byte integer does not fit into Lua Integer", len(s))
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

func luaPackSize(L *lua.LState) int {
	total := 0
	for _, it := range checkFormat(L) {
		if it.kind == packString || it.kind == packZero {
			argError(L, 1, "variable-length format")
		}
		total += it.padding(total) + it.size
		if total > math.MaxInt32 {
			argError(L, 1, "format result too large")
		}
	}
	L.Push(lua.LNumber(total))
	return 1
}
