package console

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// editor makes a shell script the user's editor, and its own directory the one of temporary files.
func editor(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	path := filepath.Join(dir, "my editor")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VISUAL", fmt.Sprintf("'%s' -x", path))
	t.Setenv("EDITOR", "false")
	t.Setenv("TMPDIR", dir+"/tmp")
	return dir
}

// left fails if a temporary file is left in dir.
func left(t *testing.T, dir string) {
	t.Helper()
	if names, err := os.ReadDir(dir + "/tmp"); err != nil || len(names) > 0 {
		t.Errorf("left over: %v, %v", names, err)
	}
}

// TestExternal: the editor has the terminal to itself, and what it writes is the line, which can be undone.
func TestExternal(t *testing.T) {
	dir := editor(t, `stat -c '%a' "$2" >"$0.mode" 2>/dev/null || stat -f '%Lp' "$2" >"$0.mode"
cat "$2"; stty -a | grep -o '[-]*icanon'; read answer; printf 'for i = 1, 2 do\n\tprint(%s)\nend\n' "$answer" >"$2"`)
	s := open(t, 60, 20, Config{})
	done := s.readline()
	s.Press("for\x18\x05")
	s.WaitText("for", "icanon") // without the line that is edited
	s.c.Print("meanwhile")
	s.Press("7\r")
	s.Wait("the line", func(screen string) bool {
		return strings.HasSuffix(screen, "\nmeanwhile\n> for i = 1, 2 do\n..         print(7)\n.. end")
	})
	s.Press("\x1f")
	s.WaitLast("> for")
	s.Press("\x1b_\r")
	s.want(done, "for i = 1, 2 do\n\tprint(7)\nend", nil)
	left(t, dir)
	if mode, err := os.ReadFile(dir + "/my editor.mode"); string(mode) != "600\n" {
		t.Errorf("mode %q, %v", mode, err)
	}

	// From vi's command mode.
	s.c.SetVi(true)
	s.lines++
	done = make(chan result, 1)
	read := make(chan result, 1)
	go func() {
		line, err := s.c.Readline("> ")
		read <- result{line, err}
	}()
	s.WaitLast("-- INSERT --")
	s.Press("x\x1b")
	s.WaitLast("-- COMMAND --")
	s.Press("v")
	s.Wait("the editor", func(screen string) bool { return strings.HasSuffix(screen, "\nx\nicanon") })
	s.Press("8\r")
	s.WaitLast("-- COMMAND --")
	s.Press("\r")
	s.want(read, "for i = 1, 2 do\n\tprint(8)\nend", nil)
}

// TestExternalFails: an editor that fails, or is not there, leaves the line as it was.
func TestExternalFails(t *testing.T) {
	dir := editor(t, `echo gone >"$2"; exit 3`)
	s := open(t, 60, 20, Config{})
	for _, want := range []string{"exit status 3", "exit status 127"} {
		done := s.readline()
		s.Press("one\x18\x05 two\r")
		s.want(done, "one two", nil)
		if len(s.warnings) != 1 || !strings.Contains(s.warnings[0].Error(), want) {
			t.Errorf("warnings %v, want %s", s.warnings, want)
		}
		s.warnings = nil
		s.lines++ // the terminal was raw twice
		left(t, dir)
		t.Setenv("VISUAL", "nosuchprogram")
	}
}

// TestExternalClosed: closing the console ends the editor.
func TestExternalClosed(t *testing.T) {
	dir := editor(t, `echo runs; exec sleep 1000`)
	s := open(t, 60, 20, Config{})
	done := s.readline()
	s.Press("one\x18\x05")
	s.WaitText("runs")
	s.c.Close()
	if r := <-done; r.err == nil {
		t.Errorf("Readline: %q", r.line)
	}
	left(t, dir)
}

// TestExternalStopped: the process was stopped together with the editor. The line is drawn once.
func TestExternalStopped(t *testing.T) {
	editor(t, `echo runs; kill -CONT "$CONSOLE_PID"; read answer; echo "$answer" >"$2"`)
	t.Setenv("CONSOLE_PID", fmt.Sprint(os.Getpid()))
	s := open(t, 60, 20, Config{})
	done := s.readline()
	s.Press("one\x18\x05")
	s.WaitText("runs")
	<-s.c.goesOn // it was told
	s.Press("two\r")
	s.WaitText("runs", "two", "> two")
	s.Press("x")
	s.WaitText("runs", "two", "> twox")
	s.Press("\r")
	s.want(done, "twox", nil)
}
