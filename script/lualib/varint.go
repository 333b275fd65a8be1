package lualib

import (
	"errors"
	"math/bits"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A varForm is an encoding of integers in as many bytes as they need. The zero
// varForm is none.
type varForm uint8

const (
	_         varForm = iota
	varLEB            // base 128, the low bits first (LEB128: protobuf, MQTT, WebAssembly)
	varZigzag         // the same of zigzag: 0, -1, 1, -2 as 0, 1, 2, 3
	varBER            // base 128, the high bits first (BER, MIDI, Perl's w)
	varQUIC           // RFC 9000, 16: two bits say whether it is 1, 2, 4 or 8 bytes
)

// varForms maps the letters of a format to the forms.
var varForms = map[byte]varForm{'V': varLEB, 'v': varZigzag, 'w': varBER, 'Q': varQUIC}

// maxQUIC is the largest integer of varQUIC.
const maxQUIC = 1<<62 - 1

var (
	errVarShort = errors.New("data string too short")
	errVarLarge = errors.New("variable-length integer does not fit in 64 bits")
)

// appendVarint appends v, which is at most maxQUIC in that form.
func appendVarint(out []byte, form varForm, v uint64) []byte {
	switch form {
	case varZigzag:
		v = v<<1 ^ uint64(int64(v)>>63)
		fallthrough
	case varLEB:
		for ; v >= 0x80; v >>= 7 {
			out = append(out, byte(v)|0x80)
		}
		return append(out, byte(v))
	case varBER:
		for shift := (bits.Len64(v|1) - 1) / 7 * 7; shift > 0; shift -= 7 {
			out = append(out, byte(v>>shift)|0x80)
		}
		return append(out, byte(v&0x7f))
	}
	switch {
	case v < 1<<6:
		return append(out, byte(v))
	case v < 1<<14:
		return append(out, byte(v>>8)|0x40, byte(v))
	case v < 1<<30:
		return append(out, byte(v>>24)|0x80, byte(v>>16), byte(v>>8), byte(v))
	}
	out = append(out, byte(v>>56)|0xc0)
	for shift := 48; shift >= 0; shift -= 8 {
		out = append(out, byte(v>>shift))
	}
	return out
}

// readVarint decodes the integer at the beginning of s, and returns its size in
// bytes.
func readVarint(s string, form varForm) (v uint64, n int, err error) {
	if s == "" {
		return 0, 0, errVarShort
	}
	switch form {
	case varQUIC:
		n = 1 << (s[0] >> 6)
		if len(s) < n {
			return 0, 0, errVarShort
		}
		v = uint64(s[0] & 0x3f)
		for i := 1; i < n; i++ {
			v = v<<8 | uint64(s[i])
		}
		return v, n, nil
	case varBER:
		for n < len(s) {
			if v >= 1<<57 {
				return 0, 0, errVarLarge
			}
			v = v<<7 | uint64(s[n]&0x7f)
			if n++; s[n-1] < 0x80 {
				return v, n, nil
			}
		}
		return 0, 0, errVarShort
	}
	for n < len(s) {
		if n == 9 && s[n] > 1 {
			return 0, 0, errVarLarge
		}
		v |= uint64(s[n]&0x7f) << (7 * n)
		if n++; s[n-1] < 0x80 {
			if form == varZigzag {
				v = v>>1 ^ -(v & 1)
			}
			return v, n, nil
		}
	}
	return 0, 0, errVarShort
}

// appendPrefixed appends v as HPACK encodes it (RFC 7541, 5.1): in the low width
// bits of the first byte, whose high bits are flags, and in base 128 after that.
func appendPrefixed(out []byte, v uint64, width int, flags byte) []byte {
	full := uint64(1)<<width - 1
	if v < full {
		return append(out, flags|byte(v))
	}
	return appendVarint(append(out, flags|byte(full)), varLEB, v-full)
}

// readPrefixed decodes what appendPrefixed encodes, and returns its size in bytes.
func readPrefixed(s string, width int) (v uint64, flags byte, n int, err error) {
	if s == "" {
		return 0, 0, 0, errVarShort
	}
	full := byte(1<<width - 1)
	v, flags = uint64(s[0]&full), s[0]&^full
	if byte(v) < full {
		return v, flags, 1, nil
	}
	rest, n, err := readVarint(s[1:], varLEB)
	if err == nil && v+rest < rest {
		err = errVarLarge
	}
	return v + rest, flags, n + 1, err
}

var numberFunctions = []Function{
	{
		Name: "prefix.encode", Params: "n, bits [, flags]", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}}, Summary: "encode an integer as in HPACK (RFC 7541, 5.1): in the low bits of a byte whose high bits are flags, and in further bytes if needed",
		Example: `print(hex.encode(prefix.encode(10, 5)), hex.encode(prefix.encode(1337, 5, 0x80)))`, Prints: "0a\t9f9a0a\n",
		Run: func(L *lua.LState) int {
			n, width, flags := checkInt64(L, 1), checkPrefix(L), lua51.OptInt(L, 3, 0)
			if f, ok := L.Get(1).(lua.LNumber); ok && f < 0 {
				lua51.ArgError(L, 1, "the integer is negative")
			}
			if flags < 0 || flags > 0xff || flags&(1<<width-1) != 0 {
				lua51.ArgError(L, 3, "flags overlap the bits of the integer")
			}
			L.Push(lua.LString(appendPrefixed(nil, n, width, byte(flags))))
			return 1
		},
	},
	{
		Name: "prefix.decode", Params: "bytes, bits [, position]", Returns: []luadoc.Result{{Name: "integer", Type: "number"}, {Name: "position after it", Type: "integer"}, {Name: "flags", Type: "integer"}}, Summary: "decode an integer of prefix.encode; if bytes are missing, it raises code \"short\"",
		Example: `print(prefix.decode(hex.decode("9f9a0a"), 5))`, Prints: "1337\t4\t128\n",
		Run: func(L *lua.LState) int {
			s, width := lua51.CheckString(L, 1), checkPrefix(L)
			pos := lua51.Position(lua51.OptInt(L, 3, 1), len(s)) - 1
			if pos < 0 || pos > len(s) {
				lua51.ArgError(L, 3, "initial position out of string")
			}
			v, flags, n, err := readPrefixed(s[pos:], width)
			switch {
			case errors.Is(err, errVarShort):
				raiseCode(L, "prefix.decode", "short", err.Error())
			case err != nil:
				raiseCode(L, "prefix.decode", "bad", err.Error())
			}
			L.Push(intValue(L, v))
			L.Push(lua.LNumber(pos + n + 1))
			L.Push(lua.LNumber(flags))
			return 3
		},
	},
}

// checkPrefix returns argument 2, the number of bits that the integer has in the
// first byte.
func checkPrefix(L *lua.LState) int {
	width := lua51.CheckInt(L, 2)
	if width < 1 || width > 8 {
		lua51.ArgError(L, 2, "expected 1 to 8 bits")
	}
	return width
}
