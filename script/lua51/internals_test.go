package lua51

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sosh/internal/racedetector"

	lua "github.com/yuin/gopher-lua"
)

// TestExpectations breaks each expectation, and looks for it in the error.
func TestExpectations(t *testing.T) {
	if err := expected.check(); err != nil {
		t.Fatal(err)
	}
	type broken struct {
		what   string
		change func(*expectations)
		want   string
	}
	cases := []broken{
		{"instructions", func(x *expectations) { x.instructions++ }, "there are 42 instructions (expected 43)"},
		{"listing", func(x *expectations) { x.listing[5].a++ }, "instruction 5 of a known chunk is {35 3 4 256 131076} (expected {35 4 4 256 131076})"},
		{"length", func(x *expectations) { x.listing = x.listing[1:] }, "a known chunk has 17 instructions (expected 16)"},
		{"stack", func(x *expectations) { x.calls[0] = "gopher-lua.run" }, "no function gopher-lua.run is on Go's stack"},
		{"type", func(x *expectations) { x.fields[3].of = "Registry" }, "there is no type lua.Registry"},
	}
	for i, f := range expected.fields {
		cases = append(cases,
			broken{f.name + " renamed", func(x *expectations) { x.fields[i].name += "s" }, "lua." + f.of + " has no field " + f.name + "s (expected a field of type " + f.typ + ")"},
			broken{f.name + " retyped", func(x *expectations) { x.fields[i].typ = "int32" }, "lua." + f.of + "." + f.name + " is of type " + f.typ + " (expected int32)"})
	}
	for _, c := range cases {
		x := *expected
		x.fields, x.listing, x.calls = slices.Clone(x.fields), slices.Clone(x.listing), slices.Clone(x.calls)
		c.change(&x)
		err := x.check()
		var mismatch *MismatchError
		if !errors.As(err, &mismatch) || !strings.Contains(err.Error(), c.want) || !strings.Contains(mismatch.Hint(), expected.version) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}

// TestExpectedPlaces gives a wrong place to each field that is looked at when the
// known chunk runs.
func TestExpectedPlaces(t *testing.T) {
	L := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer L.Close()
	proto, err := compileKnown()
	if err != nil {
		t.Fatal(err)
	}
	for offset, with := range map[*uintptr]uintptr{&layout.idx: layout.pc, &layout.pc: layout.base, &layout.base: layout.idx, &layout.tail: layout.pc} {
		was := *offset
		*offset = with
		if wrong := expected.checkRun(L, proto); !strings.Contains(wrong, "where") && !strings.Contains(wrong, "Pc of a frame") && !strings.Contains(wrong, "does not run") {
			t.Errorf("a field at %d, not %d: %q", with, was, wrong)
		}
		*offset = was
	}
}

// TestExpectedTable takes a function out of the table, and then the whole table.
func TestExpectedTable(t *testing.T) {
	was := jumpTable
	defer func() { jumpTable = was }()
	jumpTable[lua.OP_SELF] = nil
	if wrong := expected.checkTable(nil, nil); !strings.Contains(wrong, "no function for instruction 14") {
		t.Errorf("without OP_SELF: %q", wrong)
	}
	clear(jumpTable[:])
	if wrong := expected.checkTable(nil, nil); !strings.Contains(wrong, "no function for instruction 0") {
		t.Errorf("without any: %q", wrong)
	}
}

// TestExpectedVersion compares with go.mod.
func TestExpectedVersion(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(regexp.QuoteMeta(gopherLua) + ` (\S+)`).FindSubmatch(b)
	if m == nil || string(m[1]) != expected.version {
		t.Errorf("go.mod has %q, the expectations are for %s", m, expected.version)
	}
}

// TestOtherVersion is a version that is not the expected one.
func TestOtherVersion(t *testing.T) {
	for version, ok := range map[string]bool{"": true, expected.version: true, "v1.1.3": false, "from ../gopher-lua": true} {
		if wrong := expected.checkVersion(version); (wrong == "") != ok {
			t.Errorf("%q: %q", version, wrong)
		}
	}
}

// TestOtherGopherLua builds the program with a gopher-lua in which something has
// another name or type. Lua says which; netcat does as always. Two builds take longer than
// all other tests of this package: they are for CI.
func TestOtherGopherLua(t *testing.T) {
	if os.Getenv("SOSH_REQUIRE_PEERS") == "" || racedetector.On {
		t.Skip("builds the program anew; TestExpectations changes what is expected")
	}
	for _, c := range []struct{ file, from, to, want string }{
		{"vm.go", `\bjumpTable\b`, "instructionTable", "jumpTable has no function for instruction 0"},
		{"", `\bTailCall\b`, "Tails", "lua.callFrame has no field TailCall (expected a field of type int)"},
	} {
		t.Run(c.to, func(t *testing.T) {
			dir := t.TempDir()
			other := filepath.Join(dir, "gopher-lua")
			copyGopherLua(t, other, c.file, regexp.MustCompile(c.from), c.to)
			mod := filepath.Join(dir, "go.mod")
			for _, name := range []string{"go.mod", "go.sum"} {
				b, err := os.ReadFile("../../" + name)
				if err != nil {
					t.Fatal(err)
				}
				if name == "go.mod" {
					b = append(b, "\nreplace "+gopherLua+" => "+other+"\n"...)
				}
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			program := filepath.Join(dir, "sosh")
			build := exec.Command("go", "build", "-modfile", mod, "-o", program, ".")
			build.Dir = "../.."
			build.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, args := range [][]string{{"run", "-"}, {"-c", "print(1)"}} {
				cmd := exec.Command(program, args...)
				cmd.Stdin = strings.NewReader("print(1)")
				out, err := cmd.CombinedOutput()
				if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), c.want) || !strings.Contains(string(out), "\nhint: build sosh with gopher-lua "+expected.version) {
					t.Errorf("%v: %v\n%s\nwant %s", args, err, out, c.want)
				}
			}
			if out, err := exec.Command(program, "nc", "--help").CombinedOutput(); err != nil {
				t.Errorf("nc --help: %v\n%s", err, out)
			}
		})
	}
}

// copyGopherLua copies the sources of gopher-lua, with another text for a pattern
// in a file, or in all.
func copyGopherLua(t *testing.T, to, file string, from *regexp.Regexp, with string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", gopherLua).Output()
	if err != nil {
		t.Skip("the module of gopher-lua can't be found: ", err)
	}
	root := strings.TrimSpace(string(out))
	names, err := filepath.Glob(root + "/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"/go.mod", "/ast/*.go", "/parse/*.go", "/pm/*.go"} {
		more, err := filepath.Glob(root + sub)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, more...)
	}
	changed := false
	for _, name := range names {
		rel := strings.TrimPrefix(name, root+"/")
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if rel == file || file == "" {
			changed = changed || from.Match(b)
			b = from.ReplaceAll(b, []byte(with))
		}
		path := filepath.Join(to, rel)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if !changed {
		t.Fatalf("%s is nowhere in gopher-lua", from)
	}
}
