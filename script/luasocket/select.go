package luasocket

import (
	"context"
	"math"
	"os"
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
	slot  int     // its place in what poll looks at, or -1
	ready bool
}

// candidates returns the elements of a list that select looks at: those that have a
// descriptor.
func candidates(L *lua.LState, n int, read bool) (list []candidate, dirty bool) {
	if L.Get(n) == lua.LNil {
		return nil, false
	}
	t := lua51.CheckTable(L, n)
	at := make(map[int]int) // places in the list, by descriptor
	for i := 1; ; i++ {
		v := t.RawGetInt(i)
		if v == lua.LNil {
			return list, dirty
		}
		c := candidate{value: v, fd: -1, slot: -1}
		if ud, ok := v.(*lua.LUserData); ok {
			c.o, _ = ud.Value.(*object)
		}
		if c.o != nil {
			c.fd, c.dirty = c.o.fd(), read && len(c.o.buf) > 0
		} else {
			if f, ok := field(L, v, "getfd").(*lua.LFunction); ok {
				if fd, ok := lua51.Call(L, f, v).(lua.LNumber); ok {
					c.fd = int(fd)
				}
			}
			if c.fd >= 0 && read {
				if f, ok := field(L, v, "dirty").(*lua.LFunction); ok {
					c.dirty = lua.LVAsBool(lua51.Call(L, f, v))
				}
			}
		}
		if c.fd < 0 {
			continue
		}
		dirty = dirty || c.dirty
		if i, ok := at[c.fd]; ok {
			list[i] = c // one descriptor stands once
			continue
		}
		at[c.fd] = len(list)
		list = append(list, c)
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
func selectSockets(L *lua.LState) int {
	L.SetTop(3)
	limit := limitOf(lua51.OptNumber(L, 3, -1))
	readers, dirty := candidates(L, 1, true)
	writers, _ := candidates(L, 2, false)
	if dirty {
		limit = 0
	}
	var fds []unix.PollFd
	slots := make(map[int]int, len(readers)+len(writers))
	add := func(c *candidate, events int16) {
		i, ok := slots[c.fd]
		if !ok {
			i = len(fds)
			slots[c.fd] = i
			fds = append(fds, unix.PollFd{Fd: int32(c.fd)})
		}
		fds[i].Events |= events
		c.slot = i
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
			// Its outcome is told by the goroutine that connects.
			attempts = append(attempts, c.o.connecting)
			continue
		}
		add(c, unix.POLLOUT)
	}
	if err := wait(L, func(ctx context.Context) error { return poll(ctx, fds, attempts, limit) }); err != nil {
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

// pushReady pushes a table that is a list of those that are ready, and says of each its
// place: first those with bytes in their buffer, then by descriptor.
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
		t.RawSet(c.value, lua.LNumber(i+1))
	}
	L.Push(t)
}

// poll waits until a descriptor is ready, an attempt is over, the limit is reached, or ctx
// ends.
func poll(ctx context.Context, fds []unix.PollFd, attempts []*attempt, limit time.Duration) error {
	var until time.Time
	if limit >= 0 {
		until = time.Now().Add(limit)
	}
	for _, a := range attempts {
		if a.over() {
			limit = 0
		}
	}
	if limit == 0 {
		_, err := pollOnce(fds, 0)
		return err
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

// watch waits until ctx ends, an attempt is over, or stop is closed.
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

// pollOnce is poll(2), which takes milliseconds; a negative limit is none.
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
