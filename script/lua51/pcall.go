package lua51

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
)

// pcall and xpcall run their function in a worker, a Lua thread of its own,
// because gopher-lua closes all upvalues of a thread when an error is raised
// in it, also those of functions that go on after the error is caught. A
// worker that ends well is used again. A yield in a worker is passed on to
// the coroutine that called pcall, which gets the worker as its pending one.

// pcall is pcall (5.1).
func (in *Interp) pcall(L *lua.LState) int {
	n := L.GetTop()
	if n == 0 {
		ArgError(L, 1, "value expected")
	}
	if tooDeep(L) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("C stack overflow"))
		return 2
	}
	if !isCallable(L, L.Get(1)) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("attempt to call a " + L.Get(1).Type().String() + " value"))
		return 2
	}
	w := in.worker(L)
	w.caller = "pcall"
	for i := 1; i <= n; i++ {
		w.args = append(w.args, L.Get(i))
	}
	return in.protect(L, w)
}

// xpcall is xpcall (5.1).
func (in *Interp) xpcall(L *lua.LState) int {
	if L.GetTop() < 2 {
		ArgError(L, 2, "value expected")
	}
	if tooDeep(L) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("C stack overflow"))
		return 2
	}
	if !isCallable(L, L.Get(1)) {
		vals, err := in.PCall(L, L.Get(2), lua.LString("attempt to call a "+L.Get(1).Type().String()+" value"))
		if err != nil {
			vals = []lua.LValue{lua.LString("error in error handling")}
		}
		L.Push(lua.LFalse)
		return 1 + PushAll(L, append(vals, lua.LNil)[:1])
	}
	w := in.worker(L)
	w.caller = "xpcall"
	w.handler = in.callable(L, L.Get(2))
	w.args = append(w.args, L.Get(1))
	return in.protect(L, w)
}

// protect runs a worker and gives its outcome as pcall's results.
//
//go:noinline
func (in *Interp) protect(L *lua.LState, w *thread) int {
	st, vals, err := in.start(L, w, w.args)
	if st == lua.ResumeYield {
		// coYield has seen to it that L can yield.
		if t := recordOf(L); t != nil {
			t.pending = w
		}
		L.SetTop(0)
		PushAll(L, vals)
		return -1
	}
	return PushAll(L, in.outcome(L, w, st, vals, err))
}

// outcome ends the work of a worker: with true and the results, or false and
// the error.
func (in *Interp) outcome(L *lua.LState, w *thread, st lua.ResumeState, vals []lua.LValue, err lua.LValue) []lua.LValue {
	if st == lua.ResumeOK {
		vals[0] = lua.LTrue
		in.release(w)
		return vals
	}
	if w.handler != nil && !w.handled {
		// The stack overflowed, or Go panicked: nobody asked the handler yet.
		h := w.handler
		vals, herr := in.PCall(L, h, err)
		switch {
		case herr != nil:
			err = lua.LString("error in error handling")
		case len(vals) > 0:
			err = vals[0]
		default:
			err = lua.LNil
		}
	}
	if w.clean {
		in.release(w)
	}
	return []lua.LValue{lua.LFalse, err}
}

// worker takes a free worker, or makes one.
func (in *Interp) worker(L *lua.LState) *thread {
	var w *thread
	if n := len(in.co.free); n > 0 {
		w = in.co.free[n-1]
		in.co.free[n-1] = nil
		in.co.free = in.co.free[:n-1]
		w.ls.Dead = false
	} else {
		w = newRecord(L, NewThread(L))
		w.hook = L.NewFunction(func(L *lua.LState) int {
			L.Panic = func(L *lua.LState) { in.raised(L, w) }
			return 0
		})
		w.unwind = L.NewFunction(func(L *lua.LState) int { return in.unwinding(L, w) })
	}
	w.base = L
	w.ls.Env = L.Env
	w.args = append(w.args[:0], w.mark, w.hook)
	return w
}

const maxFree = 64

// release keeps a worker that can be used again.
func (in *Interp) release(w *thread) {
	clear(w.args)
	if len(in.co.free) >= maxFree || cap(w.args) > 256 {
		return
	}
	w.base, w.handler, w.handled, w.inError, w.away, w.clean, w.failure = nil, nil, false, 0, false, false, nil
	in.co.free = append(in.co.free, w)
}

// PCall calls f in a worker, for Go: the error is what it raised, as a value,
// and nil when it returned. It can't be left by a yield.
//
//go:noinline
func (in *Interp) PCall(L *lua.LState, f lua.LValue, args ...lua.LValue) ([]lua.LValue, lua.LValue) {
	if tooDeep(L) {
		return nil, lua.LString("C stack overflow")
	}
	w := in.worker(L)
	w.caller = "?"
	w.args = append(append(w.args, f), args...)
	st, vals, err := in.start(L, w, w.args)
	if st == lua.ResumeError {
		if w.clean {
			in.release(w)
		}
		return nil, err
	}
	vals = vals[1:]
	in.release(w)
	return vals, nil
}

// isCallable reports whether v can be called.
func isCallable(L *lua.LState, v lua.LValue) bool {
	return v.Type() == lua.LTFunction || L.GetMetaField(v, "__call").Type() == lua.LTFunction
}

// callable is a handler of xpcall as a function.
func (in *Interp) callable(L *lua.LState, v lua.LValue) *lua.LFunction {
	if f, ok := v.(*lua.LFunction); ok {
		return f
	}
	return L.NewFunction(func(L *lua.LState) int {
		L.Insert(v, 1)
		L.Call(L.GetTop()-1, 1)
		return 1
	})
}

// raised takes the place of gopher-lua's own way to raise the error on the top
// of the stack of a worker. The handler of xpcall sees the error here, while
// the stack still stands.
func (in *Interp) raised(L *lua.LState, w *thread) {
	err := plainError(lua51Message(L, L.Get(-1)))
	if w.handler != nil {
		if w.inError++; w.inError > 10 {
			err = lua.LString("error in error handling")
		} else {
			L.Push(w.handler)
			L.Push(err)
			L.Call(1, 1)
			err = L.Get(-1)
		}
	}
	w.handled = true
	w.failure = &lua.ApiError{Type: lua.ApiErrorRun, Object: err}
	if n := frameIndex(L); n > 0 && n < L.Options.CallStackSize-8 {
		L.Push(w.unwind)
		L.Call(0, 0)
	}
	panic(w.failure)
}

// unwinding takes all calls of a worker but its own off the stack, so that
// gopher-lua leaves a thread that can be started again.
func (in *Interp) unwinding(L *lua.LState, w *thread) int {
	for n := frameIndex(L); n > 0; n-- {
		L.RemoveCallerFrame()
	}
	// That has moved the frame of this call. The end of another call makes
	// gopher-lua look where it is.
	L.Push(in.co.nop)
	L.Call(0, 0)
	w.clean = true
	panic(w.failure)
}

// Run calls f on a thread that runs nothing yet, such as the main one
// or a task's, and returns its results. The error has the traceback in lua's
// form. It takes the place of L.PCall, which looks at the whole stack again
// for each of its calls.
func Run(L *lua.LState, f lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	in := InterpOf(L)
	top := L.GetTop()
	var vals []lua.LValue
	L.Push(L.NewFunction(func(L *lua.LState) int {
		defer func() {
			if r := recover(); r != nil {
				panic(in.traced(L, r))
			}
		}()
		L.Push(f)
		for _, a := range args {
			L.Push(a)
		}
		L.Call(len(args), lua.MultRet)
		vals = Arguments(L, 1)
		return 0
	}))
	err := L.PCall(0, 0, nil)
	L.SetTop(top)
	if err != nil {
		return nil, err
	}
	return vals, nil
}

// traced makes what was recovered an error with a traceback.
func (in *Interp) traced(L *lua.LState, r any) *lua.ApiError {
	e, ok := r.(*lua.ApiError)
	if !ok {
		msg := fmt.Sprint(r)
		if msg == overflowPanic {
			msg = Where(L, 0) + "stack overflow"
		}
		e = &lua.ApiError{Type: lua.ApiErrorPanic, Object: lua.LString(msg)}
	}
	e.Object = plainError(lua51Message(L, e.Object))
	if e.StackTrace == "" {
		e.StackTrace = in.traceback(L, 0)
	}
	return e
}
