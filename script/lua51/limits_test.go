package lua51

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/racedetector"

	lua "github.com/yuin/gopher-lua"
)

// newState returns the main thread of a new machine.
func newState(t testing.TB) *lua.LState {
	t.Helper()
	in, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return in.L
}

// doLua runs a chunk and returns its results.
func doLua(t testing.TB, L *lua.LState, src string) ([]lua.LValue, error) {
	t.Helper()
	proto, err := Compile(src, "=test")
	if err != nil {
		t.Fatal(err)
	}
	return Run(L, L.NewFunctionFromProto(proto))
}

// TestLimits runs what has no end, or is too large, on the main thread, in a
// pcall, in a coroutine and on a task's thread: it ends soon, with words, and
// the state goes on.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ src, want string }{
		"calls":      {"local function f() return 1 + f() end return f()", "stack overflow"},
		"large":      {"local function f() local a,b,c,d,e,g,h,i,j,k = 1,2,3 return f() + a end return f()", "stack overflow"},
		"metamethod": {"local t t = setmetatable({}, {__index = function(_, k) return t[k + 1] end}) return t[1]", "stack overflow"},
		"pcall":      {"local function f() local ok, e = pcall(f) if not ok then error(e, 0) end return e end return f()", "stack overflow"},
		"xpcall":     {"local function f() local ok, e = xpcall(f, function(e) return e end) if not ok then error(e, 0) end return e end return f()", "stack overflow"},
		"wrap":       {"local function f() return coroutine.wrap(f)() end return f()", "stack overflow"},
		"tostring":   {"local t t = setmetatable({}, {__tostring = function() return tostring(t) end}) return tostring(t)", "stack overflow"},
		"gsub":       {"local function f(s) return (s:gsub('.', f)) end return f('x')", "stack overflow"},
		"sort":       {"local function f() table.sort({1, 2}, f) end return f()", "stack overflow"},
		"handlers":   {"local function f() error('x') end local ok, e = xpcall(f, f) error(e, 0)", "error in error handling"},
		"mixed": {`local m m = setmetatable({}, {__index = function(_, k)
			if k % 1500 ~= 0 then return m[k + 1] end
			local ok, e = pcall(function() return m[k + 1] end)
			if not ok then error(e, 0) end return e end}) return m[1]`, "stack overflow"},
		"rep":    {"return ('x'):rep(1e10)", "resulting string too large"},
		"unpack": {"return unpack({}, 1, 1e8)", "too many results to unpack"},
		"syntax": {"return assert(loadstring('return ' .. ('- '):rep(20000) .. '1'))", "too many syntax levels"},
	} {
		t.Run(name, func(t *testing.T) {
			L := newState(t)
			setup := "local function work() " + c.src + " end "
			for where, src := range map[string]string{
				"main":      c.src,
				"pcall":     setup + "local ok, e = pcall(work) if not ok then error(e, 0) end return e",
				"coroutine": setup + "return coroutine.wrap(work)()",
			} {
				start := time.Now()
				_, err := doLua(t, L, src)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: %.200v, want %q", where, err, c.want)
				}
				// A second is what it may take on a machine of its own.
				t.Logf("%s took %v", where, time.Since(start).Round(time.Millisecond))
				if _, err := doLua(t, L, "local n = 0 local function up() n = n + 1 end pcall(error) up() assert(n == 1)"); err != nil {
					t.Errorf("%s: the state is broken: %v", where, err)
				}
			}
		})
	}
}

// TestDeep runs what is deep, but has an end.
func TestDeep(t *testing.T) {
	t.Parallel()
	const rec = "local function rec(n) if n == 0 then return 0 end return 1 + rec(n - 1) end "
	for _, src := range []string{
		rec + "return rec(15000)",
		rec + "return select(2, pcall(rec, 15000))",
		rec + "return coroutine.wrap(function() return select(2, pcall(rec, 15000)) end)()",
		rec + "return 10000 + coroutine.wrap(rec)(5000)",
		"local function pd(n) if n == 0 then return 0 end local ok, r = pcall(pd, n - 1) return r + 1 end return 14850 + pd(150)",
		"local t = {} for i = 1, 15000 do t[i] = 'x' end return #table.concat(t)",
		"return select('#', unpack({}, 1, 15000))",
		"local function tail(n) if n == 0 then return 15000 end return tail(n - 1) end return tail(100000)",
	} {
		vals, err := doLua(t, newState(t), src)
		if err != nil || len(vals) != 1 || vals[0] != lua.LNumber(15000) {
			t.Errorf("%s: %v, %v", src, vals, err)
		}
	}
}

// TestCancel stops programs that never end by themselves.
func TestCancel(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"while true do xpcall(function() while true do end end, function(m) return m end) end",
		"while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
		"local f = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) while true do f() end",
		"local function f() while true do pcall(f) end end f()",
		"repeat until false",
		"for i = 1, math.huge do end",
		"for _ in function() return 1 end do end",
		"local function f() return f() end f()",
		"local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end fib(100)",
		"local t t = {[0] = function() end, function(n) t[math.min(n, 1)](n - 1) t[math.min(n, 1)](n - 1) end} t[1](100)",
		"local m m = setmetatable({}, {__index = function(_, k) return k < 1 and 1 or m[k - 1] + m[k - 1] end}) return m[100]",
		"table.sort({1, 2, 3}, function() while true do end end)",
		"return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40) .. '()%1')",
		"while true do pcall(string.find, ('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40) .. '()%1') end",
	} {
		L := newState(t)
		in := InterpOf(L)
		in.OnInterrupt = func(L *lua.LState) { in.Interrupt(); L.RaiseError("cancelled") }
		time.AfterFunc(10*time.Millisecond, in.Interrupt)
		start := time.Now()
		_, err := doLua(t, L, src)
		if err == nil || !strings.Contains(err.Error(), "cancelled") {
			t.Errorf("%s: %v", src, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s took %v", src, d)
		}
		in.ClearInterrupt()
	}
}

// TestThreadMemory measures what a coroutine that waits takes, and that one
// that nobody holds is collected.
func TestThreadMemory(t *testing.T) {
	if racedetector.On {
		t.Skip("the race detector takes memory of its own")
	}
	const n = 2000
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	L := newState(t)
	before, routines := heap(), runtime.NumGoroutine()
	if _, err := doLua(t, L, "list = {} for i = 1, 2000 do local f = coroutine.wrap(function(a, b) coroutine.yield(a + b) end) f(i, i) list[i] = f end"); err != nil {
		t.Fatal(err)
	}
	each := int64(heap()-before) / n
	t.Logf("%d bytes a coroutine", each)
	if each > 12<<10 {
		t.Errorf("a coroutine takes %d bytes, want 12 KB at most", each)
	}
	if g := runtime.NumGoroutine(); g != routines {
		t.Errorf("%d goroutines, %d before the coroutines", g, routines)
	}
	// Also one that waits in a pcall goes, with its worker.
	if _, err := doLua(t, L, "list = nil for i = 1, 2000 do local f = coroutine.wrap(function() pcall(function() coroutine.yield() end) end) f() end"); err != nil {
		t.Fatal(err)
	}
	if left := int64(heap() - before); left > n*2<<10 {
		t.Errorf("%d bytes are left of coroutines that nobody holds", left)
	}
	runtime.KeepAlive(L)
}

// TestTaskMemory measures what a task's thread and goroutine take that wait in a
// function of Go's.
func TestTaskMemory(t *testing.T) {
	if racedetector.On {
		t.Skip("the race detector takes memory of its own")
	}
	const n = 2000
	L := newState(t)
	var lock sync.Mutex
	end := make(chan struct{})
	waiting := make(chan struct{})
	L.SetGlobal("wait", L.NewFunction(func(L *lua.LState) int {
		cur := L.G.CurrentThread
		lock.Unlock()
		waiting <- struct{}{}
		<-end
		lock.Lock()
		L.G.CurrentThread = cur
		return 0
	}))
	proto, err := Compile("local a, b = ... wait() return a", "=test")
	if err != nil {
		t.Fatal(err)
	}
	f := L.NewFunctionFromProto(proto)
	memory := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := memory()
	var tasks sync.WaitGroup
	for range n {
		tasks.Go(func() {
			lock.Lock()
			defer lock.Unlock()
			th := NewThread(L)
			L.G.CurrentThread = th
			if _, err := Run(th, f, lua.LNumber(1)); err != nil {
				t.Error(err)
			}
		})
		<-waiting
	}
	each := int64(memory()-before) / n
	close(end)
	tasks.Wait()
	t.Logf("%d bytes a task", each)
	if each > 12<<10 {
		t.Errorf("a task takes %d bytes, want 12 KB at most", each)
	}
}

// TestYieldInPcall is what Lua 5.1 has not: yields go through pcall.
func TestYieldInPcall(t *testing.T) {
	vals, err := doLua(t, newState(t), `
local log = {}
local function put(...) for i = 1, select("#", ...) do log[#log + 1] = tostring((select(i, ...))) end end
local co = coroutine.create(function(...)
  put("args", ...)
  put(pcall(function(a)
    put(coroutine.yield(a))
    put(pcall(function() put(coroutine.yield("in two")) error("inner", 0) end))
    put(xpcall(function() put(coroutine.yield("in xpcall")) error("x", 0) end, function(m) return m .. " handled" end))
    put(coroutine.running() ~= nil, coroutine.status(coroutine.running()))
    local a, b, c = coroutine.yield()
    put(a, b, c)
    return "result", nil
  end, "first"))
  for i = 1, 3 do pcall(coroutine.yield, i) end
  return "end"
end)
local function go(...) local r = {coroutine.resume(co, ...)} put("->", coroutine.status(co)) for i = 1, #r do put(r[i]) end end
go("A") go("B", "C") go("D") go("E") go("F") go() go(1) go(2) go(3) go()
return table.concat(log, " ")`)
	if err != nil {
		t.Fatal(err)
	}
	const want = "args A -> suspended true first B C -> suspended true in two D false inner -> suspended true in xpcall E false x handled true running " +
		"-> suspended true F nil nil true result nil -> suspended true 1 -> suspended true 2 -> suspended true 3 -> dead true end -> dead false cannot resume dead coroutine -> dead false cannot resume dead coroutine"
	if got := vals[0].String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestTracebacks is how errors look that nobody catches: with all of the
// script's calls, and none of ours.
func TestTracebacks(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"local function f()\nerror('E')\nend\nf()", "test:2: E\nstack traceback:\n\t[C]: in function 'error'\n\ttest:2: in function 'f'\n\ttest:4: in main chunk\n\t[C]: ?"},
		{"local x\nx.y = 1", "stack traceback:\n\ttest:2: in main chunk\n"},
		{"local ok, e = pcall(error, 'E', 0)\nerror(e, 0)", "E\nstack traceback:\n\t[C]: in function 'error'\n\ttest:2: in main chunk\n"},
		{"local f = coroutine.wrap(function()\nerror('E') end)\nf()", "test:3: test:2: E\n"},
	} {
		_, err := doLua(t, newState(t), c.src)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot\n%v\nwant\n%s", c.src, err, c.want)
		}
		if strings.Contains(err.Error(), trampolineName) {
			t.Errorf("%s: a worker shows in\n%v", c.src, err)
		}
	}
}

// TestHooks covers what the machine sets.
func TestHooks(t *testing.T) {
	L := newState(t)
	var code, blocked int
	in := InterpOf(L)
	in.Exit = func(c int) { code = c }
	in.Block = func(_ *lua.LState, f func(context.Context)) { blocked++; f(t.Context()) }
	if _, err := doLua(t, L, "os.execute('true') local p = io.popen('echo x') assert(p:read() == 'x') p:close() os.exit(7)"); err != nil {
		t.Fatal(err)
	}
	if code != 7 || blocked < 3 {
		t.Errorf("exit code %d, %d calls that block", code, blocked)
	}
}

func TestIncomplete(t *testing.T) {
	for src, want := range map[string]bool{
		"x =": true, "for i = 1, 2 do": true, "function f()": true, "print(": true, "x = [[a": true, "--[[ a": true, "if x then": true, "x = {": true,
		"x = = 1": false, "x = 'a": false, "end": false, ")": false, "x = 1": false,
	} {
		_, err := Compile(src, "=test")
		if got := err != nil && IsIncomplete(err); got != want {
			t.Errorf("%q: incomplete is %v, with %v", src, got, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "test:") {
			t.Errorf("%q: %v has no position", src, err)
		}
	}
	if _, err := Compile("#!/usr/bin/sosh\nerror('x'", "@f.lua"); err == nil || !strings.HasPrefix(err.Error(), "f.lua:2:") {
		t.Errorf("after a first line with #: %v", err)
	}
	if _, err := Compile("goto done", "=test"); err == nil || !strings.Contains(err.Error(), "'=' expected near 'done'") {
		t.Errorf("goto: %v", err)
	}
}
