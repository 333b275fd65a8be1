package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Coroutines, and the workers that pcall runs its function in, are Lua threads
// that all begin with the same Lua function, the trampoline:
//
//	function(mark, hook, f, ...) hook() return mark, f(...) end
//
// The hook sets how errors are raised in the thread. The mark is the thread's
// own record, so that the record lives exactly as long as the thread; and what
// the thread gives back begins with it, so that nothing and nil can be told
// apart (L.Resume gives a nil for both).
const trampolineSource = `return function(mark, hook, f, ...) hook() return mark, f(...) end`

// trampolineName is the chunk of the trampolines, which gopher-lua puts before
// the errors of Go functions that they call, as their position.
const trampolineName = "(worker)"

// thread is the record of a coroutine or a worker.
type thread struct {
	ls   *lua.LState
	mark *lua.LUserData // whose value is this record

	fn      lua.LValue     // a coroutine's function, until it starts
	base    *lua.LState    // the thread whose pcall a worker serves; nil for a coroutine
	hook    *lua.LFunction // what the trampoline calls, of a worker
	unwind  *lua.LFunction // unwinding, for this worker
	failure *lua.ApiError
	remains *remains       // of a coroutine's call that raised an error
	handler *lua.LFunction // xpcall's
	caller  string         // the name of the function that base called, for tracebacks
	handled bool           // the error has been through the handler
	inError int            // how deep in handlers of errors in handlers the worker is
	clean   bool           // the worker failed, and can be used again

	// pending is the worker that the thread waits for after a yield in it: to
	// resume the thread is then to resume the worker, whose end resumes the
	// thread with the results of its pcall.
	pending *thread
	active  bool // pending runs
	away    bool // the worker goes on apart from its base's call of pcall
	args    []lua.LValue
}

// coroutines is the part of an interp that this file uses.
type coroutines struct {
	trampoline *lua.LFunction
	hook       *lua.LFunction // of coroutines
	nop        *lua.LFunction
	yieldMark  *lua.LUserData
	free       []*thread // workers that wait for work
	pcs        map[uintptr]frameKind
}

func openCoroutine(in *Interp, L *lua.LState) {
	proto, err := CompileNamed(trampolineSource, "="+trampolineName, 0)
	if err != nil {
		panic(err)
	}
	in.co.trampoline = L.NewFunctionFromProto(proto.FunctionPrototypes[0])
	in.co.hook = L.NewFunction(func(L *lua.LState) int {
		L.Panic = func(L *lua.LState) {
			err := lua51Message(L, L.Get(-1))
			if t := recordOf(L); t != nil {
				t.remains = remainsOf(L)
			}
			panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: err})
		}
		return 0
	})
	in.co.nop = L.NewFunction(func(*lua.LState) int { return 0 })
	in.co.yieldMark = L.NewUserData()
	in.co.pcs = map[uintptr]frameKind{}
	Register(L, lua.CoroutineLibName, map[string]lua.LGFunction{
		"create":  in.coCreate,
		"resume":  in.coResume,
		"running": in.coRunning,
		"status":  in.coStatus,
		"wrap":    in.coWrap,
		"yield":   in.coYield,
	})
	RegisterGlobal(L, "pcall", in.pcall)
	RegisterGlobal(L, "xpcall", in.xpcall)
}

// newRecord makes the record of a new thread of L's.
func newRecord(L, ls *lua.LState) *thread {
	t := &thread{ls: ls, mark: L.NewUserData()}
	t.mark.Value = t
	return t
}

// recordOf returns the record of a thread, or nil for the main thread and the
// tasks.
func recordOf(ls *lua.LState) *thread {
	var v lua.LValue
	if dbg, ok := ls.GetStack(-1); ok {
		_, v = ls.GetLocal(dbg, 1)
	} else {
		v = ls.Get(1)
	}
	if ud, ok := v.(*lua.LUserData); ok {
		if t, ok := ud.Value.(*thread); ok && t.ls == ls {
			return t
		}
	}
	return nil
}

// owner returns the coroutine that a thread belongs to: that of the pcall for a
// worker; nil on the main thread and on a task's own.
func owner(ls *lua.LState) *thread {
	for {
		t := recordOf(ls)
		if t == nil || t.base == nil {
			return t
		}
		ls = t.base
	}
}

// newCoroutine makes a coroutine of f.
func (in *Interp) newCoroutine(L *lua.LState, f lua.LValue) *thread {
	t := newRecord(L, NewThread(L))
	t.fn = f
	t.ls.Push(t.mark)
	return t
}

// checkBody takes the function of a coroutine.
func checkBody(L *lua.LState) *lua.LFunction {
	f, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		ArgError(L, 1, "Lua function expected")
	}
	return f
}

// coCreate is coroutine.create (5.2).
func (in *Interp) coCreate(L *lua.LState) int {
	L.Push(in.newCoroutine(L, checkBody(L)).ls)
	return 1
}

// coWrap is coroutine.wrap (5.2).
func (in *Interp) coWrap(L *lua.LState) int {
	t := in.newCoroutine(L, checkBody(L))
	L.Push(L.NewFunction(func(L *lua.LState) int {
		vals, err := in.resumeChecked(L, t, Arguments(L, 1))
		if err != nil {
			if s, ok := err.(lua.LString); ok {
				err = lua.LString(Where(L, 1)) + s
			}
			L.Error(err, 0)
		}
		return PushAll(L, vals)
	}))
	return 1
}

// coResume is coroutine.resume (5.2).
func (in *Interp) coResume(L *lua.LState) int {
	ls := CheckThread(L, 1)
	var vals []lua.LValue
	var err lua.LValue = lua.LString("cannot resume non-suspended coroutine")
	if t := recordOf(ls); ls.Dead {
		err = lua.LString("cannot resume dead coroutine")
	} else if t != nil && t.base == nil {
		vals, err = in.resumeChecked(L, t, Arguments(L, 2))
	}
	if err != nil {
		L.Push(lua.LFalse)
		L.Push(err)
		return 2
	}
	L.Push(lua.LTrue)
	return 1 + PushAll(L, vals)
}

// resumeChecked resumes a coroutine for a script: with what it yielded or
// returned, or the error.
func (in *Interp) resumeChecked(L *lua.LState, t *thread, args []lua.LValue) ([]lua.LValue, lua.LValue) {
	if s := in.status(L, t.ls, t); s != "suspended" {
		return nil, lua.LString("cannot resume " + s + " coroutine")
	}
	if tooDeep(L) {
		return nil, lua.LString("C stack overflow")
	}
	var st lua.ResumeState
	var vals []lua.LValue
	var err lua.LValue
	if t.fn != nil {
		all := make([]lua.LValue, 0, len(args)+3)
		all = append(append(all, t.mark, in.co.hook, t.fn), args...)
		t.fn = nil
		st, vals, err = in.start(L, t, all)
	} else {
		st, vals, err = in.proceed(L, t, args)
	}
	if st == lua.ResumeError {
		return nil, err
	}
	return vals[1:], nil
}

// coStatus is coroutine.status (5.2).
func (in *Interp) coStatus(L *lua.LState) int {
	ls := CheckThread(L, 1)
	L.Push(lua.LString(in.status(L, ls, recordOf(ls))))
	return 1
}

func (in *Interp) status(L, ls *lua.LState, t *thread) string {
	switch {
	case ls.Dead:
		return "dead"
	case t == nil || ls.Parent != nil || t.active || ls == L:
		if o := owner(L); ls == L || t != nil && o == t {
			return "running"
		}
		return "normal"
	}
	return "suspended"
}

// coRunning is coroutine.running (5.2).
func (in *Interp) coRunning(L *lua.LState) int {
	if t := owner(L); t != nil {
		L.Push(t.ls)
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// coYield is coroutine.yield (5.2).
func (in *Interp) coYield(L *lua.LState) int {
	if !in.yieldable(L) {
		Raise(L, 0, "attempt to yield across metamethod/C-call boundary")
	}
	L.Insert(in.co.yieldMark, 1)
	return -1
}

// start starts a thread, with its mark, hook and function first among args.
//
//go:noinline
func (in *Interp) start(L *lua.LState, t *thread, args []lua.LValue) (lua.ResumeState, []lua.LValue, lua.LValue) {
	return t.result(L.Resume(t.ls, in.co.trampoline, args...))
}

// proceed resumes a thread that has yielded.
//
//go:noinline
func (in *Interp) proceed(L *lua.LState, t *thread, args []lua.LValue) (lua.ResumeState, []lua.LValue, lua.LValue) {
	if p := t.pending; p != nil {
		t.active, p.away = true, true
		st, vals, err := in.proceed(L, p, args)
		t.active = false
		if st == lua.ResumeYield {
			return st, vals, nil
		}
		t.pending = nil
		args = in.outcome(L, p, st, vals, err)
	}
	pad(t.ls)
	return t.result(L.Resume(t.ls, nil, args...))
}

// result puts what L.Resume returned in this file's form.
func (t *thread) result(st lua.ResumeState, err error, vals []lua.LValue) (lua.ResumeState, []lua.LValue, lua.LValue) {
	if st != lua.ResumeError {
		return st, vals, nil
	}
	v := t.errorValue(err)
	if t.remains != nil && t.base == nil && t.ls.Dead {
		t.remains.restore(t.ls)
	}
	return st, nil, v
}

// overflowPanic is what gopher-lua panics with when the call stack is full. It
// has no position.
const overflowPanic = "lua callstack overflow"

// errorValue is the value that an error of L.Resume stands for.
func (t *thread) errorValue(err error) lua.LValue {
	e, ok := err.(*lua.ApiError)
	if !ok {
		return lua.LString(err.Error())
	}
	if s, ok := e.Object.(lua.LString); ok && s == overflowPanic {
		return lua.LString(Where(t.ls, 0) + "stack overflow")
	}
	return plainError(e.Object)
}

// plainError takes the position in the trampoline off an error.
func plainError(err lua.LValue) lua.LValue {
	if s, ok := err.(lua.LString); ok {
		return lua.LString(strings.TrimPrefix(string(s), trampolineName+":1: "))
	}
	return err
}

// pad fills the registers above the stack of a thread that has yielded with
// nil: the yield may be asked for more values than it is given, and gopher-lua
// leaves the rest as they are, which may be no value at all.
func pad(ls *lua.LState) {
	n := 4
	if dbg, ok := ls.GetStack(0); ok {
		if f, err := ls.GetInfo("f", dbg, lua.LNil); err == nil {
			if f, ok := f.(*lua.LFunction); ok && !f.IsG {
				n += int(f.Proto.NumUsedRegisters)
			}
		}
	}
	for range n {
		ls.Push(lua.LNil)
	}
	ls.Pop(n)
}

// Lua 5.1 has 200 C calls at most, one in another; each pcall and each resume is
// one. Go's stack has room for more, but not for 200 threads that are all
// 20,000 metamethods deep.
const (
	maxNesting = 198 // lua5.1 itself has two open
	maxFrames  = 150_000
)

// tooDeep reports whether no further thread may be run from L.
func tooDeep(L *lua.LState) bool {
	n := 0
	for p := L; p != nil; p = p.Parent {
		n++
	}
	if n >= maxNesting {
		return true
	}
	if n%8 != 0 {
		return false
	}
	frames := 0
	for p := L; p != nil; p = p.Parent {
		frames += depth(p)
	}
	return frames > maxFrames
}

// depth is how many calls a thread has on its stack, to about one part in two.
func depth(ls *lua.LState) int {
	n := 1
	for {
		if _, ok := ls.GetStack(n); !ok {
			return n
		}
		n *= 2
	}
}
