package luasocket

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sosh/script/lua51"
	"sosh/sockets"

	"github.com/google/go-cmp/cmp"
)

// TestPrograms runs each program of testdata here and with lua5.1 and the LuaSocket of the
// system; they print the same.
func TestPrograms(t *testing.T) {
	t.Parallel()
	theirs := peer(t)
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	each := func(group string, f func(t *testing.T, file string)) {
		t.Run(group, func(t *testing.T) {
			for _, file := range files {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".lua"), func(t *testing.T) {
					t.Parallel()
					f(t, file)
				})
			}
		})
	}
	var mu sync.Mutex
	printed, seen := make(map[string]string), make(map[string]string)
	each("lua5.1", func(t *testing.T, file string) {
		if strings.HasPrefix(filepath.Base(file), "ssl") && exec.Command(theirs, "-e", `require "ssl"`).Run() != nil {
			if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
				t.Fatal("LuaSec is not installed for lua5.1")
			}
			t.Skip("LuaSec is not installed for lua5.1")
		}
		servers := startServers(t)
		cmd := exec.Command(theirs, "-e", globals(servers, t.TempDir()), file)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("lua5.1: %v\n%s%s", err, out, &stderr)
		}
		mu.Lock()
		defer mu.Unlock()
		printed[file], seen[file] = string(out), servers.log()
	})
	// Not at the same time: a process that starts has a copy of each descriptor until it is in
	// execve, and holds open what a program of ours closes.
	each("sosh", func(t *testing.T, file string) {
		want, ok := printed[file]
		if !ok {
			t.Skip("not run with lua5.1")
		}
		servers := startServers(t)
		got, err := run(t, file, globals(servers, t.TempDir()))
		if err != nil {
			t.Errorf("%v", err)
		}
		if diff := cmp.Diff(seen[file], servers.log()); diff != "" {
			t.Errorf("servers saw something else (-lua5.1 +sosh):\n%s", diff)
		}
		if got == want {
			return
		}
		if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("output differs (-lua5.1 +sosh):\n%s", diff)
		}
	})
}

// globals is a piece of Lua that sets what programs know of their run.
func globals(s *servers, dir string) string {
	text := fmt.Sprintf("TMP_DIR, CERT, KEY = %q, %q, %q\n", dir, s.cert, s.key)
	for name, port := range s.ports {
		text += fmt.Sprintf("%s = %d\n", name, port)
	}
	return text
}

// peer returns lua5.1 if it has LuaSocket.
func peer(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err == nil {
		err = exec.Command(path, "-e", `require "socket"`).Run()
	}
	if err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			t.Fatal("lua5.1 with LuaSocket is not installed")
		}
		t.Skip("lua5.1 with LuaSocket is not installed")
	}
	return path
}

// run runs a program in a machine of its own and returns what it printed.
func run(t *testing.T, file, globals string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	in, err := lua51.New(lua51.Options{Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	table := sockets.NewTable()
	defer table.Close()
	Open(in.L, table)
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	proto, err := lua51.Compile(string(src), "@"+file)
	if err != nil {
		t.Fatal(err)
	}
	if first, err := lua51.Compile(globals, "=globals"); err != nil {
		t.Fatal(err)
	} else if _, err := lua51.Run(in.L, in.L.NewFunctionFromProto(first)); err != nil {
		t.Fatal(err)
	}
	_, err = lua51.Run(in.L, in.L.NewFunctionFromProto(proto))
	return out.String(), err
}
