package lualib

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// BER (X.690) and Lua: an element is a table with the bytes of its identifier
// as the number tag, and either value, or, if it is constructed, its elements
// from 1 on.

// maxBERDepth limits how deep elements may be nested, in both directions.
const maxBERDepth = 100

// maxBERElements limits how many elements a call of decode returns: each is a
// table, which takes a hundred times as much memory as the two bytes of an empty
// element.
const maxBERElements = 100_000

// The identifiers of universal types whose values are not strings.
const (
	berBoolean    = 0x01
	berInteger    = 0x02
	berObject     = 0x06
	berEnumerated = 0x0a
)

const berConstructed = 0x20

var errBERShort = errors.New("more bytes are needed")

var berFunctions = []Function{
	{
		Name: "ber.encode", Params: "element", Returns: []luadoc.Result{{Type: "string", Doc: "a string of bytes"}},
		Summary: "encode an element of ASN.1 in BER, in the shortest form (lengths and integers as in DER)",
		Help: `An element is {tag = 0x04, value = "bytes"}, or constructed: {tag = 0x30, element...}. The tag is the identifier byte (or bytes) as sent: 0x02 for an integer, 0x30 for a sequence, 0xa0 for a context tag.
With any tag, a number or a 64-bit integer is encoded as an INTEGER, and true or false as a BOOLEAN. The value for tag 0x06 is an object identifier in digits: "1.3.6.1".`,
		Example: `local bind = ber.encode{tag = 0x30, {tag = 0x02, value = 1}, {tag = 0x60, {tag = 0x02, value = 3}, {tag = 0x04, value = ""}, {tag = 0x80, value = ""}}}
print(hex.encode(bind))`,
		Prints: "300c020101600702010304008000\n",
		Run:    berEncode,
	},
	{
		Name: "ber.decode", Params: "bytes [, position]", Returns: []luadoc.Result{{Type: "table"}, {Name: "position after the element", Type: "integer"}}, Summary: "decode the BER element that begins at a position; lengths may have any form",
		Help: `The result has the form that ber.encode takes. Values of the universal types 0x01, 0x02, 0x06 and 0x0a are decoded; integers of more than 64 bits and all other values remain bytes. If bytes are missing, it raises code "short"; if bytes are invalid, code "bad".`,
		Example: `local e, next = ber.decode(hex.decode("300c020101600702010304008000"))
print(e.tag, e[1].value, e[2].tag, #e[2], next)`,
		Prints: "48\t1\t96\t3\t15\n",
		Run: func(L *lua.LState) int {
			s := lua51.CheckString(L, 1)
			pos := lua51.Position(lua51.OptInt(L, 2, 1), len(s)) - 1
			if pos < 0 || pos > len(s) {
				lua51.ArgError(L, 2, "initial position out of string")
			}
			r := berReader{L: L, s: s, pos: pos}
			t, err := r.element(0, len(s))
			switch {
			case errors.Is(err, errBERShort):
				raiseCode(L, "ber.decode", "short", err.Error())
			case err != nil:
				raiseCode(L, "ber.decode", "bad", fmt.Sprintf("%v at byte %d", err, r.pos+1))
			}
			L.Push(t)
			L.Push(lua.LNumber(r.pos + 1))
			return 2
		},
	},
	{
		Name: "ber.integer", Params: "bytes", Returns: []luadoc.Result{{Type: "number|userdata", Doc: "a number, or a 64-bit integer"}}, Summary: "decode an integer that ber.decode returned as bytes, such as an SNMP counter",
		Example: `print(ber.integer("\1\0"), ber.integer("\255"))`, Prints: "256\t-1\n",
		Run: func(L *lua.LState) int {
			v, ok := berInt(L, lua51.CheckString(L, 1))
			if !ok {
				Failf(L, "ber.integer", "%d bytes (expected 1 to 8)", len(lua51.CheckString(L, 1)))
			}
			L.Push(v)
			return 1
		},
	},
}

type berReader struct {
	L   *lua.LState
	s   string
	pos int
	n   int // elements
}

// element reads one element, which must end at end or before.
func (r *berReader) element(depth, end int) (*lua.LTable, error) {
	if depth > maxBERDepth {
		return nil, fmt.Errorf("nested more than %d levels deep", maxBERDepth)
	}
	if r.n++; r.n > maxBERElements {
		return nil, fmt.Errorf("more than %d elements", maxBERElements)
	}
	tag, err := r.tag(end)
	if err != nil {
		return nil, err
	}
	first := r.s[r.pos-1]
	for t := tag; t > 0; t >>= 8 {
		first = byte(t)
	}
	length, indefinite, err := r.length(end)
	if err != nil {
		return nil, err
	}
	t := r.L.NewTable()
	t.RawSetString("tag", lua.LNumber(tag))
	if first&berConstructed == 0 {
		if indefinite {
			return nil, errors.New("a primitive element has no length")
		}
		v, err := r.value(tag, r.s[r.pos:r.pos+length])
		if err != nil {
			return nil, err
		}
		t.RawSetString("value", v)
		r.pos += length
		return t, nil
	}
	if !indefinite {
		end = r.pos + length
	}
	for indefinite || r.pos < end {
		if indefinite && strings.HasPrefix(r.s[r.pos:end], "\x00\x00") {
			r.pos += 2
			break
		}
		e, err := r.element(depth+1, end)
		if err != nil {
			return nil, err
		}
		t.Append(e)
	}
	return t, nil
}

// tag reads an identifier, of at most 4 bytes.
func (r *berReader) tag(end int) (tag uint64, err error) {
	if r.pos >= end {
		return 0, r.cut(end)
	}
	tag = uint64(r.s[r.pos])
	r.pos++
	if tag&0x1f != 0x1f {
		return tag, nil
	}
	for {
		switch {
		case r.pos >= end:
			return 0, r.cut(end)
		case tag > math.MaxUint32>>8:
			return 0, errors.New("the identifier is longer than 4 bytes")
		}
		b := r.s[r.pos]
		r.pos++
		if tag = tag<<8 | uint64(b); b < 0x80 {
			return tag, nil
		}
	}
}

// cut is the error for an element that extends past end: at the end of the input
// more bytes may follow, and inside another element the input is wrong.
func (r *berReader) cut(end int) error {
	if end < len(r.s) {
		return errors.New("an element is longer than the element around it")
	}
	return errBERShort
}

func (r *berReader) length(end int) (n int, indefinite bool, err error) {
	if r.pos >= end {
		return 0, false, r.cut(end)
	}
	b := r.s[r.pos]
	r.pos++
	switch {
	case b == 0x80:
		return 0, true, nil
	case b == 0xff:
		return 0, false, errors.New("the length begins with ff, which is reserved")
	case b < 0x80:
		n = int(b)
	default:
		if int(b&0x7f) > end-r.pos {
			return 0, false, r.cut(end)
		}
		for range b & 0x7f {
			if n > math.MaxInt32>>8 {
				return 0, false, errors.New("the length is 2 GiB or more")
			}
			n = n<<8 | int(r.s[r.pos])
			r.pos++
		}
	}
	if n > end-r.pos {
		return 0, false, r.cut(end)
	}
	return n, false, nil
}

// value decodes the value of a primitive element.
func (r *berReader) value(tag uint64, s string) (lua.LValue, error) {
	switch {
	case tag == berBoolean && len(s) == 1:
		return lua.LBool(s[0] != 0), nil
	case tag == berInteger || tag == berEnumerated:
		if v, ok := berInt(r.L, s); ok {
			return v, nil
		}
	case tag == berObject:
		oid, ok := berOID(s)
		if !ok {
			return nil, errors.New("invalid object identifier")
		}
		return lua.LString(oid), nil
	}
	return lua.LString(s), nil
}

// berInt decodes a big-endian integer in two's complement, of up to 64 bits.
func berInt(L *lua.LState, s string) (lua.LValue, bool) {
	unsigned := len(s) == 9 && s[0] == 0 // a Counter64 of SNMP
	if len(s) == 0 || len(s) > 8 && !unsigned {
		return nil, false
	}
	v := uint64(int64(int8(s[0])))
	for i := 1; i < len(s); i++ {
		v = v<<8 | uint64(s[i])
	}
	if unsigned {
		return intValue(L, v), true
	}
	return intValue(L, int64(v)), true
}

// maxOID limits the size of an object identifier, in bytes.
const maxOID = 1024

func berOID(s string) (string, bool) {
	if s == "" || len(s) > maxOID {
		return "", false
	}
	var b strings.Builder
	for first := true; s != ""; first = false {
		v, n, err := readVarint(s, varBER)
		if err != nil {
			return "", false
		}
		s = s[n:]
		if first {
			root := min(v/40, 2)
			fmt.Fprintf(&b, "%d.%d", root, v-40*root)
			continue
		}
		fmt.Fprintf(&b, ".%d", v)
	}
	return b.String(), true
}

func appendOID(out []byte, text string) ([]byte, error) {
	parts := strings.Split(text, ".")
	var first uint64
	for i, part := range parts {
		v, err := strconv.ParseUint(part, 10, 64)
		if err != nil || i == 0 && v > 2 || i == 1 && first < 2 && v > 39 || i == 1 && v > math.MaxUint64-80 || len(parts) < 2 {
			return nil, fmt.Errorf("bad object identifier %q (expected digits, such as 1.3.6.1)", text)
		}
		switch i {
		case 0:
			first = v
		case 1:
			out = appendVarint(out, varBER, 40*first+v)
		default:
			out = appendVarint(out, varBER, v)
		}
	}
	return out, nil
}

func berEncode(L *lua.LState) int {
	out, err := appendBER(nil, lua51.CheckTable(L, 1), 0)
	if err != nil {
		Failf(L, "ber.encode", "%v", err)
	}
	L.Push(lua.LString(out))
	return 1
}

func appendBER(out []byte, t *lua.LTable, depth int) ([]byte, error) {
	if depth > maxBERDepth {
		return nil, fmt.Errorf("nested more than %d levels deep, or a table that contains itself", maxBERDepth)
	}
	n, ok := t.RawGetString("tag").(lua.LNumber)
	if !ok || n != lua.LNumber(math.Trunc(float64(n))) || n < 0 || n > math.MaxUint32 {
		return nil, fmt.Errorf("bad tag %v (expected the identifier as a number, such as 0x30)", t.RawGetString("tag"))
	}
	tag := uint64(n)
	identifier := big.NewInt(int64(tag)).Bytes()
	if tag == 0 {
		identifier = []byte{0}
	}
	first := identifier[0]
	out = append(out, identifier...)
	var body []byte
	var err error
	v := t.RawGetString("value")
	switch {
	case v == lua.LNil && first&berConstructed != 0:
		for i := 1; i <= t.Len(); i++ {
			e, ok := t.RawGetInt(i).(*lua.LTable)
			if !ok {
				return nil, fmt.Errorf("element %d is a %s (expected a table)", i, t.RawGetInt(i).Type())
			}
			if body, err = appendBER(body, e, depth+1); err != nil {
				return nil, err
			}
			if len(body) > maxPacked {
				return nil, errors.New("the result is too large")
			}
		}
	case t.Len() > 0:
		return nil, fmt.Errorf("tag 0x%02x has both a value and elements, or is not constructed", tag)
	default:
		if body, err = berValue(tag, v); err != nil {
			return nil, err
		}
	}
	return append(appendBERLength(out, len(body)), body...), nil
}

func appendBERLength(out []byte, n int) []byte {
	if n < 0x80 {
		return append(out, byte(n))
	}
	digits := big.NewInt(int64(n)).Bytes()
	return append(append(out, 0x80|byte(len(digits))), digits...)
}

// berValue encodes the value of a primitive element.
func berValue(tag uint64, v lua.LValue) ([]byte, error) {
	switch v := v.(type) {
	case *lua.LNilType:
		return nil, nil
	case lua.LBool:
		if v {
			return []byte{0xff}, nil
		}
		return []byte{0}, nil
	case lua.LString:
		if tag == berObject {
			return appendOID(nil, string(v))
		}
		return []byte(v), nil
	}
	bits, ok := toInt64(v)
	if !ok {
		return nil, fmt.Errorf("the value of tag 0x%02x is a %s (expected a string, a whole number or a boolean)", tag, v.Type())
	}
	var p []byte
	_, signed, is64 := lua51.Int64Of(v)
	n, isNumber := v.(lua.LNumber)
	if is64 && !signed && int64(bits) < 0 || isNumber && n >= 1<<63 {
		p = append(p, 0) // it is positive
	}
	for shift := 56; shift >= 0; shift -= 8 {
		p = append(p, byte(bits>>shift))
	}
	for len(p) > 1 && (p[0] == 0 && p[1] < 0x80 || p[0] == 0xff && p[1] >= 0x80) {
		p = p[1:]
	}
	return p, nil
}
