package lua51

import (
	"reflect"
	"runtime"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// The functions of gopher-lua that are looked for on Go's stack: the one that runs
// a thread, and the one through which Go calls Lua.
const (
	nameThreadRun = "gopher-lua.threadRun"
	nameCallR     = "gopher-lua.(*LState).callR"
)

// Those of which the names are known when the program is built.
var (
	nameProtected = funcName((*lua.LState).PCall)
	namePCall     = funcName((*Interp).PCall)
	nameResume    = funcName((*Interp).resumeChecked)
	nameProtect   = funcName((*Interp).protect)
	nameRun       = funcName(run)
	nameCallLua   = funcName(callLua)
)

func funcName(f any) string { return runtime.FuncForPC(reflect.ValueOf(f).Pointer()).Name() }

// frameKind is what a Go function on the stack means for a yield.
type frameKind uint8

const (
	frameOther  frameKind = iota
	frameThread           // gopher-lua runs a thread
	frameCall             // Go calls Lua: a metamethod, an iterator, sort, gsub
	frameResume           // a coroutine is resumed
	framePcall            // a worker is run by pcall, in the thread below
)

// pcOfThread is the Pc of a function of Go's that the loop of a thread calls, not one
// that Go has started for a call of Lua. (Such a function has no Pc otherwise.)
const pcOfThread = 1

// calledByThread reports whether there is no call of Lua by Go between L's running
// function and the resume of its coroutine, as far as the frames show it.
func calledByThread(L *lua.LState) bool {
	for {
		f := topFrame(L)
		t := recordOf(L)
		switch {
		case !f.ok() || !f.isGo() || *f.nextPc() != pcOfThread || t == nil:
			return false
		case t.base == nil || t.away:
			return true
		}
		L = t.base
	}
}

// yieldable reports whether the thread that calls it, in coYield, can yield:
// whether there is nothing of Go's between it and the resume of its coroutine
// but calls of pcall, and no call of Lua by Go, such as a metamethod is. That
// is to be read off Go's own stack only.
func (in *Interp) yieldable(L *lua.LState) bool {
	if calledByThread(L) {
		return true
	}
	var small [10]uintptr
	pcs := small[:]
	seen := 0
	for {
		n := runtime.Callers(2, pcs)
		inThread := false
		for i := 0; i < n; i++ {
			switch in.frameKind(pcs[i]) {
			case frameThread:
				inThread = true
			case frameCall:
				return false
			case frameResume:
				if inThread {
					return true
				}
			case framePcall:
				inThread = false
			}
		}
		if n < len(pcs) || n == seen {
			return false
		}
		seen = n
		pcs = make([]uintptr, 4*len(pcs))
	}
}

func (in *Interp) frameKind(pc uintptr) frameKind {
	if k, ok := in.co.pcs[pc]; ok {
		return k
	}
	k := frameOther
	if f := runtime.FuncForPC(pc - 1); f != nil {
		switch name := f.Name(); {
		case strings.HasSuffix(name, nameThreadRun):
			k = frameThread
		case strings.HasSuffix(name, nameCallR), name == nameCallLua, name == nameProtected, name == namePCall:
			k = frameCall
		case name == nameResume:
			k = frameResume
		case name == nameProtect:
			k = framePcall
		}
	}
	in.co.pcs[pc] = k
	return k
}
