package luatest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"sosh/internal/recording"
)

// add writes a statement, and a comment after it.
func (g *generator) add(indent, text string, comments ...string) {
	g.rows += 1 + strings.Count(text, "\n")
	g.body.WriteString(indent + text)
	comments = nonEmpty(comments)
	if len(comments) > 0 {
		g.body.WriteString(" -- " + strings.Join(comments, "; "))
	}
	g.body.WriteByte('\n')
}

func nonEmpty(list []string) (kept []string) {
	for _, s := range list {
		if s = strings.TrimRight(s, " "); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// dial writes how a client connects.
func (g *generator) dial(p *party, target string) {
	if p.note != "" {
		g.add("  ", "-- "+p.note)
	}
	local := "local "
	if strings.Contains(p.h, "[") {
		local = ""
	}
	address := target
	if s := scheme(p.c); s != "" && s != "unix://" {
		address = quote(s) + " .. " + target
	}
	args := []string{address}
	if local != "" && p.h == p.c.Client.Handle {
		args = append(args, quote(p.h))
	}
	if info, ok := isTLS(p.c); ok && strings.HasSuffix(scheme(p.c), "tls://") {
		args = append(args, "{"+tlsOptions(info)+"}")
		g.add("  ", "-- "+unverified)
	}
	g.add("  ", fmt.Sprintf("%s%s = dial(%s)", local, p.h, strings.Join(args, ", ")))
	g.setEOL(p, "  ")
}

// setEOL writes the setting of what sendline adds, if there are two or more lines to send.
func (g *generator) setEOL(p *party, indent string) {
	if p.eol == "\r\n" {
		g.add(indent, fmt.Sprintf(`setopt(%s, "eol", "\r\n")`, p.h))
	}
}

const unverified = "The certificate is not verified: trust= or pin= does that."

// tlsOptions returns the options of a client.
func tlsOptions(info *recording.TLSInfo) string {
	options := "verify = false"
	if info != nil && info.Name != "" {
		options += ", servername = " + quote(info.Name)
	}
	if info != nil && info.ALPN != "" {
		options += ", alpn = " + quote(info.ALPN)
	}
	return options
}

// servers writes the servers, and returns the variables with their addresses.
func (g *generator) servers(list []*party, vars names) map[*recording.Conversation]string {
	targets := make(map[*recording.Conversation]string)
	if len(list) == 0 {
		return targets
	}
	g.add("  ", fmt.Sprintf("local finished = channel(%d)", len(list)))
	for len(list) > 0 {
		var same, rest []*party
		for _, p := range list {
			if p.c.Server.Address == list[0].c.Server.Address && scheme(p.c) == scheme(list[0].c) {
				same = append(same, p)
			} else {
				rest = append(rest, p)
			}
		}
		name := g.server(same, vars)
		for _, p := range same {
			targets[p.c] = name
		}
		list = rest
	}
	return targets
}

// server writes one server, for the clients of list, and returns the variable that has its
// address.
func (g *generator) server(list []*party, vars names) string {
	c := list[0].c
	handle := vars.unique(c.Server.Parent)
	if c.Server.Parent == "" {
		handle = vars.unique("srv")
	}
	address := vars.unique(handle + "_address")
	where := g.target(c)
	if s := scheme(c); s != "" && s != "unix://" {
		where = quote(s) + " .. " + where
	}
	if len(list) == 1 {
		g.add("  ", fmt.Sprintf("local %s = serve(%s, function(client)", handle, where))
		g.serveOne(list[0], "    ")
		g.add("    ", "finished:send(true)")
	} else {
		count, parts := vars.unique(handle+"_count"), vars.unique(handle+"_clients")
		g.add("  ", fmt.Sprintf("local %s, %s = 0, {}", count, parts), "what it answers each client")
		for i, p := range list {
			g.add("  ", fmt.Sprintf("%s[%d] = function(client)", parts, i+1))
			g.serveOne(p, "    ")
			g.add("  ", "end")
		}
		g.add("  ", fmt.Sprintf("local %s = serve(%s, function(client)", handle, where))
		g.add("    ", fmt.Sprintf("%s = %s + 1", count, count))
		g.add("    ", fmt.Sprintf("%s[%s](client)", parts, count))
		g.add("    ", "finished:send(true)")
	}
	g.add("  ", "end)")
	if slices.ContainsFunc(list, func(p *party) bool { return !g.behind[p.c] }) {
		g.add("  ", fmt.Sprintf("local %s = getsockname(%s)", address, handle))
	}
	for _, p := range list {
		if !p.c.Client.Ours() && !g.behind[p.c] {
			g.add("  ", fmt.Sprintf(`exec("sh", "-c", command, {env = {ADDRESS = %s}})`, address))
			break
		}
	}
	return address
}

// serveOne writes what a server does with one client.
func (g *generator) serveOne(p *party, indent string) {
	if p.note != "" {
		g.add(indent, "-- "+p.note)
	}
	addresses(p.steps, p.c.Server.Address, "(getsockname(client))")
	g.setEOL(p, indent)
	for i, s := range p.steps {
		g.step(p, s, indent, i == len(p.steps)-1)
	}
}

// step writes one step of a party. last: the test, or the server's function, ends after it.
func (g *generator) step(p *party, s *step, indent string, last bool) {
	h := p.h
	switch s.kind {
	case stepSend:
		// A blank line stands between exchanges that have several lines.
		before, at := g.rows, g.body.Len()
		g.send(p, s, indent)
		if g.checked > 2 || g.checked > 0 && g.rows-before > 1 {
			text := bytes.Clone(g.body.Bytes()[at:])
			g.body.Truncate(at)
			g.body.WriteByte('\n')
			g.body.Write(text)
		}
		g.checked = 0
	case stepRead:
		before := g.rows
		g.read(p, s, indent)
		g.checked = g.rows - before
	case stepShutdown:
		g.add(indent, "shutdown("+h+")")
	case stepEnd:
		if !p.ended {
			g.add(indent, "t:closed("+h+")")
		}
	case stepAbort:
		g.add(indent, "abort("+h+")")
	case stepClose:
		if !last || g.serves && p.client {
			g.add(indent, "close("+h+")")
		}
	case stepGap:
		g.add(indent, fmt.Sprintf("-- The capture lacks %s bytes of %s here; the rest is left out.", s.data, h))
	case stepTLS:
		if p.client {
			g.add(indent, "-- "+unverified)
			g.add(indent, fmt.Sprintf("starttls(%s, {%s})", h, tlsOptions(s.tls)))
		} else {
			g.add(indent, "starttls("+h+", {server = true})")
		}
	}
}

// send writes the sending of data.
func (g *generator) send(p *party, s *step, indent string) {
	if p.c.Datagram() || !isText(s.data) || !s.whole() {
		g.sendPart(p, s, 0, len(s.data), indent)
		return
	}
	at := 0
	for _, n := range s.pieces {
		g.sendPart(p, s, at, at+n, indent)
		at += n
	}
}

// sendPart writes the sending of a part of data: sendline for a line.
func (g *generator) sendPart(p *party, s *step, from, to int, indent string) {
	data := s.data[from:to]
	if line, ok := bytes.CutSuffix(data, []byte(p.eol)); ok && isLine(data) && !p.c.Datagram() && !bytes.HasSuffix(line, []byte("\r")) {
		g.add(indent, fmt.Sprintf("sendline(%s, %s)", p.h, s.value(from, to-len(p.eol)).line()))
		return
	}
	expr, note := g.expr(s.value(from, to), "request", indent)
	g.add(indent, fmt.Sprintf("send(%s, %s)", p.h, expr), note)
}
