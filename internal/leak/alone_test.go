package leak

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestAlone has tests that pass, fail, are skipped or end the process, which the test of
// this process must say too, with the reason.
func TestAlone(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("no process of its own where coverage is measured")
	}
	for _, c := range []struct{ does, want string }{
		{"pass", "--- PASS: TestAloneDoes"},
		{"fail", "--- FAIL: TestAloneDoes"},
		{"skip", "--- SKIP: TestAloneDoes"},
		{"exit", "its own process did not run it"},
		{"panic", "panic: panic as told"},
	} {
		t.Run(c.does, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestAloneDoes$", "-test.v")
			cmd.Env = append(os.Environ(), "ALONE_DOES="+c.does)
			b, err := cmd.CombinedOutput()
			out := string(b)
			if passes := c.does == "pass" || c.does == "skip"; passes != (err == nil) {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(out, c.want) || c.does != "exit" && !strings.Contains(out, c.does+" as told") {
				t.Errorf("does not say %q and why:\n%s", c.want, out)
			}
		})
	}
}

// TestAloneDoes is for TestAlone.
func TestAloneDoes(t *testing.T) {
	does := os.Getenv("ALONE_DOES")
	if does == "" {
		t.Skip("a part of TestAlone")
	}
	if Alone(t) {
		return
	}
	switch does {
	case "pass":
		t.Log("pass as told")
	case "fail":
		t.Error("fail as told")
	case "skip":
		t.Skip("skip as told")
	case "exit":
		os.Exit(0)
	case "panic":
		panic("panic as told")
	}
}
