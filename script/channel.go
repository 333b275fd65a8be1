package script

import (
	"context"
	"fmt"
	"net"
	"time"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A channel carries values between tasks, like a Go channel. The machine's lock
// guards it.
type channel struct {
	cap    int
	queue  []*message
	closed bool
	condition
}

// A message is a value in a channel.
type message struct {
	value lua.LValue
	taken bool
}

// A barrier holds waiting tasks until there are n of them; then it starts again.
type barrier struct {
	n, waiting int
	round      int
	condition
}

// A condition wakes waiting calls when something has changed.
type condition struct{ c chan struct{} }

// changed wakes all waiting calls.
func (s *condition) changed() {
	if s.c != nil {
		close(s.c)
		s.c = nil
	}
}

// next returns a channel that the next change closes.
func (s *condition) next() <-chan struct{} {
	if s.c == nil {
		s.c = make(chan struct{})
	}
	return s.c
}

// until waits until ready returns true, or ctx ends. It calls ready after each change
// of the condition. ctx is the result of limited.
func (c *Call) until(ctx context.Context, s *condition, ready func() bool) error {
	m := c.Machine
	began := time.Now()
	for !ready() {
		next := s.next()
		m.Block(func() {
			select {
			case <-next:
			case <-ctx.Done():
			}
		})
		if ctx.Err() != nil && !ready() {
			return &sockets.Error{Op: c.Verb.Name, Err: sockets.ContextCause(ctx, began)}
		}
	}
	return nil
}

// closedChannel is the error of a send on a closed channel; its code is "closed".
type closedChannel struct{}

func (closedChannel) Error() string        { return "the channel is closed" }
func (closedChannel) Is(target error) bool { return target == net.ErrClosed }

func runChannel(c *Call) error {
	n := c.Int(0, 0)
	if n < 0 {
		return &ArgumentError{Index: 0, Err: fmt.Errorf("bad capacity %d (expected 0 or more)", n)}
	}
	c.Give(c.Machine.NewObject("channel", &channel{cap: n}))
	return nil
}

func runChannelSend(c *Call) error {
	ch := c.Object(0).(*channel)
	ctx, cancel := c.limited()
	defer cancel()
	err := c.until(ctx, &ch.condition, func() bool { return ch.closed || len(ch.queue) < max(ch.cap, 1) })
	if err == nil && ch.closed {
		err = closedChannel{}
	}
	if err != nil {
		return err
	}
	p := &message{value: c.args[1].value}
	ch.queue = append(ch.queue, p)
	ch.changed()
	if ch.cap > 0 {
		return nil
	}
	// An unbuffered channel hands the value over: wait until it is taken.
	err = c.until(ctx, &ch.condition, func() bool { return p.taken || ch.closed })
	if p.taken {
		return nil
	}
	for i := range ch.queue {
		if ch.queue[i] == p {
			ch.queue = append(ch.queue[:i], ch.queue[i+1:]...)
			break
		}
	}
	ch.changed()
	if err == nil {
		err = closedChannel{}
	}
	return err
}

func runChannelRecv(c *Call) error {
	ch := c.Object(0).(*channel)
	ctx, cancel := c.limited()
	defer cancel()
	if err := c.until(ctx, &ch.condition, ch.ready); err != nil {
		return err
	}
	if len(ch.queue) == 0 {
		c.Give(lua.LNil, lua.LFalse)
		return nil
	}
	p := ch.queue[0]
	ch.queue = ch.queue[1:]
	p.taken = true
	ch.changed()
	c.Give(p.value, lua.LTrue)
	return nil
}

// ready reports whether recv would not wait.
func (ch *channel) ready() bool { return ch.closed || len(ch.queue) > 0 }

func runChannelClose(c *Call) error {
	ch := c.Object(0).(*channel)
	if ch.closed {
		return closedChannel{}
	}
	ch.closed = true
	ch.changed()
	return nil
}

func runBarrier(c *Call) error {
	n := c.Int(0, 0)
	if n < 1 {
		return &ArgumentError{Index: 0, Err: fmt.Errorf("bad number %d of tasks (expected 1 or more)", n)}
	}
	c.Give(c.Machine.NewObject("barrier", &barrier{n: n}))
	return nil
}

func runBarrierWait(c *Call) error {
	b := c.Object(0).(*barrier)
	round := b.round
	if b.waiting++; b.waiting == b.n {
		b.waiting = 0
		b.round++
		b.changed()
		return nil
	}
	ctx, cancel := c.limited()
	defer cancel()
	err := c.until(ctx, &b.condition, func() bool { return b.round != round })
	if err != nil {
		b.waiting--
	}
	return err
}

// taskArgs returns the tasks in the table that is the call's first argument.
func (c *Call) taskArgs() ([]*Task, error) {
	list, ok := c.args[0].value.(*lua.LTable)
	if !ok {
		return nil, &ArgumentError{Index: 0, Err: fmt.Errorf("bad list (expected a table of tasks, not a %s)", c.args[0].value.Type())}
	}
	var tasks []*Task
	for i := 1; i <= list.Len(); i++ {
		ud, _ := list.RawGetInt(i).(*lua.LUserData)
		var t *Task
		if ud != nil {
			t, _ = ud.Value.(*Task)
		}
		if t == nil {
			return nil, &ArgumentError{Index: 0, Err: fmt.Errorf("item %d is not a task (expected what spawn returned)", i)}
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// runWaitAll joins all tasks, even if one fails.
func runWaitAll(c *Call) error {
	tasks, err := c.taskArgs()
	if err != nil {
		return err
	}
	if err := c.await(tasks...); err != nil {
		return err
	}
	for _, t := range tasks {
		if t.err != nil {
			return rethrow{t.err.(*Error)}
		}
	}
	for _, t := range tasks {
		if len(t.values) == 0 {
			c.Give(lua.LNil)
			continue
		}
		c.Give(t.values[0])
	}
	return nil
}
