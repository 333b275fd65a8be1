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

// Options say what a machine works with. The zero value of each has a meaning.
type Options struct {
	// Stdout is where print and io.write write, Stderr where io.stderr does; nil is
	// that of the process.
	Stdout, Stderr io.Writer
	// Path is where require looks for NAME.lua and NAME/init.lua, in order, before
	// it looks along package.path.
	Path []string
	// Exit is what os.exit calls; nil is os.Exit.
	Exit func(code int)
	// Block stands around what may wait for another process or for input: it calls
	// f, and may let other Lua run while f does. The context is that of what runs,
	// which f ends with. Nil calls f with a context that does not end.
	Block func(L *lua.LState, f func(ctx context.Context))
	// OnInterrupt is called by Lua that is interrupted; it may raise an error.
	OnInterrupt func(L *lua.LState)
	// MaxString is how many bytes a string may have that one step makes: of the ..
	// operator, of string.rep and table.concat. 0 is DefaultMaxString. If it is not 0,
	// no table of the process may take more at once when it grows.
	MaxString int64
	// Group gives each program of os.execute and io.popen a process group of its
	// own, which is ended as a whole.
	Group bool
}

// An Interp is a machine: a state of gopher-lua, and what its library keeps. One
// goroutine at a time may use it and the values of its Lua, but for Interrupt and
// ClearInterrupt, which may be called at any time.
type Interp struct {
	Options // may be changed while no Lua runs; Stdout and Stderr only by New

	L *lua.LState // the main thread

	writing     sync.Mutex
	interrupted atomic.Bool

	co coroutines
	io files

	tostring    lua.LValue // the global functions of these names, as they
	next, inext lua.LValue // were made
	nextPlaces  nextPlaces
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

// New makes a machine with the libraries of Lua 5.1. The error is a
// *[MismatchError].
func New(o Options) (*Interp, error) {
	if err := checkInternals(); err != nil {
		return nil, err
	}
	L := lua.NewState(mainOptions)
	in := &Interp{Options: o, L: L}
	in.Stdout, in.Stderr = in.locked(o.Stdout, os.Stdout), in.locked(o.Stderr, os.Stderr)
	if in.Exit == nil {
		in.Exit = os.Exit
	}
	if in.Block == nil {
		in.Block = func(_ *lua.LState, f func(context.Context)) { f(context.Background()) }
	}
	if in.MaxString == 0 {
		in.MaxString = DefaultMaxString
	} else {
		tableLimit.Store(in.MaxString)
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
	return in, nil
}

// Close writes what the files of the machine have kept back. It is called when
// the machine has no more use, and before os.exit; it may be called again.
func (in *Interp) Close() { in.flushAll() }

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

// InterpOf returns the interp of L's state.
func InterpOf(L *lua.LState) *Interp {
	return L.G.Registry.RawGetString(interpKey).(*lua.LUserData).Value.(*Interp)
}

// NewThread makes a Lua thread of L's.
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

// locked makes a writer one that the processes of os.execute and io.popen,
// whose output may have to be copied, can share with the script. They write
// into a file by themselves.
func (in *Interp) locked(w io.Writer, or *os.File) io.Writer {
	if w == nil {
		return or
	}
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

// Wait calls f, which may wait for somebody else, through Block. If the context
// ends meanwhile and f fails, Wait calls OnInterrupt, which raises the error of that.
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

// Register sets the functions in the library's table, making it if there is
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

// RegisterGlobal sets a global function.
func RegisterGlobal(L *lua.LState, name string, f lua.LGFunction) {
	L.G.Global.RawSetString(name, L.NewFunction(f))
}
