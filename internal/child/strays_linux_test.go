package child

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestStrays ends what leaves the group of a child, before and after the child has
// ended.
func TestStrays(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	const stays = "setsid sh -c 'trap \"\" TERM; echo up; sleep 1000' &"
	for _, test := range []struct {
		name, line string
		grace      time.Duration
	}{
		{"leader goes on", "setsid sh -c 'echo up; sleep 1000' & wait", long},
		{"leader has left", "setsid sh -c 'echo up; sleep 1000' &", long},
		{"stays", stays, short},
		{"stays, on a machine that is slower than the grace", stays, time.Nanosecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := Start(sh(test.line), Options{Group: true, Strays: true, Output: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Out.Close()
			var up [3]byte
			if _, err := io.ReadFull(c.Out, up[:]); err != nil {
				t.Fatal(err)
			}
			c.End(test.grace)
			if text, err := io.ReadAll(c.Out); err != nil || len(text) > 0 {
				t.Errorf("more output: %q, %v", text, err) // it ends with the last that has it open
			}
		})
	}
}

// startStray starts a program that starts a stray, whose process ID is the first line of output.
func startStray(t *testing.T, cmd *exec.Cmd) (c *Child, stray int) {
	t.Helper()
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	c, err := Start(cmd, Options{Group: true, Strays: true, Output: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscan(c.Out, &stray); err != nil {
		t.Fatal(err)
	}
	return c, stray
}

// TestStrayThatChanges: a stray that runs another program at this very moment is ended
// too. It has no environment then, or one that cannot be read to its end.
func TestStrayThatChanges(t *testing.T) {
	again := filepath.Join(t.TempDir(), "again")
	if err := os.WriteFile(again, []byte("exec sh "+again), 0o600); err != nil {
		t.Fatal(err)
	}
	many := os.Environ() // the kernel needs a while for each execve
	for i := range 10_000 {
		many = append(many, fmt.Sprintf("V%d=", i))
	}
	for range 30 {
		cmd := sh("setsid sh -c 'echo $$; exec sh " + again + "' &")
		cmd.Env = many
		c, stray := startStray(t, cmd)
		c.End(long)
		if syscall.Kill(stray, 0) == nil {
			t.Fatalf("process %d goes on: %v", stray, syscall.Kill(stray, syscall.SIGKILL))
		}
		c.Out.Close()
	}
}

// TestStrayWithoutEnvironment: End does not wait for a stray that has no mark.
func TestStrayWithoutEnvironment(t *testing.T) {
	c, stray := startStray(t, sh("setsid env -i /bin/sh -c 'echo $$; kill -STOP $$' &"))
	defer c.Out.Close()
	ended := make(chan struct{})
	go func() { c.End(time.Hour); close(ended) }()
	select {
	case <-ended:
	case <-time.After(long):
		t.Error("End waits")
	}
	syscall.Kill(stray, syscall.SIGKILL)
	<-ended
	syscall.Wait4(stray, nil, 0, nil)
}
