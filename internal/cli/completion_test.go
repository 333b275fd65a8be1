package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestLinkCompletionAsksSosh: for no shell does the script of a link run the
// link, which would take __complete for a host.
func TestLinkCompletionAsksSosh(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var b bytes.Buffer
		if err := writeLinkCompletion(&b, shell, "netcat"); err != nil {
			t.Fatal(err)
		}
		if all, ours := strings.Count(b.String(), " __complete "), strings.Count(b.String(), "sosh __complete nc "); all == 0 || all != ours {
			t.Errorf("%s: %d calls of __complete, %d of them sosh's", shell, all, ours)
		}
	}
	if err := writeLinkCompletion(&bytes.Buffer{}, "bash", "telnet"); err == nil {
		t.Error("completes telnet")
	}
}
