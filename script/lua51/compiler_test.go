package lua51

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestPeerInstructions compares the code of the programs of testdata/lua with what
// luac5.1 makes of them: it has no more instructions, and no more registers. A
// program has a few more where Lua spares one by looking ahead.
func TestPeerInstructions(t *testing.T) {
	luac, err := exec.LookPath("luac5.1")
	if err != nil && os.Getenv("SOSH_REQUIRE_PEERS") == "1" {
		t.Fatal("luac5.1 is not installed, and SOSH_REQUIRE_PEERS=1")
	} else if err != nil {
		t.Skip("luac5.1 is not installed")
	}
	files, err := filepath.Glob("../../testdata/lua/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs in testdata/lua")
	}
	sum := func(p *regexp.Regexp, listing []byte) (n int) {
		for _, m := range p.FindAllSubmatch(listing, -1) {
			k, _ := strconv.Atoi(string(m[1]))
			n += k
		}
		return n
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		proto, err := Compile(string(src), file)
		if err != nil {
			t.Fatal(err)
		}
		listing, err := exec.Command(luac, "-p", "-l", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		code, registers := codeSize(proto)
		if want := sum(regexp.MustCompile(`\((\d+) instruction`), listing); code > want+want/100 {
			t.Errorf("%s has %d instructions, luac5.1 makes %d", file, code, want)
		}
		if want := sum(regexp.MustCompile(`(\d+) slot`), listing); registers > want {
			t.Errorf("%s has %d registers, luac5.1 takes %d", file, registers, want)
		}
	}
}

// codeSize returns how many instructions and registers the functions of a chunk
// have.
func codeSize(p *lua.FunctionProto) (code, registers int) {
	code, registers = len(p.Code), int(p.NumUsedRegisters)
	for _, in := range p.FunctionPrototypes {
		c, r := codeSize(in)
		code, registers = code+c, registers+r
	}
	return code, registers
}
