package replay

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"sosh/internal/recording"
)

// hidden replaces data that a mask matches; shown is its text in a report.
const hidden = "\x00***\x00"

// shown returns data as a difference shows it.
func shown(p []byte) string { return strings.ReplaceAll(string(p), hidden, "***") }

// A rule replaces one text by another in what comes, because the addresses of a replay are not
// those of the recording.
type rule struct{ came, recorded string }

// A cut is a part of data that a mask or a rule replaces.
type cut struct {
	from, to int
	with     string
}

// normal is data in which masks and rules were applied.
type normal struct {
	data []byte
	cuts []cut
	raw  []byte
}

// maxCuts bounds the replaced parts of one piece of data.
const maxCuts = 10_000

// both normalizes received and recorded data. The recorded data says whether masks match bytes or
// characters, since more of the received data may come.
func both(got, want []byte, masks []*regexp.Regexp, rules []rule) (g, w normal) {
	binary := len(masks) > 0 && recording.IsBinary(want)
	return normalize(got, masks, binary, rules), normalize(want, masks, binary, nil)
}

// normalize applies masks, and rules if there are any, to data.
func normalize(p []byte, masks []*regexp.Regexp, binary bool, rules []rule) normal {
	n := normal{raw: p}
	for _, re := range masks {
		for _, at := range recording.FindMasked(re, p, binary, maxCuts) {
			if at[1] > at[0] {
				n.cuts = append(n.cuts, cut{at[0], at[1], hidden})
			}
		}
	}
	for _, r := range rules {
		for at := 0; len(n.cuts) < maxCuts; {
			i := bytes.Index(p[at:], []byte(r.came))
			if i < 0 {
				break
			}
			at += i
			end := at + len(r.came)
			if !digitAt(p, at-1) && !digitAt(p, end) {
				n.cuts = append(n.cuts, cut{at, end, r.recorded})
			}
			at = end
		}
	}
	sort.SliceStable(n.cuts, func(i, j int) bool { return n.cuts[i].from < n.cuts[j].from })
	kept := n.cuts[:0]
	for _, c := range n.cuts {
		if k := len(kept); k > 0 && c.from < kept[k-1].to {
			if kept[k-1].with == hidden && c.with == hidden {
				kept[k-1].to = max(kept[k-1].to, c.to)
			}
			continue
		}
		kept = append(kept, c)
	}
	n.cuts = kept
	if len(n.cuts) == 0 {
		n.data = p
		return n
	}
	at := 0
	for _, c := range n.cuts {
		n.data = append(n.data, p[at:c.from]...)
		n.data = append(n.data, c.with...)
		at = c.to
	}
	n.data = append(n.data, p[at:]...)
	return n
}

func digitAt(p []byte, i int) bool { return i >= 0 && i < len(p) && p[i] >= '0' && p[i] <= '9' }

// back returns the position in the raw data of a position in the data; inside what was
// replaced, that of its end.
func (n normal) back(at int) int {
	shift := 0 // of positions in data against raw ones
	for _, c := range n.cuts {
		if at <= c.from+shift {
			break
		}
		if at < c.from+shift+len(c.with) {
			return c.to
		}
		shift += len(c.with) - (c.to - c.from)
	}
	return min(at-shift, len(n.raw))
}

// values returns what masks have hidden.
func (n normal) values() (list [][]byte, at []int) {
	for _, c := range n.cuts {
		if c.with == hidden {
			list, at = append(list, n.raw[c.from:c.to]), append(at, c.from)
		}
	}
	return list, at
}

// A verdict is the result of comparing received data with recorded data.
type verdict uint8

const (
	more    verdict = iota // it is the beginning of it
	same                   // it is all there
	settled                // complete, unless the match of a mask continues
	doubt                  // it differs, unless a mask matches once more has come
	other                  // it differs
)

// match compares received data with recorded data. n is the number of bytes that match.
func match(got, want []byte, masks []*regexp.Regexp, rules []rule) (v verdict, n int) {
	switch {
	case bytes.HasPrefix(got, want):
		return same, len(want)
	case bytes.HasPrefix(want, got):
		return more, 0
	case len(masks) == 0 && len(rules) == 0:
		return other, 0
	}
	g, w := both(got, want, masks, rules)
	switch {
	case bytes.HasPrefix(g.data, w.data):
		n = g.back(len(w.data))
		if n == len(got) && bytes.HasSuffix(w.data, []byte(hidden)) {
			return settled, n
		}
		return same, n
	case bytes.HasPrefix(w.data, g.data):
		return more, 0
	}
	return doubt, 0
}

// An echo is a masked value of the recording and the value received instead.
type echo struct {
	recorded, came []byte
	connection     int
	at             int // where it was in a datagram
}

// Limits of echoes.
const (
	maxEchoes   = 100
	maxEcho     = 1 << 10 // bytes of a value
	shortEcho   = 4       // a shorter one is replaced only at the same place of a datagram
	maxEchoData = 1 << 20 // bytes of data in which values are replaced
)

// learn keeps the values that came in place of recorded ones.
func (r *Replay) learn(connection int, got, want []byte, rules []rule) {
	if len(r.options.Mask) == 0 {
		return
	}
	g, w := both(got, want, r.options.Mask, rules)
	came, at := g.values()
	recorded, _ := w.values()
	if len(came) != len(recorded) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range came {
		if bytes.Equal(came[i], recorded[i]) || len(came[i]) > maxEcho || len(recorded[i]) > maxEcho || len(recorded[i]) < 2 {
			continue
		}
		r.echoes = append(r.echoes, echo{bytes.Clone(recorded[i]), bytes.Clone(came[i]), connection, at[i]})
	}
	if n := len(r.echoes); n > maxEchoes {
		r.echoes = slices.Delete(r.echoes, 0, n-maxEchoes)
	}
}

// outgoing returns the data for this side to send: with the received values, and with the
// addresses of the replay.
func (r *Replay) outgoing(c *conversation, p []byte, rules []rule) []byte {
	if len(p) > maxEchoData {
		return p
	}
	r.mu.Lock()
	echoes := slices.Clone(r.echoes)
	r.mu.Unlock()
	for i := len(echoes) - 1; i >= 0; i-- {
		e := echoes[i]
		switch {
		case len(e.recorded) >= shortEcho:
			p = bytes.ReplaceAll(p, e.recorded, e.came)
		case e.connection == c.index && c.Datagram() && len(e.recorded) == len(e.came) && len(p) >= e.at+len(e.came) &&
			bytes.Equal(p[e.at:e.at+len(e.recorded)], e.recorded):
			p = slices.Concat(p[:e.at], e.came, p[e.at+len(e.came):])
		}
	}
	var back []rule
	for _, r := range rules {
		back = append(back, rule{came: r.recorded, recorded: r.came})
	}
	return normalize(p, nil, false, back).data
}

// rulesFor returns the rules for the address of the server: that of the recording, and that of
// the replay.
func rulesFor(recorded, now string) (rules []rule) {
	if recorded == "" || now == "" || recorded == now {
		return nil
	}
	rules = append(rules, rule{came: now, recorded: recorded})
	i, j := strings.LastIndexByte(recorded, ':'), strings.LastIndexByte(now, ':')
	if i >= 0 && j >= 0 && !strings.ContainsRune(recorded+now, '/') && recorded[i:] != now[j:] {
		rules = append(rules, rule{came: "localhost" + now[j:], recorded: "localhost" + recorded[i:]})
	}
	return rules
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
