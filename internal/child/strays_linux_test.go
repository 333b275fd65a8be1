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

// TestStrayThatChanges: a stray that runs another program at this very moment is ended
// too. It has no environment then.
func TestStrayThatChanges(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if err := os.WriteFile(again, []byte("exec sh "+again), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		c, err := Start(sh("setsid sh -c 'echo $$; exec sh "+again+"' &"), Options{Group: true, Strays: true, Output: true})
		if err != nil {
			t.Fatal(err)
		}
		var stray int
		if _, err := fmt.Fscan(c.Out, &stray); err != nil {
			t.Fatal(err)
		}
		c.End(long)
		if syscall.Kill(stray, 0) == nil {
			t.Fatalf("process %d goes on: %v", stray, syscall.Kill(stray, syscall.SIGKILL))
		}
		c.Out.Close()
	}
}
