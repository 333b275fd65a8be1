package repl

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
)

//go:embed tour.sosh
var tourScript string

// tourPatience is how long a line of the tour may take. No line waits for long, so
// one that takes longer is stuck.
const tourPatience = 10 * time.Second

// tourPace is the pause between two lines: what one started in the kernel is done
// when the next looks at it.
const tourPace = 10 * time.Millisecond

// failing marks a line of the tour that must fail.
const failing = " -- fails"

// errLeft says that the user has left the tour.
var errLeft = errors.New("left")

// A tourStep is a step of the tour: its paragraphs and the lines that it runs, in
// the order of the script.
type tourStep struct {
	title string
	parts []tourPart
}

// A tourPart is a paragraph, or a line to run.
type tourPart struct {
	prose string
	line  string
	fails bool
}

// tourSteps reads the script of a tour.
func tourSteps(src string) []tourStep {
	var steps []tourStep
	paragraph := false // the last line was of one
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		text, comment := strings.CutPrefix(line, "--")
		title, begins := strings.CutPrefix(text, " # ")
		switch {
		case comment && begins:
			steps = append(steps, tourStep{title: title})
			paragraph = false
			continue
		case line == "" || len(steps) == 0:
			paragraph = false
			continue
		}
		step := &steps[len(steps)-1]
		switch {
		case comment && paragraph:
			step.parts[len(step.parts)-1].prose += text
		case comment:
			step.parts = append(step.parts, tourPart{prose: strings.TrimSpace(text)})
		default:
			line, fails := strings.CutSuffix(line, failing)
			step.parts = append(step.parts, tourPart{line: line, fails: fails})
		}
		paragraph = comment
	}
	return steps
}

// A tour plays a script in a shell of its own.
type tour struct {
	shell *Shell
	enter func(ctx context.Context) error // waits for Enter; nil without a terminal
}

// Tour plays the life of a socket on stdout, and returns the exit status.
func Tour() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := runTour(ctx, os.Stdout, newPalette(isTerminal(os.Stdout)), OnTerminal())
	switch {
	case ctx.Err() != nil:
		return StatusInterrupted
	case err != nil:
		return StatusFailure
	}
	return StatusOK
}

// runTour is the command.
func (s *Shell) runTour(c *script.Call) error {
	err := runTour(c.Context(), s.out.stdout, s.out.colours, OnTerminal())
	if c.Context().Err() != nil {
		return nil
	}
	return err
}

// runTour plays the tour on stdout. Notices go to stdout too, and everything is
// shown as on a terminal, whether or not stdout is one.
func runTour(ctx context.Context, stdout *os.File, colours *palette, pauses bool) error {
	out := &output{stdout: stdout, stderr: stdout, outTerminal: true, colours: colours}
	shell, err := newShell(out, false, nil)
	if err != nil {
		return err
	}
	t := &tour{shell: shell}
	defer t.shell.end()
	if pauses {
		t.enter = func(ctx context.Context) error { return enter(ctx, os.Stdin, out) }
	}
	err = t.play(ctx, tourSteps(tourScript))
	if errors.Is(err, errLeft) {
		return nil
	}
	return err
}

// play plays steps until one fails or the user leaves.
func (t *tour) play(ctx context.Context, steps []tourStep) error {
	out := t.shell.out
	for i, step := range steps {
		out.notify(out.paint(colourTitle, show.Sprintf("%d. %s", i+1, step.title)))
		for _, p := range step.parts {
			if p.line == "" {
				out.notify("\n" + show.Trusted(wrap(p.prose, "", out.columns())) + "\n")
				continue
			}
			if err := t.run(ctx, p); err != nil {
				return fmt.Errorf("the tour ends at step %d: %w", i+1, err)
			}
		}
		if i == len(steps)-1 {
			return nil
		}
		if step.parts[len(step.parts)-1].line != "" {
			out.notify("\n")
		}
		if t.enter != nil {
			if err := t.enter(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs a line as if it had been typed.
func (t *tour) run(ctx context.Context, p tourPart) error {
	s := t.shell
	s.out.notify(s.prompt() + show.Escaped(p.line))
	time.Sleep(tourPace)
	ctx, cancel := context.WithTimeout(ctx, tourPatience)
	defer cancel()
	err := s.exec(ctx, p.line, "")
	switch {
	case err != nil:
		s.fail(err)
		if p.fails && ctx.Err() == nil {
			return nil
		}
		return err
	case p.fails:
		return fmt.Errorf("%s succeeded (expected a failure)", p.line)
	}
	return nil
}

// enter waits for Enter on the terminal in. Ctrl-C, Ctrl-D and q leave.
func enter(ctx context.Context, in *os.File, out *output) error {
	const up = "\x1b[A\x1b[K" // a line up, and clear it
	fmt.Fprint(out.stdout, out.paint(colourDim, "Enter: continue, q: leave "))
	typed, err := console.ReadChunk(ctx, in)
	if err != nil { // Ctrl-C, or the end of input
		out.notify("\n")
		return errLeft
	}
	if strings.HasPrefix(strings.TrimSpace(typed), "q") {
		return errLeft
	}
	if os.Getenv("TERM") != "dumb" {
		fmt.Fprint(out.stdout, up)
	}
	return nil
}
