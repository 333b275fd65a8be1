package netcat

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPages: what is made of the tables is what lies in the tree.
func TestPages(t *testing.T) {
	for _, p := range Pages() {
		b, err := os.ReadFile("../" + p.File)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p.Text, string(b)); diff != "" {
			t.Errorf("%s is stale; run go generate ./... (-want +got):\n%s", p.File, diff)
		}
	}
}

// TestPagesLint: mandoc has nothing to complain of in the pages.
func TestPagesLint(t *testing.T) {
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("mandoc is not installed")
	}
	for _, p := range Pages() {
		if !strings.HasSuffix(p.File, ".1") {
			continue
		}
		cmd := exec.Command(mandoc, "-Tlint", "-Wwarning")
		cmd.Stdin = strings.NewReader(p.Text)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", p.File, err, out)
		}
	}
}
