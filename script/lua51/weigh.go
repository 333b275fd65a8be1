package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// Weigh returns how many bytes the values hold, about, with all that they lead
// to, each counted once. It stops counting at more than limit. No Lua may run
// meanwhile.
func Weigh(limit int64, values ...lua.LValue) int64 {
	w := &weigher{limit: limit}
	for _, v := range values {
		w.add(v)
	}
	w.run()
	return w.bytes
}

// A weigher adds up what values hold, each once.
type weigher struct {
	seen  pointerSet
	todo  []lua.LValue
	depth int // of calls of visit
	bytes int64
	limit int64
}

// What a value takes beside its content, about.
const (
	slotBytes     = 16
	tableBytes    = 120
	functionBytes = 64
	threadBytes   = 10 << 10
)

func (w *weigher) add(v lua.LValue) {
	switch v := v.(type) {
	case lua.LNumber:
		w.bytes += 8
	case lua.LString:
		w.text(string(v))
	case *lua.LTable:
		w.visit(unsafe.Pointer(v), v)
	case *lua.LFunction:
		w.visit(unsafe.Pointer(v), v)
	case *lua.LUserData:
		w.visit(unsafe.Pointer(v), v)
	case *lua.LState:
		if v != nil {
			w.visit(unsafe.Pointer(v), v)
		}
	}
}

func (w *weigher) text(s string) {
	if len(s) > 0 && w.seen.add(unsafe.Pointer(unsafe.StringData(s))) {
		w.bytes += int64(len(s)) + slotBytes
	}
}

// visit adds a value that leads to others: now, or later if that would go too deep.
func (w *weigher) visit(p unsafe.Pointer, v lua.LValue) {
	switch {
	case !w.seen.add(p):
	case w.depth < 100:
		w.depth++
		w.open(v)
		w.depth--
	default:
		w.todo = append(w.todo, v)
	}
}

func (w *weigher) run() {
	for len(w.todo) > 0 && w.bytes <= w.limit {
		v := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		w.open(v)
	}
}

// open adds a value's own bytes, and the values in it.
func (w *weigher) open(v lua.LValue) {
	switch v := v.(type) {
	case *lua.LTable:
		w.bytes += tableBytes + partsOf(v).bytes()
		w.fields(partsOf(v))
		w.add(v.Metatable)
	case *lua.LFunction:
		w.bytes += functionBytes
		for _, up := range v.Upvalues {
			if up != nil {
				w.add(up.Value())
			}
		}
	case *lua.LUserData:
		w.add(v.Metatable)
	case *lua.LState:
		w.bytes += threadBytes
		for _, val := range usedRegisters(v) {
			if val != nil {
				w.add(val)
			}
		}
		if v.Parent != nil {
			w.add(v.Parent)
		}
		if t := recordOf(v); t != nil && t.base != nil {
			w.add(t.base) // which waits for this thread
		}
	}
}
