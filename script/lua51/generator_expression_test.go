package lua51

import (
	"fmt"
	"strings"
)

func (g *generator) anyVar() string {
	if g.chance(20) {
		return "GA"
	}
	return g.pick(g.anys...)
}

// num is an expression that gives a small number.
func (g *generator) num(depth int) string {
	if depth <= 0 || g.chance(25) {
		switch g.r.Intn(8) {
		case 0:
			return fmt.Sprint(g.r.Intn(10))
		case 1:
			return g.pick("G1", "G2", "T.x", "T.y", "T[1]", "T[2]", "obj.v", "#T", "#fs")
		default:
			return g.pick(g.nums...)
		}
	}
	switch g.r.Intn(14) {
	case 0, 1, 2:
		return fmt.Sprintf("N(%s %s %s)", g.num(depth-1), g.pick("+", "-", "*"), g.num(depth-1))
	case 3:
		return fmt.Sprintf("(%s %s %s) %% 1009", g.num(depth-1), g.pick("+", "-", "*"), g.num(depth-1))
	case 4:
		return "N(-" + g.num(depth-1) + ")"
	case 5:
		return fmt.Sprintf("(%s and %s or %s)", g.cond(depth-1), g.num(depth-1), g.num(depth-1))
	case 6:
		return "N(" + g.any(depth-1) + ")"
	case 7:
		return "N(" + g.call(depth-1) + ")"
	case 8:
		return "#" + g.str(depth-1)
	case 9:
		return "N((" + g.call(depth-1) + "))"
	case 10:
		return "#{" + g.list(depth-1) + ", 1}"
	case 11:
		return "N(({" + g.num(depth-1) + ", x = " + g.num(depth-1) + "})" + g.pick("[1]", ".x") + ")"
	case 12:
		return fmt.Sprintf("(%s or %s)", g.num(depth-1), g.num(depth-1))
	default:
		return fmt.Sprintf("(function(%s) return %s end)(%s)", g.pick("", "x", "..."), g.pick(g.nums...), g.num(depth-1))
	}
}

// str is an expression that gives a string.
func (g *generator) str(depth int) string {
	if depth <= 0 {
		return g.pick(`"a"`, `"bc"`, `""`, `"10"`)
	}
	switch g.r.Intn(5) {
	case 0:
		return fmt.Sprintf("(%s .. %s)", g.str(depth-1), g.num(depth-1))
	case 1:
		return fmt.Sprintf("(%s .. %s .. %s)", g.str(depth-1), g.str(depth-1), g.str(0))
	case 2:
		return fmt.Sprintf("(%s):rep(%d)", g.str(depth-1), g.r.Intn(3))
	case 3:
		return fmt.Sprintf("(%s):sub(%d, %d)", g.str(depth-1), g.r.Intn(4)-2, g.r.Intn(5)-2)
	default:
		return "tostring(" + g.num(depth-1) + ")"
	}
}

// cond is an expression for a condition, of any value.
func (g *generator) cond(depth int) string {
	if depth <= 0 {
		return g.pick("true", "false", "nil", g.anyVar(), g.pick(g.nums...)+" > 2")
	}
	switch g.r.Intn(8) {
	case 0, 1:
		return fmt.Sprintf("%s %s %s", g.num(depth-1), g.pick("<", "<=", ">", ">=", "==", "~="), g.num(depth-1))
	case 2:
		return fmt.Sprintf("(%s and %s)", g.cond(depth-1), g.cond(depth-1))
	case 3:
		return fmt.Sprintf("(%s or %s)", g.cond(depth-1), g.cond(depth-1))
	case 4:
		return "not " + "(" + g.cond(depth-1) + ")"
	case 5:
		return fmt.Sprintf("%s %s %s", g.str(depth-1), g.pick("<", "==", "~=", "<="), g.str(depth-1))
	case 6:
		return fmt.Sprintf("%s %s %s", g.anyVar(), g.pick("==", "~="), g.any(depth-1))
	default:
		return g.anyVar()
	}
}

// any is an expression of any type.
func (g *generator) any(depth int) string {
	if depth <= 0 {
		return g.pick("nil", "true", "false", g.anyVar(), g.anyVar(), g.pick(g.nums...), `"s"`)
	}
	switch g.r.Intn(12) {
	case 0, 1:
		return fmt.Sprintf("%s and %s", g.paren(g.any(depth-1)), g.paren(g.any(depth-1)))
	case 2, 3:
		return fmt.Sprintf("%s or %s", g.paren(g.any(depth-1)), g.paren(g.any(depth-1)))
	case 4:
		return "not " + g.paren(g.any(depth-1))
	case 5:
		return g.num(depth - 1)
	case 6:
		return g.str(depth - 1)
	case 7:
		return "(" + g.cond(depth-1) + ")"
	case 8:
		if g.vararg {
			return "(...)"
		}
		return g.anyVar()
	case 9:
		return "(" + g.call(depth-1) + ")"
	case 10:
		return g.pick("mt(1, 2)", "mt + 1", "mt.abc", "(1 .. mt)", "-mt", "mt < mt", "mt == mt", "rawequal(mt, mt)", "type(mt)")
	default:
		return g.anyVar()
	}
}

func (g *generator) paren(s string) string {
	if g.chance(40) {
		return "(" + s + ")"
	}
	if strings.Contains(s, " and ") || strings.Contains(s, " or ") || strings.Contains(s, "==") || strings.Contains(s, "~=") || strings.Contains(s, "<") || strings.Contains(s, ">") {
		if g.chance(50) {
			return "(" + s + ")"
		}
	}
	return s
}

// list is a list of expressions, whose last may give several values.
func (g *generator) list(depth int) string {
	var es []string
	for range 1 + g.r.Intn(3) {
		if g.chance(50) {
			es = append(es, g.num(depth-1))
		} else {
			es = append(es, g.any(depth-1))
		}
	}
	if g.vararg && g.chance(20) {
		es = append(es, "...")
	} else if g.chance(20) {
		es = append(es, g.call(depth-1))
	}
	return strings.Join(es, ", ")
}

// call is a call that may give several values.
func (g *generator) call(depth int) string {
	if len(g.funcs) > 0 && g.chance(50) {
		return fmt.Sprintf("%s(%s, %s)", g.pick(g.funcs...), g.num(depth-1), g.num(depth-1))
	}
	switch g.r.Intn(7) {
	case 0:
		return "two(" + g.num(depth-1) + ", " + g.num(depth-1) + ")"
	case 1:
		return "obj:add(" + g.num(depth-1) + ")"
	case 2:
		return "obj.get(obj)"
	case 3:
		if g.vararg {
			return g.pick("select(\"#\", ...)", "select(2, ...)", "id(...)")
		}
		return "id(" + g.num(depth-1) + ")"
	case 4:
		return "unpack({" + g.num(depth-1) + ", " + g.num(depth-1) + "})"
	case 5:
		return "math.max(" + g.num(depth-1) + ", " + g.num(depth-1) + ")"
	default:
		return "id(" + g.num(depth-1) + ", " + g.any(depth-1) + ")"
	}
}
