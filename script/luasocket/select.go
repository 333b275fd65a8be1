package luasocket

import (
	"context"
	"math"
	"os"
	"slices"
	"sort"
	"time"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// A candidate is an element of a list of select.
type candidate struct {
	value lua.LValue
	fd    int
	dirty bool
	o     *object // if it is a socket of ours
	slot  int     // its index in the list for poll, or -1
	ready bool
}

// places maps each descriptor to its index in a list. It is kept between calls, since lists are
// long and descriptors small.
type places []int

// get returns the place of a descriptor.
func (p places) get(fd int) (int, bool) {
	if fd < len(p) && p[fd] > 0 {
		return p[fd] - 1, true
	}
	return 0, false
}

func (p *places) set(fd, at int) {
	for fd >= len(*p) {
		*p = append(*p, make([]int, fd-len(*p)+1)...)
	}
	(*p)[fd] = at + 1
}

func (p places) forget(fd int) { p[fd] = 0 }

// maxDescriptor is the greatest descriptor that select looks at, far above what a process can
// have.
const maxDescriptor = 1 << 22

// candidates returns the elements of a list that have a descriptor.
func candidates(L *lua.LState, n int, read bool, at *places) (list []candidate, dirty bool) {
	if L.Get(n) == lua.LNil {
		return nil, false
	}
	t := lua51.CheckTable(L, n)
	list = make([]candidate, 0, t.Len())
	defer func() {
		for i := range list {
			at.forget(list[i].fd)
		}
	}()
	for i := 1; ; i++ {
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return list, dirty
		}
		one := candidate{value: v, fd: -1, slot: -1}
		if ud, ok := v.(*lua.LUserData); ok {
			one.o, _ = ud.Value.(*object)
		}
		if one.o != nil {
			one.fd, one.dirty = one.o.fd(), read && one.o.dirty()
		} else {
			if f, ok := field(L, v, "getfd").(*lua.LFunction); ok {
				if fd, ok := lua51.Call(L, f, v).(lua.LNumber); ok {
					one.fd = int(fd)
				}
			}
			if one.fd >= 0 && read {
				if f, ok := field(L, v, "dirty").(*lua.LFunction); ok {
					one.dirty = lua.LVAsBool(lua51.Call(L, f, v))
				}
			}
		}
		if one.fd < 0 || one.fd > maxDescriptor {
			continue
		}
		dirty = dirty || one.dirty
		if i, ok := at.get(one.fd); ok {
			list[i] = one // each descriptor appears once
			continue
		}
		at.set(one.fd, len(list))
		list = append(list, one)
	}
}

// field is a field of any value that may have fields.
func field(L *lua.LState, v lua.LValue, name string) lua.LValue {
	switch v.(type) {
	case *lua.LTable, *lua.LUserData, lua.LString:
		return L.GetField(v, name)
	}
	L.Error(lua.LString("attempt to index a "+v.Type().String()+" value"), 0)
	return lua.LNil
}

// selectSockets is select(r, w [, seconds]). It calls poll(2), so that descriptors may have
// any number.
func (c *core) selectSockets(L *lua.LState) int {
	L.SetTop(3)
	limit := limitOf(lua51.OptNumber(L, 3, -1))
	at := c.places
	c.places = nil // getfd may be Lua that calls select
	defer func() { c.places = at }()
	readers, dirty := candidates(L, 1, true, &at)
	writers, _ := candidates(L, 2, false, &at)
	if dirty {
		limit = 0
	}
	fds := make([]unix.PollFd, 0, len(readers)+len(writers)+1)
	add := func(one *candidate, events int16) {
		i, ok := at.get(one.fd)
		if !ok {
			i = len(fds)
			at.set(one.fd, i)
			fds = append(fds, unix.PollFd{Fd: int32(one.fd)})
		}
		fds[i].Events |= events
		one.slot = i
	}
	var attempts []*attempt
	for i := range readers {
		if c := &readers[i]; !c.dirty {
			add(c, unix.POLLIN)
		}
	}
	for i := range writers {
		c := &writers[i]
		if c.o != nil && c.o.connecting != nil {
			// The connecting goroutine reports the result.
			attempts = append(attempts, c.o.connecting)
			continue
		}
		add(c, unix.POLLOUT)
	}
	for i := range fds {
		at.forget(int(fds[i].Fd))
	}
	ready, err := pollNow(fds, attempts)
	if err == nil && !ready && limit != 0 {
		err = wait(L, func(ctx context.Context) error { return poll(ctx, fds, attempts, limit) })
	}
	if err != nil {
		lua51.Raise(L, 1, "%s", errorText(err))
	}
	const failed = unix.POLLERR | unix.POLLHUP | unix.POLLNVAL
	any := false
	for i := range readers {
		c := &readers[i]
		c.ready = c.dirty || c.slot >= 0 && fds[c.slot].Revents&(unix.POLLIN|failed) != 0
		any = any || c.ready
	}
	for i := range writers {
		c := &writers[i]
		if c.o != nil && c.o.connecting != nil {
			c.ready = c.o.connecting.over()
		} else {
			c.ready = fds[c.slot].Revents&(unix.POLLOUT|failed) != 0
		}
		any = any || c.ready
	}
	pushReady(L, readers)
	pushReady(L, writers)
	if any {
		return 2
	}
	L.Push(lua.LString("timeout"))
	return 3
}

// pushReady pushes a table that lists the ready sockets and maps each to its index: first the
// sockets with buffered bytes, then by descriptor.
func pushReady(L *lua.LState, list []candidate) {
	var ready []candidate
	for _, c := range list {
		if c.ready {
			ready = append(ready, c)
		}
	}
	sort.SliceStable(ready, func(i, j int) bool {
		if ready[i].dirty != ready[j].dirty {
			return ready[i].dirty
		}
		return !ready[i].dirty && ready[i].fd < ready[j].fd
	})
	t := L.NewTable()
	for i, c := range ready {
		t.RawSetInt(i+1, c.value)
		lua51.Set(t, c.value, lua.LNumber(i+1))
	}
	L.Push(t)
}

// pollNow reports whether a descriptor is ready or an attempt has ended.
func pollNow(fds []unix.PollFd, attempts []*attempt) (bool, error) {
	n, err := pollOnce(fds, 0)
	over := slices.ContainsFunc(attempts, (*attempt).over)
	return over || n > 0, err
}

// poll waits until a descriptor is ready, an attempt has ended, the limit is reached, or ctx
// ends. A negative limit means no limit.
func poll(ctx context.Context, fds []unix.PollFd, attempts []*attempt, limit time.Duration) error {
	var until time.Time
	if limit >= 0 {
		until = time.Now().Add(limit)
	}
	woken, wake, err := os.Pipe()
	if err != nil {
		return err
	}
	defer woken.Close()
	defer wake.Close()
	stop, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		watch(ctx, attempts, stop)
		wake.Write([]byte{0})
	}()
	defer func() {
		close(stop)
		<-gone
	}()
	all := append(fds[:len(fds):len(fds)], unix.PollFd{Fd: int32(woken.Fd()), Events: unix.POLLIN})
	for {
		n, err := pollOnce(all, limit)
		if err != nil {
			return err
		}
		copy(fds, all)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if n > 0 {
			return nil
		}
		if limit >= 0 {
			if limit = time.Until(until); limit <= 0 {
				return nil
			}
		}
	}
}

// watch waits until ctx ends, an attempt ends, or stop is closed.
func watch(ctx context.Context, attempts []*attempt, stop <-chan struct{}) {
	over := make(chan struct{}, len(attempts))
	for _, a := range attempts {
		go func() {
			select {
			case <-a.done:
				over <- struct{}{}
			case <-stop:
			}
		}()
	}
	select {
	case <-ctx.Done():
	case <-over:
	case <-stop:
	}
}

// pollOnce is poll(2), which takes milliseconds; a negative limit means no limit.
func pollOnce(fds []unix.PollFd, limit time.Duration) (int, error) {
	ms := -1
	if limit >= 0 {
		ms = int(min(math.Ceil(float64(limit)/float64(time.Millisecond)), math.MaxInt32))
	}
	n, err := unix.Poll(fds, ms)
	if err == unix.EINTR {
		return 0, nil
	}
	return n, err
}
