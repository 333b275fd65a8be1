package compiler

import (
	lua "github.com/yuin/gopher-lua"
)

// maxDeclared is how many locals a function may have, visible at once or not.
const maxDeclared = 32767

// A local is a visible one.
type local struct {
	name string
	info *lua.DbgLocalInfo
}

// A block is one of a function, whose locals end with it.
type block struct {
	parent *block
	loop   bool  // it is left by break
	first  int   // its first local
	taken  bool  // a closure has taken one of its locals
	breaks []int // jumps to where a loop ends
}

// An upvalue is a local of the function around, or an upvalue of it.
type upvalue struct {
	name  string
	local bool
	index int
}

// open begins a block.
func (f *function) open(loop bool) {
	f.block = &block{parent: f.block, loop: loop, first: len(f.locals)}
}

// close ends the block. The breaks of a loop lead behind it.
func (f *function) close() {
	b := f.block
	f.forget(b)
	if b.taken {
		f.emit(lua.OP_CLOSE, b.first, 0, 0)
	}
	f.patchHere(b.breaks)
}

// forget ends the block and its locals.
func (f *function) forget(b *block) {
	for _, l := range f.locals[b.first:] {
		l.info.EndPc = len(f.code)
	}
	f.locals = f.locals[:b.first]
	f.free = b.first
	f.block = b.parent
}

// declare makes the registers after the locals those of new ones, from the next
// instruction on.
func (f *function) declare(names ...string) {
	if len(f.proto.DbgLocals)+len(names) > maxDeclared {
		panic(&Error{Message: "too many local variables"})
	}
	for _, name := range names {
		info := &lua.DbgLocalInfo{Name: name, StartPc: len(f.code), EndPc: len(f.code)}
		f.proto.DbgLocals = append(f.proto.DbgLocals, info)
		f.locals = append(f.locals, local{name, info})
	}
}

// local returns the register of a visible local, or -1.
func (f *function) local(name string) int {
	for i := len(f.locals) - 1; i >= 0; i-- {
		if f.locals[i].name == name {
			return i
		}
	}
	return -1
}

// upvalue returns the number of the upvalue for a local of a function around,
// or -1.
func (f *function) upvalue(name string) int {
	for i, u := range f.upvalues {
		if u.name == name {
			return i
		}
	}
	if f.parent == nil {
		return -1
	}
	u := upvalue{name, true, f.parent.local(name)}
	if u.index >= 0 {
		f.parent.take(u.index)
	} else if u.local, u.index = false, f.parent.upvalue(name); u.index < 0 {
		return -1
	}
	f.upvalues = append(f.upvalues, u)
	return len(f.upvalues) - 1
}

// take notes that a closure takes a local.
func (f *function) take(reg int) {
	b := f.block
	for b.first > reg {
		b = b.parent
	}
	b.taken = true
	f.taken = true
}
