package lualib

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A Schema describes messages of bytes as tables: its fields, in order. It does not
// change. Its functions belong to the state of Lua that made it.
type Schema struct {
	// Decode and Encode are its functions for a codec: Decode returns a message and
	// the rest of the bytes, or nil if more are needed.
	Decode, Encode *lua.LFunction

	fields []*field
	open   []string // paths of lengths and counts that no field of its own has
	max    int      // the largest message, in bytes
}

// A field is a spec with a name; without one its fields belong to the table around
// it, and the field "_" is not in the table.
type field struct {
	name string
	spec *spec
	// filled is set if encode computes the value, or a part of it: the length or the
	// count of another field.
	filled bool
}

type specKind uint8

const (
	specInt specKind = iota
	specFloat
	specVarint
	specBytes
	specZero
	specBits
	specTable  // a nested schema
	specOther  // another spec, with its own attributes
	specSwitch // one of cases
)

// A spec says how one value is encoded.
type spec struct {
	kind   specKind
	size   int // in bytes, of an integer or a float; the most, of a varint
	signed bool
	little bool
	form   varForm
	bits   []bitField
	table  *Schema
	other  *spec

	list       bool      // the value is a list
	count      *selector // how many items; nil is up to the end
	length     *selector // how many bytes
	prefix     *spec     // the length stands before it, in this form
	plus       int       // how much more the length is than the number of bytes
	constant   lua.LValue
	def        lua.LValue
	names      map[string]string     // of an enum: names by number
	numbers    map[string]lua.LValue // numbers by name
	min, max   lua.LValue
	on         *selector // of specSwitch
	cases      map[string]*spec
	otherwise  *spec
	when       *selector
	optional   bool   // nothing, if there are no bytes or no value
	sum        string // "crc32", "inet"
	sumBy      *lua.LFunction
	over       []string
	overFields []int // the indices of over
}

// A selector is a number, the path of a field, or a function of the table.
type selector struct {
	n    int
	path []string
	f    *lua.LFunction
}

// defaultSchemaMax is the default of max, in bytes.
const defaultSchemaMax = 16 << 20

var intType = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([ui])(8|16|24|32|40|48|56|64)(le|be)?$`) })
var floatType = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^f(32|64)(le|be)?$`) })

const specTypes = `expected u8 to u64, i8 to i64, f32, f64, leb128, zigzag, ber, quic, mqtt, bytes, zstring, "{NAME:BITS ...}", a schema or a list of fields`

// schemaParser makes schemas of tables.
type schemaParser struct {
	little bool
	depth  int
}

// maxSchemaDepth limits how deep schemas are nested, where they are made and where
// they are used.
const maxSchemaDepth = 32

// schema reads a table of fields. It may have endian and max.
func (p schemaParser) schema(t *lua.LTable) (*Schema, error) {
	if p.depth++; p.depth > maxSchemaDepth {
		return nil, fmt.Errorf("schemas nested more than %d levels deep", maxSchemaDepth)
	}
	s := &Schema{max: defaultSchemaMax}
	n := t.Len()
	for k, v := range lua51.Each(t) {
		switch key := lua.LVAsString(k); {
		case k.Type() == lua.LTNumber:
			if i := float64(k.(lua.LNumber)); i < 1 || i > float64(n) || i != float64(int(i)) {
				return nil, fmt.Errorf("a list of fields with the key %s", key)
			}
		case key == "endian" && (v.String() == "big" || v.String() == "little"):
			p.little = v.String() == "little"
		case key == "max":
			max, ok := v.(lua.LNumber)
			if !ok || max < 1 || max > maxPacked {
				return nil, fmt.Errorf("bad max (expected 1 to 1G bytes)")
			}
			s.max = int(max)
		case key == "endian":
			return nil, fmt.Errorf(`bad endian (expected "big" or "little")`)
		default:
			return nil, fmt.Errorf("no attribute %q of a schema (expected endian, max and fields)", show.Truncate(key, 40))
		}
	}
	seen := make(map[string]int)
	for i := 1; i <= n; i++ {
		ft, ok := t.RawGetInt(i).(*lua.LTable)
		if !ok {
			return nil, fmt.Errorf("field %d is a %s (expected a table)", i, t.RawGetInt(i).Type())
		}
		f, err := p.field(ft)
		if err != nil {
			return nil, fieldError(f, i, err)
		}
		if f.name != "" && f.name != "_" {
			if _, twice := seen[f.name]; twice {
				return nil, fmt.Errorf("two fields have the name %s", f.name)
			}
			seen[f.name] = i - 1
		}
		if f.name == "" {
			for _, name := range f.spec.mergedNames() {
				if _, twice := seen[name]; twice {
					return nil, fmt.Errorf("two fields have the name %s", name)
				}
				seen[name] = i - 1
			}
		}
		s.fields = append(s.fields, f)
	}
	return s, s.link(seen)
}

// fieldError puts the field before an error.
func fieldError(f *field, i int, err error) error {
	if f != nil && f.name != "" {
		return fmt.Errorf("field %s: %w", f.name, err)
	}
	return fmt.Errorf("field %d: %w", i, err)
}

// link finds the fields that others name.
func (s *Schema) link(seen map[string]int) error {
	for i, f := range s.fields {
		for _, path := range f.spec.paths() {
			first, _, _ := strings.Cut(path, ".")
			at, ok := seen[first]
			switch {
			case !ok:
				s.open = append(s.open, path)
			case at >= i:
				return fmt.Errorf("field %s: its length or count %s must come before it", f.name, first)
			default:
				s.fields[at].filled = true
			}
		}
		for _, name := range f.spec.over {
			at, ok := seen[name]
			if !ok {
				return fmt.Errorf("field %s: over names %s, which is no field", f.name, name)
			}
			f.spec.overFields = append(f.spec.overFields, at)
		}
	}
	return nil
}

// paths returns the paths of the lengths and counts that the spec names.
func (sp *spec) paths() (list []string) {
	for _, sel := range []*selector{sp.length, sp.count} {
		if sel != nil && sel.path != nil {
			list = append(list, strings.Join(sel.path, "."))
		}
	}
	if sp.table != nil {
		list = append(list, sp.table.open...)
	}
	if sp.other != nil {
		list = append(list, sp.other.paths()...)
	}
	for _, c := range sp.cases {
		list = append(list, c.paths()...)
	}
	if sp.otherwise != nil {
		list = append(list, sp.otherwise.paths()...)
	}
	return list
}

// field reads {NAME, TYPE, attributes}, or {TYPE, attributes} of a table.
func (p schemaParser) field(t *lua.LTable) (*field, error) {
	f := &field{}
	at := 1
	if name, ok := t.RawGetInt(1).(lua.LString); ok && !strings.HasPrefix(string(name), "{") {
		f.name, at = string(name), 2
		if !lua51.IsName(f.name) {
			return nil, fmt.Errorf("bad name %s (expected letters, digits and _)", show.Quote([]byte(show.Truncate(f.name, 40))))
		}
	}
	sp, err := p.spec(t, at)
	if err != nil {
		return f, err
	}
	f.spec = sp
	if f.name == "" && sp.merged() == nil {
		return f, fmt.Errorf("a field needs a name, unless it is a schema or bits")
	}
	return f, nil
}

// merged returns the spec whose fields belong to the table around a field without a
// name, or nil if the spec has no such fields.
func (sp *spec) merged() *spec {
	switch {
	case sp.list:
	case sp.kind == specTable, sp.kind == specBits, sp.kind == specSwitch:
		return sp
	case sp.kind == specOther:
		return sp.other.merged()
	}
	return nil
}

// mergedNames returns the names of the fields that belong to the table around a field
// without a name. Those of cases are not known before there is a value.
func (sp *spec) mergedNames() (names []string) {
	switch m := sp.merged(); {
	case m == nil:
	case m.kind == specBits:
		for _, b := range m.bits {
			if b.name != "_" {
				names = append(names, b.name)
			}
		}
	case m.kind == specTable:
		for _, f := range m.table.fields {
			if f.name == "" {
				names = append(names, f.spec.mergedNames()...)
			} else if f.name != "_" {
				names = append(names, f.name)
			}
		}
	}
	return names
}

// has reports whether the tables of the schema have a field of that name.
func (s *Schema) has(name string) bool {
	for _, f := range s.fields {
		if f.name == name || f.name == "" && slices.Contains(f.spec.mergedNames(), name) {
			return true
		}
	}
	return false
}

// typeOf reads a type: a word, a schema, a list of fields, or {TYPE, attributes}.
func (p schemaParser) typeOf(v lua.LValue) (*spec, error) {
	switch v := v.(type) {
	case lua.LString:
		return p.word(string(v))
	case *lua.LUserData:
		if s, ok := v.Value.(*Schema); ok {
			return &spec{kind: specTable, table: s}, nil
		}
	case *lua.LTable:
		switch v.RawGetInt(1).(type) {
		case lua.LString, *lua.LUserData:
			return p.spec(v, 1)
		}
		if v.RawGetString("switch") != lua.LNil {
			return p.spec(v, 1)
		}
		s, err := p.schema(v)
		return &spec{kind: specTable, table: s}, err
	}
	return nil, fmt.Errorf("bad type of type %s (%s)", v.Type(), specTypes)
}

func (p schemaParser) word(word string) (*spec, error) {
	if m := intType().FindStringSubmatch(word); m != nil {
		bits, _ := strconv.Atoi(m[2])
		return &spec{kind: specInt, size: bits / 8, signed: m[1] == "i", little: m[3] == "le" || m[3] == "" && p.little}, nil
	}
	if m := floatType().FindStringSubmatch(word); m != nil {
		bits, _ := strconv.Atoi(m[1])
		return &spec{kind: specFloat, size: bits / 8, little: m[2] == "le" || m[2] == "" && p.little}, nil
	}
	switch word {
	case "leb128":
		return &spec{kind: specVarint, form: varLEB, size: 10}, nil
	case "mqtt":
		return &spec{kind: specVarint, form: varLEB, size: 4}, nil
	case "zigzag":
		return &spec{kind: specVarint, form: varZigzag, size: 10, signed: true}, nil
	case "ber":
		return &spec{kind: specVarint, form: varBER, size: 10}, nil
	case "quic":
		return &spec{kind: specVarint, form: varQUIC, size: 8}, nil
	case "bytes":
		return &spec{kind: specBytes}, nil
	case "zstring":
		return &spec{kind: specZero}, nil
	}
	if strings.HasPrefix(word, "{") {
		return p.bits(word)
	}
	return nil, fmt.Errorf("bad type %s (%s)", show.Quote([]byte(show.Truncate(word, 40))), specTypes)
}

var bitPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z_]\w*):(\d+)$`) })

// bits reads "{NAME:BITS ...}".
func (p schemaParser) bits(word string) (*spec, error) {
	sp := &spec{kind: specBits}
	inner, ok := strings.CutSuffix(strings.TrimPrefix(word, "{"), "}")
	total := 0
	for _, part := range strings.Fields(inner) {
		m := bitPattern().FindStringSubmatch(part)
		if m == nil {
			return nil, fmt.Errorf("bad bit field %q (expected NAME:BITS)", show.Truncate(part, 40))
		}
		width, err := strconv.Atoi(m[2])
		if err != nil || width < 1 || width > maxBits {
			return nil, fmt.Errorf("bad bit field %q (expected 1 to %d bits)", show.Truncate(part, 40), maxBits)
		}
		sp.bits = append(sp.bits, bitField{m[1], width})
		total += width
	}
	if !ok || total == 0 || total%8 != 0 || total > 64*8 {
		return nil, fmt.Errorf("bad bit fields %q (expected whole bytes in braces)", show.Truncate(word, 40))
	}
	sp.size = total / 8
	return sp, nil
}

// spec reads the type at an index of a table, and the attributes of the table.
func (p schemaParser) spec(t *lua.LTable, at int) (*spec, error) {
	sp := &spec{kind: specSwitch}
	if typ := t.RawGetInt(at); typ != lua.LNil {
		other, err := p.typeOf(typ)
		if err != nil {
			return nil, err
		}
		if sp = other; sp.attributes() {
			sp = &spec{kind: specOther, other: other}
		}
	}
	for k, v := range lua51.Each(t) {
		if n, ok := k.(lua.LNumber); ok {
			if int(n) > at {
				return nil, fmt.Errorf("a field has a name, a type and attributes, not %s", v.Type())
			}
			continue
		}
		if err := p.attribute(sp, lua.LVAsString(k), v); err != nil {
			return nil, err
		}
	}
	return sp, sp.check()
}
