package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A block is the text of a document between two fences, and the kind that follows
// the first fence.
type block struct{ kind, text string }

func blocks(t *testing.T, document string) []block {
	src, err := os.ReadFile(filepath.Join(top, "doc", document))
	if err != nil {
		t.Fatal(err)
	}
	fenced := regexp.MustCompile("(?ms)^```([^\n]+)\n(.*?)^```$")
	var list []block
	for _, m := range fenced.FindAllStringSubmatch(string(src), -1) {
		list = append(list, block{m[1], m[2]})
	}
	if len(list) == 0 {
		t.Fatalf("%s has no blocks", document)
	}
	return list
}

// TestGuide runs the blocks of doc/guide.md in order and compares what they print.
// "lua NAME" is a file; "sh" has commands, each on a line with a $, and their output,
// in which "..." matches any lines; "sh background" is a command that keeps running.
// Package repl tests the sessions at the prompt.
func TestGuide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	port := strconv.Itoa(freePort(t))
	for _, b := range blocks(t, "guide.md") {
		text := strings.ReplaceAll(b.text, "7000", port)
		kind, name, _ := strings.Cut(b.kind, " ")
		switch {
		case b.kind == "session":
		case kind == "lua":
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		case b.kind == "sh background":
			argv := strings.Fields(strings.TrimPrefix(text, "$ "))
			cmd := exec.Command(argv[0], argv[1:]...)
			cmd.Dir = dir
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if ended := start(t, cmd); !accepts("127.0.0.1:"+port, ended) {
				select {
				case <-ended:
					t.Fatalf("%s ended: %v\n%s", text, cmd.ProcessState, out.String())
				default:
					t.Fatalf("%s accepts no connection", text)
				}
			}
		case b.kind == "sh":
			for _, step := range strings.Split("\n"+text, "\n$ ")[1:] {
				line, want, _ := strings.Cut(step, "\n")
				cmd := exec.Command("sh", "-c", line)
				cmd.Dir = dir
				out, _ := cmd.CombinedOutput()
				if got := strings.TrimSpace(masked(string(out))); !wanted(want).MatchString(got) {
					t.Errorf("$ %s\n%s\nthe document has:\n%s", line, got, want)
				}
			}
		default:
			t.Errorf("doc/guide.md: a block of %q", b.kind)
		}
	}
}

// wanted returns the expression that matches the output in a document.
func wanted(text string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.TrimSpace(masked(text)))
	return regexp.MustCompile("^(?s:" + strings.ReplaceAll(quoted, "\n"+`\.\.\.`+"\n", "\n.*\n") + ")$")
}
