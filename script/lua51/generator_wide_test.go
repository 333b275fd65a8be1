package lua51

import (
	"fmt"
	"strings"
)

// wide is a statement with what programs have beside the small numbers of the
// others: fractions, chunks of loadstring, tracebacks, closures of loops, arguments
// of any number, and what is near a limit.
func (g *generator) wide(depth int) {
	switch g.r.Intn(14) {
	case 0:
		g.line("out(%s, %s)", g.fraction(3), g.fraction(2))
	case 1:
		g.line("out(%s .. %s, tostring(%s), string.format(%q, %s))", g.fraction(2), g.fraction(1), g.fraction(2), g.pick("%g", "%.3f", "%5.1f", "%e"), g.fraction(1))
	case 2:
		g.closures(depth)
	case 3:
		g.varargs()
	case 4:
		if !g.many {
			g.traced() // it names fields
		}
	case 5:
		g.loaded()
	case 6:
		g.limits()
	case 7:
		g.fields()
	case 8:
		g.iterator(depth)
	case 9:
		g.conditions(depth)
	case 10:
		vararg := g.vararg
		g.vararg = false
		g.library()
		g.vararg = vararg
	case 11:
		g.metatable()
	case 12:
		g.text()
	default:
		g.recursion()
	}
}

// fraction is an expression of numbers of any kind.
func (g *generator) fraction(depth int) string {
	if depth <= 0 {
		return g.pick("0.5", "1.25", "0.1", "3", "7", "-2", "1e3", "1e15", "2^53", "1/3", "1e-7", "100", g.pick(g.nums...), g.pick(g.nums...), "G1", "T.x", "\"2.5\"", "(1/0)")
	}
	switch g.r.Intn(9) {
	case 0:
		return "(- " + g.fraction(depth-1) + ")"
	case 1:
		return g.pick("math.floor", "math.ceil", "math.abs", "tonumber") + "(" + g.fraction(depth-1) + ")"
	case 2:
		return "math." + g.pick("max", "min") + "(" + g.fraction(depth-1) + ", " + g.fraction(depth-1) + ")"
	case 3:
		return fmt.Sprintf("%s %s %s", g.fraction(depth-1), g.pick("+", "-", "*"), g.fraction(depth-1))
	}
	// A division by zero gives a NaN of either sign in C.
	return fmt.Sprintf("F(%s %s %s)", g.fraction(depth-1), g.pick("+", "-", "*", "/", "%"), g.fraction(depth-1))
}

// closures writes a loop whose closures share its locals, and is left by break.
func (g *generator) closures(depth int) {
	t, i, v, w := g.name("c"), g.name("i"), g.name("v"), g.name("w")
	nums := g.nums
	vararg := g.vararg
	g.line("local %s = {}", t)
	g.line("%s", strings.ReplaceAll(g.pick("for @ = 1, 4 do", "for @, q in ipairs{7, 8, 9} do", "local @ = 0 while @ < 4 do @ = @ + 1", "local @ = 0 repeat @ = @ + 1", "for @ in iter(3) do"), "@", i))
	until := strings.Contains(g.b.String()[strings.LastIndex(strings.TrimSuffix(g.b.String(), "\n"), "\n")+1:], "repeat")
	g.nums = append(nums[:len(nums):len(nums)], i, v, w)
	g.indent++
	g.line("tick() local %s, %s = %s, %s", v, w, g.pick(i, i+" * 2"), g.num(1))
	g.vararg = false
	g.line("%s[#%s + 1] = function(p) %s = N(%s + (p or 1)) return %s, %s end", t, t, v, v, v, g.pick(i, w, v))
	if g.chance(50) {
		g.line("do local %s = %s %s[#%s + 1] = function(p) %s, %s = N(%s), N(%s) return function() return %s, %s end end end", v, g.num(1), t, t, v, w, w, v, v, w)
	}
	g.vararg = vararg
	if g.chance(60) {
		g.line("if %s then %s break end", g.pick(i+" > 2", g.cond(1)), g.pick("", "local z = 1", "fs[#fs+1] = function() return "+v+" end"))
	}
	if g.chance(30) && depth < 3 {
		g.nested(depth)
	}
	g.indent--
	if until {
		g.line("until %s", g.pick(i+" > 3", v+" > 5 or "+i+" > 4", i+" > 2 and "+w+" ~= nil"))
	} else {
		g.line("end")
	}
	g.nums = nums
	g.line("for i, f in ipairs(%s) do local a, b = f(i) if type(a) == \"function\" then out(a()) else out(a, b) end end", t)
	g.line("if %s[2] then out(%s[1](5), (%s[2](1))) end", t, t, t)
}

// varargs writes functions that pass on any number of arguments.
func (g *generator) varargs() {
	f, h := g.name("va"), g.name("va")
	dots := g.pick("...", "(...)", "..., 1", "1, ...", "nil, ...", "..., nil", "select(2, ...)", "select(\"#\", ...), ...", "unpack({...}, 1, select(\"#\", ...))", "(select(\"#\", ...))")
	g.line("local function %s(...) local a, b, c = ... local t = {%s, %s} return %s, t[1], t[2], a, c end", f, g.pick("...", "a, ...", "x = 1, ...", "(...)"), g.pick("...", "b", "n = ..., ..."), g.pick("a", "b", "(...)", "select(\"#\", ...)"))
	g.line("local function %s(a, ...) %s return %s(%s) end", h, g.pick("", "local arg = 3", "local z = ...", "a = {...}"), f, dots)
	var args []string
	for range g.r.Intn(5) {
		args = append(args, g.any(1))
	}
	g.line("out(%s(%s))", h, strings.Join(args, ", "))
	g.line("out((%s(%s)), %s(%s), (%s(1, nil)), %s())", f, strings.Join(args, ", "), h, g.num(1), f, h)
	if g.chance(40) {
		g.line("out((function(...) return arg.n, arg[1], arg[2] end)(%s))", strings.Join(args, ", "))
	}
}

// traced writes a fault in functions that call each other, and shows the traceback.
func (g *generator) traced() {
	f := g.name("tr")
	o := g.name("o")
	bad := g.pick("nil + 1", "undefinedG.x", "error(\"e\")", "error(\"e\", 2)", "error(\"e\", 3)", "T.none.x", "{} .. 1", "#nil", "-{}", "1 < {}", "T:none()", "assert(false)", "assert(nil, \"m\")", "(\"x\"):rep({})", "setmetatable(1)", "string.rep()", "ipairs()", "(\"x\"):bad()", "math.floor({})", "T.x()", "\"a\" + 1", "tostring()")
	vararg := g.vararg
	g.vararg = false
	g.line("local %s = {}", o)
	g.line("local function %s(p) local q = %s return %s%s end", f, g.num(1), g.pick("", "p, ", "1 + ", "not "), bad)
	g.line("function %s.field(p) %s%s(p) %s end", o, g.pick("return ", "local r = ", ""), f, "")
	g.line("function %s:method(p) %s self.field(p) end", o, g.pick("return", "local r =", "local s, r = 1,"))
	g.line("GF = function(p) %s %s end", g.pick("return", "local r ="), g.pick(o+":method(p)", o+".field(p)", f+"(p)", "id("+f+"(p))", "pcall("+f+", p)", "tostring("+f+"(p))", "table.concat({1}, "+f+"(p))"))
	g.line("print((select(2, xpcall(function() %s GF(1) end, %s))))", g.pick("return", "local r ="), g.pick("debug.traceback", "function(m) return debug.traceback(tostring(m), "+g.pick("1", "2", "3")+") end", "function(m) local i = debug.getinfo(2) return tostring(m) .. i.currentline .. tostring(i.name) .. i.namewhat .. i.what .. i.short_src end"))
	g.line("GF = nil")
	g.vararg = vararg
}

// loaded writes a chunk for loadstring, right or wrong.
func (g *generator) loaded() {
	src := g.pick("return "+g.list(2), "local a, b = ... return b, a, "+g.num(1), "G1 = N(G1 + 1) return G1", "return function(...) return ... end", g.num(2), "return "+g.fraction(2),
		"for i = 1, 3 do local x = i if x == 2 then return x end end", "local t = "+g.table(1)+" return #t ~= nil", "x = = 1", "return return", "local a <b>", "if x then", "f(", "return 'abc", "x.y:z = 1", "for i do end", "a, b + 1 = 2", "local function f() return ... end", "break", "return ...")
	// The chunk does not see the locals.
	g.line("do local f, e = loadstring(%s, %q) if f then setfenv(f, setmetatable({N = N, F = F, out = out, tick = tick}, {__index = _G})) out(pcall(f, 1, 2)) else print(e) end end", luaQuote(src), g.pick("=chunk", "@file.lua", "text\nmore", "=", "return 1"))
}

// limits writes a chunk that has as much of something as a chunk may have, or a little
// more or less.
func (g *generator) limits() {
	near := func(n int) int { return n - 3 + g.r.Intn(6) }
	var rep, tail string
	n := 0
	switch g.r.Intn(10) {
	case 0:
		n, rep, tail = near(200), "local a = 1 ", "return a"
	case 1:
		n, rep, tail = near(197), "(", ""
	case 2:
		n, rep, tail = near(197), "do ", ""
	case 3:
		n, rep, tail = near(197), "f(", ""
	case 4:
		n, rep, tail = near(250), "nil, ", "1"
	case 5:
		n, rep, tail = near(197), "{", ""
	case 6:
		n, rep, tail = near(197), "1 .. ", "1"
	case 7:
		n, rep, tail = near(99), "function() return ", "1"
	case 8:
		n, rep, tail = near(60), "up", ""
	case 9:
		n, rep, tail = 40+g.r.Intn(20), "1, ", "x = 2, 3"
	}
	g.line("do local r, n = %q, %d", rep, n)
	switch rep {
	case "up":
		g.line("local s = \"\" for i = 1, n do s = s .. \"local u\" .. i .. \" = \" .. i .. \" \" end s = s .. \"return function() return u1\" for i = 2, n do s = s .. \" + u\" .. i end s = s .. \" end\"")
		g.line("local f, e = loadstring(s, \"=s\") out(e or f()()) end")
		return
	case "local a = 1 ":
		g.line("local f, e = loadstring(r:rep(n) .. %q, \"=s\")", tail)
	case "do ":
		g.line("local f, e = loadstring(r:rep(n) .. (\"end \"):rep(n), \"=s\")")
	case "1, ":
		g.line("local f, e = loadstring(\"return {\" .. r:rep(n) .. %q .. \"}\", \"=s\") if f then local t = f() f = nil outT(t) end", tail)
	case "function() return ":
		g.line("local f, e = loadstring(\"return \" .. r:rep(n) .. %q .. (\" end \"):rep(n), \"=s\")", tail)
	default:
		closing := map[string]string{"(": ")", "f(": ")", "{": "}"}[rep]
		g.line("local f, e = loadstring(\"local f = function() end return \" .. r:rep(n) .. %q .. (%q):rep(n), \"=s\")", tail, closing)
	}
	g.line("if f then out(select(\"#\", pcall(f))) else print(e) end end")
}

// fields writes assignments to fields of fields.
func (g *generator) fields() {
	t := g.name("t")
	g.line("local %s = {a = {b = {c = %s}, 1, 2}, f = function(x) return x end, [1] = {%s}}", t, g.any(1), g.list(1))
	target := func() string {
		return t + g.pick(".a.b.c", ".a[1]", ".a[2]", "[\"a\"].b", ".x", "[1][1]", ".f(T).w", ".a.b["+g.num(0)+"]", "[1]")
	}
	for range 1 + g.r.Intn(3) {
		g.line("out(pcall(function(...) %s, %s = %s end))", target(), target(), g.list(2))
	}
	g.line("%s.a[1], %s.a[2] = %s.a[2], %s.a[1]", t, t, t, t)
	g.line("out(%s.a[1], %s.a[2], type(%s.a.b), %s.x, type(%s[1]))", t, t, t, t, t)
	g.line("local k, v = \"k\", %s %s[k], k, v = v, %s, k out(%s.k, k, v)", g.num(1), t, g.num(1), t)
}

// iterator writes a generic for over a function of some kind.
func (g *generator) iterator(depth int) {
	a, b := g.name("a"), g.name("b")
	loops, vararg := g.loops, g.vararg
	g.loops, g.vararg = 0, false
	it := g.pick("pairs({%s})", "ipairs({%s})", "coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i, %s) end end)", "(\"a1b2\"):gmatch(\"(%%a)(%%d)\")", "next, {%s}",
		"setmetatable({}, {__call = function(self, s, c) c = c + 1 if c < 4 then return c, self end end}), nil, 0", "(function(s, i) if i < s then return i + 1, i end end), 3, 0", "unpack{function(_, i) i = (i or 0) + 1 if i < 3 then return i, i, i end end}")
	if strings.Contains(it, "%s") {
		it = fmt.Sprintf(it, g.num(1))
	}
	if g.chance(10) {
		it = g.pick("nil", "T", "3", "undefinedG", "{}", "T.x, 1, 2")
	}
	g.line("out(pcall(function() for %s, %s in %s do tick() out(%s, %s)", a, b, it, a, b)
	g.loops = 1
	if depth < 3 && g.chance(40) {
		g.nested(depth)
	}
	g.line("end end))")
	g.loops, g.vararg = loops, vararg
}

// conditions writes a long if, and while and repeat with long conditions.
func (g *generator) conditions(depth int) {
	v := g.name("k")
	g.line("local %s = %s", v, g.num(1))
	g.line("if %s == 0 then out(0)", v)
	for i := range 2 + g.r.Intn(6) {
		g.line("elseif %s then out(%d)", g.pick(fmt.Sprintf("%s %% 7 == %d", v, i), g.chain(4), g.cond(1)), i)
	}
	g.line("else out(%s) end", v)
	c := g.name("n")
	g.line("local %s = 0", c)
	g.line("while %s < 3 and (%s) do tick() %s = %s + 1 end out(%s)", c, g.chain(3), c, c, c)
	g.line("repeat tick() %s = %s + 1 local last = %s until %s > 6 or last and (%s) out(%s)", c, c, g.pick("true", "nil", g.any(1)), c, g.chain(3), c)
}

// library writes calls of the library.
func (g *generator) library() {
	g.line("out(%s)", g.pick(
		"pcall(table.concat, {1, 2.5, \"x\"}, "+g.pick(`","`, "nil", g.num(0))+")",
		"select("+g.pick("1", "2", "-1", "\"#\"", "5", "-2")+", "+g.list(1)+")",
		"pcall(select, "+g.pick("0", "-9", "\"x\"", "nil")+", 1)",
		"unpack({1, 2, 3}, "+g.pick("1", "2", "0", "-1")+", "+g.pick("2", "3", "4")+")",
		"tostring("+g.any(1)+")", "type("+g.any(1)+")", "tonumber("+g.str(1)+", "+g.pick("10", "16", "2", "nil")+")",
		"pcall(rawset, T, nil, 1)", "rawequal("+g.any(1)+", "+g.any(1)+")", "rawget(T, "+g.pick("\"x\"", "1", "nil")+")",
		"(\"%d %s %5.2f\"):format("+g.num(1)+", "+g.str(1)+", "+g.fraction(1)+")",
		"string.byte("+g.str(1)+", 1, -1)", "("+g.str(2)+"):upper():lower():len()", "("+g.str(1)+"):find("+g.str(0)+", 1, true)", "("+g.str(2)+"):gsub(\"%w\", \"<%0>\")",
		"pcall(setmetatable, "+g.pick("T, 1", "1, {}", "T", "{}, nil")+")", "next({"+g.num(1)+"})",
		"(function() local t = {3, 1, 2} table.sort(t, function(a, b) return a > b end) return unpack(t) end)()",
		"(function() local t = {1, 2, 3} table.insert(t, 2, "+g.num(1)+") table.remove(t, 1) return table.concat(t, \" \") end)()",
		"math.floor("+g.fraction(1)+")", "math.fmod("+g.num(1)+", 7)", "pcall(error, "+g.any(1)+")", "assert("+g.num(1)+", \"m\")", "pcall(assert, "+g.cond(1)+", \"m\")", "#arg0", "coroutine.running() == nil"))
}

// metatable writes a table with metamethods that count, and uses it.
func (g *generator) metatable() {
	m := g.name("m")
	g.line("local %s = setmetatable({n = %s}, {__index = %s, __newindex = %s, __call = function(s, ...) return select(\"#\", ...), ... end, __add = function(a, b) return type(a) .. type(b) end,", m, g.num(1),
		g.pick("T", "function(t, k) return k end", "setmetatable({}, {__index = function(t, k) return \"deep\" end})"), g.pick("rawset", "function(t, k, v) rawset(t, k, N(v)) end", "{}"))
	g.line("  __eq = function(a, b) return %s end, __lt = function(a, b) return %s end, __le = %s, __concat = function(a, b) return %s end, __unm = function(a, b) return rawequal(a, b) end, __len = %s, __tostring = function() return %s end})",
		g.pick("true", "false", "nil", "1"), g.pick("true", "false", "nil"), g.pick("nil", "function() return 1 end"), g.pick("\"cat\"", "a == b", "type(a)", "{}"), g.pick("nil", "function() return 7 end"), g.pick("\"str\"", "\"\""))
	for range 2 + g.r.Intn(4) {
		e := strings.ReplaceAll(g.pick("@ + 1", "1 + @", "@ + @", "@ .. 1", "1 .. @", "@ .. @ .. \"x\"", "\"a\" .. 2 .. @", "@ == @", "@ == T", "@ < @", "@ <= @", "@ > setmetatable({}, getmetatable(@))", "@ >= @", "@ < 1", "-@", "#@", "@.x", "@.zz", "@[1]", "@(1, nil)", "@()", "not @", "@ - 1", "tostring(@)", "@ == setmetatable({}, getmetatable(@))", "@ ~= setmetatable({}, getmetatable(@))", "@ % 2", "@.x.y", "@ and 1", "@:x()"), "@", m)
		g.line("out(pcall(function() %s %s end))", "return", e)
	}
	g.line("%s.q = %s out(%s.q, rawget(%s, \"q\"))", m, g.num(1), m, m)
}

// text writes strings in all notations.
func (g *generator) text() {
	g.line("out(%s, #%s, %s)", g.pick(`"\65\10\0660"`, `'a\'b"'`, "[[a\nb]]", "[==[\n]]\n]==]", `"\
x"`, `"\t\\\a\z"`, "[[]]", `'\'`+`'`, "[=[[[]=]"), g.pick(`"a\0b"`, "[[x\r\ny]]", `"\0\0"`), g.pick("0x10 --[[ c ]] + 1", "1e2--[==[ ]] ]==]\n", ".5", "3.", "2^-1", "1--x\n", "-2^2", "2^3^2", "not nil == true", "1 .. 2 == \"12\"", "\"a\" < \"b\" == true", "#\"abc\" + 1", "-\"2\" + 0", "1 + 2 * 3 % 4 - 5 / 2"))
	g.line("; out(%s);", g.pick("(\"x\"):rep(3)", "#{n = 1, 2, 3;}", "({1, 2})[2]", "(function() return 1, 2 end)()", "((function() return 1, 2 end)())", "{[1] = 5, 6}", "type{} .. type\"x\" .. type[[y]]"))
}

// recursion writes a function that calls itself, also as its last act.
func (g *generator) recursion() {
	f := g.name("rec")
	g.line("local function %s(n, a, ...) if n <= 0 then return a, select(\"#\", ...), ... end return %s end", f, strings.ReplaceAll(g.pick("@(n - 1, a + n, ...)", "@(n - 1, a, n)", "(@(n - 1, a * 2 % 101))", "1 + @(n - 1, a)", "@(n - 1, ...), n", "id(@(n - 1, a, n, ...))", "n, @(n - 1, a)"), "@", f))
	g.line("out(pcall(%s, %d, %s, %s))", f, 1+g.r.Intn(12), g.num(1), g.num(1))
}
