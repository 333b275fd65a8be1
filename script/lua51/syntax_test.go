package lua51

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

// wrongChunks are chunks that Lua refuses, or may be thought to.
var wrongChunks = []string{
	"function f()\n  if x then\n  end\n",
	"test('a', function(t)\n  if true then\n    t:eq(1)\n  end\n\ntest('b', function(t)\nend)\n",
	"while x do\n  f()\n",
	"for i = 1, 3 do\n  while true do f() end\n",
	"repeat\n  f()\n",
	"f(1,\n  2\n",
	"t = {\n  1,\n  'end }'\n",
	"t[\n1",
	"do\n -- end\n --[[ end ]]\n s = [==[ end ]==]\n",
	"if x then\nelseif y then\nelse\n",
	"function f()",
	"local function f() return function()\nend\n",
	"while (function() do end return 1 end)() do\n",
	"t = {['end'] = 1, f = function() end\n",
	"x = = 1", "x =", "x", "x.y", "x, y", "(x) = 1", "(f())", "f() = 1", "f(), x = 1", "x, f() = 1", "x = {1,2,,3}", "x = {,}", "::l::", "goto = 1",
	"f\n(1)", "a.b\n(1)", "f\n'x'", "f\n{1}", "x = f\n(y)", ";", "x = 1;; y = 2", "return 1; x = 2", "return return", "break", "do break x = 1 end",
	"x = 1...2", "x = 1..2", "x = 3x", "x = 0x", "x = 1e", "x = 'abc", "x = 'abc\ny'", "x = \"a\\", "x = [[abc", "x = [==[ ]=]", "--[[ abc", "x = --[==[\n\n",
	"x = @", "x = a $ b", "x ! y", "x = a ~ b", "x = !a", "x = #", "x = -", "x = not", "x = a +", "x = (a", "x = (a\n\n", "x = (a b)", "x = a b", "f(a b)", "f(a\nb)", "f(a,)",
	"local 1", "local function", "local function 1() end", "local a.b = 1", "function (a) end", "function a.b:c.d() end", "function a:b:c() end",
	"function f(a,) end", "function f(..., a) end", "function f(1) end", "function f(a b) end", "x = function f() end", "x = function(a",
	"for", "for 1", "for i", "for i =", "for i = 1", "for i = 1 do", "for i = 1,", "for i = 1, 2", "for i = 1, 2, 3, 4 do end", "for i, j = 1, 2 do end", "for a.b in x do end", "for i in do end",
	"if", "if x", "if x then else elseif y then end", "if x then else else end", "end", "until x", "else", "x = 1 end", "while x", "while do end", "repeat until", "repeat end",
	"a.1 = 2", "a. = 2", "a:b = 1", "a:b", "a:1()", "a[1 = 2", "a[] = 1", "x = {a = }", "x = {[1] 2}", "x = {[1 = 2}", "x = {1 2}", "x = {a.b = 1}", "x = {f() = 1}",
	"function f() return ... end", "x = ...", "return ...", "x = nil.y", "x = nil()", "x = 'a'.b", "x = 'a':b()", "x = ('a'):b()", "x = {}.y", "{}.x = 1", "nil = 1", "'a' = 1", "1 = x",
	"x = y z = 1", "x = y (z) = 1", "local x = ;", "and", "x and y", "x = and y", "not x", "x = y = z", "x == y", "x += 1", "x = a..", "x = a.. ..b", "x = a...b", "x = '\\300'", "x = \"\\999\"",
	"x = [=a", "return f()\n,", "return\nf\n()", "x = a.end", "x = {end = 1}", "a.goto = 1 x =",
}

// TestPeerSyntax compares what is said of wrong chunks with lua5.1: of a list, and
// of the programs of testdata/lua with a token that is gone, twice there, or
// another one.
func TestPeerSyntax(t *testing.T) {
	t.Parallel()
	path := lua51(t)
	seed := firstSeed(t)
	r := rand.New(rand.NewSource(seed))
	chunks := wrongChunks
	names, _ := filepath.Glob("../../testdata/lua/*.lua")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for range racedetector.Fewer(20) {
			chunks = append(chunks, wrongToken(r, string(b)))
		}
	}
	var b strings.Builder
	// Lua shows a string as it is when its escapes are done.
	b.WriteString(`local function try(s) local f, e = loadstring(s, "=s") print(f and "ok" or e) end` + "\n")
	for i, c := range chunks {
		fmt.Fprintf(&b, "io.write(%d, ' ') try(%s)\n", i, luaQuote(c))
	}
	src := b.String()
	want, got := strings.Split(peerLua(t, path, src), "\n"), strings.Split(runLua(t, src, "stdin"), "\n")
	n := 0
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			var k int
			fmt.Sscan(want[i], &k)
			c := chunks[k]
			if len(c) > 300 && !testing.Verbose() {
				c = c[:300] + "..."
			}
			t.Errorf("-lua.seed=%d:\ngot    %s\nlua5.1 %s\nof %s", seed, append(got, "")[min(i, len(got))], want[i], c)
			if n++; n > 20 {
				break
			}
		}
	}
}

// wrongToken changes a token of a program.
func wrongToken(r *rand.Rand, src string) string {
	tokens := scan(src)
	k := tokens.List[1+r.Intn(len(tokens.List)-2)]
	other := tokens.List[1+r.Intn(len(tokens.List)-2)]
	before, token, after := src[:k.From], src[k.From:k.To], src[k.To:]
	switch r.Intn(4) {
	case 0:
		token = ""
	case 1:
		token += " " + token
	case 2:
		token = " " + src[other.From:other.To] + " "
	default:
		return before // ends there
	}
	return before + token + after
}

// luaQuote writes a string as Lua source.
func luaQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, "\\%03d", s[i])
	}
	b.WriteByte('"')
	return b.String()
}
