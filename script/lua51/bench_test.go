package lua51

import (
	"fmt"
	"os"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// benchLua runs a chunk that gets b.N, in a state of ours or, for plain, in
// one of gopher-lua as it is.
func benchLua(b *testing.B, plain bool, src string) {
	var L *lua.LState
	var f *lua.LFunction
	if plain {
		L = lua.NewState()
		var err error
		if f, err = L.LoadString(src); err != nil {
			b.Fatal(err)
		}
	} else {
		L = newState(b)
		proto, err := Compile(src, "=bench")
		if err != nil {
			b.Fatal(err)
		}
		f = L.NewFunctionFromProto(proto)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := L.CallByParam(lua.P{Fn: f, Protect: true}, lua.LNumber(b.N)); err != nil {
		b.Fatal(err)
	}
}

var benchPrograms = []struct{ name, src string }{
	{"pcall_ok", "local f = function() end for i = 1, ... do pcall(f) end"},
	{"pcall_fail", "local f = function() error('x') end for i = 1, ... do pcall(f) end"},
	{"pcall_fail_deep", "local function f(n) if n == 0 then error('x') end f(n - 1) return n end for i = 1, ... do pcall(f, 20) end"},
	{"pcall_fault", "local f = function(t) return t.x.y end for i = 1, ... do pcall(f, {}) end"},
	{"create", "local f = function() end for i = 1, ... do coroutine.resume(coroutine.create(f)) end"},
	{"resume", "local f = coroutine.wrap(function() while true do coroutine.yield(1) end end) for i = 1, ... do f() end"},
	{"fib20", "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end for i = 1, ... do fib(20) end"},
	{"strings", "for i = 1, ... do local s = 'item ' .. i s = s:upper():sub(2, 5) .. s:rep(3) local n = #s:gsub('%d', 'x') + (s:find('i', 1, true) or 0) + #string.format('%d %s', i, s) end"},
	{"tables", "for i = 1, ... do local t = {} for j = 1, 50 do t[j] = j end for k, v in ipairs(t) do t[k] = v * 2 end t.x, t.y = 1, 2 local n = 0 for k, v in pairs(t) do n = n + v end table.insert(t, n) table.remove(t) end"},
	{"swap", "local a, b = 1, 2 local t = {1, 2} for i = 1, ... do a, b = b, a t[1], t[2] = t[2], t[1] end"},
}

func BenchmarkLua(b *testing.B) {
	for _, p := range benchPrograms {
		b.Run(p.name, func(b *testing.B) { benchLua(b, false, p.src) })
	}
}

// BenchmarkPlain runs the same in gopher-lua as it is.
func BenchmarkPlain(b *testing.B) {
	for _, p := range benchPrograms {
		b.Run(p.name, func(b *testing.B) { benchLua(b, true, p.src) })
	}
}

// largeSource is a program of n lines.
func largeSource(n int) string {
	var b strings.Builder
	for i := 0; i < n; i += 10 {
		fmt.Fprintf(&b, `-- part %[1]d
local function part%[1]d(a, b, ...)
  local t = {x = a, y = b, %[1]d, "text %[1]d"}
  for i, v in ipairs(t) do
    if v == a and i > %[1]d then t.x, t.y = t.y, t.x break end
    b = b and a or v
  end
  return t.x .. "s", select("#", ...)
end
parts = parts or {} parts[%[1]d] = part%[1]d; do local _ = parts end
`, i/10)
		if i%1500 == 1490 {
			b.WriteString("do local function f() return 1 end f() end\n")
		}
	}
	return "local parts = {}\n" + strings.ReplaceAll(b.String(), "local function part", "function part")
}

func BenchmarkCompile(b *testing.B) {
	src := largeSource(10_000)
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			if _, err := Compile(src, "=bench"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			chunk, err := parse.Parse(strings.NewReader(src), "bench")
			if err != nil {
				b.Fatal(err)
			}
			if _, err := lua.Compile(chunk, "bench"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkState is what a new state costs, for the start of the program.
func BenchmarkState(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newState(b)
	}
}

// TestBenchProgram runs the program of bench/lua51.sh.
func TestBenchProgram(t *testing.T) {
	name := os.Getenv("SOSH_BENCH_LUA")
	if name == "" {
		t.Skip("only for bench/lua51.sh")
	}
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doLua(t, newState(t), string(src)); err != nil {
		t.Fatal(err)
	}
}
