package repl

import (
	"os"
	"os/exec"
	"strings"

	"sosh/internal/show"
)

// page prints text of ours. At a prompt, text that does not fit the screen goes to $PAGER, or to
// less if that is installed; meanwhile events are held.
func (s *Shell) page(text show.Trusted) {
	pager := s.pager()
	if pager == "" || strings.Count(string(show.Fold(text, s.out.columns())), "\n") < s.out.height() {
		s.out.print(text)
		return
	}
	if !s.hold.On() {
		s.startHold()
		defer s.hold.Stop()
	}
	cmd := exec.Command("sh", "-c", pager)
	cmd.Stdin = strings.NewReader(string(text))
	cmd.Env = os.Environ()
	if os.Getenv("LESS") == "" {
		cmd.Env = append(cmd.Env, "LESS=FRX") // end if all fits, keep colours, leave the text on the screen
	}
	if err := s.foreground(cmd); err != nil {
		s.out.print(text)
		s.out.notify(show.Sprintf("the pager %s: %s", show.Quote([]byte(pager)), show.Lines(err.Error())))
	}
}

// pager returns the command that pages, or "" where nothing should be paged.
func (s *Shell) pager() string {
	if s.con == nil || !s.out.outTerminal || os.Getenv("TERM") == "dumb" {
		return ""
	}
	if pager, ok := os.LookupEnv("PAGER"); ok {
		return strings.TrimSpace(pager)
	}
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return "less"
}
