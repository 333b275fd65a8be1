package lualib

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A schemaWriter encodes one message.
type schemaWriter struct {
	L      *lua.LState
	depth  int
	path   schemaPath
	scopes []*lua.LTable
	// filled has, for each scope, the lengths and counts that were computed, by path.
	filled []map[string]int
	owners []*Schema // the schemas of the scopes
}

// encode returns a message as bytes. The error is a *schemaError.
func (s *Schema) encode(L *lua.LState, t *lua.LTable) (string, error) {
	w := schemaWriter{L: L}
	p, err := w.scope(s, t, nil)
	return string(p), err
}

func (w *schemaWriter) fail(format string, args ...any) error {
	return &schemaError{w.path.String(), -1, fmt.Sprintf(format, args...)}
}

// scope encodes a table that is a scope of its own. filled has the lengths and counts
// in it that were computed.
func (w *schemaWriter) scope(s *Schema, t *lua.LTable, filled map[string]int) ([]byte, error) {
	if w.depth++; w.depth > maxSchemaDepth {
		return nil, w.fail("nested more than %d levels deep", maxSchemaDepth)
	}
	w.scopes = append(w.scopes, t)
	if filled == nil {
		filled = make(map[string]int)
	}
	w.filled = append(w.filled, filled)
	w.owners = append(w.owners, s)
	p, err := w.fields(s, t, "")
	w.scopes = w.scopes[:len(w.scopes)-1]
	w.filled = w.filled[:len(w.filled)-1]
	w.owners = w.owners[:len(w.owners)-1]
	w.depth--
	return p, err
}

// fields encodes fields of t: first those that have their values, then those whose
// values came of that, then the sums. prefix is the path of t from its scope.
func (w *schemaWriter) fields(s *Schema, t *lua.LTable, prefix string) ([]byte, error) {
	parts := make([][]byte, len(s.fields))
	for pass := range 3 {
		for i, f := range s.fields {
			when := 0
			switch {
			case f.spec.over != nil:
				when = 2
			case f.filled:
				when = 1
			}
			if when != pass {
				continue
			}
			if f.name != "" {
				w.path = append(w.path, f.name)
			}
			if pass == 2 {
				var b strings.Builder
				for _, j := range f.spec.overFields {
					b.Write(parts[j])
				}
				t = shadow(w.L, t, f.name, f.spec.sumOf(w.L, b.String()))
			}
			p, err := w.field(f, t, prefix)
			if err != nil {
				return nil, err
			}
			parts[i] = p
			if f.name != "" {
				w.path = w.path[:len(w.path)-1]
			}
		}
	}
	var all []byte
	for _, p := range parts {
		if all = append(all, p...); len(all) > maxPacked {
			return nil, w.fail("more than 1G bytes")
		}
	}
	return all, nil
}

// shadow returns a copy of t with one other value.
func shadow(L *lua.LState, t *lua.LTable, name string, v lua.LValue) *lua.LTable {
	c := L.NewTable()
	for k, v := range lua51.Each(t) {
		lua51.Set(c, k, v)
	}
	c.RawSetString(name, v)
	return c
}

func (w *schemaWriter) field(f *field, t *lua.LTable, prefix string) ([]byte, error) {
	if f.spec.when != nil {
		v, err := w.value(f.spec.when)
		if err != nil || v == lua.LNil || v == lua.LFalse || v == lua.LNumber(0) {
			return nil, err
		}
	}
	if f.name == "" {
		return w.spec(f.spec, t, t, prefix)
	}
	v := t.RawGetString(f.name)
	path := prefix + f.name
	if n, ok := w.filled[len(w.filled)-1][path]; ok {
		v = lua.LNumber(n)
	}
	if f.name == "_" {
		v = lua.LNil
	}
	if v == lua.LNil && f.spec.optional {
		return nil, nil
	}
	return w.spec(f.spec, v, nil, path+".")
}

// spec encodes a value. into is the table around it, if its fields belong there.
func (w *schemaWriter) spec(sp *spec, v lua.LValue, into *lua.LTable, prefix string) ([]byte, error) {
	p, err := w.items(sp, v, into, prefix)
	if err != nil {
		return nil, err
	}
	switch n := len(p) + sp.plus; {
	case sp.prefix != nil:
		head, err := w.number(sp.prefix, lua.LNumber(n))
		return append(head, p...), err
	case sp.length != nil && sp.length.path == nil && sp.length.f == nil:
		switch {
		case n < sp.length.n && sp.kind == specBytes && !sp.list:
			p = append(p, make([]byte, sp.length.n-n)...)
		case n != sp.length.n:
			return nil, w.fail("%s (expected %d)", show.Count(n, "byte"), sp.length.n)
		}
	case sp.length != nil:
		w.fill(sp.length, n)
	}
	return p, nil
}

// fill notes a length or a count for the field that has it.
func (w *schemaWriter) fill(sel *selector, n int) {
	if sel.path == nil {
		return
	}
	for i := len(w.owners) - 1; i >= 0; i-- {
		if w.owners[i].has(sel.path[0]) {
			w.filled[i][strings.Join(sel.path, ".")] = n
			return
		}
	}
}

func (w *schemaWriter) items(sp *spec, v lua.LValue, into *lua.LTable, prefix string) ([]byte, error) {
	if v == lua.LNil && sp.def != nil {
		v = sp.def
	}
	if !sp.list {
		return w.one(sp, v, into, prefix)
	}
	t, ok := v.(*lua.LTable)
	if !ok && v != lua.LNil {
		return nil, w.fail("got a %s (expected a list)", v.Type())
	}
	n := 0
	if ok {
		n = t.Len()
	}
	var all []byte
	for i := 1; i <= n; i++ {
		w.path = append(w.path, "["+strconv.Itoa(i)+"]")
		p, err := w.one(sp, t.RawGetInt(i), nil, "")
		if err != nil {
			return nil, err
		}
		w.path = w.path[:len(w.path)-1]
		all = append(all, p...)
	}
	if c := sp.count; c != nil && c.path == nil && c.f == nil && c.n != n {
		return nil, w.fail("%s (expected %d)", show.Count(n, "item"), c.n)
	} else if c != nil {
		w.fill(c, n)
	}
	return all, nil
}

func (w *schemaWriter) one(sp *spec, v lua.LValue, into *lua.LTable, prefix string) ([]byte, error) {
	if v == lua.LNil && sp.constant != nil {
		v = sp.constant
	}
	switch sp.kind {
	case specTable:
		t, ok := v.(*lua.LTable)
		if !ok && v != lua.LNil {
			return nil, w.fail("got a %s (expected a table)", v.Type())
		}
		if !ok {
			t = w.L.NewTable()
		}
		if into != nil {
			w.owners = append(w.owners, sp.table)
			w.filled = append(w.filled, w.filled[len(w.filled)-1])
			w.scopes = append(w.scopes, into)
			p, err := w.fields(sp.table, into, prefix)
			w.owners, w.filled, w.scopes = w.owners[:len(w.owners)-1], w.filled[:len(w.filled)-1], w.scopes[:len(w.scopes)-1]
			return p, err
		}
		var inner map[string]int
		for path, n := range w.filled[len(w.filled)-1] {
			if rest, ok := strings.CutPrefix(path, prefix); ok && prefix != "" {
				if inner == nil {
					inner = make(map[string]int)
				}
				inner[rest] = n
			}
		}
		return w.scope(sp.table, t, inner)
	case specOther:
		return w.spec(sp.other, v, into, prefix)
	case specBits:
		return w.bits(sp, v, prefix)
	case specSwitch:
		on, err := w.value(sp.on)
		if err != nil {
			return nil, err
		}
		c := sp.cases[on.String()]
		if c == nil {
			c = sp.otherwise
		}
		if c == nil {
			return nil, w.fail("no case for %s", show.Truncate(on.String(), 40))
		}
		return w.spec(c, v, into, prefix)
	}
	if v == lua.LNil {
		switch {
		case len(w.path) > 0 && w.path[len(w.path)-1] == "_":
			v = lua.LNumber(0)
			if sp.kind == specBytes || sp.kind == specZero {
				v = lua.LString("")
			}
		default:
			return nil, w.fail("missing")
		}
	}
	if err := sp.demand(w.L, v); err != nil {
		return nil, w.fail("%v", err)
	}
	switch sp.kind {
	case specBytes, specZero:
		s, ok := v.(lua.LString)
		switch {
		case !ok:
			return nil, w.fail("got a %s (expected a string)", v.Type())
		case sp.kind == specBytes:
			return []byte(s), nil
		case strings.IndexByte(string(s), 0) >= 0:
			return nil, w.fail("a string with a zero byte in it")
		}
		return append([]byte(s), 0), nil
	}
	return w.number(sp, v)
}

// bits encodes the fields of {}; one that is missing is 0.
func (w *schemaWriter) bits(sp *spec, v lua.LValue, prefix string) ([]byte, error) {
	t, ok := v.(*lua.LTable)
	if !ok && v != lua.LNil {
		return nil, w.fail("got a %s (expected a table)", v.Type())
	}
	p := make([]byte, sp.size)
	at := 0
	for _, b := range sp.bits {
		n := lua.LNumber(0)
		if ok && b.name != "_" {
			got := t.RawGetString(b.name)
			if filled, is := w.filled[len(w.filled)-1][prefix+b.name]; is {
				got = lua.LNumber(filled)
			}
			switch got := got.(type) {
			case lua.LNumber:
				n = got
			case lua.LBool:
				if got {
					n = 1
				}
			case *lua.LNilType:
			default:
				n = -1
			}
			if n < 0 || n >= lua.LNumber(uint64(1)<<b.width) || n != lua.LNumber(uint64(n)) {
				w.path = append(w.path, b.name)
				return nil, w.fail("got %s (expected 0 to %d)", Inspect(w.L, got, show.Quote, 40), uint64(1)<<b.width-1)
			}
		}
		for i := b.width - 1; i >= 0; i-- {
			p[at/8] |= byte(uint64(n)>>i&1) << (7 - at%8)
			at++
		}
	}
	return p, nil
}

// number encodes an integer or a float.
func (w *schemaWriter) number(sp *spec, v lua.LValue) ([]byte, error) {
	if s, ok := v.(lua.LString); ok && sp.names != nil {
		n, ok := sp.numbers[string(s)]
		if !ok {
			return nil, w.fail("no value %s", show.Quote([]byte(show.Truncate(string(s), 40))))
		}
		v = n
	}
	if v == lua.LTrue {
		v = lua.LNumber(1)
	} else if v == lua.LFalse {
		v = lua.LNumber(0)
	}
	var bits uint64
	switch n := v.(type) {
	case lua.LNumber:
		switch {
		case sp.kind == specFloat && sp.size == 4:
			bits = uint64(math.Float32bits(float32(n)))
		case sp.kind == specFloat:
			bits = math.Float64bits(float64(n))
		case float64(n) != math.Trunc(float64(n)) || math.IsInf(float64(n), 0):
			return nil, w.fail("got %s (expected a whole number)", v)
		case n < 0:
			bits = uint64(int64(n))
		default:
			bits = uint64(n)
		}
		if sp.kind != specFloat && !sp.fits(float64(n)) {
			return nil, w.fail("got %s, which does not fit", v)
		}
	case *lua.LUserData:
		switch n := n.Value.(type) {
		case int64:
			bits = uint64(n)
		case uint64:
			bits = n
		default:
			return nil, w.fail("got a %s (expected a number)", v.Type())
		}
		if sp.kind == specInt && sp.size < 8 || sp.kind == specVarint && sp.form == varQUIC && bits > maxQUIC {
			return nil, w.fail("got %s, which does not fit", Text(w.L, v))
		}
	default:
		return nil, w.fail("got %s (expected a number)", Inspect(w.L, v, show.Quote, 40))
	}
	if sp.kind == specVarint {
		p := appendVarint(nil, sp.form, bits)
		if len(p) > sp.size {
			return nil, w.fail("got %s, which does not fit", Text(w.L, v))
		}
		return p, nil
	}
	p := make([]byte, sp.size)
	for i := range p {
		c := byte(bits >> (8 * (sp.size - 1 - i)))
		if sp.little {
			p[sp.size-1-i] = c
		} else {
			p[i] = c
		}
	}
	return p, nil
}

// fits reports whether the spec can hold a whole number.
func (sp *spec) fits(n float64) bool {
	switch {
	case sp.kind == specVarint && sp.form == varQUIC:
		return n >= 0 && n <= maxQUIC
	case sp.kind == specVarint && !sp.signed:
		return n >= 0 && n < 1<<64
	case sp.kind == specVarint:
		return n >= -1<<63 && n < 1<<63
	case sp.signed:
		limit := math.Ldexp(1, 8*sp.size-1)
		return n >= -limit && n < limit
	}
	return n >= 0 && n < math.Ldexp(1, 8*sp.size)
}

// value returns the value of a selector, of what is encoded.
func (w *schemaWriter) value(sel *selector) (lua.LValue, error) {
	if sel.path != nil {
		for i := len(w.owners) - 1; i >= 0; i-- {
			if v := w.scopes[i].RawGetString(sel.path[0]); v != lua.LNil {
				break
			}
			for _, f := range w.owners[i].fields {
				if f.name == sel.path[0] && len(sel.path) == 1 && (f.spec.def != nil || f.spec.constant != nil) {
					if f.spec.constant != nil {
						return f.spec.constant, nil
					}
					return f.spec.def, nil
				}
			}
		}
	}
	return schemaValue(w.L, sel, w.scopes)
}
