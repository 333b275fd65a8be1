package lua51

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// A MismatchError says that the gopher-lua which the program was built with is
// not as this package has to know it. No machine can be made then.
type MismatchError struct {
	Version    string // of that gopher-lua, "" if the program does not tell
	Assumption string // which does not hold
}

func (e *MismatchError) Error() string {
	version := e.Version
	if version == "" {
		version = "of an unknown version"
	}
	return fmt.Sprintf("the built-in gopher-lua %s is not the %s that sosh is made for: %s", version, expected.version, e.Assumption)
}

// Hint says what to do.
func (e *MismatchError) Hint() string {
	return "build sosh with gopher-lua " + expected.version + ", as its go.mod says; doc/lua-internals.md tells how to follow another version"
}

// expectations are what this package takes for granted of gopher-lua.
type expectations struct {
	version      string
	fields       []expectedField
	instructions int      // how many there are
	listing      []code   // what knownChunk is compiled to
	calls        []string // functions on Go's stack while Go calls Lua in a thread
}

// expectedField is a field of a struct.
type expectedField struct {
	of, name, typ string
	offset        *uintptr // where its offset is kept
}

const gopherLua = "github.com/yuin/gopher-lua"

var expected = &expectations{
	version: "v1.1.2",
	fields: []expectedField{
		{"LState", "reg", "*lua.registry", &layout.reg},
		{"LState", "stack", "lua.callFrameStack", &layout.stack},
		{"LState", "uvcache", "*lua.Upvalue", new(uintptr)},
		{"LState", "currentFrame", "*lua.callFrame", &layout.currentFrame},
		{"registry", "array", "[]lua.LValue", &layout.array},
		{"registry", "top", "int", &layout.top},
		{"registry", "growBy", "int", &layout.growBy},
		{"registry", "alloc", "*lua.allocator", new(uintptr)},
		{"callFrame", "Idx", "int", &layout.idx},
		{"callFrame", "Fn", "*lua.LFunction", &layout.fn},
		{"callFrame", "Parent", "*lua.callFrame", &layout.parent},
		{"callFrame", "Pc", "int", &layout.pc},
		{"callFrame", "LocalBase", "int", &layout.base},
		{"callFrame", "TailCall", "int", &layout.tail},
		{"LFunction", "Proto", "*lua.FunctionProto", new(uintptr)},
		{"LFunction", "Env", "*lua.LTable", new(uintptr)},
		{"LTable", "Metatable", "lua.LValue", new(uintptr)},
		{"FunctionProto", "stringConstants", "[]string", &layout.texts},
		{"autoGrowingCallFrameStack", "segments", "[]*lua.callFrameStackSegment", &layout.segments},
		{"callFrameStackSegment", "array", "[8]lua.callFrame", new(uintptr)},
	},
	instructions: 42,
	listing: []code{
		{lua.OP_VARARG, 0, 3, 0, 3},
		{lua.OP_LOADK, 2, 0, 0, 0},
		{lua.OP_LOADK, 3, 0, 0, 0},
		{lua.OP_LOADK, 4, 1, 0, 1},
		{lua.OP_LOADK, 5, 0, 0, 0},
		{lua.OP_FORPREP, 3, 4, 256, 131076},
		{lua.OP_LT, 0, 2, 6, 3074},
		{lua.OP_JMP, 0, 2, 256, 131074},
		{lua.OP_GETTABLEKS, 7, 1, 258, 132097},
		{lua.OP_MOVE, 8, 2, 0, 2},
		{lua.OP_CONCAT, 2, 7, 8, 4103},
		{lua.OP_FORLOOP, 3, 505, 255, 131065},
		{lua.OP_MOVEN, 3, 0, 1, 512},
		{lua.OP_MOVE, 4, 2, 0, 2},
		{lua.OP_CALL, 3, 2, 2, 1026},
		{lua.OP_RETURN, 3, 2, 0, 2},
		{lua.OP_RETURN, 0, 1, 0, 1},
	},
	calls: []string{nameThreadRun, nameCallR},
}

// knownChunk has an instruction of each form.
const knownChunk = `local probe, t = ...
local s = 1
for i = 1, 2 do
  if s < i then s = t.x .. s end
end
local r = probe(s)
return r`

// checkInternals checks the expectations once, and then wraps the instructions.
// Each machine that is made asks for its result.
var checkInternals = sync.OnceValue(func() error {
	if err := expected.check(); err != nil {
		return err
	}
	wrapInstructions()
	runInstructions()
	return nil
})

// check returns a *MismatchError for the first expectation that does not hold, and
// else fills the layout.
func (x *expectations) check() error {
	version := builtVersion()
	wrong := func(format string, args ...any) error {
		return &MismatchError{Version: version, Assumption: fmt.Sprintf(format, args...)}
	}
	if what := x.checkVersion(version); what != "" {
		return wrong("%s", what)
	}
	o := mainOptions
	o.SkipOpenLibs = true
	L := lua.NewState(o)
	defer L.Close()
	proto, err := compileKnown()
	if err != nil {
		return wrong("a known chunk does not compile: %v", err)
	}
	for _, check := range []func(*lua.LState, *lua.FunctionProto) string{x.checkFields, x.checkTable, x.checkListing, x.checkRun} {
		if what := check(L, proto); what != "" {
			return wrong("%s", what)
		}
	}
	return nil
}

// builtVersion returns the version of gopher-lua that the program was built with,
// what it was replaced by, or "".
func builtVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		switch {
		case m.Path != gopherLua:
		case m.Replace != nil:
			return strings.TrimSpace("from " + m.Replace.Path + " " + m.Replace.Version)
		default:
			return m.Version
		}
	}
	return ""
}

// checkVersion refuses another version, as what else differs may not show. One that
// go.mod has in its place is looked at like the expected one.
func (x *expectations) checkVersion(version string) string {
	if strings.HasPrefix(version, "v") && version != x.version {
		return "its version is another"
	}
	return ""
}

// checkFields looks for each field, by its name and type.
func (x *expectations) checkFields(L *lua.LState, _ *lua.FunctionProto) string {
	types := map[string]reflect.Type{"LState": reflect.TypeFor[lua.LState]()}
	for _, want := range x.fields {
		t := types[want.of]
		if t == nil {
			return "there is no type lua." + want.of
		}
		f, ok := t.FieldByName(want.name)
		switch {
		case !ok:
			return fmt.Sprintf("%s has no field %s (expected a field of type %s)", t, want.name, want.typ)
		case f.Type.String() != want.typ:
			return fmt.Sprintf("%s.%s is of type %s (expected %s)", t, want.name, f.Type, want.typ)
		}
		*want.offset = f.Offset
		// What it leads to is looked at next.
		of := f.Type
		if of.Kind() == reflect.Interface {
			of = reflect.ValueOf(L).Elem().FieldByIndex(f.Index).Elem().Type()
		}
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if of.Kind() == reflect.Struct {
			types[of.Name()] = of
		}
	}
	noteStack(L)
	return checkMirrors(types)
}

// checkTable looks at the table of instructions, which has gopher-lua's functions
// and, later, ours. If gopher-lua has no such table, ours is a variable of its
// own, in which nothing is.
func (x *expectations) checkTable(*lua.LState, *lua.FunctionProto) string {
	if len(jumpTable) != x.instructions {
		return fmt.Sprintf("there are %d instructions (expected %d)", len(jumpTable), x.instructions)
	}
	for op, f := range jumpTable {
		if f == nil {
			return fmt.Sprintf("jumpTable has no function for instruction %d: it has another name, or another form", op)
		}
		entry := **(**uintptr)(unsafe.Pointer(&f))
		if of := runtime.FuncForPC(entry); of == nil || !strings.Contains(of.Name(), "/gopher-lua.") && of.Name() != nameRun {
			return fmt.Sprintf("jumpTable holds no function for instruction %d (expected an array of functions)", op)
		}
	}
	return ""
}

// checkListing looks at the instructions of the known chunk.
func (x *expectations) checkListing(_ *lua.LState, proto *lua.FunctionProto) string {
	if len(proto.Code) != len(x.listing) {
		return fmt.Sprintf("a known chunk has %d instructions (expected %d)", len(proto.Code), len(x.listing))
	}
	for pc, i := range proto.Code {
		if c := decode(i); c != x.listing[pc] {
			return fmt.Sprintf("instruction %d of a known chunk is %v (expected %v)", pc, c, x.listing[pc])
		}
	}
	return ""
}

func compileKnown() (*lua.FunctionProto, error) {
	chunk, err := parse.Parse(strings.NewReader(knownChunk), "known")
	if err != nil {
		return nil, err
	}
	return lua.Compile(chunk, "known")
}

// checkRun runs the known chunk, in a thread. It looks from a function that the
// chunk calls at what the layout says of its frames, at Go's stack, and at whether
// a function that was put into the table has run.
func (x *expectations) checkRun(L *lua.LState, proto *lua.FunctionProto) (wrong string) {
	at := slices.IndexFunc(proto.Code, func(i uint32) bool { return decode(i).op == lua.OP_CALL })
	main := L.NewFunctionFromProto(proto)
	called := false
	was := jumpTable
	defer func() { jumpTable = was }()
	if instructions[lua.OP_CALL] != nil {
		jumpTable = instructions // run does not come back for each
	}
	call := jumpTable[lua.OP_CALL]
	jumpTable[lua.OP_CALL] = func(L *lua.LState, inst uint32, base unsafe.Pointer) int {
		called = true
		return call(L, inst, base)
	}
	var names []string
	stack := L.NewFunction(func(*lua.LState) int { names = goStack(); return 0 })
	var probe *lua.LFunction
	probe = L.NewFunction(func(L *lua.LState) int {
		f := topFrame(L)
		p := f.parent()
		switch {
		case f.fn() != probe || f.index() != 1 || usedRegisters(L)[f.base()] != lua.LString("x1"):
			wrong = "the frame of a function of Go's is not where it should be"
		case !p.ok() || p.fn() != main || p.index() != 0 || p.parent().ok() || p.tails() != 0:
			wrong = "the frame of a function of Lua's is not where it should be"
		case p.pc() != at:
			wrong = fmt.Sprintf("Pc of a frame is %d (expected %d)", p.pc(), at)
		case registers(L)[p.base()] != probe:
			wrong = "the registers of a function are not where they should be"
		default:
			wrong = ""
		}
		L.Push(stack)
		L.Call(0, 0)
		return 0
	})
	th, _ := L.NewThread()
	t := L.NewTable()
	t.RawSetString("x", lua.LString("x"))
	st, err, _ := L.Resume(th, main, probe, t)
	switch {
	case wrong != "":
	case st != lua.ResumeOK:
		wrong = fmt.Sprintf("a known chunk does not run: %v", err)
	case !called:
		wrong = "a function that was put into jumpTable is not called"
	}
	for _, name := range x.calls {
		if wrong == "" && !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, name) }) {
			wrong = fmt.Sprintf("no function %s is on Go's stack while Go calls Lua in a thread", name)
		}
	}
	return wrong
}

// goStack returns the names of the functions on Go's stack.
func goStack() (names []string) {
	var pcs [64]uintptr
	for _, pc := range pcs[:runtime.Callers(1, pcs[:])] {
		if f := runtime.FuncForPC(pc - 1); f != nil {
			names = append(names, f.Name())
		}
	}
	return names
}
