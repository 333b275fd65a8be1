package lua51

import (
	"fmt"
	"math/rand"
	"strings"
)

// shape is a statement that the others do not have: tables of all forms, chains,
// methods, faults, and what nests deeply.
func (g *generator) shape(depth int) {
	switch g.r.Intn(9) {
	case 0, 1:
		t := g.name("t")
		g.line("local %s = %s", t, g.table(2))
		g.line("outT(%s)", t)
	case 2:
		g.line("outT(%s)", g.table(3))
	case 3:
		g.line("out(%s)", g.chain(6))
	case 4:
		g.line("if %s then out(%s) else out(%s) end", g.chain(5), g.any(1), g.any(2))
	case 5:
		vararg := g.vararg
		g.vararg = false
		g.fault()
		g.vararg = vararg
	case 6:
		g.methods(depth)
	case 7:
		n := 5 + g.r.Intn(40)
		g.line("out(%s%s%s)", strings.Repeat(g.pick("(", "N(", "-(", "not not ("), n), g.num(1), strings.Repeat(")", n))
		g.line("outT(%s%s%s)", strings.Repeat("{", n), g.list(1), strings.Repeat("}", n))
		var e []string
		for range n {
			e = append(e, g.str(0))
		}
		g.line("out(%s)", strings.Join(e, " .. "))
	default:
		// A local of the body in until, with a closure that keeps it.
		vararg := g.vararg
		g.vararg = false
		defer func() { g.vararg = vararg }()
		c, l := g.name("r"), g.name("l")
		g.line("local %s = 0", c)
		g.line("repeat tick() %s = %s + 1 local %s = %s", c, c, l, g.num(1))
		g.line("fs[#fs+1] = function(p) %s = N(%s + (p or 1)) return %s, %s end", l, l, l, c)
		if g.chance(40) {
			g.line("if %s then break end", g.cond(1))
		}
		g.line("until (function() %s = N(%s + 1) return %s > %d end)() or %s > 3", l, l, l, g.r.Intn(600), c)
	}
}

// table is a constructor with items, named fields, calls and ... in any order.
func (g *generator) table(depth int) string {
	n := g.r.Intn(7)
	if g.chance(15) {
		n = 45 + g.r.Intn(12)
	}
	var fields []string
	for range n {
		v := g.any(depth - 1)
		switch {
		case g.chance(15):
			v = g.call(depth - 1)
		case g.chance(8) && g.vararg:
			v = "..."
		case g.chance(10) && depth > 0:
			v = g.table(depth - 1)
		}
		switch g.r.Intn(6) {
		case 0:
			v = g.pick("x", "y", "z", "k") + " = " + v
		case 1:
			v = "[" + g.pick(g.str(1), g.num(1), fmt.Sprint(1+g.r.Intn(n+1)), "(id("+g.num(0)+"))") + "] = " + v
		}
		fields = append(fields, v)
	}
	if g.chance(30) {
		fields = append(fields, g.call(depth-1))
	} else if g.chance(15) && g.vararg {
		fields = append(fields, "...")
	}
	if len(fields) == 0 {
		return "{}"
	}
	return "{" + strings.Join(fields, g.pick(", ", "; ")) + g.pick("", "", ",", ";") + "}"
}

// chain is a long expression of and, or, not and comparisons.
func (g *generator) chain(n int) string {
	var b strings.Builder
	for i := range 1 + g.r.Intn(n) {
		if i > 0 {
			b.WriteString(g.pick(" and ", " or "))
		}
		e := g.pick(g.any(0), g.cond(1), g.num(1)+g.pick(" < ", " == ", " >= ")+g.num(0), "("+g.call(1)+")")
		if g.chance(20) && n > 1 {
			e = "(" + g.chain(n/2) + ")"
		}
		if g.chance(15) {
			e = "not " + g.paren("("+e+")")
		}
		b.WriteString(e)
	}
	return b.String()
}

// methods writes an object, a method of it, and calls.
func (g *generator) methods(depth int) {
	o, p := g.name("o"), g.name("p")
	g.line("local %s = {in1 = {v = %s}, v = 1}", o, g.num(1))
	nums, loops, vararg := g.nums, g.loops, g.vararg
	g.loops, g.vararg = 0, g.chance(50)
	dots := ""
	if g.vararg {
		dots = ", ..."
	}
	g.line("function %s%s(%s%s) tick() %s = N(%s)", o, g.pick(":m", ".in1:m"), p, dots, p, p)
	g.nums = append(nums[:len(nums):len(nums)], p)
	g.indent++
	if depth < 3 {
		g.block(depth + 2)
	}
	g.line("self.v = N(self.v + %s)", g.num(1))
	g.line("return %s", g.pick("self.v", g.list(2), "self, "+p, "self.v, "+g.call(1)))
	g.indent--
	g.line("end")
	g.nums, g.loops, g.vararg = nums, loops, vararg
	g.line("%s.m = %s.m or %s.in1.m", o, o, o)
	g.line("out(%s:m(%s), %s.v)", o, g.list(1), o)
	g.line("out(P(%s.m, %s, %s))", o, o, g.num(1))
}

// fault is an operation that fails, whose error tells its line and its variable.
func (g *generator) fault() {
	bad := g.pick("nil + 1", "undefinedG.x", "undefinedG()", "T.none.x", "T.none()", "T:none(1)", "({}).a.b", "#undefinedG", "-{}", "{} < 1", "{} < {}", "1 < \"x\"", "\"x\" .. {}",
		"T.x.y.z", "obj.v()", "(nil)()", "obj:get().x.y", "two(1, nil) + 1", "T[nil].x", "undefinedG[1][2]", "\"abc\" + 1", "1 .. undefinedG", "obj.none + T.x", "error(\"raised\")", "error(\"raised\", 2)", "id(error, 1)")
	before := g.pick("", "", "true and ", "nil or ")
	if !strings.ContainsAny(bad, "<.") && g.chance(30) {
		before += g.num(1) + " + "
	}
	g.line("out(pcall(function() %s %s%s end))", g.pick("return", "local z =", "GA ="), before, bad)
}

// scatter puts line ends between the tokens of a program, where Lua lets them be.
func scatter(r *rand.Rand, src string) string {
	tokens := scan(src)
	var b strings.Builder
	done := 0
	for _, k := range tokens.List[1 : len(tokens.List)-1] {
		text := src[k.From:k.To]
		if text != "(" && r.Intn(12) == 0 {
			b.WriteString(src[done:k.From])
			b.WriteByte('\n')
			done = int(k.From)
		}
	}
	b.WriteString(src[done:])
	return b.String()
}
