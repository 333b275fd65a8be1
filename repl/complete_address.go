package repl

import (
	"bufio"
	"io"
	"os"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
	"sosh/sockets"
)

// completeAddress completes an address: with KIND:// where the verb takes it, a path, or a
// host and then a port. What is known comes first: this shell's own sockets, the peers
// that it has, and the addresses of the history.
func (s *Shell) completeAddress(v *script.Verb, part string) []console.Candidate {
	scheme, rest, has := strings.Cut(part, "://")
	if !has {
		scheme, rest = "", part
	}
	prefix := part[:len(part)-len(rest)]
	if strings.HasPrefix(scheme, "unix") || strings.HasPrefix(scheme, "vsock") || !has && isPath(part) {
		quote := func(path string) string { return quoteWord(prefix + path) }
		found := files(rest, quote)
		for i := range found {
			found[i].Name = prefix + found[i].Name
		}
		return found
	}
	schemes := !v.Method() // connect and sendto have a handle, which has a kind
	var found []console.Candidate
	seen := make(map[string]bool)
	add := func(name, end, note string) {
		if seen[name] {
			return
		}
		seen[name] = true
		text := name
		if schemes || !isBare("h"+name) { // behind a handle, :http can't be Lua
			text = quoteWord(name)
		}
		found = append(found, console.Candidate{Text: text + end, Name: name, Note: note})
	}
	known := s.knownAddresses()
	for _, a := range known {
		switch kind, bare, ok := strings.Cut(a.Name, "://"); {
		case ok && has && kind == scheme, !ok && !has:
			add(a.Name, " ", a.Note)
		case ok && !has && schemes:
			add(a.Name, " ", a.Note)
		case ok && !schemes:
			add(bare, " ", a.Note)
		case !ok && has:
			add(prefix+a.Name, " ", a.Note)
		}
	}
	if host, ok := hostOf(rest); ok {
		udp := strings.HasPrefix(scheme, "udp") || scheme == "dtls"
		for _, p := range servicePorts(udp) {
			add(prefix+host+":"+p.Name, " ", p.Note)
		}
		return matching(part, len(prefix)+len(host)+1, found)
	}
	for _, h := range knownHosts(known) {
		add(prefix+h.Name+":", "", h.Note)
	}
	if schemes && !has {
		names, docs := sockets.Kinds()
		for i, n := range names {
			add(n+"://", "", docs[i])
		}
	}
	return matching(part, len(prefix), found)
}

func isPath(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") || strings.HasPrefix(s, "~/")
}

// hostOf returns the host of HOST:PORT, if its colon is there: [::1 has none.
func hostOf(s string) (host string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasPrefix(s, "[") && !strings.Contains(s[:i], "]") || strings.Count(s, ":") > 1 && s[0] != '[' {
		return "", false
	}
	return s[:i], true
}

// knownAddresses are the addresses that this shell has to do with, the nearest first.
func (s *Shell) knownAddresses() []console.Candidate {
	var own, peers []console.Candidate
	for _, h := range s.table.Handles() {
		if a := h.LocalAddr(); !a.IsZero() && (h.Listening() || h.Kind().Datagram()) {
			own = append(own, console.Candidate{Name: a.String(), Note: show.Name(h.Name()) + ", " + h.State()})
		}
		if a := h.PeerAddr(); !a.IsZero() && h.Parent() == "" {
			peers = append(peers, console.Candidate{Name: a.String(), Note: "peer of " + show.Name(h.Name())})
		}
	}
	return slices.Concat(own, peers, s.recentAddresses())
}

// maxRecent is how many lines of the history are searched for addresses.
const maxRecent = 200

// recentAddresses are the addresses in the latest lines of the history, the newest first.
func (s *Shell) recentAddresses() []console.Candidate {
	lines := s.history()
	var found []console.Candidate
	for _, line := range slices.Backward(lines[max(0, len(lines)-maxRecent):]) {
		for at := 0; ; {
			st, next, faults, _ := typedStatement(line, at, s.isCommand, s.takesRest)
			if st.empty() {
				break
			}
			at = next
			v := s.machine.Verb(st.Name)
			if v == nil || v.Raw || len(faults) > 0 {
				continue
			}
			for i, r := range rolesOf(v, st.Words) {
				if r.param == nil || r.param.Type != script.AddressType || r.option {
					continue
				}
				if text, ok := st.Words[i].text(); ok && text != "" && !strings.HasSuffix(text, ":0") {
					found = append(found, console.Candidate{Name: text, Note: "recent"})
				}
			}
		}
	}
	return found
}

// knownHosts are the hosts of addresses, and those of /etc/hosts.
func knownHosts(addresses []console.Candidate) []console.Candidate {
	var found []console.Candidate
	for _, a := range addresses {
		_, bare, ok := strings.Cut(a.Name, "://")
		if !ok {
			bare = a.Name
		}
		if host, ok := hostOf(bare); ok && host != "" {
			found = append(found, console.Candidate{Name: host, Note: a.Note})
		}
	}
	for fields := range tableRows("/etc/hosts") {
		for _, name := range fields[1:] {
			found = append(found, console.Candidate{Name: name, Note: fields[0]})
		}
	}
	return found
}

// commonPorts are the services that Go's resolver knows without /etc/services.
var commonPorts = []string{"http", "https", "domain", "ftp", "ftps", "imap2", "imap3", "imaps", "pop3", "pop3s", "smtp", "submission", "ssh", "telnet"}

// servicePorts are the names of ports, with their numbers.
func servicePorts(udp bool) []console.Candidate {
	network := "/tcp"
	if udp {
		network = "/udp"
	}
	var found []console.Candidate
	for fields := range tableRows("/etc/services") {
		if strings.HasSuffix(fields[1], network) {
			found = append(found, console.Candidate{Name: fields[0], Note: fields[1]})
		}
	}
	if len(found) == 0 && !udp {
		for _, name := range commonPorts {
			found = append(found, console.Candidate{Name: name})
		}
	}
	return found
}

// tableRows yields the fields of the rows that have at least two, of a file such as
// /etc/hosts: a "#" begins a comment. Only the first 64 KiB are read.
func tableRows(path string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		f, err := os.Open(path)
		if err != nil {
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(io.LimitReader(f, 64<<10))
		for lines.Scan() {
			text, _, _ := strings.Cut(lines.Text(), "#")
			if fields := strings.Fields(text); len(fields) > 1 && !yield(fields) {
				return
			}
		}
	}
}
