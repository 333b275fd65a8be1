package repl

import (
	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
	"sosh/sockets"
	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// completeParam completes a value of a parameter or an option; args are the arguments
// before it.
func (s *Shell) completeParam(v *script.Verb, p *script.Param, part string, args []string) []console.Candidate {
	switch p.Type {
	case script.FileType:
		return files(part, quoteWord)
	case script.AddressType:
		return s.completeAddress(v, part)
	case script.HandleType:
		return s.noteHandles(matching(part, 0, s.values(v, p, args)))
	}
	return matching(part, 0, s.values(v, p, args))
}

// values are all values of a parameter that can be listed.
func (s *Shell) values(v *script.Verb, p *script.Param, args []string) []console.Candidate {
	switch p.Type {
	case script.HandleType:
		return s.handlesFor(p.HandleFilter)
	case script.KindType:
		names, docs := sockets.Kinds()
		found := candidatesOf(names, " ")
		for i := range found {
			found[i].Note = docs[i]
		}
		return found
	case script.ChoiceType:
		return candidatesOf(p.Values, " ")
	case script.BoolType:
		return candidatesOf([]string{"true", "false"}, " ")
	case script.EventType:
		return candidatesOf(sockets.EventTypes(), " ")
	case script.OptionType:
		return s.socketOptions(args)
	case script.AnyType:
		if len(args) >= 2 && v.Params[1].Type == script.OptionType {
			if o, err := sockopt.Lookup(args[1]); err == nil {
				return candidatesOf(o.Values(), " ")
			}
		}
	case script.StringType:
		return s.strings(v, p, args)
	case script.IntType:
		if v.Name == "kill" {
			return s.jobs.candidates()
		}
	}
	return nil
}

// noteHandles adds what the handles are to candidates that are names of handles.
func (s *Shell) noteHandles(found []console.Candidate) []console.Candidate {
	for i := range found[:min(len(found), maxNotes)] {
		if h, err := s.table.Get("", found[i].Name); err == nil {
			found[i].Note = handleNote(h)
		}
	}
	return found
}

// handleNote says what a handle is: its kind, its state, and the address of its peer or
// its own.
func handleNote(h *sockets.Handle) string {
	note := string(h.Kind()) + " " + h.State()
	if a := h.PeerAddr(); !a.IsZero() {
		return note + " " + show.Name(a.String())
	}
	if a := h.LocalAddr(); !a.IsZero() {
		return note + " at " + show.Name(a.String())
	}
	return note
}

// socketOptions are the socket options that the handle has which is the first argument.
func (s *Shell) socketOptions(args []string) []console.Candidate {
	network, family := "", 0
	if len(args) > 0 {
		if h, err := s.table.Get("", args[0]); err == nil {
			network, family = h.Network(), h.Family()
		}
	}
	var found []console.Candidate
	for _, o := range sockopt.All() {
		if network == "" || o.AppliesTo(network, family) || family == unix.AF_INET && o.AppliesTo(network, unix.AF_INET6) {
			found = append(found, console.Candidate{Text: o.Name + " ", Name: o.Name, Note: o.Doc})
		}
	}
	return append(found, candidatesOf([]string{"inbox", "eol"}, " ")...)
}

// handlesFor are the handles that fit.
func (s *Shell) handlesFor(f script.HandleFilter) (found []console.Candidate) {
	for _, h := range s.table.Handles() {
		if f.Fits(h) {
			found = append(found, console.Candidate{Text: quoteWord(h.Name()) + " ", Name: h.Name()})
		}
	}
	return found
}

// strings are the names that help, set and unalias take.
func (s *Shell) strings(v *script.Verb, p *script.Param, args []string) []console.Candidate {
	if v.Option(p.Name) == p {
		return nil
	}
	var found []console.Candidate
	switch {
	case v.Name == "help":
		found = candidatesOf(HelpTopics(), " ")
		for i := range found {
			if v := s.machine.Verb(found[i].Name); v != nil {
				found[i].Note = v.Summary
			}
		}
	case v.Name == "unalias":
		for _, name := range s.settings.aliasNames() {
			found = append(found, console.Candidate{Text: name + " ", Name: name, Note: s.settings.alias(name)})
		}
	case v.Name == "unmute":
		names, _ := s.filter.Muted()
		found = candidatesOf(names, " ")
	case v.Name == "grep" && len(args) == 0:
		found = candidatesOf([]string{"off"}, " ")
	case v.Name == "only":
		if found = s.handlesFor(script.AnyHandle); len(args) == 0 {
			found = append(found, candidatesOf([]string{"off"}, " ")...)
		}
	case v.Name == "set" && len(args) == 0:
		for _, st := range s.settingsList() {
			found = append(found, console.Candidate{Text: st.name + " ", Name: st.name, Note: st.doc})
		}
	case v.Name == "set":
		for _, st := range s.settingsList() {
			if st.name == args[0] {
				found = candidatesOf(st.values, " ")
			}
		}
	}
	return found
}
