package repl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hostileFiles are names that a system's shell would make something of.
var hostileFiles = []string{
	"notes;touch X", "a`touch X`", "b$(touch X)", "d'e\"f", "-g", "h&touch X", "i|touch X", "j>X", "k #l", "m*", "n\\o", "p !q", "é ü", "r\x1b[2J", `s\';touch X;'`,
}

func TestQuoteShell(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := append(hostileFiles[:len(hostileFiles):len(hostileFiles)], "plain.txt", "two words", "~", "")
	for _, shell := range []string{"sh", "bash", "zsh", "fish", "tcsh"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		var printf strings.Builder // each name between brackets, on a line of its own
		for _, name := range names {
			printf.WriteString("printf '[%s]\\n' " + quoteShell(name) + "\n")
		}
		sh := exec.Command(path, "-c", printf.String())
		sh.Dir = dir
		out, err := sh.CombinedOutput()
		got := strings.Split(strings.ReplaceAll(string(out), "[./", "["), "\n")
		if err != nil || len(got) != len(names)+1 {
			t.Errorf("%s runs\n%sand prints (%v)\n%s", shell, printf.String(), err, out)
			continue
		}
		for i, name := range names {
			if got[i] != "["+name+"]" {
				t.Errorf("%s reads %s as %q, want %q", shell, quoteShell(name), got[i], name)
			}
		}
	}
	for _, name := range names {
		if at, word, ok := lastShellWord("!cat "+quoteShell(name), 1); !ok || at != 5 || strings.TrimPrefix(word, "./") != name {
			t.Errorf("the last word of !cat %s is %q at %d (%v)", quoteShell(name), word, at, ok)
		}
	}
	if got := quoteShell("c\ntouch X"); got != "" {
		t.Errorf("%s is not one line", got)
	}
	if list, _ := os.ReadDir(dir); len(list) > 0 {
		t.Errorf("%v was made", list)
	}
	for line, want := range map[string]string{
		"cat a b": "b", "cat 'a b": "a b", `cat "a b`: "a b", `cat a\ b`: "a b", "cat a;cat b": "b", "cat <b": "b", "x=b": "b", "cat ": "", "cat 'a'\"b\"c": "abc",
	} {
		if _, word, ok := lastShellWord(line, 0); !ok || word != want {
			t.Errorf("the last word of %s is %q (%v), want %q", line, word, ok, want)
		}
	}
	for _, line := range []string{"cat $HOME/", "cat `x", `cat "$x`, `cat a\`, `cat 'a\`} {
		if _, word, ok := lastShellWord(line, 0); ok {
			t.Errorf("the last word of %s is %q, and should not be known", line, word)
		}
	}
}

// TestLiveTabRunsNothing: a name that Tab completes for the system's shell is one
// word to it.
func TestLiveTabRunsNothing(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 100})
	for i, name := range hostileFiles {
		dir := l.path(string(rune('A' + i)))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("inside "+filepath.Base(dir)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		l.press("!cat " + filepath.Base(dir) + "/\t\r")
		l.awaitPrompt()
		l.sees("inside " + filepath.Base(dir))
	}
	if _, err := os.Stat(l.path("X")); err == nil {
		t.Error("a name was run")
	}
	l.quit()
}
