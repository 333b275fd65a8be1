package lualib

import (
	"sort"
	"strconv"
	"strings"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// How much of a table Inspect shows.
const (
	inspectDepth = 4
	inspectItems = 100
)

// Inspect returns a value for a person to read: a table with what is in it, a
// string as quote writes it. A table that has a metatable is its [Text]. After
// limit bytes, if that is not 0, the rest may be left out.
func Inspect(l *lua.LState, v lua.LValue, quote func([]byte) string, limit int) string {
	d := inspector{l: l, quote: quote, limit: limit}
	d.value(v, 0)
	return d.b.String()
}

// InspectTable is [Inspect] for what is in a table, whatever its metatable.
func InspectTable(l *lua.LState, t *lua.LTable, quote func([]byte) string, limit int) string {
	d := inspector{l: l, quote: quote, limit: limit}
	d.table(t, 0)
	return d.b.String()
}

// Text returns what Lua's tostring does. A __tostring is code like any other,
// which can fail or wait, so it has a thread of its own; if it fails, the text is
// that of a value without one.
func Text(l *lua.LState, v lua.LValue) string {
	f := l.GetMetaField(v, "__tostring")
	if v.Type() == lua.LTString || f == lua.LNil {
		return lua.LVAsString(lua51.ToString(l, v))
	}
	caller := l.G.CurrentThread
	thread := lua51.NewThread(l)
	l.G.CurrentThread = thread
	values, err := lua51.Run(thread, f, v)
	l.G.CurrentThread = caller
	if err == nil && len(values) > 0 && lua.LVCanConvToString(values[0]) {
		return Text(l, values[0])
	}
	return v.String()
}

// An inspector writes values for a person.
type inspector struct {
	l     *lua.LState
	quote func([]byte) string
	limit int // bytes after which the rest is of no interest; 0: none
	b     strings.Builder
	seen  map[*lua.LTable]bool
}

// full reports whether enough was written.
func (d *inspector) full() bool { return d.limit > 0 && d.b.Len() > d.limit }

func (d *inspector) value(v lua.LValue, depth int) {
	switch v := v.(type) {
	case lua.LString:
		d.text(string(v))
	case *lua.LTable:
		if v.Metatable != lua.LNil && v.Metatable != nil {
			d.b.WriteString(Text(d.l, v))
			return
		}
		if d.seen[v] || depth >= inspectDepth {
			d.b.WriteString("{...}")
			return
		}
		d.table(v, depth)
	default:
		d.b.WriteString(Text(d.l, v))
	}
}

// text writes a string, quoted.
func (d *inspector) text(s string) {
	if d.limit > 0 && len(s) > d.limit {
		s = s[:d.limit] // what is cut is cut again to fit
	}
	d.b.WriteString(d.quote([]byte(s)))
}

func (d *inspector) table(t *lua.LTable, depth int) {
	if d.seen == nil {
		d.seen = make(map[*lua.LTable]bool)
	}
	d.seen[t] = true
	defer delete(d.seen, t)
	type entry struct {
		key   string
		value lua.LValue
	}
	var list, named []entry
	n := t.Len()
	left := 0
	for i := 1; i <= n; i++ {
		if i > inspectItems {
			left = n - inspectItems
			break
		}
		list = append(list, entry{"", t.RawGetInt(i)})
	}
	for k, val := range lua51.Each(t) {
		if num, ok := k.(lua.LNumber); ok && num >= 1 && int(num) <= n && float64(num) == float64(int(num)) {
			continue
		}
		if d.limit > 0 && len(named) >= 10*inspectItems {
			left++
			continue
		}
		key := "[" + Text(d.l, k) + "]"
		if s, ok := k.(lua.LString); ok {
			if key = string(s); d.limit > 0 && len(key) > d.limit {
				key = key[:d.limit]
			}
			if !lua51.IsName(key) {
				key = "[" + d.quote([]byte(key)) + "]"
			}
		}
		named = append(named, entry{key + " = ", val})
	}
	sort.SliceStable(named, func(i, j int) bool { return named[i].key < named[j].key })
	entries := append(list, named...)
	if over := len(entries) - inspectItems; over > 0 {
		left += over
		entries = entries[:inspectItems]
	}
	d.b.WriteString("{")
	for i, e := range entries {
		if i > 0 {
			d.b.WriteString(", ")
		}
		if d.full() {
			break
		}
		d.b.WriteString(e.key)
		d.value(e.value, depth+1)
	}
	if left > 0 {
		d.b.WriteString(", ... " + strconv.Itoa(left) + " more")
	}
	d.b.WriteString("}")
}
