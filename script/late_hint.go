package script

import (
	"runtime"
	"sync"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

// lateHints has the causes of raised errors whose hints look at the machine. Such a hint is made
// when it is read, since most errors of such kinds are caught and never shown. The tables are
// held weakly. It may be used concurrently.
type lateHints struct {
	mu     sync.Mutex
	causes map[weak.Pointer[lua.LTable]]error
}

// add notes the cause of a raised error, until its table is collected.
func (l *lateHints) add(t *lua.LTable, cause error) {
	key := weak.Make(t)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.causes == nil {
		l.causes = make(map[weak.Pointer[lua.LTable]]error)
	}
	l.causes[key] = cause
	runtime.AddCleanup(t, l.forget, key)
}

func (l *lateHints) forget(key weak.Pointer[lua.LTable]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.causes, key)
}

// of returns the cause of a raised error, or nil if its hint was made with it.
func (l *lateHints) of(t *lua.LTable) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.causes[weak.Make(t)]
}

// errorField is the __index of raised errors: it makes the hint when a script reads it.
func (m *Machine) errorField(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if !ok || L.Get(2) != lua.LString("hint") {
		return 0
	}
	cause := m.late.of(t)
	if cause == nil {
		return 0
	}
	var hint string
	m.Block(func() { hint = m.hint(cause) })
	m.late.forget(weak.Make(t))
	if hint == "" {
		return 0
	}
	t.RawSetString("hint", lua.LString(hint))
	L.Push(lua.LString(hint))
	return 1
}
