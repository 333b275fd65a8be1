package script

import (
	"context"
	"runtime"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const (
	// turn is how long Lua that does not wait may hold the lock while others
	// want it, and how soon it learns that its context has ended.
	turn = 5 * time.Millisecond
	// cleanupTime is how long Lua may go on that has caught the error of its
	// context's end.
	cleanupTime = 200 * time.Millisecond
)

// lock takes the machine's lock. Lua that holds it without an end gives it away
// when its turn is over.
func (m *Machine) lock() {
	if m.mu.TryLock() {
		return
	}
	m.waiting.Add(1)
	m.watchTurns()
	m.mu.Lock()
	m.waiting.Add(-1)
	m.taken.Add(1)
}

// enter takes the lock for a task, whose Lua ends with the task's context, until
// the function that it returns is called.
func (m *Machine) enter(t *Task) (leave func()) {
	stop := context.AfterFunc(t.ctx, func() {
		m.ended.Add(1)
		m.watchTurns()
	})
	m.lock()
	m.current = t
	return func() {
		m.mu.Unlock()
		if !stop() {
			m.ended.Add(-1)
		}
	}
}

// limit runs f, which runs Lua of the current task, and has it end with ctx, which
// ends with the task's context or before. The caller holds the lock.
func (m *Machine) limit(ctx context.Context, f func()) {
	if ctx == m.context() {
		f()
		return
	}
	outer := m.current
	inner := *outer
	inner.ctx, inner.cleanup = ctx, time.Time{}
	m.current = &inner
	stop := context.AfterFunc(ctx, func() {
		m.ended.Add(1)
		m.watchTurns()
	})
	defer func() {
		m.current = outer
		outer.ending = outer.ending || inner.ending && outer.ctx.Err() != nil
		if !stop() {
			m.ended.Add(-1)
		}
	}()
	f()
}

// watchTurns has the Lua that runs interrupted after each turn, for as long as
// someone waits for the lock, or Lua runs whose context has ended.
func (m *Machine) watchTurns() {
	if m.watched.CompareAndSwap(false, true) {
		m.turns.Reset(turn)
	}
}

// endTurn is what the timer calls after a turn.
func (m *Machine) endTurn() {
	if m.waiting.Load() > 0 || m.ended.Load() > 0 || m.ctx.Err() != nil && !m.closed.Load() {
		m.in.Interrupt()
		m.turns.Reset(turn)
		return
	}
	m.in.ClearInterrupt()
	m.watched.Store(false)
	if m.waiting.Load() > 0 || m.ended.Load() > 0 {
		m.watchTurns() // as it came while this went
	}
}

// attend is called by Lua that is interrupted: it fails if its context has
// ended, and else lets others have the lock, who may end it.
func (m *Machine) attend(L *lua.LState) {
	m.checkEnded(L)
	m.Block(m.giveWay)
	m.checkEnded(L)
}

// giveWay returns when one of those who wait for the lock has it, or had it.
// The lock itself would come back to who has just let it go, and the one who
// waits is asleep.
func (m *Machine) giveWay() {
	taken := m.taken.Load()
	for began := time.Now(); m.waiting.Load() > 0 && m.taken.Load() == taken && time.Since(began) < turn; {
		runtime.Gosched()
	}
}

// checkEnded fails if the context of the Lua that runs has ended. Who catches
// that error has a while to clean up; then whatever loops fails, too.
func (m *Machine) checkEnded(L *lua.LState) {
	t := m.current
	switch now := time.Now(); {
	case t.ctx.Err() == nil:
	case t.cleanup.IsZero():
		t.cleanup = now.Add(cleanupTime)
		if !t.ending { // no verb has failed for it so far
			m.raiseCancelled(L)
		}
	case now.After(t.cleanup):
		m.in.Interrupt() // the loop around a pcall is next
		m.raiseCancelled(L)
	}
}
