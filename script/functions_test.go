package script

import (
	"bytes"
	"testing"

	"sosh/sockets"

	"github.com/google/go-cmp/cmp"
)

// TestFunctionExamples runs the example of every function of the library, and
// compares what it prints.
func TestFunctionExamples(t *testing.T) {
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			if f.Example == "" || f.Summary == "" {
				t.Fatal("no example, or no word about it")
			}
			var out bytes.Buffer
			m, err := New(Config{Table: sockets.NewTable(), Stdout: &out, Stderr: &out})
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Run(t.Context(), f.Example, "=example", nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(f.Prints, out.String()); diff != "" {
				t.Errorf("%s prints (-want +got):\n%s", f.Example, diff)
			}
		})
	}
}
