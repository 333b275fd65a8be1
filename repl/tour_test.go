package repl

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// playTour plays a script of the tour, and returns what it showed.
func playTour(t *testing.T, src string, enter func(context.Context) error) (string, error) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "tour"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := &tour{shell: testShell(t, &output{stdout: f, stderr: f, outTerminal: true}, false), enter: enter}
	defer w.shell.end()
	played := w.play(t.Context(), tourSteps(src))
	text, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text), played
}

func TestTourSteps(t *testing.T) {
	steps := tourSteps("-- not shown\n\n-- # One\n-- two\n-- lines\n\n-- and another\nls\n-- # Two\nconnect c x -- fails\n")
	want := []tourStep{
		{"One", []tourPart{{prose: "two lines"}, {prose: "and another"}, {line: "ls"}}},
		{"Two", []tourPart{{line: "connect c x", fails: true}}},
	}
	if len(steps) != len(want) {
		t.Fatalf("got %d steps, want %d", len(steps), len(want))
	}
	for i, w := range want {
		if steps[i].title != w.title || len(steps[i].parts) != len(w.parts) {
			t.Fatalf("step %d is %+v, want %+v", i, steps[i], w)
		}
		for j, p := range w.parts {
			if steps[i].parts[j] != p {
				t.Errorf("step %d, part %d is %+v, want %+v", i, j, steps[i].parts[j], p)
			}
		}
	}
}

// Every step of the real tour has something to tell; all but the last run
// something, which testdata/script/tour.txtar looks at.
func TestTourScript(t *testing.T) {
	steps := tourSteps(tourScript)
	for i, s := range steps {
		var prose, lines int
		for _, p := range s.parts {
			if p.line == "" {
				prose++
			} else {
				lines++
			}
		}
		if prose == 0 || lines == 0 && i < len(steps)-1 {
			t.Errorf("step %d, %s: %d paragraphs and %d lines", i+1, s.title, prose, lines)
		}
	}
}

func TestTourPauses(t *testing.T) {
	t.Parallel()
	pauses := 0
	text, err := playTour(t, tourScript, func(context.Context) error { pauses++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	if n := len(tourSteps(tourScript)); pauses != n-1 {
		t.Errorf("paused %d times in %d steps", pauses, n)
	}
	if !regexp.MustCompile(`(?m)^queue +1 of 5 connections wait$`).MatchString(text) {
		t.Errorf("nobody waits on the queue:\n%s", text)
	}
}

func TestTourLeft(t *testing.T) {
	t.Parallel()
	text, err := playTour(t, tourScript, func(context.Context) error { return errLeft })
	if !errors.Is(err, errLeft) {
		t.Errorf("got %v, want %v", err, errLeft)
	}
	if strings.Contains(text, "\n2. ") {
		t.Errorf("it went on:\n%s", text)
	}
}

// On a terminal Enter goes on, and leaves no trace; q, Ctrl-D and the end of
// the context, which Ctrl-C brings about, leave.
func TestTourEnter(t *testing.T) {
	const asked = "Enter: continue, q: leave"
	t.Setenv("TERM", "xterm")
	ptm, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	x := watch(t, ptm, 40, 10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &output{stdout: tty, stderr: tty, outTerminal: true}
	ask := func(leave func(), want error) {
		t.Helper()
		done := make(chan error, 1)
		go func() { done <- enter(ctx, tty, out) }()
		x.waitLast(asked)
		leave()
		if err := <-done; err != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	ask(func() { x.press("\r") }, nil)
	out.notify("next")
	x.waitScreen("next")
	ask(func() { x.press("\x04") }, errLeft)
	out.notify("left")
	x.waitScreen("next", asked, "left")
	ask(func() { x.press("q\r") }, errLeft)
	out.notify("left again")
	x.waitScreen("next", asked, "left", asked+" q", "left again")
	ask(cancel, errLeft)
}

// What goes otherwise than the script says ends the tour.
func TestTourFails(t *testing.T) {
	for _, test := range []struct{ src, want string }{
		{"-- # One\nlisten nobody\n-- # Two\nls\n", "no handle named nobody"},
		{"-- # One\nls -- fails\n-- # Two\nls\n", "expected a failure"},
		{"-- # One\nsocket tcp \"\n-- # Two\nls\n", "quote"},
	} {
		text, err := playTour(t, test.src, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q gave %v, want %q", test.src, err, test.want)
		}
		if strings.Contains(text, "2. Two") {
			t.Errorf("%q went on", test.src)
		}
	}
}
