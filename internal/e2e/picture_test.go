package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"sosh/internal/termtest"

	"github.com/creack/pty"
)

// The size of the picture, in characters.
const (
	pictureColumns = 92
	pictureRows    = 32
)

// TestPicture types the session of the picture in the README, and compares the screen at its end
// with testdata/picture/screen.txt. If that changes, ci/picture.sh makes the picture again:
// SOSH_PICTURE is the file for the recording of the terminal, as an asciicast.
func TestPicture(t *testing.T) {
	t.Parallel()
	session, err := os.ReadFile(filepath.Join(top, "testdata", "picture", "session.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command("sosh")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+dir, "NO_COLOR=")
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: pictureColumns, Rows: pictureRows})
	if err != nil {
		t.Fatal(err)
	}
	p := &picture{T: t, Screen: termtest.Watch(t, keys, pictureColumns, pictureRows)}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	port := strconv.Itoa(freePort(t))
	prompts := int32(1)
	p.prompt(prompts)
	for line := range strings.Lines(string(session)) {
		line = strings.TrimRight(strings.ReplaceAll(line, "PORT", port), "\n")
		if words, ok := strings.CutPrefix(line, "sosh> "); ok {
			p.enter(words)
			prompts++
			p.prompt(prompts)
		} else if text, ok := strings.CutPrefix(line, "? "); ok {
			p.Wait(text, func(s string) bool { return strings.Contains(s, text) })
		} else if line != "" && line[0] != '#' {
			t.Fatalf("session.txt: %q", line)
		}
	}
	p.WaitLast("sosh>")
	p.show(3 * time.Second)
	name := filepath.Join(top, "testdata", "picture", "screen.txt")
	got := sortedLines(p.Text())
	if cast := os.Getenv("SOSH_PICTURE"); cast != "" {
		if err := os.WriteFile(cast, p.cast.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || got != string(want) {
		t.Errorf("run ci/picture.sh, since the session at the prompt has changed: %v\n%s\nit was:\n%s", err, got, want)
	}
}

// sortedLines returns the lines of a screen in alphabetical order, since that of events can differ,
// without the time of day and the ports.
func sortedLines(screen string) string {
	timeOfDay := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} |^sosh \(devel\).*\n|^\d+ events`)
	list := strings.Split(timeOfDay.ReplaceAllString(masked(screen), ""), "\n")
	slices.Sort(list)
	return strings.Join(list, "\n") + "\n"
}

// A picture is a terminal and its recording, in which a person types.
type picture struct {
	*testing.T
	*termtest.Screen
	cast    bytes.Buffer
	at      time.Duration // in the recording
	written int           // bytes of the terminal that are in it
}

// show adds what was written since the last call, at a time in the recording, and then a pause.
func (p *picture) show(pause time.Duration) {
	if p.cast.Len() == 0 {
		p.event(map[string]any{"version": 2, "width": pictureColumns, "height": pictureRows})
	}
	if b := p.Wrote.Bytes()[p.written:]; len(b) > 0 && utf8.Valid(b) {
		p.written += len(b)
		p.event([]any{p.at.Seconds(), "o", string(b)})
	}
	p.at += pause
}

func (p *picture) event(v any) {
	if err := json.NewEncoder(&p.cast).Encode(v); err != nil {
		p.Fatal(err)
	}
}

// prompt waits for the prompt of a number.
func (p *picture) prompt(n int32) {
	p.WaitFor("a prompt", func() bool { return p.Screen.Paste.On.Load() >= n })
	p.show(time.Second)
}

// enter types a line and enters it.
func (p *picture) enter(line string) {
	for i, r := range line {
		p.Press(string(r))
		typed := strings.TrimRight("sosh> "+line[:i]+string(r), " ")
		p.Wait(typed, func(s string) bool { return strings.Contains(s, typed) || len(typed) >= pictureColumns })
		p.show(45 * time.Millisecond)
	}
	p.show(400 * time.Millisecond)
	p.Press("\r")
}
