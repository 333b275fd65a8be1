package lualib

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	mathrand "math/rand"
	"os"

	"sosh/internal/ctxfile"
	"sosh/internal/freeport"
	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

var systemFunctions = []Function{
	{
		Name: "date", Params: "[format [, seconds]]", Returns: []luadoc.Result{{Type: "string|table", Doc: "a string, or a table for *t"}}, Summary: "os.date: format the current time, or seconds since 1970, with the format letters of C",
		Example: `print(date("!%Y-%m-%dT%H:%M:%SZ", 0))`, Prints: "1970-01-01T00:00:00Z\n",
		Run: lua51.Date,
	},
	{
		Name: "random", Params: "[m [, n]]", Returns: []luadoc.Result{{Type: "number"}}, Summary: "math.random with a generator seeded at random; randomseed sets the seed, to repeat a run",
		Example: "randomseed(7)\nlocal a = random(1000)\nrandomseed(7)\nprint(a == random(1000), random() < 1)", Prints: "true\ttrue\n",
		Run: func(L *lua.LState) int { return lua51.Random(L, libraryOf(L).random()) },
	},
	{
		Name: "randomseed", Params: "[seed]", Returns: []luadoc.Result{{Name: "seed", Type: "number"}}, Summary: "set the seed of random, or return it",
		Example: "print(randomseed(42))", Prints: "42\n",
		Run: func(L *lua.LState) int {
			lib := libraryOf(L)
			if L.GetTop() > 0 {
				lib.setSeed(int64(lua51.CheckNumber(L, 1)))
			}
			lib.random()
			L.Push(lua.LNumber(lib.seed))
			return 1
		},
	},
	{
		Name: "randombytes", Params: "n", Returns: []luadoc.Result{{Type: "string"}}, Summary: "return n random bytes, the same for the same seed: for tests, not for secrets",
		Example: "randomseed(7)\nlocal a = randombytes(4)\nrandomseed(7)\nprint(#a, a == randombytes(4))", Prints: "4\ttrue\n",
		Run: func(L *lua.LState) int {
			n := lua51.CheckInt(L, 1)
			if n < 0 || n > maxPacked {
				lua51.ArgError(L, 1, "expected 0 to 1G bytes")
			}
			p := make([]byte, n)
			libraryOf(L).random().Read(p)
			L.Push(lua.LString(p))
			return 1
		},
	},
	{
		Name: "read_file", Params: "path", Returns: []luadoc.Result{{Type: "string"}}, Summary: "read a whole file",
		Example: `local dir = tempdir()
write_file(dir .. "/x", "one\ntwo\n")
print(#read_file(dir .. "/x"))`, Prints: "8\n",
		Run: func(L *lua.LState) int {
			name := lua51.CheckString(L, 1)
			var b []byte
			var err error
			in := lua51.InterpOf(L)
			err = in.Wait(L, func(ctx context.Context) error { b, err = ctxfile.ReadFile(ctx, name); return err })
			if err != nil {
				Failf(L, "read_file", "%v", err)
			}
			L.Push(lua.LString(b))
			return 1
		},
	},
	{
		Name: "write_file", Params: "path, data", Summary: "write data to a file, replacing its content",
		Example: `local dir = tempdir()
write_file(dir .. "/x", "hello")
print(read_file(dir .. "/x"))`, Prints: "hello\n",
		Run: func(L *lua.LState) int {
			if err := os.WriteFile(lua51.CheckString(L, 1), []byte(lua51.CheckString(L, 2)), 0o666); err != nil {
				Failf(L, "write_file", "%v", err)
			}
			return 0
		},
	},
	{
		Name: "free_port", Params: "", Returns: []luadoc.Result{{Type: "number"}}, Summary: "find a port that is free for TCP and UDP, and reserved from other sosh processes, for a server that can't use port 0",
		Example: "print(free_port() > 0)", Prints: "true\n",
		Run: freePort,
	},
	{
		Name: "tempdir", Params: "", Returns: []luadoc.Result{{Type: "string", Doc: "a path"}}, Summary: "create a directory that is removed with its content when the script ends",
		Example: `local dir = tempdir()
write_file(dir .. "/x", "hello")
print(#read_file(dir .. "/x"))`, Prints: "5\n",
		Run: func(L *lua.LState) int {
			dir, err := Tempdir(L)
			if err != nil {
				Failf(L, "tempdir", "%v", err)
			}
			L.Push(lua.LString(dir))
			return 1
		},
	},
}

// random returns the generator of the function random; its first seed is random.
func (lib *library) random() *mathrand.Rand {
	if lib.rng == nil {
		var b [8]byte
		rand.Read(b[:]) // which never fails
		lib.setSeed(int64(binary.LittleEndian.Uint64(b[:]) >> 11))
	}
	lib.used = true
	return lib.rng
}

func (lib *library) setSeed(seed int64) {
	lib.seed, lib.rng = seed, mathrand.New(mathrand.NewSource(seed))
}

// SeedRandom sets the seed of the functions random and randombytes, and resets
// [RandomUsed].
func SeedRandom(L *lua.LState, seed int64) {
	lib := libraryOf(L)
	lib.setSeed(seed)
	lib.used = false
}

// RandomUsed reports whether random or randombytes was called since
// [SeedRandom].
func RandomUsed(L *lua.LState) bool { return libraryOf(L).used }

// openEnv makes env, a table whose fields are the environment variables.
func openEnv(L *lua.LState) {
	t, mt := L.NewTable(), L.NewTable()
	mt.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		v, ok := os.LookupEnv(lua51.CheckString(L, 2))
		if !ok {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LString(v))
		return 1
	}))
	mt.RawSetString("__newindex", L.NewFunction(func(L *lua.LState) int {
		lua51.Raise(L, 1, "env: cannot set the environment of this process (exec sets that of a child with env=)")
		return 0
	}))
	t.Metatable = mt
	L.SetGlobal("env", t)
}

// freePort is free_port.
func freePort(L *lua.LState) int {
	port, err := freeport.Next()
	if err != nil {
		Failf(L, "free_port", "%v", err)
	}
	L.Push(lua.LNumber(port))
	return 1
}
