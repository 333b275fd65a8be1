package script

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A race is one call of wait_any: a goroutine waits for each item, and the first one that is
// ready ends the call.
type race struct {
	ctx     context.Context
	runners sync.WaitGroup
	first   chan int // index of an item that is ready, or whose state has changed
	err     error    // the error of a handle that can't be waited for
	errOnce sync.Once
}

// run waits for item i with f; an error of f also ends the race.
func (r *race) run(i int, f func(ctx context.Context) error) {
	r.runners.Go(func() {
		err := f(r.ctx)
		if r.ctx.Err() != nil {
			return
		}
		if err != nil {
			r.errOnce.Do(func() { r.err = err })
		}
		select {
		case r.first <- i:
		case <-r.ctx.Done():
		}
	})
}

// runWaitAny waits until one of several items is ready, and takes nothing from it.
func runWaitAny(c *Call) error {
	list, ok := c.args[0].value.(*lua.LTable)
	if !ok || list.Len() == 0 {
		return &ArgumentError{Index: 0, Err: errors.New("expected a table of channels, handles, tasks and seconds")}
	}
	m := c.Machine
	outer := m.context()
	ctx, cancel := context.WithCancel(outer)
	r := &race{ctx: ctx, first: make(chan int)}
	defer m.Block(func() { cancel(); r.runners.Wait() })
	channels := make(map[int]*channel)
	for i := 1; i <= list.Len(); i++ {
		v := list.RawGetInt(i)
		if ch, err := c.join(r, i, v); err != nil {
			return err
		} else if ch != nil {
			channels[i] = ch
		}
	}
	began := time.Now()
	watched := make(map[int]bool)
	for {
		for i := 1; i <= list.Len(); i++ {
			ch := channels[i]
			if ch == nil {
				continue
			}
			if ch.ready() {
				c.Give(lua.LNumber(i), list.RawGetInt(i))
				return nil
			}
			if !watched[i] {
				next := ch.next()
				watched[i] = true
				r.run(i, func(ctx context.Context) error {
					select {
					case <-next:
					case <-ctx.Done():
					}
					return nil
				})
			}
		}
		i := 0
		m.Block(func() {
			select {
			case i = <-r.first:
			case <-outer.Done():
			}
		})
		switch {
		case outer.Err() != nil:
			return &sockets.Error{Op: "wait_any", Err: sockets.ContextCause(outer, began)}
		case r.err != nil:
			return r.err
		case channels[i] != nil:
			watched[i] = false // it has changed: check whether it is ready
		default:
			c.Give(lua.LNumber(i), list.RawGetInt(i))
			return nil
		}
	}
}

// join adds an item to the race. A channel is returned instead, since it is examined with the
// machine's lock held.
func (c *Call) join(r *race, i int, v lua.LValue) (*channel, error) {
	if d, ok := v.(lua.LNumber); ok && d >= 0 {
		r.run(i, func(ctx context.Context) error { return sockets.Pause(ctx, seconds(float64(d))) })
		return nil, nil
	}
	if ud, ok := v.(*lua.LUserData); ok {
		switch x := ud.Value.(type) {
		case *channel:
			return x, nil
		case *Task:
			r.run(i, x.await)
			return nil, nil
		}
	}
	h, err := c.Machine.toHandle("wait_any", v)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, &ArgumentError{Index: 0, Err: fmt.Errorf("number %d is a %s (expected a channel, a handle, a task or seconds)", i, v.Type())}
	}
	r.run(i, h.Ready)
	return nil, nil
}
