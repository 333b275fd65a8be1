package lua51

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

// constructors writes table constructors with items, named fields, calls and
// ... in all places. Each value is noted when it is evaluated, so that the
// order shows too.
type constructors struct {
	r *rand.Rand
	n int
}

func (g *constructors) value() string {
	g.n++
	switch g.r.Intn(12) {
	case 0:
		return fmt.Sprintf("two(%d)", g.n)
	case 1:
		return fmt.Sprintf("(two(%d))", g.n)
	case 2:
		return "none()"
	case 3:
		return "..."
	case 4:
		return "(...)"
	case 5:
		return "nil"
	case 6:
		return fmt.Sprintf("note(%d) or x", g.n)
	case 7:
		return "x"
	case 8:
		return fmt.Sprintf("{two(%d), k = two(%d)}", g.n, g.n)
	case 9:
		return "arg[1]"
	}
	return fmt.Sprintf("note(%d)", g.n)
}

// fields returns n items with named fields among them, before the item of each
// place in named, and after the last.
func (g *constructors) fields(items int, named func(i int) bool) string {
	var list []string
	for i := range items + 1 {
		for named(i) {
			key := g.pick("a", "b", "[note(1)]", "[1]", "[two(3)]", fmt.Sprintf("[%d]", 1+g.r.Intn(items+2)), "c")
			list = append(list, key+" = "+g.value())
		}
		if i < items {
			list = append(list, g.value())
		}
	}
	return "{" + strings.Join(list, g.pick(", ", "; ", ",\n")) + "}"
}

func (g *constructors) pick(words ...string) string { return words[g.r.Intn(len(words))] }

// constructor writes one with few items, or with a number of them near that of full
// batches. Of a large one, the instruction has no room for the number of batches.
func (g *constructors) constructor(large bool) string {
	items := g.r.Intn(8)
	if g.r.Intn(3) > 0 {
		items = 50*g.r.Intn(5) + g.r.Intn(5) - 2
	}
	if large {
		items = 511*50 + g.r.Intn(120) - 60
	}
	items = max(items, 0)
	switch g.r.Intn(4) {
	case 0: // only at the end
		n := 1 + g.r.Intn(3)
		return g.fields(items, func(i int) bool { n--; return i == items && n >= 0 || i < items && func() bool { n++; return false }() })
	case 1: // around full batches
		return g.fields(items, func(i int) bool { return i%50 == 0 && g.r.Intn(2) == 0 })
	case 2: // anywhere
		return g.fields(items, func(i int) bool { return g.r.Intn(10) == 0 })
	}
	return g.fields(items, func(i int) bool { return false })
}

// TestPeerConstructors compares random table constructors with lua5.1: what is
// in the tables, and in which order it was evaluated.
func TestPeerConstructors(t *testing.T) {
	t.Parallel()
	path := lua51(t)
	seed := firstSeed(t)
	g := &constructors{r: rand.New(rand.NewSource(seed))}
	var b bytes.Buffer
	b.WriteString(`local log = {}
local function note(v) log[#log + 1] = v return v end
local function two(v) note(v) return v, -v end
local function none() note("none") end
arg = {"global arg"}
local function show(t)
  local keys = {}
  for k, v in pairs(t) do
    if type(v) == "table" then v = "{" .. tostring(v[1]) .. " " .. tostring(v[2]) .. " " .. tostring(v.k) .. "}" end
    keys[#keys + 1] = tostring(k) .. "=" .. tostring(v)
  end
  table.sort(keys)
  print(table.concat(keys, " "))
  print(table.concat(log, " "))
  log = {}
end
`)
	for i := range racedetector.Fewer(120) {
		c := g.constructor(i == 60)
		fmt.Fprintf(&b, "do local x = %d\n", i)
		switch g.r.Intn(3) {
		case 0:
			fmt.Fprintf(&b, "show(%s) end\n", c)
		case 1:
			fmt.Fprintf(&b, "local function f(...) return %s end show(f(%d, nil, %d)) end\n", strings.ReplaceAll(c, "arg[1]", "x"), i, i+1)
		default:
			fmt.Fprintf(&b, "local t, y = %s, 5 show(t) note(y) end\n", c)
		}
	}
	src := b.String()
	want, got := strings.Split(peerLua(t, path, src), "\n"), strings.Split(runLua(t, src, "stdin"), "\n")
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			parts := strings.Split(src, "\ndo local x = ")
			t.Fatalf("-lua.seed=%d: line %d of the output: got\n%s\nlua5.1\n%s\nof\n%s", seed, i+1, append(got, "")[min(i, len(got))], want[i], parts[min(i/2+1, len(parts)-1)])
		}
	}
}
