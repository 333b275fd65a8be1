package lualib

import (
	"math/rand"
	"strings"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A Function is a function that scripts have beside the verbs and the library
// of Lua 5.1. The table of functions is the only place that declares them: the
// machine, help, the manual and the annotations for editors are made from it.
type Function struct {
	Name    string // as it is called: "pack", "hex.encode", "cursor:take"
	Params  string // "string [, n]"
	Returns []luadoc.Result
	Note    string // what else there is to say of what it returns
	Summary string // one line, lower case, without a period
	Help    string // paragraphs
	Example string // a program of Lua, and
	Prints  string // what it prints

	// Run is the function. It raises errors of Lua.
	Run lua.LGFunction
}

// Library returns the name of the table that holds the function, or "" if it is
// global.
func (f *Function) Library() string {
	lib, _, ok := strings.Cut(f.Name, ".")
	if !ok {
		return ""
	}
	return lib
}

// Object returns the type and the name of a function that is a method: "cursor"
// and "take".
func (f *Function) Object() (typ, name string, ok bool) { return strings.Cut(f.Name, ":") }

// ReturnsText describes the results in words, to follow "returns".
func (f *Function) ReturnsText() string { return luadoc.Sentence(f.Returns, f.Note) }

// Usage returns how the function is called: "hex.encode(string)".
func (f *Function) Usage() string { return f.Name + "(" + f.Params + ")" }

// Functions returns the functions of the library, in order.
func Functions() []Function {
	var all []Function
	for _, l := range scriptLibrary {
		all = append(all, l...)
	}
	return all
}

// scriptLibrary is every function, each list in the file of its topic.
var scriptLibrary = [][]Function{
	packFunctions,
	structFunctions,
	cursorFunctions,
	schemaFunctions,
	numberFunctions,
	berFunctions,
	bitFunctions,
	int64Functions,
	textFunctions,
	ipFunctions,
	hashFunctions,
	jsonFunctions,
	regexFunctions,
	systemFunctions,
}

// A library is the data that the functions share in one Lua state. Like the state
// it is used by one goroutine at a time.
type library struct {
	int64s    *lua.LTable // the metatable of 64-bit integers
	packed    []byte      // buffer of pack
	jsonArray *lua.LTable // the mark of arrays, as their metatable
	jsonNull  *lua.LUserData
	rng       *rand.Rand // of the global random; nil before its first use
	seed      int64      // of rng
	used      bool       // rng was asked for a number
	temp      tempRoot
}

// libraryKey is the name of the library in the registry of its state.
const libraryKey = "sosh.library"

// libraryOf returns the library of L's state.
func libraryOf(L *lua.LState) *library {
	return L.G.Registry.RawGetString(libraryKey).(*lua.LUserData).Value.(*library)
}

// Open adds the library to a state that has the libraries of Lua 5.1, and more
// functions of the caller's. [Close] must be called when the state is no longer
// used.
func Open(L *lua.LState, more []Function) {
	lib := new(library)
	ud := L.NewUserData()
	ud.Value = lib
	L.G.Registry.RawSetString(libraryKey, ud)
	lib.openInt64(L)
	lib.openJSON(L)
	openEnv(L)
	for _, f := range append(Functions(), more...) {
		if typ, name, ok := f.Object(); ok {
			Methods(L, typ).RawSetString(name, L.NewFunction(f.Run))
			continue
		}
		if lib := f.Library(); lib != "" {
			lua51.Register(L, lib, map[string]lua.LGFunction{strings.TrimPrefix(f.Name, lib+"."): f.Run})
			continue
		}
		lua51.RegisterGlobal(L, f.Name, f.Run)
	}
	// Programs for LuaJIT require the library.
	loaded := L.GetField(L.GetGlobal("package"), "loaded")
	L.SetField(loaded, "bit", L.GetGlobal("bit"))
}

// Close removes the directories that tempdir made in L's state.
func Close(L *lua.LState) { libraryOf(L).removeTempdirs() }
