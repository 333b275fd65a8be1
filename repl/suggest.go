package repl

import (
	"slices"
	"strings"

	"sosh/repl/history"
	"sosh/script"
)

// The limits of a search for a suggestion, which is made at each key.
const (
	maxSearched = 10000 // entries of the history
	maxRanked   = 500   // of those that begin with the line
)

// A suggestion is what was found for the last line; the next one is mostly longer by one
// character. It is for the editing goroutine.
type suggestion struct {
	line    string
	newest  string   // the newest entry
	entries int      // of the history
	found   []string // the entries that begin with line, the newest first
}

// suggest returns what may follow the end of a line: the rest of the newest line of the
// history that begins with it. Lines that were entered in this directory, and those to the
// peer that this one goes to, come before others; those with a password are left out. It is
// called on the editing goroutine; it sends nothing.
func (s *Shell) suggest(line string) string { return s.suggestFrom(line, s.history()) }

func (s *Shell) suggestFrom(line string, entries []string) string {
	if strings.TrimSpace(line) == "" {
		return ""
	}
	found := s.suggestion.search(line, entries)
	if len(found) == 0 {
		return ""
	}
	here := s.placeOf(line)
	best, rank := "", -1
	for _, entry := range found[:min(len(found), maxRanked)] {
		r := s.places.rank(entry, here)
		if r > rank && !secret(entry) {
			best, rank = entry[len(line):], r
		}
		if rank == topRank {
			break
		}
	}
	return best
}

// search returns the entries that are longer than line and begin with it, the newest first.
func (g *suggestion) search(line string, entries []string) []string {
	from, newest := slices.Backward(entries[max(0, len(entries)-maxSearched):]), ""
	if n := len(entries); n > 0 {
		newest = entries[n-1]
	}
	if g.line != "" && strings.HasPrefix(line, g.line) && g.entries == len(entries) && g.newest == newest {
		from = slices.All(g.found)
	}
	var found []string
	for _, entry := range from {
		if len(entry) > len(line) && strings.HasPrefix(entry, line) {
			found = append(found, entry)
		}
	}
	*g = suggestion{line, newest, len(entries), found}
	return found
}

// secret reports whether a line has a password in it, or had one before it was masked.
func secret(line string) bool {
	return strings.Contains(line, history.Masked) || history.Mask(line, func(string) bool { return false }) != line
}

// history returns the lines that were entered, the oldest first.
func (s *Shell) history() []string {
	if s.con == nil {
		return nil
	}
	return s.con.History()
}

// placeOf returns the place of a line that is typed now: this directory, and the peer that
// the line goes to. That is the address in it, or the peer of a handle in it; without one,
// of the latest handle that has a peer.
func (s *Shell) placeOf(line string) place {
	here := place{dir: s.directory}
	for at := 0; ; {
		st, next, _, _ := typedStatement(line, at, s.isCommand, s.takesRest)
		if st.empty() {
			break
		}
		at = next
		if here.target = s.targetOf(st); here.target != "" {
			return here
		}
	}
	for _, h := range slices.Backward(s.table.Handles()) {
		if a := h.PeerAddr(); !a.IsZero() && h.Parent() == "" {
			here.target = a.String()
			break
		}
	}
	return here
}

// targetOf returns the address that a statement names, or the peer of its first handle; ""
// if it has none.
func (s *Shell) targetOf(st statement) string {
	v := s.machine.Verb(st.Name)
	if v == nil || v.Raw {
		return ""
	}
	for i, r := range rolesOf(v, st.Words) {
		text, ok := st.Words[i].text()
		if r.param == nil || r.option || !ok {
			continue
		}
		switch r.param.Type {
		case script.AddressType:
			return text
		case script.HandleType:
			if h, err := s.table.Get("", text); err == nil && !h.PeerAddr().IsZero() {
				return h.PeerAddr().String()
			}
		}
	}
	return ""
}

// remember notes where a line was entered, before it runs. What the history does not keep,
// and what has a password in it, is not noted.
func (s *Shell) remember(line string) {
	if lines := s.history(); len(lines) > 0 && lines[len(lines)-1] == line && !secret(line) {
		s.places.add(line, s.placeOf(line))
	}
}
