package repl

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"sosh/internal/show"
	"sosh/repl/arrivals"
	"sosh/script"
)

// arrivalCommands are the commands that choose which events are shown.
func (s *Shell) arrivalCommands() []*script.Verb {
	handle := script.Param{Name: "h", Type: script.HandleType, Optional: true}
	text := func(name string) script.Param {
		return script.Param{Name: name, Type: script.StringType, Optional: true}
	}
	return []*script.Verb{
		{
			Name: "mute", Group: groupLook, Run: s.runMute, Rest: true,
			Params:  []script.Param{handle},
			Summary: "hide the events of handles",
			Help:    "The events are only counted. Data still goes into the inbox, and show prints it. Muting a listener also mutes its clients, present and future. Without a handle, mute lists the muted handles.",
			Example: []string{"mute c", "mute"},
		},
		{
			Name: "unmute", Group: groupLook, Run: s.runUnmute, Rest: true,
			Params:  []script.Param{text("name")},
			Summary: "show the events of handles again",
			Help:    "Without a name, unmute shows the events of all handles again. It says how many were hidden.",
			Example: []string{"unmute c", "unmute"},
		},
		{
			Name: "only", Group: groupLook, Run: s.runOnly, Rest: true,
			Params:  []script.Param{text("h")},
			Summary: "show the events of some handles only",
			Help:    "A listener includes its clients. only off shows the events of all handles again. Without a handle, only lists the handles whose events are shown.",
			Example: []string{"only c", "only off"},
		},
		{
			Name: "grep", Group: groupLook, Run: s.runGrep,
			Params:  []script.Param{text("pattern"), handle},
			Summary: "show received data only if it matches a pattern",
			Help:    "The pattern is a regular expression (RE2). In the text of a stream, each line is matched by itself, and lines that do not match are only counted. Other data, such as a datagram, is shown if any part of it matches. With a handle, the pattern applies to that handle, or to the clients of that listener. Without one, it applies to all handles that have no pattern of their own. grep off, or grep off H, shows all data again, and says how much was hidden. Put a pattern that has blanks or backslashes in single quotes.",
			Example: []string{"grep error", `grep '^tick \d+' c`, "grep off"},
		},
		{
			Name: "hold", Group: groupLook, Run: s.runHold,
			Params:  []script.Param{{Name: "how", Type: script.ChoiceType, Values: []string{"on", "off"}, Optional: true}},
			Summary: "keep events back, to read what is on the screen",
			Help:    "Ctrl-S, the key that stops the output of a terminal, turns hold on and off. hold off shows the events that came meanwhile. At most 512 KiB of text are kept: the oldest lines are dropped and counted, and their data does not count as shown. Peers can continue to send.",
			Example: []string{"hold", "hold off"},
		},
	}
}

// handleNames returns the names of the handles that a command was given.
func (s *Shell) handleNames(c *script.Call, live bool) ([]string, error) {
	names := []string{c.String(0)}
	if h := c.Handle(0); h != nil {
		names[0] = h.Name()
	}
	for _, v := range c.Rest() {
		names = append(names, s.machine.Text(c.Context(), script.Arg{Value: v}))
	}
	for i, n := range names {
		if _, err := s.table.Get(c.Verb.Name, n); live && err != nil {
			return nil, &script.ArgumentError{Index: i, Err: err}
		}
	}
	return names, nil
}

// hidden says how much was hidden.
func hidden(n arrivals.Count) show.Trusted {
	text := show.Sprintf("%s hidden", show.Count(n.Events, "event"))
	if n.Bytes > 0 {
		text += show.Sprintf(", with %s of data", show.Size(n.Bytes))
	}
	return text
}

func (s *Shell) runMute(c *script.Call) error {
	if !c.Has(0) {
		names, counts := s.filter.Muted()
		if len(names) == 0 {
			s.out.notify("no handle is muted")
		}
		for i, n := range names {
			s.out.print(show.Sprintf("%s: ", n) + hidden(counts[i]) + "\n")
		}
		return nil
	}
	names, err := s.handleNames(c, true)
	if err != nil {
		return err
	}
	s.filter.Mute(names...)
	return nil
}

func (s *Shell) runUnmute(c *script.Call) error {
	names, _ := s.filter.Muted()
	if c.Has(0) {
		names, _ = s.handleNames(c, false)
	}
	if len(names) == 0 {
		s.out.notify("no handle is muted")
	}
	for i, n := range names {
		count, ok := s.filter.Unmute(n)
		if !ok {
			return &script.ArgumentError{Index: i, Err: fmt.Errorf("%s is not muted", n)}
		}
		text := show.Sprintf("%s: ", n) + hidden(count)
		if count.Bytes > 0 {
			text += show.Sprintf("; show %s prints what is still in the inbox", n)
		}
		s.out.notify(text)
	}
	return nil
}

func (s *Shell) runOnly(c *script.Call) error {
	switch {
	case !c.Has(0):
		names, count := s.filter.Only()
		if names == nil {
			s.out.notify("the events of all handles are shown")
			return nil
		}
		s.out.print(show.Sprintf("only %s: ", strings.Join(names, " ")) + hidden(count) + "\n")
		return nil
	case c.String(0) == "off" && len(c.Rest()) == 0:
		s.out.notify(hidden(s.filter.SetOnly()))
		return nil
	}
	names, err := s.handleNames(c, true)
	if err != nil {
		return err
	}
	s.filter.SetOnly(names...)
	return nil
}

func (s *Shell) runGrep(c *script.Call) error {
	name := ""
	if c.Has(1) {
		name = c.Handle(1).Name()
	}
	switch pattern := c.String(0); {
	case !c.Has(0):
		list := s.filter.Patterns()
		if len(list) == 0 {
			s.out.notify("no pattern; all data is shown")
		}
		for _, p := range list {
			of := show.Trusted("all others")
			if p.Name != "" {
				of = show.Escaped(p.Name)
			}
			s.out.print(of + show.Sprintf(": %s, %s did not match\n", show.Quote([]byte(p.Text)), unmatched(p.Hidden)))
		}
	case pattern == "off":
		count, ok := s.filter.SetPattern(name, nil)
		if !ok {
			s.out.notify("there was no pattern")
			return nil
		}
		s.out.notify(show.Sprintf("%s did not match", unmatched(count)))
	default:
		re, err := regexp.Compile(pattern)
		if err != nil {
			return &script.ArgumentError{Index: 0, Err: err, Hint: "the pattern is a regular expression; in single quotes, \\ takes away the special meaning of the next character"}
		}
		s.filter.SetPattern(name, re)
	}
	return nil
}

// unmatched says how much data did not match a pattern.
func unmatched(n arrivals.Count) string {
	what := "lines or pieces"
	if n.Events == 1 {
		what = "line or piece"
	}
	return fmt.Sprintf("%d %s (%s)", n.Events, what, show.Size(n.Bytes))
}

func (s *Shell) runHold(c *script.Call) error {
	if c.String(0) == "off" {
		if !s.hold.On() {
			s.out.notify("nothing is held")
			return nil
		}
		s.hold.Stop()
		return nil
	}
	if s.con == nil {
		return errors.New("there are no events to hold (expected a prompt)")
	}
	s.startHold()
	return nil
}

// startHold keeps events back, but for the summaries of what came before.
func (s *Shell) startHold() {
	s.drained()
	s.hold.Start()
}

// toggleHold is what Ctrl-S does, on the goroutine that edits the line.
func (s *Shell) toggleHold() {
	if s.hold.On() {
		s.hold.Stop()
	} else {
		s.startHold()
	}
}

// heldNotice is a notice of the status row: "412 lines held"; "" if none are.
func (s *Shell) heldNotice() string {
	lines, dropped, on := s.hold.Held()
	if !on {
		return ""
	}
	text := show.Count(lines, "line") + " held"
	if dropped > 0 {
		text += fmt.Sprintf(", %d dropped", dropped)
	}
	return text
}

// arrivalStatus says, in a few words each, what keeps events from being shown.
func (s *Shell) arrivalStatus() (list []show.Trusted) {
	if text := s.heldNotice(); text != "" {
		list = append(list, show.Escaped(text))
	}
	if names, _ := s.filter.Muted(); len(names) > 0 {
		list = append(list, show.Sprintf("%s muted", someOf(names)))
	}
	if names, _ := s.filter.Only(); len(names) > 0 {
		list = append(list, show.Sprintf("only %s", someOf(names)))
	}
	for _, p := range s.filter.Patterns() {
		of := ""
		if p.Name != "" {
			of = " " + p.Name
		}
		list = append(list, show.Sprintf("grep %s%s", show.Truncate(p.Text, 20), of))
	}
	return list
}
