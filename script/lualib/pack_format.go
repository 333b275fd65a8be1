package lualib

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"

	"sosh/script/lua51"
)

type packKind uint8

const (
	packInt packKind = iota
	packUint
	packVarint // in a form of its own
	packFloat
	packDouble
	packChars  // c
	packString // s
	packZero   // z
	packBits   // {}
	packList   // ()
	packPad    // x
	packAlign  // X
)

// A packItem is one option of a format, such as I2.
type packItem struct {
	kind   packKind
	form   varForm // of packVarint
	little bool
	size   int
	align  int        // what its position is a multiple of, at least 1
	name   string     // in a struct
	bits   []bitField // of packBits
	length *packItem  // of packString and packList: what stands before; nil for the rest of the bytes
	list   *layout    // of packList
}

// A bitField is one field of {}: a number of adjacent bits.
type bitField struct {
	name  string
	width int
}

// A layout is a parsed format. It may be used concurrently.
type layout struct {
	items  []packItem
	named  bool
	values int // how many values it has
	least  int // how many bytes it takes at least
}

const (
	maxIntegerSize = 16
	nativeAlign    = 8
	maxBits        = 52 // of one field: a number holds them
	maxListDepth   = 50
)

// maxPacked limits the size of a result, in bytes.
const maxPacked = 1 << 30

// packFormats caches parsed formats, each in the slot to which its text hashes: a
// protocol has few formats, and a lock or a map would cost as much as packing.
var packFormats [64]atomic.Pointer[parsedFormat]

type parsedFormat struct {
	text   string
	layout *layout
}

// packFormat returns the layout of a format, which may be cached.
func packFormat(text string) (*layout, error) {
	slot := &packFormats[0]
	if n := len(text); n > 0 {
		slot = &packFormats[(n*7+int(text[n-1])+int(text[n/2])*3)%len(packFormats)]
	}
	if f := slot.Load(); f != nil && f.text == text {
		return f.layout, nil
	}
	l, err := parseLayout(text, false)
	if err != nil {
		return nil, err
	}
	slot.Store(&parsedFormat{strings.Clone(text), l})
	return l, nil
}

// parseLayout parses a format; named is that of a struct, whose values may have
// names.
func parseLayout(text string, named bool) (*layout, error) {
	p := formatParser{rest: text, little: true, maxAlign: 1, names: named}
	l := &layout{named: named}
	if err := p.layout(l); err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, errors.New("')' without '('")
	}
	return l, nil
}

type formatParser struct {
	rest     string
	little   bool
	maxAlign int
	names    bool
	depth    int
}

// layout reads options up to the end or a ).
func (p *formatParser) layout(l *layout) error {
	if p.depth++; p.depth > maxListDepth {
		return fmt.Errorf("lists nested more than %d levels deep", maxListDepth)
	}
	seen := map[string]bool{}
	for p.rest != "" && p.rest[0] != ')' {
		if len(l.items) > 0 {
			if last := &l.items[len(l.items)-1]; last.kind == packList && last.length == nil && p.rest[0] != ' ' {
				return errors.New("a list up to the end must be the last option")
			}
		}
		name := ""
		if p.names {
			name = p.name()
		}
		before := len(l.items)
		if err := p.option(l); err != nil {
			return err
		}
		if len(l.items) == before || l.items[before].kind >= packPad {
			if name != "" {
				return fmt.Errorf("the name %s has no value", name)
			}
			continue
		}
		it := &l.items[before]
		l.least = min(l.least+it.least(), math.MaxInt32)
		names := []string{name}
		if it.kind == packBits {
			names = nil
			for _, b := range it.bits {
				names = append(names, b.name)
			}
		}
		it.name = name
		for _, n := range names {
			if l.values == 0 && p.depth > 1 {
				l.named = n != ""
			}
			switch {
			case l.named && n == "" || !l.named && n != "":
				return errors.New("some values have a name and others have none")
			case n != "" && seen[n]:
				return fmt.Errorf("two values have the name %s", n)
			}
			seen[n] = true
			l.values++
		}
	}
	p.depth--
	return nil
}

// name reads "NAME:" and returns NAME, or "" if there is none.
func (p *formatParser) name() string {
	end := lua51.NameEnd(p.rest, 0)
	if end == 0 || end == len(p.rest) || p.rest[end] != ':' || lua51.IsDigit(p.rest[0]) {
		return ""
	}
	name := p.rest[:end]
	p.rest = strings.TrimLeft(p.rest[end+1:], " \t\r\n")
	return name
}

// least returns the smallest number of bytes that the item can take.
func (it *packItem) least() int {
	switch it.kind {
	case packVarint, packZero:
		return 1
	case packString, packList:
		if it.length == nil {
			return 0
		}
		return it.length.least()
	}
	return it.size
}

// number reads decimal digits; without any it returns def.
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

// item reads one option. ok is false if it is neither a value nor padding, but
// changes how later options are read, such as <.
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
	case 'V', 'v', 'w', 'Q':
		it.kind, it.form = packVarint, varForms[c]
		return it, true, nil
	case 'f':
		it.kind, it.size = packFloat, 4
		return it, true, nil
	case 'd', 'n':
		it.kind, it.size = packDouble, 8
		return it, true, nil
	case 's':
		it.kind = packString
		if p.rest != "" && varForms[p.rest[0]] != 0 && p.rest[0] != 'v' {
			it.length = &packItem{kind: packVarint, form: varForms[p.rest[0]], align: 1}
			p.rest = p.rest[1:]
			return it, true, nil
		}
		it.size, err = p.integerSize(8)
		it.length = &packItem{kind: packUint, size: it.size, little: p.little, align: 1}
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
	case '{':
		it.kind = packBits
		it.bits, it.size, err = p.bitFields()
		return it, true, err
	case '(':
		it.kind = packList
		it.list, err = p.list()
		return it, true, err
	case 'x':
		it.kind, it.size = packPad, 1
		return it, true, nil
	case 'X':
		it.kind = packAlign
		return it, true, nil
	case ' ':
		return it, false, nil
	case '\t', '\r', '\n':
		if p.names {
			return it, false, nil
		}
		return it, false, fmt.Errorf("invalid format option '%c'", c)
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

// bitFields reads the widths between { and }.
func (p *formatParser) bitFields() (fields []bitField, size int, err error) {
	bits := 0
	for {
		p.rest = strings.TrimLeft(p.rest, " \t\r\n")
		if p.rest == "" {
			return nil, 0, errors.New("'{' without '}'")
		}
		if p.rest[0] == '}' {
			p.rest = p.rest[1:]
			break
		}
		var f bitField
		if p.names {
			f.name = p.name()
		}
		if f.width = p.number(0); f.width < 1 || f.width > maxBits {
			return nil, 0, fmt.Errorf("a bit field has %d bits (expected 1 to %d)", f.width, maxBits)
		}
		bits += f.width
		fields = append(fields, f)
	}
	if bits == 0 || bits%8 != 0 {
		return nil, 0, fmt.Errorf("the bit fields have %d bits (expected a multiple of 8)", bits)
	}
	return fields, bits / 8, nil
}

// list reads what stands between ( and ).
func (p *formatParser) list() (*layout, error) {
	l := &layout{}
	if err := p.layout(l); err != nil {
		return nil, err
	}
	if p.rest == "" {
		return nil, errors.New("'(' without ')'")
	}
	p.rest = p.rest[1:]
	if l.least == 0 {
		return nil, errors.New("an item of a list may be empty (expected at least 1 byte)")
	}
	return l, nil
}

// option reads one option and adds it to the items of l, unless it only changes
// how later options are read.
func (p *formatParser) option(l *layout) error {
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
		if !ok || next.kind == packChars || next.kind == packBits || next.size == 0 {
			return fmt.Errorf("invalid next option for option 'X'")
		}
		it.align = next.size
	case packChars, packPad, packZero, packBits, packList, packVarint:
		it.align = 1
	}
	it.align = min(it.align, p.maxAlign)
	if it.align > 1 && it.align&(it.align-1) != 0 {
		return fmt.Errorf("format asks for alignment not power of 2")
	}
	it.align = max(it.align, 1)
	if (it.kind <= packVarint) && p.rest != "" && p.rest[0] == '(' {
		// The integer is the length of a list.
		p.rest = p.rest[1:]
		count := it
		count.align = 1
		it = packItem{kind: packList, size: 0, align: it.align, length: &count}
		if it.list, err = p.list(); err != nil {
			return err
		}
	}
	l.items = append(l.items, it)
	return nil
}

// padding returns the number of bytes that align the item at a position.
func (it *packItem) padding(pos int) int { return -pos & (it.align - 1) }
