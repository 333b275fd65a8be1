package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestLiveLine: on a terminal, a line shows the running test and is then removed,
// and a failed test is red. Without a terminal there is neither.
func TestLiveLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "live_test.lua")
	program := `
test("one", function(t) t:eq(1, 2) end)
test("two, whose name is longer than the line of a terminal", function(t)
	while not pcall(read_file, "go") do sleep(0.001) end
end)
test("three", function() end)`
	if err := os.WriteFile(file, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sosh", "test", "--parallel", "1", "live_test.lua")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 40, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	stuck := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stuck.Stop()
	var all strings.Builder
	r := bufio.NewReader(terminal)
	await := func(what string) {
		for !strings.Contains(all.String(), what) {
			b, err := r.ReadByte()
			if err != nil {
				t.Fatalf("%v before %q came: %q", err, what, all.String())
			}
			all.WriteByte(b)
		}
	}
	await("\r\x1b[K1/3, 1 failed: two, whose name is long…")
	if err := os.WriteFile(filepath.Join(dir, "go"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	await(" (--seed ")
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v, want status 1", err)
	}
	if !strings.Contains(all.String(), "\x1b[31mFAIL\x1b[0m live_test.lua: one") {
		t.Errorf("no red FAIL: %q", all.String())
	}
	if !strings.Contains(all.String(), "\r\x1b[K\x1b[31m1 failed\x1b[0m, \x1b[32m2 passed\x1b[0m in ") {
		t.Errorf("the line of progress was not cleared before the sum: %q", all.String())
	}
	out, _ := runSuite(t, "--run", "one", file)
	if strings.ContainsAny(out, "\x1b\r") {
		t.Errorf("not on a terminal: %q", out)
	}
}
