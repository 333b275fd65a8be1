package e2e

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestComingFrom does the task of doc/coming-from.md in every way that it shows,
// with the programs that are installed.
func TestComingFrom(t *testing.T) {
	t.Parallel()
	server := lookOrSkip(t, "redis-server")
	address := serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(server, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "")
	})
	_, port, _ := strings.Cut(address, ":")
	answer := regexp.MustCompile(`^:?\d+\r?\n$`)
	run := func(t *testing.T, name string, args ...string) {
		cmd := exec.Command(lookOrSkip(t, name), args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if out, err := cmd.Output(); err != nil || !answer.Match(out) {
			t.Errorf("%v: %q, %s", err, out, stderr.String())
		}
	}
	for _, b := range blocks(t, "coming-from.md") {
		text := strings.ReplaceAll(b.text, "6379", port)
		t.Run(strings.ReplaceAll(b.kind, " ", "_"), func(t *testing.T) {
			switch b.kind {
			case "lua sosh":
				if out := sosh(t, "task.lua", text); !answer.MatchString(out) {
					t.Errorf("%q", out)
				}
			case "lua luasocket":
				run(t, "lua5.1", "-e", text)
				if out := sosh(t, "luasocket.lua", text); !answer.MatchString(out) {
					t.Errorf("sosh: %q", out)
				}
			case "tcl expect":
				run(t, "expect", "-c", text)
			case "python pwntools":
				if exec.Command("python3", "-c", "import pwn").Run() != nil {
					t.Skip("pwntools is not installed")
				}
				run(t, "python3", "-c", text)
			case "sh":
				for line := range strings.Lines(text) {
					run(t, "sh", "-c", strings.TrimPrefix(line, "$ "))
				}
			default:
				t.Errorf("a block of %q", b.kind)
			}
		})
	}
}
