package lualib

import (
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// maxSchemaValues is how many values a message may have.
const maxSchemaValues = 100_000

// A schemaReader decodes one message.
type schemaReader struct {
	L        *lua.LState
	s        string
	pos, end int
	max      int
	bounded  bool // end is that of a field whose length is known: no more bytes will come
	depth    int
	values   int
	path     schemaPath
	scopes   []*lua.LTable // the tables around the field, the innermost last
}

// decode returns the message at the beginning of s, and how many bytes it takes. The
// error is errMore or a *schemaError.
func (s *Schema) decode(L *lua.LState, p string) (*lua.LTable, int, error) {
	r := schemaReader{L: L, s: p, end: len(p), max: s.max}
	t := L.NewTable()
	err := r.schema(s, t, true)
	if err == errMore && len(p) > s.max {
		r.path = nil
		err = r.fail(0, "more than %d bytes without a whole message", s.max)
	}
	return t, r.pos, err
}

func (r *schemaReader) fail(at int, format string, args ...any) error {
	return &schemaError{r.path.String(), at, fmt.Sprintf(format, args...)}
}

// need returns the next n bytes, and moves past them.
func (r *schemaReader) need(n int) (string, error) {
	if n > r.end-r.pos {
		if !r.bounded {
			return "", errMore
		}
		return "", r.fail(r.pos, "%s left (expected %d)", show.Count(r.end-r.pos, "byte"), n)
	}
	p := r.s[r.pos : r.pos+n]
	r.pos += n
	return p, nil
}

// schema decodes fields into t. fresh says that t is a scope of its own.
func (r *schemaReader) schema(s *Schema, t *lua.LTable, fresh bool) error {
	if r.depth++; r.depth > maxSchemaDepth {
		return r.fail(r.pos, "nested more than %d levels deep", maxSchemaDepth)
	}
	if fresh {
		r.scopes = append(r.scopes, t)
	}
	starts := make([]int, 0, 16)
	for _, f := range s.fields {
		starts = append(starts, r.pos)
		if f.name != "" {
			r.path = append(r.path, f.name)
		}
		if err := r.field(f, t); err != nil {
			return err
		}
		if f.spec.over != nil && f.spec.given(t, f.name) {
			if err := r.sum(f, t, append(starts, r.pos)); err != nil {
				return err
			}
		}
		if f.name != "" {
			r.path = r.path[:len(r.path)-1]
		}
	}
	if fresh {
		r.scopes = r.scopes[:len(r.scopes)-1]
	}
	r.depth--
	return nil
}

// given reports whether a field is in the table: when= or optional= may leave it out.
func (sp *spec) given(t *lua.LTable, name string) bool {
	return sp.when == nil && !sp.optional || t.RawGetString(name) != lua.LNil
}

func (r *schemaReader) field(f *field, t *lua.LTable) error {
	if f.spec.when != nil {
		ok, err := r.present(f.spec.when)
		if err != nil || !ok {
			return err
		}
	}
	if f.spec.optional && r.bounded && r.pos == r.end {
		return nil
	}
	var into *lua.LTable
	if f.name == "" {
		into = t
	}
	v, err := r.spec(f.spec, into)
	if err == nil && f.name != "" && f.name != "_" {
		t.RawSetString(f.name, v)
	}
	return err
}

// spec decodes a value. into is the table for the fields of a value without a name.
func (r *schemaReader) spec(sp *spec, into *lua.LTable) (lua.LValue, error) {
	n, bound, err := r.length(sp)
	if err != nil {
		return nil, err
	}
	if !bound {
		return r.items(sp, into)
	}
	if n > r.end-r.pos {
		_, err := r.need(n)
		return nil, err
	}
	end, bounded := r.end, r.bounded
	r.end, r.bounded = r.pos+n, true
	v, err := r.items(sp, into)
	if err == nil && r.pos != r.end {
		err = r.fail(r.pos, "%s left after the value, of %d", show.Count(r.end-r.pos, "byte"), n)
	}
	r.end, r.bounded = end, bounded
	return v, err
}

// length returns the length of a value in bytes, if it has one.
func (r *schemaReader) length(sp *spec) (n int, ok bool, err error) {
	at := r.pos
	switch {
	case sp.prefix != nil:
		v, err := r.number(sp.prefix)
		if err != nil {
			return 0, false, err
		}
		n, err = r.toCount(v, at, "length")
		if err != nil {
			return 0, false, err
		}
	case sp.length != nil:
		if n, err = r.selected(sp.length, "length"); err != nil {
			return 0, false, err
		}
	default:
		return 0, false, nil
	}
	if n -= sp.plus; n < 0 || n > r.max {
		return 0, false, r.fail(at, "bad length %d (expected %d to %d)", n+sp.plus, max(sp.plus, 0), r.max+sp.plus)
	}
	return n, true, nil
}

// items decodes the items of a list, or a value that is none.
func (r *schemaReader) items(sp *spec, into *lua.LTable) (lua.LValue, error) {
	if !sp.list {
		return r.one(sp, into)
	}
	n := math.MaxInt
	if sp.count != nil {
		var err error
		if n, err = r.selected(sp.count, "count"); err != nil {
			return nil, err
		}
		if n > maxSchemaValues {
			return nil, r.fail(r.pos, "bad count %d (expected at most %d)", n, maxSchemaValues)
		}
	}
	list := r.L.NewTable()
	for i := 1; i <= n && (sp.count != nil || r.pos < r.end); i++ {
		before := r.pos
		r.path = append(r.path, fmt.Sprintf("[%d]", i))
		v, err := r.one(sp, nil)
		if err != nil {
			return nil, err
		}
		if sp.count == nil && r.pos == before {
			return nil, r.fail(r.pos, "an item without bytes")
		}
		r.path = r.path[:len(r.path)-1]
		list.Append(v)
	}
	return list, nil
}

// one decodes one value, without the length and the list around it.
func (r *schemaReader) one(sp *spec, into *lua.LTable) (lua.LValue, error) {
	if r.values++; r.values > maxSchemaValues {
		return nil, r.fail(r.pos, "more than %d values", maxSchemaValues)
	}
	if r.values%1000 == 0 {
		lua51.CheckInterrupt(r.L)
	}
	at := r.pos
	switch sp.kind {
	case specInt, specFloat, specVarint:
		v, err := r.number(sp)
		if err != nil {
			return nil, err
		}
		return r.checked(sp, v, at)
	case specBytes:
		return r.bytes(sp, at)
	case specZero:
		i := strings.IndexByte(r.s[r.pos:r.end], 0)
		if i < 0 {
			_, err := r.need(r.end - r.pos + 1)
			return nil, err
		}
		p, _ := r.need(i + 1)
		return r.checked(sp, lua.LString(p[:i]), at)
	case specBits:
		p, err := r.need(sp.size)
		if err != nil {
			return nil, err
		}
		t := r.tableOf(into)
		readBits(sp.bits, p, t)
		return t, nil
	case specTable:
		t := r.tableOf(into)
		return t, r.schema(sp.table, t, into == nil)
	case specOther:
		return r.spec(sp.other, into)
	}
	v, err := r.value(sp.on)
	if err != nil {
		return nil, err
	}
	c := sp.cases[v.String()]
	if c == nil {
		c = sp.otherwise
	}
	if c == nil {
		return nil, r.fail(at, "no case for %s", show.Truncate(v.String(), 40))
	}
	return r.spec(c, into)
}

func (r *schemaReader) tableOf(into *lua.LTable) *lua.LTable {
	if into != nil {
		return into
	}
	return r.L.NewTable()
}

// bytes reads up to the end of what is there, or as many bytes as a constant has.
func (r *schemaReader) bytes(sp *spec, at int) (lua.LValue, error) {
	n := r.end - r.pos
	if c, ok := sp.constant.(lua.LString); ok {
		if have := r.s[r.pos:min(r.end, r.pos+len(c))]; !strings.HasPrefix(string(c), have) {
			return nil, r.fail(at, "got %s, want %s", show.Quote([]byte(have)), show.Quote([]byte(c)))
		}
		n = len(c)
	}
	p, err := r.need(n)
	if err != nil {
		return nil, err
	}
	return r.checked(sp, lua.LString(p), at)
}

// number reads an integer or a float.
func (r *schemaReader) number(sp *spec) (lua.LValue, error) {
	if sp.kind == specVarint {
		at := r.pos
		v, n, err := readVarint(r.s[r.pos:r.end], sp.form)
		switch {
		case errors.Is(err, errVarShort) && r.end-r.pos >= sp.size, n > sp.size:
			return nil, r.fail(at, "an integer of more than %d bytes", sp.size)
		case errors.Is(err, errVarShort):
			_, err := r.need(r.end - r.pos + 1)
			return nil, err
		case err != nil:
			return nil, r.fail(at, "%v", err)
		}
		r.pos += n
		if sp.signed {
			return intValue(r.L, int64(v)), nil
		}
		return intValue(r.L, v), nil
	}
	p, err := r.need(sp.size)
	if err != nil {
		return nil, err
	}
	var v uint64
	for i := range len(p) {
		c := p[i]
		if sp.little {
			c = p[len(p)-1-i]
		}
		v = v<<8 | uint64(c)
	}
	switch {
	case sp.kind == specFloat && sp.size == 4:
		return lua.LNumber(math.Float32frombits(uint32(v))), nil
	case sp.kind == specFloat:
		return lua.LNumber(math.Float64frombits(v)), nil
	case sp.signed:
		shift := 64 - 8*sp.size
		return intValue(r.L, int64(v<<shift)>>shift), nil
	}
	return intValue(r.L, v), nil
}

// checked compares a value with what the spec demands, and returns its name if it has
// one.
func (r *schemaReader) checked(sp *spec, v lua.LValue, at int) (lua.LValue, error) {
	if sp.names != nil {
		if name, ok := sp.names[v.String()]; ok {
			v = lua.LString(name)
		}
	}
	if err := sp.demand(r.L, v); err != nil {
		return nil, r.fail(at, "%v", err)
	}
	return v, nil
}

// demand compares a value with const, min and max.
func (sp *spec) demand(L *lua.LState, v lua.LValue) error {
	if sp.constant != nil && !L.Equal(v, sp.constant) {
		return fmt.Errorf("got %s, want %s", Inspect(L, v, show.Quote, 60), Inspect(L, sp.constant, show.Quote, 60))
	}
	if sp.min != nil && v.Type() == sp.min.Type() && L.LessThan(v, sp.min) {
		return fmt.Errorf("got %s (expected at least %s)", v, sp.min)
	}
	if sp.max != nil && v.Type() == sp.max.Type() && L.LessThan(sp.max, v) {
		return fmt.Errorf("got %s (expected at most %s)", v, sp.max)
	}
	return nil
}

// readBits sets the fields of p in t.
func readBits(bits []bitField, p string, t *lua.LTable) {
	at := 0
	for _, b := range bits {
		v := uint64(0)
		for range b.width {
			v = v<<1 | uint64(p[at/8]>>(7-at%8)&1)
			at++
		}
		if b.name != "_" {
			t.RawSetString(b.name, lua.LNumber(v))
		}
	}
}

// value returns the value of a selector: of the field, or of what the function
// returns for the table around the field and the whole message.
func (r *schemaReader) value(sel *selector) (lua.LValue, error) {
	return schemaValue(r.L, sel, r.scopes)
}

func schemaValue(L *lua.LState, sel *selector, scopes []*lua.LTable) (lua.LValue, error) {
	switch {
	case sel.f != nil:
		return lua51.Call(L, sel.f, scopes[len(scopes)-1], scopes[0]), nil
	case sel.path == nil:
		return lua.LNumber(sel.n), nil
	}
	for i := len(scopes) - 1; i >= 0; i-- {
		var v lua.LValue = scopes[i]
		for _, name := range sel.path {
			t, ok := v.(*lua.LTable)
			if !ok {
				v = lua.LNil
				break
			}
			v = t.RawGetString(name)
		}
		if v != lua.LNil {
			return v, nil
		}
	}
	return lua.LNil, nil
}

// present reports whether the value of when= is neither nil, false nor 0.
func (r *schemaReader) present(sel *selector) (bool, error) {
	v, err := r.value(sel)
	return err == nil && v != lua.LNil && v != lua.LFalse && v != lua.LNumber(0), err
}

// selected returns the value of a selector that is a number of something.
func (r *schemaReader) selected(sel *selector, what string) (int, error) {
	v, err := r.value(sel)
	if err != nil {
		return 0, err
	}
	return r.toCount(v, r.pos, what)
}

func (r *schemaReader) toCount(v lua.LValue, at int, what string) (int, error) {
	n, ok := v.(lua.LNumber)
	if !ok || n < 0 || n > maxPacked || n != lua.LNumber(int(n)) {
		return 0, r.fail(at, "bad %s %s (expected 0 to %d)", what, Inspect(r.L, v, show.Quote, 40), maxPacked)
	}
	return int(n), nil
}

// sum compares the value of a field with the sum of others. starts has where the
// fields so far begin, and where the last one ends.
func (r *schemaReader) sum(f *field, t *lua.LTable, starts []int) error {
	var b strings.Builder
	for _, i := range f.spec.overFields {
		if i+1 >= len(starts) {
			return r.fail(r.pos, "its sum is over a later field (expected earlier ones)")
		}
		b.WriteString(r.s[starts[i]:starts[i+1]])
	}
	want := f.spec.sumOf(r.L, b.String())
	if got := t.RawGetString(f.name); !r.L.Equal(got, want) {
		return r.fail(starts[len(starts)-2], "got the sum %s, want %s", got, want)
	}
	return nil
}

// sumOf computes the sum of bytes.
func (sp *spec) sumOf(L *lua.LState, p string) lua.LValue {
	switch sp.sum {
	case "crc32":
		return lua.LNumber(crc32.ChecksumIEEE([]byte(p)))
	case "inet": // RFC 1071
		n := uint64(0)
		for i := 0; i < len(p); i += 2 {
			n += uint64(p[i]) << 8
			if i+1 < len(p) {
				n += uint64(p[i+1])
			}
		}
		for n > 0xffff {
			n = n>>16 + n&0xffff
		}
		return lua.LNumber(^uint16(n))
	}
	return lua51.Call(L, sp.sumBy, lua.LString(p))
}
