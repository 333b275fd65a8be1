package lualib

import (
	"bytes"
	"io"
	"testing"

	"sosh/script/lua51"

	"github.com/google/go-cmp/cmp"
	lua "github.com/yuin/gopher-lua"
)

// newLibrary returns a state that has the library and no sockets; print writes
// to out.
func newLibrary(t testing.TB, out io.Writer) *lua.LState {
	in, err := lua51.New(lua51.Options{Stdout: out, Stderr: out})
	if err != nil {
		t.Fatal(err)
	}
	L := in.L
	Open(L, nil)
	t.Cleanup(func() {
		Close(L)
		L.Close()
	})
	return L
}

// runProgram runs a program, which is called example, in a state that has the
// library and no sockets.
func runProgram(t testing.TB, out io.Writer, program string, args ...string) {
	t.Helper()
	L := newLibrary(t, out)
	arg := L.NewTable()
	for i, a := range args {
		arg.RawSetInt(i+1, lua.LString(a))
	}
	L.SetGlobal("arg", arg)
	proto, err := lua51.Compile(program, "=example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lua51.Run(L, L.NewFunctionFromProto(proto)); err != nil {
		t.Fatal(err)
	}
}

// runText is runProgram, and returns what the program prints.
func runText(t testing.TB, program string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	runProgram(t, &out, program, args...)
	return out.String()
}

// TestExamples runs the example of every function, and compares what it prints.
func TestExamples(t *testing.T) {
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Example == "" || f.Summary == "" {
				t.Fatal("it has no example or no summary")
			}
			if diff := cmp.Diff(f.Prints, runText(t, f.Example)); diff != "" {
				t.Errorf("%s prints (-want +got):\n%s", f.Example, diff)
			}
		})
	}
}
