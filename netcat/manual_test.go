package netcat

import (
	"os"
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
