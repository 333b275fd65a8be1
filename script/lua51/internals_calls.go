package lua51

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// The frames and the registers of calls, as run makes and leaves them.

// leavesAny reports whether an instruction leaves any number of values, up to the
// top, which the next one takes.
func leavesAny(inst uint32) bool {
	switch int(inst >> 26) {
	case lua.OP_CALL:
		return inst>>9&0x1ff == 0
	case lua.OP_VARARG:
		return inst&0x1ff == 0
	}
	return false
}

// jumpOf returns the offset of a jump from the next instruction.
func jumpOf(inst uint32) int { return int(inst&0x3ffff) - jumpBias }

// push returns a new frame on the call stack, or nil if the stack is full.
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

// pop removes the top frame, which is not the first, and returns the one below.
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

// callGo calls a Go function, whose frame is the top one, and moves its results to
// their destination. It returns false if the function has yielded: the loop is
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

// callLua is Call, where f is a function of Lua that needs nothing special; ok is
// false for others. Nothing on Go's stack but its name says that such a call is a
// call of Lua by Go, which can't be left by a yield.
//
//go:noinline
func callLua(L *lua.LState, f lua.LValue, args []lua.LValue) (v lua.LValue, ok bool) {
	callee, ok := f.(*lua.LFunction)
	s := (*luaState)(unsafe.Pointer(L))
	if !ok || callee.IsG || callee.Proto.IsVarArg&lua.VarArgIsVarArg != 0 || s.stack.typ != growingStack {
		return nil, false
	}
	cf, reg := s.currentFrame, s.reg
	at, used := reg.top, int(callee.Proto.NumUsedRegisters)
	if cf == nil || cf.Idx >= s.Options.CallStackSize-spareCalls || at+1+max(len(args), used) > len(reg.array) {
		return nil, false
	}
	frame := (*autoGrowingCallFrameStack)(s.stack.stack).push()
	if frame == nil {
		return nil, false
	}
	reg.array[at] = f
	copy(reg.array[at+1:], args)
	*frame = callFrame{
		Idx: cf.Idx + 1, Fn: callee, Parent: cf, Pc: 1,
		Base: at, LocalBase: at + 1, ReturnBase: at, NArgs: len(args), NRet: 1,
	}
	s.currentFrame = frame
	enter(reg, at+1, len(args), int(callee.Proto.NumParameters), used)
	run(L, callee.Proto.Code[0], unsafe.Pointer(frame))
	v = reg.array[at]
	cut(reg, at)
	return v, true
}

// yield passes the values on the stack of the running Go function to the thread that
// resumed this one. (gopher-lua's function for it is switchToParentThread.)
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
	if top < reg.top {
		// Most often these are few: a call of clear would take longer.
		unused := reg.array[top:reg.top]
		for i := 0; i < len(unused); i++ {
			unused[i] = nil
		}
	}
	reg.top = top
}

// enter sets up the registers of a call: the arguments are present, the rest is nil.
func enter(reg *registry, first, args, params, used int) {
	rest := reg.array[first+min(args, params) : first+max(args, used)]
	for i := 0; i < len(rest); i++ {
		rest[i] = lua.LNil
	}
	reg.top = first + used
}

// leave moves the results of a call to their destination, and clears the used
// registers above them, so that they keep no values alive.
func leave(reg *registry, to, from, have, want int) {
	all := reg.array
	if have == 1 && want == 1 {
		all[to] = all[from]
	} else {
		n := min(have, want)
		for i := range n {
			all[to+i] = all[from+i]
		}
		for i := n; i < want; i++ {
			all[to+i] = lua.LNil
		}
	}
	cut(reg, to+want)
}
