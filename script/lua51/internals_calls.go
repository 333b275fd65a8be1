package lua51

import lua "github.com/yuin/gopher-lua"

// The frames and the registers of calls, as run makes and leaves them.

// push returns the place of one more call, or nil if there is none left.
func (c *autoGrowingCallFrameStack) push() *callFrame {
	segment := c.segments[c.segIdx]
	if c.segSp >= lua.FramesPerSegment {
		if int(c.segIdx)+1 >= len(c.segments) {
			return nil
		}
		c.segIdx++
		c.segSp = 0
		if segment = c.segments[c.segIdx]; segment == nil {
			segment = new(callFrameStackSegment)
			c.segments[c.segIdx] = segment
		}
	}
	c.segSp++
	return &segment.array[c.segSp-1]
}

// pop takes a call off, which is not the first, and returns the one below.
func (c *autoGrowingCallFrameStack) pop() *callFrame {
	if c.segSp == 0 {
		// The segment stays for the next call; the one above it goes.
		if above := int(c.segIdx) + 1; above < len(c.segments) {
			c.segments[above] = nil
		}
		c.segIdx--
		c.segSp = lua.FramesPerSegment
	}
	c.segSp--
	if c.segSp == 0 {
		return &c.segments[c.segIdx-1].array[lua.FramesPerSegment-1]
	}
	return &c.segments[c.segIdx].array[c.segSp-1]
}

// callGo calls a function of Go's, whose frame is the top one, and puts its results
// where they are wanted. It returns false if the function has yielded: the loop is
// to end then.
func callGo(L *lua.LState, s *luaState, f *callFrame) bool {
	have := f.Fn.GFunction(L)
	if have < 0 {
		yield(L, s)
		return false
	}
	want := f.NRet
	if want < 0 {
		want = have
	}
	leave(s.reg, f.ReturnBase, s.reg.top-have, have, want)
	s.currentFrame = (*autoGrowingCallFrameStack)(s.stack.stack).pop()
	return true
}

// yield passes what the running function of Go's has on its stack to the thread
// that resumed this one. (gopher-lua's function for it is switchToParentThread.)
func yield(L *lua.LState, s *luaState) {
	parent := L.Parent
	if parent == nil {
		L.RaiseError("can not yield from outside of a coroutine")
	}
	L.G.CurrentThread = parent
	L.Parent = nil
	if !s.wrapped {
		parent.Push(lua.LTrue)
	}
	L.XMoveTo(parent, L.GetTop())
	f := s.currentFrame
	s.currentFrame = (*autoGrowingCallFrameStack)(s.stack.stack).pop()
	cut(s.reg, s.reg.top-(f.LocalBase-f.ReturnBase))
}

// cut makes the registers from top on unused ones.
func cut(reg *registry, top int) {
	for i := top; i < reg.top; i++ {
		reg.array[i] = nil
	}
	reg.top = top
}

// enter gives a call its registers: the arguments are there, the rest is nil.
func enter(reg *registry, first, args, params, used int) {
	all := reg.array[first : first+max(args, used)]
	for i := min(args, params); i < len(all); i++ {
		all[i] = lua.LNil
	}
	reg.top = first + used
}

// leave moves the results of a call to where they are wanted, and clears what was
// in use above them, so that nothing is kept alive there.
func leave(reg *registry, to, from, have, want int) {
	all := reg.array
	n := min(have, want)
	for i := range n {
		all[to+i] = all[from+i]
	}
	for i := n; i < want; i++ {
		all[to+i] = lua.LNil
	}
	cut(reg, to+want)
}
