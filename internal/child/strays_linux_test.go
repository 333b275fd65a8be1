package child

import (
	"io"
	"os/exec"
	"testing"
)

// TestStrays ends what leaves the group of a child, before and after the child has
// ended.
func TestStrays(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip(err)
	}
	for name, line := range map[string]string{
		"leader goes on":  "setsid sh -c 'echo up; sleep 1000' & wait",
		"leader has left": "setsid sh -c 'echo up; sleep 1000' &",
		"stays":           "setsid sh -c 'trap \"\" TERM; echo up; sleep 1000' &",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Start(sh(line), Options{Group: true, Strays: true, Output: true})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Out.Close()
			var up [3]byte
			if _, err := io.ReadFull(c.Out, up[:]); err != nil {
				t.Fatal(err)
			}
			c.End(2 * short)
			if text, err := io.ReadAll(c.Out); err != nil || len(text) > 0 {
				t.Errorf("more output: %q, %v", text, err) // it ends with the last that has it open
			}
		})
	}
}
