package lua51

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sosh/internal/racedetector"

	lua "github.com/yuin/gopher-lua"
)

// FuzzCompile: what parses compiles to code that is well formed, or is refused
// with a position.
func FuzzCompile(f *testing.F) {
	programs, _ := filepath.Glob("../../testdata/lua/*.lua")
	for _, p := range programs {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, l := range strings.Split(string(b), "\n") {
			f.Add(l)
		}
	}
	for _, s := range []string{"a, b = b, a", "for k in f do break end", "local f = function() return f end", "x = {1, 2, ...}", "--[=x", "while true do if a then local b = function() return a end break end end", "local function --[[c]] f() end", "a.b.c, d[1] = (f()), ...", "0x", "3e", "return 0010", "\"\\300\"", "goto x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		proto, err := Compile(src, "=fuzz")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz:") {
				t.Errorf("%q: %v has no position", src, err)
			}
			return
		}
		if err := checkCode(proto); err != nil {
			t.Errorf("%q: %v\n%s", src, err, proto)
		}
	})
}

// checkCode reports an instruction that leads out of its function, or uses what
// the function has not.
func checkCode(p *lua.FunctionProto) error {
	if len(p.Code) != len(p.DbgSourcePositions) {
		return fmt.Errorf("%d instructions have %d lines", len(p.Code), len(p.DbgSourcePositions))
	}
	used := int(p.NumUsedRegisters)
	for pc := 0; pc < len(p.Code); pc++ {
		c := decode(p.Code[pc])
		operands := []int{}
		ok := c.a < used
		switch c.op {
		case lua.OP_JMP, lua.OP_FORLOOP, lua.OP_FORPREP:
			to := pc + 1 + c.bx - jumpBias
			ok = ok && to >= 0 && to < len(p.Code)
		case lua.OP_LOADK, lua.OP_GETGLOBAL, lua.OP_SETGLOBAL:
			ok = ok && c.bx < len(p.Constants)
		case lua.OP_MOVE, lua.OP_MOVEN, lua.OP_LOADNIL, lua.OP_NOT, lua.OP_UNM, lua.OP_LEN, lua.OP_TESTSET:
			operands = append(operands, c.b)
		case lua.OP_GETUPVAL, lua.OP_SETUPVAL:
			ok = ok && c.b < int(p.NumUpvalues)
		case lua.OP_GETTABLE, lua.OP_GETTABLEKS, lua.OP_SELF, lua.OP_SETTABLE, lua.OP_SETTABLEKS, lua.OP_CONCAT,
			lua.OP_ADD, lua.OP_SUB, lua.OP_MUL, lua.OP_DIV, lua.OP_MOD, lua.OP_POW:
			operands = append(operands, c.b, c.c)
		case lua.OP_EQ, lua.OP_LT, lua.OP_LE:
			ok = pc+1 < len(p.Code) && decode(p.Code[pc+1]).op == lua.OP_JMP
			operands = append(operands, c.b, c.c)
		case lua.OP_TEST, lua.OP_TFORLOOP:
			ok = ok && pc+1 < len(p.Code) && decode(p.Code[pc+1]).op == lua.OP_JMP
		case lua.OP_CALL:
			ok = ok && c.a+c.b <= used && c.a+c.c-1 <= used
		case lua.OP_CLOSURE:
			ok = ok && c.bx < len(p.FunctionPrototypes)
			pc += int(p.FunctionPrototypes[c.bx].NumUpvalues)
		case lua.OP_SETLIST:
			ok = ok && c.a+c.b < used
			if c.c == 0 {
				pc++
			}
		}
		for _, o := range operands {
			ok = ok && (o < used || o >= firstConstant && o-firstConstant < len(p.Constants))
		}
		if !ok {
			return fmt.Errorf("instruction %d, %v, is wrong", pc+1, c)
		}
	}
	for _, in := range p.FunctionPrototypes {
		if err := checkCode(in); err != nil {
			return err
		}
	}
	return nil
}

// FuzzFormat: string.format gives a string or an error in lua's words, and the
// width holds.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"%d", "%5.2f|%-5s|%05d", "%q", "%x%X%o%u%i", "%c", "%e%E%g%G", "%%", "%", "%10", "%.", "%-+ #0d", "%123d", "%.3q", "%#x", "%s %s %s"} {
		f.Add(s, 1.5, "arg")
		f.Add(s, -1e300, "\x00\r\n\"\\")
	}
	L := newState(f)
	f.Fuzz(func(t *testing.T, format string, n float64, s string) {
		for _, args := range [][]lua.LValue{{lua.LNumber(n), lua.LString(s)}, {lua.LString(s), lua.LNumber(n)}, {lua.LNumber(n), lua.LNumber(n), lua.LNumber(n)}} {
			vals, err := InterpOf(L).PCall(L, L.GetField(L.GetGlobal("string"), "format"), append([]lua.LValue{lua.LString(format)}, args...)...)
			switch {
			case err == nil:
				if len(vals) != 1 || vals[0].Type() != lua.LTString {
					t.Errorf("%q: %v", format, vals)
				}
			case !strings.HasPrefix(err.String(), "bad argument #") && !strings.HasPrefix(err.String(), "invalid "):
				t.Errorf("%q: %v", format, err)
			}
		}
	})
}

// FuzzPattern: a match ends, stays in the string, and finds what a second look
// at the same place finds; errors are in lua's words.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{"a*", "(a)(b)%1", "%f[%w]%w+", "%bxy", "[^%s]-$", "^()x?()", "[a-", "%", "(()", "%1", "[%", "[]]", "[^]", ".-%z", "((((x))))", "%a+%d*%s-%p?"} {
		f.Add("hello world from Lua 5.1 (x(y)z)", p)
		f.Add("", p)
		f.Add("a\x00b\xff", p)
	}
	L := newState(f)
	lib := L.GetGlobal("string")
	f.Fuzz(func(t *testing.T, s, p string) {
		if len(s) > 40 || strings.Count(p, "?")+strings.Count(p, "*")+strings.Count(p, "+")+strings.Count(p, "-") > 4 {
			t.Skip("may take for ever, as in lua")
		}
		in := InterpOf(L)
		vals, err := in.PCall(L, L.GetField(lib, "find"), lua.LString(s), lua.LString(p))
		if err != nil {
			ok := false
			for _, w := range []string{"malformed pattern", "unbalanced pattern", "invalid capture index", "invalid pattern capture", "unfinished capture", "too many captures", "missing '['", "pattern too complex"} {
				ok = ok || strings.Contains(err.String(), w)
			}
			if !ok {
				t.Errorf("find(%q, %q): %v", s, p, err)
			}
			return
		}
		if vals[0] != lua.LNil {
			from, to := int(vals[0].(lua.LNumber)), int(vals[1].(lua.LNumber))
			if from < 1 || to < from-1 || to > len(s) {
				t.Errorf("find(%q, %q): %d, %d", s, p, from, to)
			}
		}
		sub, err := in.PCall(L, L.GetField(lib, "gsub"), lua.LString(s), lua.LString(p), lua.LString("%0"))
		if err == nil && sub[0].String() != s {
			t.Errorf("gsub(%q, %q, %%0): %q", s, p, sub[0])
		}
	})
}

// TestPeerFormatsAndPatterns compares formats and patterns with lua5.1, those of the seeds
// and random ones.
func TestPeerFormatsAndPatterns(t *testing.T) {
	path := lua51(t)
	seed := firstSeed(t)
	g := newPeerText(seed)
	var b bytes.Buffer
	for range racedetector.Fewer(1500) {
		fmt.Fprintf(&b, "print(pcall(string.format, %s, %s))\n", g.format(), g.number())
		p := g.pattern()
		s := g.subject()
		fmt.Fprintf(&b, "print(pcall(string.find, %s, %s))\n", s, p)
		fmt.Fprintf(&b, "print(pcall(string.gsub, %s, %s, %s))\n", s, p, g.replacement())
		fmt.Fprintf(&b, "do local r = {} print(pcall(function() for a, b in string.gmatch(%s, %s) do r[#r + 1] = tostring(a) .. tostring(b) end end)) print(table.concat(r, '|')) end\n", s, p)
	}
	src := b.String()
	want, got := strings.Split(peerLua(t, path, src), "\n"), strings.Split(runLua(t, src, "stdin"), "\n")
	lines := strings.Split(src, "\n")
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			at := i / 5 * 4
			t.Fatalf("-lua.seed=%d: got %q, lua5.1 %q, among\n%s", seed, append(got, "")[min(i, len(got))], want[i], strings.Join(lines[at:min(at+4, len(lines))], "\n"))
		}
	}
}

// TestPeerLogic compares the values of random chains of and, or and not, stored
// into a local that they may use, with lua5.1.
func TestPeerLogic(t *testing.T) {
	t.Parallel()
	path := lua51(t)
	seed := firstSeed(t)
	g := newPeerText(seed)
	var b bytes.Buffer
	b.WriteString("local up, t = false, {yes = 1}\nlocal function id(v) return v end\nlocal function use() return up end\n")
	for range racedetector.Fewer(3000) {
		v := func() string { return g.pick("nil", "false", "1", "\"s\"") }
		fmt.Fprintf(&b, "do local x, y = %s, %s G = %s up = %s x = %s print(x, y) if %s then print(1) end while %s do print(2) break end print((%s), x == (%s)) end\n",
			v(), v(), v(), v(), g.logic(3), g.logic(2), g.logic(2), g.logic(3), g.logic(2))
	}
	src := b.String()
	want, got := strings.Split(peerLua(t, path, src), "\n"), strings.Split(runLua(t, src, "stdin"), "\n")
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("-lua.seed=%d: line %d of the output: got %q, lua5.1 %q", seed, i+1, append(got, "")[min(i, len(got))], want[i])
		}
	}
}
