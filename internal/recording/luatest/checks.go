package luatest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// read writes the receiving of data, and checks of it.
func (g *generator) read(p *party, s *step, indent string) {
	switch {
	case p.c.Datagram():
		g.readDatagram(p, s, indent)
		return
	case s.loose:
		g.readLoosely(p, s, indent)
		return
	}
	at := 0
	for _, end := range s.lines() {
		g.check(fmt.Sprintf("recvline(%s)", p.h), p, s, at, lineStop(s.data, end), indent, "line")
		at = end
	}
	if at == len(s.data) {
		return
	}
	if !isText(s.data[at:]) && len(s.spansIn(at, len(s.data))) > 0 {
		g.readParts(p, s, at, indent)
		return
	}
	// Where lines of a long text differ, they are read one by one.
	for _, sp := range s.spansIn(at, len(s.data)) {
		if sp.from < at {
			continue
		}
		start := at + bytes.LastIndexByte(s.data[at:sp.from], '\n') + 1
		i := bytes.IndexByte(s.data[sp.to:], '\n')
		if i < 0 {
			break
		}
		end := sp.to + i + 1
		if start > at {
			g.check(fmt.Sprintf("recvexact(%s, %d)", p.h, start-at), p, s, at, start, indent, "answer")
		}
		g.check(fmt.Sprintf("recvline(%s)", p.h), p, s, start, lineStop(s.data, end), indent, "line")
		at = end
	}
	spans := s.spansIn(at, len(s.data))
	switch {
	case at == len(s.data):
	case s.ended:
		p.ended = true
		g.check(fmt.Sprintf("recvall(%s)", p.h), p, s, at, len(s.data), indent, "answer")
	case slices.ContainsFunc(spans, (*span).varies):
		g.add(indent, fmt.Sprintf("expect(%s, %s)", p.h, quote("^"+s.pattern(at, len(s.data)))), s.why(at, len(s.data)))
	default:
		g.check(fmt.Sprintf("recvexact(%s, %s)", p.h, size(s, at)), p, s, at, len(s.data), indent, "answer")
	}
}

// size returns the number of bytes from a position on, as an expression.
func size(s *step, at int) string {
	for _, r := range s.refs {
		if r.from >= at {
			rest := len(s.data) - at
			text := ""
			for _, r := range s.refs {
				if r.from >= at {
					rest -= r.to - r.from
					text += " + #" + r.expr
				}
			}
			return fmt.Sprint(rest) + text
		}
	}
	return fmt.Sprint(len(s.data) - at)
}

// varies reports whether the length of the span's value can vary.
func (s *span) varies() bool {
	for _, v := range s.values {
		if len(v) != len(s.values[0]) {
			return true
		}
	}
	return strings.HasSuffix(s.pattern, "*")
}

// lines returns the ends of the lines at the beginning of the data that are to be read one
// by one.
func (s *step) lines() (ends []int) {
	at, head := 0, 0
	for line := range bytes.Lines(s.data) {
		if !isLine(line) {
			break
		}
		at += len(line)
		ends = append(ends, at)
		if len(bytes.TrimRight(line, "\r\n")) == 0 && head == 0 {
			head = len(ends)
		}
	}
	switch {
	case len(ends) <= maxLines:
		return ends
	case head > 1 && head <= maxLines:
		return ends[:head] // as in HTTP: the head
	}
	return nil
}

// lineStop returns where the line ends that recvline returns.
func lineStop(p []byte, end int) int {
	if end--; end > 0 && p[end-1] == '\r' {
		end--
	}
	return end
}

// spansIn returns the spans in a part of the data.
func (s *step) spansIn(from, to int) (list []*span) {
	i, _ := slices.BinarySearchFunc(s.spans, from, func(sp span, at int) int { return sp.from - at })
	for ; i < len(s.spans) && s.spans[i].to <= to; i++ {
		list = append(list, &s.spans[i])
	}
	return list
}

// pattern returns the pattern of a part of the data.
func (s *step) pattern(from, to int) string {
	var b strings.Builder
	for _, sp := range s.spansIn(from, to) {
		b.WriteString(escape(string(s.data[from:sp.from])))
		if sp.variable != "" {
			b.WriteString("(" + sp.pattern + ")")
		} else {
			b.WriteString(sp.pattern)
		}
		from = sp.to
	}
	return b.String() + escape(string(s.data[from:to]))
}

// why says what differs in a part of the data.
func (s *step) why(from, to int) string {
	var list []string
	for _, sp := range s.spansIn(from, to) {
		text := sp.why
		if values := sp.distinct(); len(values) > 1 {
			text = "differs"
			if sp.why != "differs" {
				text = sp.why
			}
			text += ": " + strings.Join(values, ", ")
		} else if len(values) == 1 && sp.why != "a date" {
			text += ": " + values[0]
		}
		if len(list) < 3 && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}

// distinct returns the first values of the span, for a comment.
func (s *span) distinct() (list []string) {
	for _, v := range s.values {
		text := comment([]byte(v))
		if !isText([]byte(v)) {
			text = hexRow([]byte(v)[:min(len(v), perRow)])
		}
		if !slices.Contains(list, text) && len(list) < 3 {
			list = append(list, text)
		}
	}
	return list
}

// maxPattern is the length of data up to which it is compared with a pattern.
const maxPattern = 16 << 10

// check writes a check that call returns a part of the data.
func (g *generator) check(call string, p *party, s *step, from, to int, indent, name string) {
	spans := s.spansIn(from, to)
	if len(spans) == 0 || to-from > maxPattern {
		if to-from > maxWhole {
			g.add(indent, fmt.Sprintf("t:eq(hex.encode(hash.sha256(%s)), \"%x\")", call, sha256.Sum256(s.data[from:to])),
				fmt.Sprintf("%d bytes", to-from))
			return
		}
		expr, note := g.expr(s.value(from, to), name, indent)
		g.add(indent, fmt.Sprintf("t:eq(%s, %s)", call, expr), note)
		return
	}
	var vars []string
	for _, sp := range spans {
		if sp.variable != "" {
			vars = append(vars, sp.variable)
		}
	}
	keep := ""
	if len(vars) > 0 {
		keep = "local " + strings.Join(vars, ", ") + " = "
	}
	g.add(indent, fmt.Sprintf("%st:match(%s, %s)", keep, call, quote("^"+s.pattern(from, to)+"$")), s.why(from, to))
}

// readLoosely reads data whose lines or length differ between recordings.
func (g *generator) readLoosely(p *party, s *step, indent string) {
	sizes := []string{fmt.Sprint(len(s.data))}
	for _, o := range s.others {
		sizes = append(sizes, fmt.Sprint(len(o)))
	}
	note := "not compared: its length differs, " + strings.Join(sizes[:min(len(sizes), 5)], " and ") + " bytes"
	end := s.data
	for _, o := range s.others {
		for !bytes.HasSuffix(o, end) {
			end = end[1:]
		}
	}
	switch {
	case s.ended:
		p.ended = true
		g.add(indent, fmt.Sprintf("recvall(%s)", p.h), note)
	case len(end) > 0:
		end = end[max(0, len(end)-20):]
		g.add(indent, fmt.Sprintf("recvuntil(%s, %s)", p.h, quote(string(end))), note)
	default:
		g.add(indent, fmt.Sprintf("recv(%s)", p.h), note)
	}
}

// readParts reads binary data in which some bytes differ.
func (g *generator) readParts(p *party, s *step, at int, indent string) {
	for _, sp := range s.spansIn(at, len(s.data)) {
		if sp.from > at {
			g.check(fmt.Sprintf("recvexact(%s, %d)", p.h, sp.from-at), p, s, at, sp.from, indent, "answer")
		}
		keep := ""
		if sp.variable != "" {
			keep = "local " + sp.variable + " = "
		}
		g.add(indent, fmt.Sprintf("%srecvexact(%s, %d)", keep, p.h, sp.to-sp.from), s.why(sp.from, sp.to))
		at = sp.to
	}
	if at < len(s.data) {
		g.check(fmt.Sprintf("recvexact(%s, %d)", p.h, len(s.data)-at), p, s, at, len(s.data), indent, "answer")
	}
}

// readDatagram reads one datagram.
func (g *generator) readDatagram(p *party, s *step, indent string) {
	switch {
	case s.loose:
		g.add(indent, fmt.Sprintf("recv(%s)", p.h), "not compared: its length differs")
		return
	case len(s.spans) == 0 || isText(s.data):
		g.check(fmt.Sprintf("recv(%s)", p.h), p, s, 0, len(s.data), indent, "answer")
		return
	}
	local, answer := "", p.answer
	if answer == "" {
		local, answer = "local ", p.vars.unique("answer")
		p.answer = answer
	}
	g.add(indent, fmt.Sprintf("%s%s = recv(%s)", local, answer, p.h))
	at := 0
	for _, sp := range s.spans {
		if sp.from > at {
			g.check(fmt.Sprintf("%s:sub(%d, %d)", answer, at+1, sp.from), p, s, at, sp.from, indent, "answer")
		}
		if sp.variable != "" {
			g.add(indent, fmt.Sprintf("local %s = %s:sub(%d, %d)", sp.variable, answer, sp.from+1, sp.to), s.why(sp.from, sp.to))
		} else {
			g.add(indent, fmt.Sprintf("-- bytes %d to %d: %s", sp.from+1, sp.to, s.why(sp.from, sp.to)))
		}
		at = sp.to
	}
	if at < len(s.data) {
		g.check(fmt.Sprintf("%s:sub(%d)", answer, at+1), p, s, at, len(s.data), indent, "answer")
	}
}
