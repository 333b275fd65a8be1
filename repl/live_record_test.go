package repl

import (
	"os"
	"strings"
	"testing"
)

// TestLiveRecord records at a prompt, and saves what was before.
func TestLiveRecord(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("serve 127.0.0.1:0 srv", "dial ${srv:getsockname()} c", "send c early")
	l.wait("early", func(screen string) bool {
		return strings.Contains(screen, "early") && strings.Contains(screen, "srv.1 <-")
	})
	l.do("record late.jsonl", "send c later")
	l.wait("later", func(screen string) bool { return strings.Contains(screen, "<- 5  later") })
	l.do("record")
	l.wait("the recording", func(screen string) bool { return strings.Contains(screen, "\nlate.jsonl: ") })
	l.do("save all.jsonl", "record off", "send c last")
	l.wait("last", func(screen string) bool { return strings.Contains(screen, "<- 4  last") })
	l.quit()
	for file, want := range map[string]string{
		"late.jsonl": "listening srv, accepted srv.1, connected c, !early, later, !last",
		"all.jsonl":  "listening srv, accepted srv.1, connected c, early, later, !last",
	} {
		text, err := os.ReadFile(l.path(file))
		if err != nil {
			t.Fatal(err)
		}
		for what := range strings.SplitSeq(want, ", ") {
			name, not := strings.CutPrefix(what, "!")
			pattern := `"text":"` + name + `"`
			if typ, handle, ok := strings.Cut(name, " "); ok {
				pattern = `"type":"` + typ + `","handle":"` + handle + `"`
			}
			if strings.Contains(string(text), pattern) == not {
				t.Errorf("%s: %s is there: %v\n%s", file, pattern, not, text)
			}
		}
	}
}
