package lua51

import (
	"fmt"
	"math/rand"
	"strings"
)

// generator writes random programs. Numbers are small integers, what loops is
// bounded, and errors are caught, so that all that a program does is printed.
type generator struct {
	r       *rand.Rand
	b       strings.Builder
	indent  int
	nums    []string // visible names: locals that hold numbers
	anys    []string // locals that hold anything
	funcs   []string // functions of two numbers to some numbers
	loops   int
	vararg  bool
	budget  int
	names   int
	inPcall bool
	inCo    bool
	many    bool // more constants than an instruction can name
}

func (g *generator) line(format string, args ...any) {
	g.b.WriteString(strings.Repeat("  ", g.indent))
	fmt.Fprintf(&g.b, format, args...)
	g.b.WriteByte('\n')
}

func (g *generator) pick(words ...string) string { return words[g.r.Intn(len(words))] }
func (g *generator) chance(n int) bool           { return g.r.Intn(100) < n }

func (g *generator) name(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

const randomPrelude = `
local fs, T = {}, {1, 2, 3, x = 4, y = 5, n = 0}
G1, G2, GA = 1, 2, nil
local out
do
  local function show(v)
    if type(v) == "table" then
      local s = {}
      for i = 1, #v do s[#s+1] = show and tostring(v[i]) or "" end
      return "{" .. table.concat(s, " ") .. "}"
    end
    if type(v) == "function" then return "function" end
    if type(v) == "thread" then return "thread" end
    return tostring(v)
  end
  function out(...)
    local s = {}
    for i = 1, select("#", ...) do s[i] = show((select(i, ...))) end
    print(table.concat(s, ","))
  end
end
local function outT(t)
  local keys = {}
  for k in pairs(t) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return type(a) .. tostring(a) < type(b) .. tostring(b) end)
  for i, k in ipairs(keys) do
    local v = t[k]
    if type(v) == "table" then v = "table" elseif type(v) == "function" then v = "function" else v = tostring(v) end
    keys[i] = tostring(k) .. "=" .. v
  end
  print(table.concat(keys, " "))
end
local function N(v) if type(v) == "number" then if v ~= v or v > 1e9 or v < -1e9 then return 7 end return v % 1009 end return 3 end
local function F(v) if v ~= v then return 7 end return v end
local arg0 = {1, 2}
local function id(...) return ... end
local function two(a, b) return b, a end
local function iter(n) local i = 0 return function() i = i + 1 if i <= n then return i, i * 2 end end end
local steps = 0
local function tick() steps = steps + 1 if steps > 3000 then error("steps", 0) end end
local deep = 0
local function leave(...) deep = deep - 1 return ... end
local function P(f, ...) if deep > 20 then return "deep" end deep = deep + 1 return leave(pcall(f, ...)) end
local obj = {v = 1}
function obj:add(n) self.v = (self.v + n) % 1009 return self.v, n end
function obj.get(o) return o.v end
local mt = setmetatable({}, {
  __index = function(_, k) return #tostring(k) end,
  __call = function(self, a, b) return b, a end,
  __add = function(a, b) return 11 end,
  __concat = function(a, b) return "cat" end,
  __eq = function() return true end,
  __lt = function() return true end,
  __unm = function() return 13 end,
})
`

func (g *generator) program() string {
	g.b.WriteString(randomPrelude)
	g.budget = 40 + g.r.Intn(60)
	g.line("local main = function(...)")
	g.indent++
	g.vararg = true
	g.nums, g.anys = nil, nil
	g.line("local n1, n2, n3 = 1, 2, 3")
	g.line("local a1, a2 = nil, false")
	g.nums = []string{"n1", "n2", "n3"}
	g.anys = []string{"a1", "a2"}
	if g.many = g.chance(20); g.many {
		// More constants than an instruction can name.
		for i := range 140 {
			g.line("T.k%d = %d", i, i+1000)
		}
	}
	g.block(0)
	g.line("for i = 1, #fs do out(i, P(fs[i], i)) end")
	g.line("out(n1, n2, n3, a1, a2, G1, G2, GA, T[1], T[2], T[3], T.x, T.y, obj.v)")
	g.indent--
	g.line("end")
	g.line("out(pcall(main, 4, nil, 6))")
	return g.b.String()
}

// block writes statements in a scope of their own.
func (g *generator) block(depth int) {
	nums, anys, funcs := g.nums, g.anys, g.funcs
	g.nums, g.anys, g.funcs = nums[:len(nums):len(nums)], anys[:len(anys):len(anys)], funcs[:len(funcs):len(funcs)]
	for n := 1 + g.r.Intn(6); n > 0 && g.budget > 0; n-- {
		g.budget--
		g.stmt(depth)
	}
	g.nums, g.anys, g.funcs = nums, anys, funcs
}

func (g *generator) stmt(depth int) {
	switch k := g.r.Intn(48); {
	case k >= 38:
		g.wide(depth)
	case k >= 32:
		g.shape(depth)
	case k >= 30:
		v := g.pick(append(g.anys, "GA", "T.z")...)
		g.line("%s = %s", v, g.any(4))
		g.line("out(%s, %s)", v, g.any(3))
	case k < 5:
		g.assign()
	case k < 7:
		g.localStmt()
	case k < 9:
		g.line("out(%s)", g.list(3))
	case k < 10:
		g.line("%s = %s", g.anyVar(), g.any(3))
	case k < 12 && depth < 4:
		g.line("if %s then", g.cond(2))
		g.nested(depth)
		for g.chance(30) {
			g.line("elseif %s then", g.cond(2))
			g.nested(depth)
		}
		if g.chance(50) {
			g.line("else")
			g.nested(depth)
		}
		g.line("end")
	case k < 13 && depth < 4:
		g.line("do")
		g.nested(depth)
		g.line("end")
	case k < 18 && depth < 4:
		g.loop(depth)
	case k < 20:
		vararg := g.vararg
		g.vararg = false
		v := g.pick(g.nums...)
		if g.chance(50) {
			v2 := g.pick(g.nums...)
			g.line("fs[#fs+1] = function(p) %s = N(%s + p) return %s, %s end", v, v2, v, v2)
		} else {
			g.line("fs[#fs+1] = function(p) %s = N(p) return %s end", v, g.num(2))
		}
		g.vararg = vararg
	case k < 22 && depth < 3:
		g.function(depth)
	case k < 24 && depth < 4:
		g.pcall(depth)
	case k < 25 && depth < 3 && !g.inCo:
		g.coroutine(depth)
	case k < 26 && g.loops > 0:
		g.line("if %s then break end", g.cond(1))
	case k < 27:
		g.line("out(#fs > 0 and P(fs[#fs], %s))", g.num(1))
	case k < 28 && g.chance(50):
		t := g.name("t")
		g.line("local %s = {%s, [%s] = %s, %s = %s, %s}", t, g.any(2), g.str(1), g.any(2), g.pick("x", "y"), g.num(2), g.list(2))
		g.line("out(%s.x, %s[2], %s[\"a\"], select(\"#\", unpack(%s, 1, 3)))", t, t, t, t)
		g.line("%s.x, %s[1] = %s, %s", t, t, g.any(3), g.num(2))
		g.line("%s.y = %s", t, g.any(3))
		g.line("out(%s.x, %s.y, %s[1])", t, t, t)
	case k < 28:
		g.line("out(pcall(table.sort, {3, %s, 1, %s}, function(x, y) %s = x return x < y end))", g.num(1), g.num(1), g.pick(g.nums...))
	case k < 29:
		g.line("out((%q):gsub(%q, function(c, d) %s = N(#c) return %s end))", g.pick("hello world", "a1b22", "xx"), g.pick("%a", "(%w)(%w)", "[lo]+", "%d?"), g.pick(g.nums...), g.pick("nil", "c", "d", "\"<\" .. c .. \">\""))
	default:
		g.assign()
	}
}

func (g *generator) nested(depth int) {
	g.indent++
	g.block(depth + 1)
	g.indent--
}

// head is what a loop begins with: mostly nothing, or what may begin with a jump.
func (g *generator) head() string {
	if g.chance(60) {
		return ""
	}
	return g.pick("do end ", "if false then local x = 1 end ", "if nil then tick() else tick() end ", "while false do end ",
		"do do end end ", "if not true then tick() end ", "repeat break until true ", "while true do break end ",
		"if "+g.cond(2)+" then tick() end ", "if true then local x = 2 end ", "if "+g.cond(1)+" then break end ")
}

func (g *generator) loop(depth int) {
	loops := g.loops
	g.loops++
	nums := g.nums
	switch g.r.Intn(6) {
	case 0:
		v := g.name("i")
		g.nums = append(nums[:len(nums):len(nums)], v)
		g.line("for %s = %d, %d%s do %stick()", v, g.r.Intn(4), g.r.Intn(6), g.pick("", "", ", 2", ", -1"), g.head())
		g.nested(depth)
		g.line("end")
	case 1:
		v, w := g.name("i"), g.name("v")
		g.nums = append(nums[:len(nums):len(nums)], v, w)
		g.line("for %s, %s in %s do %stick()", v, w, g.pick("ipairs(T)", "iter(3)", "ipairs{5, 6, 7}", "id(iter(2))"), g.head())
		g.nested(depth)
		g.line("end")
	case 2:
		v := g.name("i")
		g.nums = append(nums[:len(nums):len(nums)], v)
		g.line("for %s in %s do %stick()", v, g.pick("iter(3)", "ipairs(T)", "id(ipairs{9, 8})", "iter(2), nil", "next, {5, 6}"), g.head())
		g.nested(depth)
		g.line("end")
	case 3:
		c := g.name("w")
		g.line("local %s = 0", c)
		g.line("while %s < %d%s do %stick() %s = %s + 1", c, 1+g.r.Intn(4), g.pick("", " and "+g.cond(1)), g.head(), c, c)
		g.nested(depth)
		g.line("end")
	default:
		c := g.name("r")
		l := g.name("l")
		g.line("local %s = 0", c)
		g.line("repeat %stick() %s = %s + 1", g.head(), c, c)
		g.line("local %s = %s", l, g.num(2))
		if g.chance(50) {
			g.line("fs[#fs+1] = function(p) %s = N(%s + p) return %s end", l, l, l)
		}
		g.nums = append(nums[:len(nums):len(nums)], l)
		g.nested(depth)
		g.line("until %s >= %d or %s == 2", c, 1+g.r.Intn(4), l)
	}
	g.nums = nums
	g.loops = loops
}

func (g *generator) function(depth int) {
	f, p, q := g.name("f"), g.name("p"), g.name("q")
	nums, anys, loops, vararg, inPcall := g.nums, g.anys, g.loops, g.vararg, g.inPcall
	g.loops = 0
	g.vararg = g.chance(60)
	dots := ""
	if g.vararg {
		dots = ", ..."
	}
	g.line("%s %s(%s, %s%s) tick() %s, %s = N(%s), N(%s)", "local function", f, p, q, dots, p, q, p, q)
	g.nums = append(nums[:len(nums):len(nums)], p, q)
	g.indent++
	g.block(depth + 1)
	g.line("return %s", g.pick(g.list(3), g.list(1), g.call(1), p, "N("+q+"), "+p, "id("+p+", "+q+")"))
	g.indent--
	g.line("end")
	g.nums, g.anys, g.loops, g.vararg, g.inPcall = nums, anys, loops, vararg, inPcall
	g.funcs = append(g.funcs, f)
}

func (g *generator) pcall(depth int) {
	loops, vararg, inPcall := g.loops, g.vararg, g.inPcall
	g.loops, g.vararg, g.inPcall = 0, false, true
	g.line("out(%s(function()", g.pick("pcall", "P"))
	g.nested(depth)
	g.indent++
	switch g.r.Intn(4) {
	case 0:
		g.line("error(%s, 0)", g.pick("\"e\"", "{}", g.num(1), "nil"))
	case 1:
		g.line("local z = nil + %s", g.num(1))
	case 2:
		g.line("return %s", g.list(3))
	}
	g.indent--
	g.line("end) == true)")
	g.loops, g.vararg, g.inPcall = loops, vararg, inPcall
}

func (g *generator) coroutine(depth int) {
	co := g.name("co")
	loops, vararg, inPcall := g.loops, g.vararg, g.inPcall
	nums := g.nums
	g.loops, g.vararg, g.inCo = 0, true, true
	y := g.name("y")
	z := g.name("z")
	g.line("local %s = coroutine.create(function(...) tick()", co)
	g.indent++
	g.line("local %s, %s = N((...)), 1", y, z)
	g.nums = append(nums[:len(nums):len(nums)], y, z)
	for range 1 + g.r.Intn(3) {
		g.block(depth + 1)
		switch g.r.Intn(5) {
		case 0:
			g.line("%s, %s = coroutine.yield(%s)", y, z, g.list(2))
			g.line("%s, %s = N(%s), N(%s)", y, z, y, z)
		case 1:
			g.line("out(coroutine.yield(%s))", g.list(2))
		case 2:
			g.line("for i = 1, 2 do %s = N((coroutine.yield(i, %s))) end", y, z)
		case 3:
			g.line("do local c, d, e, f = coroutine.yield() out(c, d, e, f) end")
		default:
			g.line("%s = N(%s + (coroutine.yield(%s) or 1))", z, y, z)
		}
	}
	if g.chance(30) {
		g.line("error(%s, 0)", g.pick("\"ce\"", "{}"))
	}
	g.line("return %s", g.list(2))
	g.indent--
	g.line("end)")
	g.loops, g.vararg, g.inPcall, g.inCo = loops, vararg, inPcall, false
	g.nums = nums
	for range 2 + g.r.Intn(4) {
		g.line("out(coroutine.resume(%s, %s))", co, g.list(2))
		g.line("out(coroutine.status(%s))", co)
	}
}

func (g *generator) localStmt() {
	switch g.r.Intn(4) {
	case 0:
		a, b := g.name("n"), g.name("n")
		g.line("local %s, %s = %s, %s", a, b, g.num(2), g.num(2))
		g.nums = append(g.nums, a, b)
	case 1:
		a, b, c := g.name("a"), g.name("a"), g.name("a")
		g.line("local %s, %s, %s = %s", a, b, c, g.list(3))
		g.anys = append(g.anys, a, b, c)
	case 2:
		a := g.name("n")
		g.line("local %s = %s", a, g.num(3))
		g.nums = append(g.nums, a)
	default:
		// A name that is visible already.
		a := g.pick(g.nums...)
		g.line("local %s = %s", a, g.num(2))
	}
}

// assign writes an assignment to one or several places.
func (g *generator) assign() {
	n := 1 + g.r.Intn(4)
	var lhs, rhs []string
	seen := map[string]bool{}
	numeric := 0
	for range n {
		v, num := "", true
		switch g.r.Intn(9) {
		case 0, 1, 2, 3:
			v = g.pick(g.nums...)
		case 4:
			v, num = g.anyVar(), false
		case 5:
			v = g.pick("G1", "G2")
		case 6:
			v = g.pick("T.x", "T.y", "obj.v", "T[\"x\"]")
		case 7:
			v = "T[" + g.pick("1", "2", "3", g.pick(g.nums...)+" % 3 + 1") + "]"
		default:
			v = "id(T)." + g.pick("x", "y")
		}
		if seen[v] || (strings.HasPrefix(v, "T") || strings.HasPrefix(v, "id")) && seen["T"] {
			v = g.pick(g.nums...)
			num = true
		}
		if strings.HasPrefix(v, "T") || strings.HasPrefix(v, "id") {
			seen["T"] = true
		}
		seen[v] = true
		lhs = append(lhs, v)
		if num {
			numeric++
		}
	}
	for i := range lhs {
		if lhs[i] != "" && strings.HasPrefix(lhs[i], "a") || lhs[i] == "GA" {
			rhs = append(rhs, g.any(2))
		} else {
			rhs = append(rhs, g.num(2))
		}
	}
	if g.chance(25) && n > 1 {
		// The last call gives what is missing.
		rhs = append(rhs[:n-1], "id("+strings.Join(rhs[n-1:], ", ")+")")
		if n > 2 && g.chance(50) {
			rhs = append(rhs[:n-2], "two("+g.num(1)+", "+g.num(1)+")")
		}
	}
	if g.chance(10) {
		rhs = append(rhs, g.num(1))
	}
	if len(rhs) == n-1 || len(rhs) >= n {
		g.line("%s = %s", strings.Join(lhs, ", "), strings.Join(rhs, ", "))
	}
}
