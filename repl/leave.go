package repl

import (
	"strings"

	"sosh/internal/show"
)

// askToLeave asks whether to leave although connections are live, and names them. It
// returns false if there are none, so that there is nothing to ask.
func (s *Shell) askToLeave() bool {
	var names []string
	for _, h := range s.table.Handles() {
		if h.Connected() && !h.Kind().Datagram() && !strings.HasPrefix(h.State(), "read-closed") && h.State() != "reset" {
			names = append(names, h.Name())
		}
	}
	if len(names) == 0 {
		return false
	}
	what := show.Count(len(names), "connection") + " are live"
	if len(names) == 1 {
		what = "1 connection is live"
	}
	s.out.notify(s.out.paint(colourWarn, show.Sprintf("%s: %s. Leave and close? (y, or Ctrl-D again)", what, someOf(names))))
	return true
}
