package lua51

import (
	"context"
	"io"
	"math/rand"
	"os"
	"sync"
	"sync/atomic"

	lua "github.com/yuin/gopher-lua"
)

// interp is what the library of one Lua state shares: where output goes, the
// hooks of the machine, and the workers that run the functions given to pcall.
// Like the state it is used under the lock of the machine only.
type Interp struct {
	Stdout, stderr io.Writer
	writing        sync.Mutex
	Exit           func(code int)
	Block          func(L *lua.LState, f func(ctx context.Context))
	Grouped        bool     // programs have a process group of their own, which ends with them
	dirs           []string // where require looks before package.path

	// attend is called by Lua that is interrupted; it may raise an error.
	OnInterrupt func(L *lua.LState)
	interrupted atomic.Bool
	MaxString   int64 // bytes, see checkLength

	co coroutines
	io files

	tostring    lua.LValue // the global functions of these names, as they
	next, inext lua.LValue // were made
	random      *rand.Rand
	lib, loaded *lua.LTable // package, package.loaded
	loading     *lua.LUserData
}

// interpKey is the name of the interp in the registry of its state.
const interpKey = "sosh.interp"

// The sizes of a state. A stack is small, and grows when it is needed (see
// growStack), so that an idle coroutine, task or machine takes little. Lua 5.1
// itself stops at 20,000 calls.
const (
	maxCalls   = 20_000
	firstCalls = 2 * spareCalls
	spareCalls = 256

	firstRegisters  = 64
	smallestForOpen = 256 // what lua.NewState takes as it is
	maxRegisters    = 1 << 21
	registerGrowth  = 192
	mainGrowth      = 16384
)

var mainOptions = lua.Options{
	CallStackSize:       firstCalls,
	MinimizeStackMemory: true,
	RegistrySize:        smallestForOpen,
	RegistryMaxSize:     maxRegisters,
	RegistryGrowStep:    mainGrowth,
}

// newState returns a state with the libraries of Lua 5.1.
func New() *lua.LState {
	L := lua.NewState(mainOptions)
	in := &Interp{
		Stdout:    os.Stdout,
		stderr:    os.Stderr,
		Exit:      os.Exit,
		MaxString: MaxString,
		Block:     func(_ *lua.LState, f func(context.Context)) { f(context.Background()) },
	}
	ud := L.NewUserData()
	ud.Value = in
	L.G.Registry.RawSetString(interpKey, ud)
	for _, name := range []string{"_printregs", "_GOPHER_LUA_VERSION", lua.ChannelLibName} {
		L.G.Global.RawSetString(name, lua.LNil)
	}
	for _, open := range libraries {
		open(in, L)
	}
	return L
}

// libraries are the functions that put the library in place, each in the file
// of its topic.
var libraries = []func(in *Interp, L *lua.LState){
	openCoroutine,
	openBase,
	openNumber,
	openString,
	openFormat,
	openTable,
	openMath,
	openOS,
	openIO,
	openDebug,
	openLoad,
}

// interpOf returns the interp of L's state.
func InterpOf(L *lua.LState) *Interp {
	return L.G.Registry.RawGetString(interpKey).(*lua.LUserData).Value.(*Interp)
}

// newThread makes a Lua thread of L's.
func NewThread(L *lua.LState) *lua.LState {
	old := L.Options
	L.Options.CallStackSize = firstCalls
	L.Options.MinimizeStackMemory = true
	L.Options.RegistrySize = firstRegisters
	L.Options.RegistryGrowStep = registerGrowth
	th, _ := L.NewThread()
	L.Options = old
	return th
}

// setModulePath sets the directories in which require looks for NAME.lua and
// NAME/init.lua, in order, before it looks along package.path.
func SetModulePath(L *lua.LState, dirs []string) { InterpOf(L).dirs = dirs }

// setOutput sets where print, io.write and io.stderr write.
func SetOutput(L *lua.LState, stdout, stderr io.Writer) {
	in := InterpOf(L)
	in.Stdout, in.stderr = in.locked(stdout), in.locked(stderr)
}

// locked makes a writer one that the processes of os.execute and io.popen,
// whose output may have to be copied, can share with the script. They write
// into a file by themselves.
func (in *Interp) locked(w io.Writer) io.Writer {
	if _, ok := w.(*os.File); ok {
		return w
	}
	return &lockedWriter{&in.writing, w}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// setExit sets what os.exit calls; without it that is os.Exit.
func SetExit(L *lua.LState, exit func(code int)) { InterpOf(L).Exit = exit }

// setBlocking sets what stands around the calls of the library that may wait
// for another process or for input: it calls f, and may let other tasks run
// while f does. The context is that of what runs.
func SetBlocking(L *lua.LState, block func(L *lua.LState, f func(ctx context.Context))) {
	InterpOf(L).Block = block
}

// wait calls f, which may wait for somebody else, while other tasks run. If
// what calls it ends meanwhile, so that f fails, wait raises the error of that.
func (in *Interp) Wait(L *lua.LState, f func(ctx context.Context) error) error {
	var err error
	ended := false
	in.Block(L, func(ctx context.Context) {
		err = f(ctx)
		ended = err != nil && ctx.Err() != nil
	})
	if ended && in.OnInterrupt != nil {
		in.OnInterrupt(L)
	}
	return err
}

// register sets the functions in the library's table, making it if there is
// none, and returns the table.
func Register(L *lua.LState, lib string, funcs map[string]lua.LGFunction) *lua.LTable {
	t, ok := L.G.Global.RawGetString(lib).(*lua.LTable)
	if !ok {
		t = L.NewTable()
		L.G.Global.RawSetString(lib, t)
	}
	for name, f := range funcs {
		t.RawSetString(name, L.NewFunction(f))
	}
	return t
}

// global sets a global function.
func RegisterGlobal(L *lua.LState, name string, f lua.LGFunction) {
	L.G.Global.RawSetString(name, L.NewFunction(f))
}
