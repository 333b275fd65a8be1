package lua51

import (
	"fmt"
	"math/rand"
	"strings"
)

// peerText writes random arguments of string.format and of the functions of
// patterns, as Lua source.
type peerText struct{ r *rand.Rand }

func newPeerText(seed int64) *peerText { return &peerText{rand.New(rand.NewSource(seed))} }

func (g *peerText) pick(words ...string) string { return words[g.r.Intn(len(words))] }

func (g *peerText) format() string {
	s := "%"
	for range g.r.Intn(3) {
		s += g.pick("-", "+", " ", "#", "0")
	}
	s += g.pick("", "", "1", "5", "12", "30")
	s += g.pick("", "", ".0", ".3", ".10", ".")
	return fmt.Sprintf("%q", g.pick("", "a", "%%")+s+g.pick("d", "i", "u", "x", "X", "o", "e", "E", "f", "g", "G", "s")+g.pick("", "z"))
}

func (g *peerText) number() string {
	switch g.r.Intn(6) {
	case 0:
		return fmt.Sprint(g.r.Intn(1000))
	case 1:
		return fmt.Sprint(-g.r.Intn(1000))
	case 2:
		return fmt.Sprintf("%.3f", g.r.NormFloat64()*100)
	case 3:
		return fmt.Sprintf("%de%d", 1+g.r.Intn(9), g.r.Intn(12))
	case 4:
		return fmt.Sprintf("%de-%d", 1+g.r.Intn(99), g.r.Intn(20))
	default:
		return g.pick("0", "0.5", "1.5", "2.5", "'12'", "' 7 '", "2^31", "2^32", "1/3")
	}
}

func (g *peerText) class() string {
	return g.pick("a", "b", ".", "%a", "%d", "%s", "%w", "%W", "%S", "%p", "[ab]", "[^a]", "[a-c]", "[%d_]", "[^%s]", "%.", "x", "[]]", "[%a-]", "%u", "%x")
}

func (g *peerText) item(depth int) string {
	switch k := g.r.Intn(14); {
	case k < 8:
		return g.class() + g.pick("", "", "", "*", "+", "-", "?")
	case k < 10 && depth < 3:
		return "(" + g.items(depth+1) + ")"
	case k == 10:
		return "()"
	case k == 11:
		return g.pick("%f[%w]", "%f[%W]", "%f[^a]", "%b()", "%bab")
	case k == 12:
		return g.pick("%1", "%2", "$", "^")
	default:
		return g.class()
	}
}

func (g *peerText) items(depth int) string {
	var b strings.Builder
	for range 1 + g.r.Intn(3) {
		b.WriteString(g.item(depth))
	}
	return b.String()
}

func (g *peerText) pattern() string {
	p := g.pick("", "", "^") + g.items(0) + g.pick("", "", "$")
	if g.r.Intn(12) == 0 {
		p += g.pick("%", "[", "(", ")", "[a", "%b", "%f", "[^", "%9")
	}
	return "[==[" + p + "]==]"
}

func (g *peerText) subject() string {
	var b strings.Builder
	for range g.r.Intn(5) {
		b.WriteString(g.pick("a", "b", "ab", "abc", " ", "12", "x_y", "(a(b))", "A.B", "aaa", "-", "]"))
	}
	return "[==[" + b.String() + "]==]"
}

func (g *peerText) replacement() string {
	return g.pick(`"<%0>"`, `"%1"`, `"%2%1"`, `"x"`, `""`, `"%%"`, `function(a, b) return b end`, `function(a) return a and "<" .. a .. ">" end`, `{a = "A", ab = false, b = 1}`)
}

// logic is an expression of and, or, not and comparisons.
func (g *peerText) logic(depth int) string {
	if depth == 0 || g.r.Intn(6) == 0 {
		return g.pick("x", "y", "G", "up", "t.yes", "t.no", "id(x)", "id(nil)", "(id(y))", "not x", "not G", "not 1", "x == y", "G ~= x", "nil", "false", "true", "1", `"s"`, "#t", "{} and nil", "(x)")
	}
	e := g.logic(depth-1) + g.pick(" and ", " or ") + g.logic(depth-1)
	if g.r.Intn(2) == 0 {
		e = "(" + e + ")"
	}
	if g.r.Intn(8) == 0 {
		e = "not (" + e + ")"
	}
	return e
}
