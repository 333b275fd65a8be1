package script

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	lua "github.com/yuin/gopher-lua"
)

const (
	// turn is how long Lua that does not wait may hold the lock while other
	// goroutines wait for it, and how soon it notices that its context has ended.
	turn = 5 * time.Millisecond
	// cleanupTime is how long Lua may continue after it has caught the error of a
	// cancelled context.
	cleanupTime = 200 * time.Millisecond
)

// lock acquires the machine's lock. Lua that holds the lock and does not wait yields
// it at the end of its turn.
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

// A beginning counts the tasks that were started, and those that have acquired the lock since.
// Without it, a script that starts a task and sleeps for a moment could end before the system has
// run the task's goroutine.
type beginning struct {
	mu            sync.Mutex
	started, done int
	change        chan struct{} // closed when done grows, or nil
}

// start notes that a task was started.
func (b *beginning) start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started++
}

// begin notes that such a task has the lock.
func (b *beginning) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	if b.change != nil {
		close(b.change)
		b.change = nil
	}
}

// wait returns when as many tasks have begun as were started before the call. The caller does not
// hold the lock.
func (b *beginning) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for until := b.started; b.done < until; b.mu.Lock() {
		if b.change == nil {
			b.change = make(chan struct{})
		}
		change := b.change
		b.mu.Unlock()
		<-change
	}
}

// An activity counts the goroutines that run Lua, or are about to, and do not wait.
type activity struct {
	n     atomic.Int32
	quiet chan struct{} // has an item after n was 0; its capacity is 1
}

func (a *activity) add(n int32) {
	if a.n.Add(n) == 0 {
		select {
		case a.quiet <- struct{}{}:
		default:
		}
	}
}

// wait returns when every goroutine waits or has ended, or when ctx ends.
func (a *activity) wait(ctx context.Context) {
	for a.n.Load() != 0 {
		select {
		case <-a.quiet:
		case <-ctx.Done():
			return
		}
	}
}

// enter acquires the lock for a task. Until leave is called, Lua is interrupted when
// the task's context ends.
func (m *Machine) enter(t *Task) (leave func()) {
	stop := context.AfterFunc(t.ctx, func() {
		m.ended.Add(1)
		m.watchTurns()
	})
	m.active.add(1)
	m.lock()
	m.current = t
	return func() {
		m.mu.Unlock()
		m.active.add(-1)
		if !stop() {
			m.ended.Add(-1)
		}
	}
}

// limit runs f, which runs Lua of the current task, and interrupts it when ctx ends.
// ctx is derived from the task's context. The caller holds the lock.
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

// watchTurns interrupts the running Lua after each turn, as long as a goroutine
// waits for the lock, or a context of running Lua has ended.
func (m *Machine) watchTurns() {
	if m.watched.CompareAndSwap(false, true) {
		m.turns.Reset(turn)
	}
}

// endTurn is called by the timer at the end of a turn.
func (m *Machine) endTurn() {
	if m.waiting.Load() > 0 || m.ended.Load() > 0 || m.ctx.Err() != nil && !m.closed.Load() {
		m.in.Interrupt()
		m.turns.Reset(turn)
		return
	}
	m.in.ClearInterrupt()
	m.watched.Store(false)
	if m.waiting.Load() > 0 || m.ended.Load() > 0 {
		m.watchTurns() // a waiter arrived while this ended
	}
}

// attend is called by Lua that is interrupted: it fails if its context has
// ended, and else lets others have the lock, who may end it.
func (m *Machine) attend(L *lua.LState) {
	m.checkEnded(L)
	m.unlocked(m.giveWay)
	m.checkEnded(L)
}

// giveWay yields until a waiter has acquired the lock. Unlocking alone would not be
// enough: the lock would go straight back to this goroutine, since the waiter sleeps.
func (m *Machine) giveWay() {
	taken := m.taken.Load()
	for began := time.Now(); m.waiting.Load() > 0 && m.taken.Load() == taken && time.Since(began) < turn; {
		runtime.Gosched()
	}
}

// checkEnded raises an error if the context of the running Lua has ended. Lua that
// catches the error has cleanupTime; after that, it is interrupted again.
func (m *Machine) checkEnded(L *lua.LState) {
	t := m.current
	switch now := time.Now(); {
	case t.ctx.Err() == nil:
	case t.cleanup.IsZero():
		t.cleanup = now.Add(cleanupTime)
		if !t.ending { // no verb has failed because of it yet
			m.raiseCancelled(L)
		}
	case now.After(t.cleanup):
		m.in.Interrupt() // next, interrupt a loop around the pcall
		m.raiseCancelled(L)
	}
}
