package script

import (
	lua "github.com/yuin/gopher-lua"
)

// pcall and xpcall run their function in a worker, a Lua thread of its own,
// because gopher-lua closes all upvalues of a thread when an error is raised
// in it, also those of functions that go on after the error is caught. A
// worker that ends well is used again. A yield in a worker is passed on to
// the coroutine that called pcall, which gets the worker as its pending one.

// pcall is pcall (5.1).
func (in *interp) pcall(L *lua.LState) int {
	n := L.GetTop()
	if n == 0 {
		argError(L, 1, "value expected")
	}
	if tooDeep(L) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("C stack overflow"))
		return 2
	}
	w := in.worker(L)
	w.caller = "pcall"
	for i := 1; i <= n; i++ {
		w.args = append(w.args, L.Get(i))
	}
	return in.protect(L, w, in.co.plain)
}

// xpcall is xpcall (5.1).
func (in *interp) xpcall(L *lua.LState) int {
	if L.GetTop() < 2 {
		argError(L, 2, "value expected")
	}
	if tooDeep(L) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("C stack overflow"))
		return 2
	}
	w := in.worker(L)
	w.caller = "xpcall"
	w.handler = in.callable(L, L.Get(2))
	if w.hook == nil {
		w.hook = L.NewFunction(w.setHook)
	}
	w.args = append(w.args, L.Get(1), w.hook)
	return in.protect(L, w, in.co.hooked)
}

// protect runs a worker and gives its outcome as pcall's results.
//
//go:noinline
func (in *interp) protect(L *lua.LState, w *thread, trampoline *lua.LFunction) int {
	st, vals, err := in.start(L, w, trampoline, w.args)
	if st == lua.ResumeYield {
		// coYield has seen to it that L can yield.
		if t := recordOf(L); t != nil {
			t.pending = w
		}
		L.SetTop(0)
		pushAll(L, vals)
		return -1
	}
	return pushAll(L, in.outcome(L, w, st, vals, err))
}

// outcome ends the work of a worker: with true and the results, or false and
// the error.
func (in *interp) outcome(L *lua.LState, w *thread, st lua.ResumeState, vals []lua.LValue, err lua.LValue) []lua.LValue {
	if st == lua.ResumeOK {
		vals[0] = lua.LTrue
		in.release(w)
		return vals
	}
	if w.handler != nil && !w.handled {
		// The stack overflowed, or Go panicked: nobody asked the handler yet.
		h := w.handler
		vals, herr := in.call(L, h, err)
		switch {
		case herr != nil:
			err = lua.LString("error in error handling")
		case len(vals) > 0:
			err = vals[0]
		default:
			err = lua.LNil
		}
	}
	return []lua.LValue{lua.LFalse, err}
}

// worker takes a free worker, or makes one.
func (in *interp) worker(L *lua.LState) *thread {
	var w *thread
	if n := len(in.co.free); n > 0 {
		w = in.co.free[n-1]
		in.co.free[n-1] = nil
		in.co.free = in.co.free[:n-1]
		w.ls.Dead = false
	} else {
		w = newRecord(L, makeThread(L, workerCalls, threadRegs, threadGrowth))
	}
	w.base = L
	w.args = append(w.args[:0], w.mark)
	return w
}

const maxFree = 64

// release keeps a worker that has ended well for another time.
func (in *interp) release(w *thread) {
	clear(w.args)
	if len(in.co.free) >= maxFree || cap(w.args) > 256 {
		return
	}
	w.base, w.handler, w.handled, w.inError, w.away = nil, nil, false, 0, false
	in.co.free = append(in.co.free, w)
}

// call calls f in a worker, for Go: the error is what it raised, as a value,
// and nil when it returned.
func (in *interp) call(L *lua.LState, f lua.LValue, args ...lua.LValue) ([]lua.LValue, lua.LValue) {
	if tooDeep(L) {
		return nil, lua.LString("C stack overflow")
	}
	w := in.worker(L)
	w.caller = "?"
	w.args = append(append(w.args, f), args...)
	st, vals, err := in.start(L, w, in.co.plain, w.args)
	if st == lua.ResumeError {
		return nil, err
	}
	vals = vals[1:]
	in.release(w)
	return vals, nil
}

// callable is a handler of xpcall as a function.
func (in *interp) callable(L *lua.LState, v lua.LValue) *lua.LFunction {
	if f, ok := v.(*lua.LFunction); ok {
		return f
	}
	return L.NewFunction(func(L *lua.LState) int {
		L.Insert(v, 1)
		L.Call(L.GetTop()-1, 1)
		return 1
	})
}

// setHook is what the trampoline of xpcall calls first: errors in the thread
// are shown to the handler where they are raised, while the stack still stands.
func (w *thread) setHook(L *lua.LState) int {
	L.Panic = w.raised
	return 0
}

// raised takes the place of gopher-lua's own way to raise the error on the top
// of the stack.
func (w *thread) raised(L *lua.LState) {
	err := L.Get(-1)
	cancelled := L.Context() != nil && L.Context().Err() != nil
	if w.handler == nil || cancelled {
		w.handled = true
		panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: err})
	}
	if w.inError++; w.inError > 10 {
		w.handled = true
		panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: lua.LString("error in error handling")})
	}
	L.Push(w.handler)
	L.Push(err)
	L.Call(1, 1)
	w.handled = true
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: L.Get(-1)})
}
