package luatest

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"sosh/internal/recording"
)

// A generator writes the test of one recording.
type generator struct {
	header    recording.Header
	options   Options
	more      [][]*recording.Conversation
	body      bytes.Buffer
	tail      strings.Builder // the long data
	longs     map[string]string
	longNames names
	rows      int // of statements
	checked   int // rows of the last step, if it was a read
	targets   map[string]string
	top       strings.Builder // the addresses
	topNames  names
	serves    bool // the present test has servers, which may wait for the end of a client
	serving   bool // a test waits for a client that the recording does not have
	titles    map[string]int
	// behind has the conversations of servers whose clients are no handles, but that came while
	// a client of the recording was connected: the program under test stands between the two.
	behind map[*recording.Conversation]bool
}

// Limits of a file.
const (
	maxRows    = 20_000 // statements
	maxTests   = 1000
	maxHandles = 40 // of a test, in variables of their own
	maxVars    = 50 // of a test, for what is sent later
)

// generate returns the text of a test.
func generate(h recording.Header, events []recording.Event, o Options, lost int) string {
	for i := range events {
		events[i].ID = i + 1
	}
	g := &generator{header: h, options: o, longs: make(map[string]string), longNames: make(names),
		targets: make(map[string]string), topNames: make(names), titles: make(map[string]int),
		behind: make(map[*recording.Conversation]bool)}
	for _, more := range o.More {
		more = slices.Clone(more)
		for i := range more {
			more[i].ID = i + 1
		}
		g.more = append(g.more, recording.Conversations(more))
	}
	list := recording.Conversations(events)
	groups := g.groups(list)
	for i, group := range groups {
		if i == maxTests || g.rows > maxRows {
			fmt.Fprintf(&g.body, "\n-- The recording continues: %d more connections were left out.\n", len(groups)-i)
			break
		}
		g.test(group)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "-- A test made from a recording of %s", h.Start.UTC().Format("2006-01-02 15:04 MST"))
	if h.Program != "" {
		fmt.Fprintf(&b, " by %s", comment([]byte(h.Program)))
	}
	b.WriteString(".\n")
	if n := len(o.More); n > 0 {
		fmt.Fprintf(&b, "-- What differs between it and %s is a pattern.\n", plural(n, "other recording"))
	}
	if lost > 0 {
		fmt.Fprintf(&b, "-- The recording is not complete: %s were not kept.\n", plural(lost, "event"))
	}
	if len(groups) == 0 {
		b.WriteString("-- It has no connections.\n")
	}
	b.WriteString(g.top.String())
	if g.serving {
		b.WriteString("\n-- The client to test is a command: CLIENT='curl http://$ADDRESS/' sosh test\nlocal command = os.getenv(\"CLIENT\")\n")
	}
	if g.tail.Len() > 0 {
		b.WriteString("\n-- Long data. It is at the end of this file.\nlocal data = {}\n")
	}
	b.WriteString(g.body.String())
	b.WriteString(g.tail.String())
	return b.String()
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// comment returns foreign text for a comment: one line, printable.
func comment(p []byte) string {
	const most = 60
	more := ""
	if len(p) > most {
		p, more = p[:most], "..."
	}
	return strings.TrimRight(escaped(string(p), 0), " ") + more
}

// target returns the variable that has the address of a server, which stands at the top.
func (g *generator) target(c *recording.Conversation) string {
	address := c.Server.Address
	key := strings.TrimRight(c.Kind, "46") + " " + address
	if v, ok := g.targets[key]; ok {
		return v
	}
	variable := "address"
	if n := len(g.targets); n > 0 {
		variable = fmt.Sprint("address", n+1)
	}
	if len(g.targets) >= maxHandles {
		g.targets[key] = quote(address)
		return quote(address)
	}
	env := strings.ToUpper(variable)
	if len(g.targets) == 0 {
		what := "HOST:PORT"
		if strings.HasPrefix(c.Kind, "unix") {
			what = "PATH"
		}
		fmt.Fprintf(&g.top, "-- Set %s=%s in the environment to use another address.\n\n", env, what)
	}
	if c.Server.Ours() && !g.behind[c] {
		address = anyPort(c)
	}
	fmt.Fprintf(&g.top, "local %s = os.getenv(%q) or %s\n", variable, env, quote(address))
	g.targets[key] = variable
	return variable
}

// anyPort returns where a server of the test listens: the host of the recording, any port.
func anyPort(c *recording.Conversation) string {
	address := c.Server.Address
	switch i := strings.LastIndexByte(address, ':'); {
	case strings.HasPrefix(c.Kind, "unix"):
		return "./" + identifier(address) + ".sock"
	case i < 0:
		return "127.0.0.1:0"
	default:
		return address[:i] + ":0"
	}
}

// scheme returns what stands before the address of a kind, such as udp://.
func scheme(c *recording.Conversation) string {
	kind := strings.TrimRight(c.Kind, "46")
	_, tls := isTLS(c)
	switch {
	case kind == "udp" || kind == "dtls" || kind == "unixgram" || kind == "unixpacket" || kind == "vsock":
		return kind + "://"
	case tls && !strings.HasPrefix(kind, "unix"):
		return "tls://"
	case kind == "unix":
		return "unix://"
	}
	return ""
}

// A party is an end of a conversation, as a part of a test.
type party struct {
	c      *recording.Conversation
	client bool
	h      string // its variable
	opened int    // the position at which it was
	steps  []*step
	eol    string // what sendline adds
	note   string
	ended  bool   // recvall has read the end of the stream
	vars   names  // of the test
	answer string // the variable that holds a datagram checked in parts, or "" before it is declared
}

// saying returns the first line of a text that has a word, so not the counts that RESP begins
// with, or the first line if none has.
func saying(text string) string {
	first := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.ContainsFunc(line, unicode.IsLetter) {
			return line
		}
		if first == "" {
			first = line
		}
	}
	return first
}

// title returns the name of a test: the first thing that the client said.
func (g *generator) title(group []*recording.Conversation) string {
	c := group[0]
	title := ""
	for _, t := range c.Turns() {
		if t.Type != recording.Sent || !isText(t.Data) {
			continue
		}
		line := saying(string(t.Data))
		if len(line) > 50 {
			line = strings.TrimSpace(line[:47]) + "..."
		}
		if t.FromClient {
			title = line
			break
		}
		if title == "" {
			title = line
		}
	}
	if title == "" {
		title = "a conversation with " + c.Server.Address
	}
	if n := len(group); n > 1 {
		title += fmt.Sprintf(", and %s", plural(n-1, "more connection"))
	}
	g.titles[title]++
	if n := g.titles[title]; n > 1 {
		title += fmt.Sprintf(" (%d)", n)
	}
	return title
}

// test writes the test of conversations that overlapped.
func (g *generator) test(group []*recording.Conversation) {
	title := g.title(group)
	vars := make(names)
	var main, servers []*party
	for _, c := range group {
		if c.Client.Ours() || !c.Server.Ours() {
			main = append(main, &party{c: c, client: true, opened: c.Events[0].ID})
		}
		if c.Server.Ours() {
			servers = append(servers, &party{c: c, h: "client"})
		}
	}
	var positions []int
	for _, p := range main {
		for _, ev := range p.c.Events {
			positions = append(positions, ev.ID)
		}
	}
	sort.Ints(positions)
	var waited time.Duration
	found := 0
	for i, p := range append(slices.Clone(main), servers...) {
		busy := func(from, to int) bool { return false }
		if p.client && len(g.more) == 0 {
			own := p.c.Events
			busy = func(from, to int) bool {
				a, _ := slices.BinarySearch(positions, from+1)
				b, _ := slices.BinarySearch(positions, to)
				mine, _ := slices.BinarySearchFunc(own, from+1, func(ev recording.Event, at int) int { return ev.ID - at })
				end, _ := slices.BinarySearchFunc(own, to, func(ev recording.Event, at int) int { return ev.ID - at })
				return b-a > end-mine
			}
		}
		if p.client {
			if len(main) > maxHandles {
				p.h = fmt.Sprintf("clients[%d]", i+1)
			} else {
				p.h = vars.unique(p.c.Client.Handle)
			}
		}
		p.vars, p.steps = vars, stepsOf(p.c, p.client, busy)
		p.eol = lineEnd(p.steps)
		g.compare(p, &found)
		for _, s := range p.steps {
			if p.client {
				waited += s.wait
			}
		}
	}
	fmt.Fprintf(&g.body, "\ntest(%s, ", quote(title))
	if limit := waited * 2; limit > 5*time.Second {
		fmt.Fprintf(&g.body, "{timeout = %d}, ", 10+min(int64(limit/time.Second), 3600))
	}
	g.checked = 0
	g.body.WriteString("function(t)\n")
	for _, p := range servers {
		if p.c.Client.Ours() || g.behind[p.c] {
			continue
		}
		g.add("  ", `if not command then t:skip("CLIENT is not set: see the top of this file") end`)
		g.serving = true
		break
	}
	g.serves = len(servers) > 0
	targets := g.servers(servers, vars)
	if len(servers) > 0 && len(targets) > 0 && len(main) > 0 {
		g.body.WriteByte('\n')
	}
	g.clients(main, targets)
	if n := len(servers); n > 1 {
		g.add("  ", fmt.Sprintf("for _ = 1, %d do finished:recv{timeout = 5} end", n))
	} else if n == 1 {
		g.add("  ", "finished:recv{timeout = 5}")
	}
	g.body.WriteString("end)\n")
}

// compare finds what differs from run to run in what a party does.
func (g *generator) compare(p *party, found *int) {
	f := finder{options: g.options, fixed: p.c.Client.Ours() && p.c.Server.Ours(), start: g.header.Start, names: p.vars, kept: found}
	if i := strings.LastIndexByte(p.c.Client.Address, ':'); i >= 0 {
		f.port = p.c.Client.Address[i+1:]
	}
	var others [][]*step
	for i, more := range g.more {
		n := p.c.Number - 1
		if n >= len(more) || strings.TrimRight(more[n].Kind, "46") != strings.TrimRight(p.c.Kind, "46") {
			p.note = fmt.Sprintf("other recording %d has no such connection", i+1)
			continue
		}
		others = append(others, stepsOf(more[n], p.client, func(int, int) bool { return false }))
	}
	if len(others) > 0 && !align(p.steps, others) {
		p.note = "the other recordings have other steps here, and were not compared"
	}
	f.mark(p.steps)
}

// clients writes what the clients do, in the order in which they did it.
func (g *generator) clients(list []*party, targets map[*recording.Conversation]string) {
	type act struct {
		at int
		p  *party
		s  *step // nil: dial
	}
	var acts []act
	for _, p := range list {
		acts = append(acts, act{p.opened, p, nil})
		for _, s := range p.steps {
			acts = append(acts, act{s.at, p, s})
		}
	}
	sort.SliceStable(acts, func(i, j int) bool { return acts[i].at < acts[j].at })
	if len(list) > maxHandles {
		g.add("  ", "local clients = {}")
	}
	for i, a := range acts {
		if g.rows > maxRows {
			g.add("  ", fmt.Sprintf("-- The recording continues: %s were left out.", plural(len(acts)-i, "step")))
			return
		}
		if a.s != nil {
			g.step(a.p, a.s, "  ", i == len(acts)-1)
			continue
		}
		target, ours := targets[a.p.c]
		if !ours {
			target = g.target(a.p.c)
		}
		for _, p := range list {
			if p == a.p {
				addresses(p.steps, p.c.Server.Address, target)
			}
		}
		g.dial(a.p, target)
	}
}
