package script

import (
	lua "github.com/yuin/gopher-lua"

	"sosh/script/lua51"
)

// Held returns what the Lua values of the machine hold, in bytes, about, with those
// of the scope's threads. It stops counting at more than limit; all Lua waits
// meanwhile.
func (s *Scope) Held(limit int64) int64 {
	m := s.m
	m.lock()
	defer m.mu.Unlock()
	values := []lua.LValue{m.l.G.Global, m.l.G.Registry, m.l}
	if s.main != nil {
		values = append(values, s.main.thread)
	}
	for _, t := range s.tasks {
		if !t.ended() {
			values = append(values, t.thread)
		}
	}
	return lua51.Weigh(limit, values...)
}
