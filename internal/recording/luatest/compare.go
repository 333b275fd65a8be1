package luatest

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"sosh/internal/recording"
)

// align gives steps the data that others have in their place. It returns false if another
// one has other steps.
func align(steps []*step, others [][]*step) bool {
	for _, o := range others {
		if len(o) != len(steps) {
			return false
		}
		for i, s := range steps {
			if s.kind != o[i].kind {
				return false
			}
		}
	}
	for i, s := range steps {
		for _, o := range others {
			s.others = append(s.others, o[i].data)
		}
	}
	return true
}

// A finder finds what differs from run to run in the data of one conversation, in order.
type finder struct {
	options Options
	fixed   bool // both ends are the test's: nothing is made anew
	start   time.Time
	port    string // of the client
	sent    [][]byte
	size    int             // of sent
	differ  map[string]bool // values that the end sent, which differ between the recordings
	found   []*span         // in what was received, and not sent yet
	names   names
	kept    *int // how many variables the test has for them
}

// maxFound is how many values are looked for in what is sent.
const maxFound = 100

// mark sets the spans and the variables of steps.
func (f *finder) mark(steps []*step) {
	f.differ = make(map[string]bool)
	for _, s := range steps {
		switch {
		case s.kind == stepRead:
			s.spans = f.received(s)
			for i := range s.spans {
				if len(f.found) < maxFound && s.spans[i].why != "masked" {
					f.found = append(f.found, &s.spans[i])
				}
			}
		case s.kind == stepSend:
			f.send(s)
		}
	}
}

// text returns the data if it is text, and else the lines at its beginning, such as the head of an
// HTTP response.
func (s *step) text() []byte {
	if len(s.data) <= maxWhole && isText(s.data) {
		return s.data
	}
	lines := s.lines()
	if len(lines) == 0 {
		return nil
	}
	return s.data[:lines[len(lines)-1]]
}

// received returns the spans of received data.
func (f *finder) received(s *step) []span {
	list := masked(s.data, f.options.Mask)
	if len(s.others) > 0 {
		more, ok := differences(s.data, s.others)
		s.loose = !ok
		for _, sp := range more {
			if !f.differ[strings.Join(sp.values, "\x00")] {
				list = addSpan(list, sp)
			}
		}
	}
	if f.fixed {
		return list
	}
	for _, sp := range guess(s.text(), f.start, f.port, f.known) {
		if sp.why == "an id" && len(s.others) > 0 {
			continue // it is the same in all recordings
		}
		for range s.others {
			sp.values = append(sp.values, sp.values[0])
		}
		list = addSpan(list, sp)
	}
	return list
}

// known reports whether a word was sent before.
func (f *finder) known(word string) bool {
	return slices.ContainsFunc(f.sent, func(p []byte) bool { return bytes.Contains(p, []byte(word)) })
}

// maxSearched bounds the data in which values are looked for.
const maxSearched = 64 << 10

// send finds in sent data what was received before, and remembers what differs.
func (f *finder) send(s *step) {
	if len(s.data) > maxSearched {
		return
	}
	var differs []span
	if len(s.others) > 0 {
		differs, _ = differences(s.data, s.others)
	}
	for _, sp := range f.found {
		first := sp.values[0]
		if len(first) < 4 {
			continue
		}
		for at := 0; ; {
			i := bytes.Index(s.data[at:], []byte(first))
			if i < 0 {
				break
			}
			at += i
			r := ref{from: at, to: at + len(first)}
			at = r.to
			if !isWord(s.data, r.from, r.to) || !f.echoed(s, sp) {
				continue
			}
			if sp.variable == "" {
				if *f.kept++; *f.kept > maxVars {
					return
				}
				sp.variable = f.names.unique("value")
			}
			r.expr = sp.variable
			s.addRef(r)
		}
	}
	for _, d := range differs {
		f.differ[strings.Join(d.values, "\x00")] = true
	}
	if f.size += len(s.data); f.size <= 4*maxSearched {
		f.sent = append(f.sent, s.data)
	}
}

// echoed reports whether in all recordings the data that was sent has the value that was
// received.
func (f *finder) echoed(s *step, sp *span) bool {
	if len(sp.values) != len(s.others)+1 {
		return false
	}
	for i, o := range s.others {
		if !bytes.Contains(o, []byte(sp.values[i+1])) {
			return false
		}
	}
	return true
}

// isWord reports whether a part of p has no letter or digit beside it.
func isWord(p []byte, from, to int) bool {
	return (from == 0 || class(p[from-1]) == 0) && (to == len(p) || class(p[to]) == 0)
}

// addresses replaces an address in the data of steps by the variable that has it.
func addresses(steps []*step, address, expr string) {
	if len(address) < 4 {
		return
	}
	for _, s := range steps {
		if s.kind != stepSend && s.kind != stepRead || len(s.data) > maxSearched || !isText(s.data) {
			continue
		}
		for at := 0; ; {
			i := bytes.Index(s.data[at:], []byte(address))
			if i < 0 {
				break
			}
			r := ref{from: at + i, to: at + i + len(address), expr: expr}
			at = r.to
			if isWord(s.data, r.from, r.to) {
				s.addRef(r)
			}
		}
	}
}

// groups returns conversations in groups, one for each test. Servers whose clients are programs
// have tests of their own, unless a client of the recording may be what made these connect.
func (g *generator) groups(list []*recording.Conversation) [][]*recording.Conversation {
	list = slices.Clone(list)
	list = slices.DeleteFunc(list, func(c *recording.Conversation) bool { return len(c.Events) == 0 })
	slices.SortStableFunc(list, func(a, b *recording.Conversation) int { return a.Events[0].ID - b.Events[0].ID })
	var own, apart []*recording.Conversation
	end := -1 // of the clients so far
	for _, c := range list {
		last := c.Events[len(c.Events)-1].ID
		switch {
		case c.Client.Ours() && !c.Server.Ours():
			end = max(end, last)
		case !c.Client.Ours() && c.Server.Ours() && c.Events[0].ID > end:
			apart = append(apart, c)
			continue
		case !c.Client.Ours() && c.Server.Ours():
			g.behind[c] = true
		}
		own = append(own, c)
	}
	groups := append(byTest(own), byTest(apart)...)
	slices.SortStableFunc(groups, func(a, b []*recording.Conversation) int { return a[0].Events[0].ID - b[0].Events[0].ID })
	return groups
}

// byTest returns conversations, which are in order, in groups: those that overlapped in time, and
// all those of a server whose clients are no handles, since one run of a client may make them.
func byTest(list []*recording.Conversation) (groups [][]*recording.Conversation) {
	end := -1
	var last *recording.Conversation
	for _, c := range list {
		again := last != nil && !c.Client.Ours() && !last.Client.Ours() && c.Server.Ours() && c.Server.Parent == last.Server.Parent &&
			c.Server.Address == last.Server.Address
		if n := len(groups); n > 0 && (c.Events[0].ID < end || again) {
			groups[n-1] = append(groups[n-1], c)
		} else {
			groups = append(groups, []*recording.Conversation{c})
		}
		end, last = max(end, c.Events[len(c.Events)-1].ID), c
	}
	return groups
}
