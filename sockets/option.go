package sockets

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// An OptionType says how the value of an option is written and read.
type OptionType int

const (
	OptionBool      OptionType = iota // on or off; getopt gives a boolean
	OptionInt                         // a number in the option's unit
	OptionSeconds                     // whole seconds: "30", "2m"
	OptionMillis                      // whole milliseconds: "500", "1.5s"
	OptionString                      // text
	OptionLinger                      // "off", or whole seconds; getopt gives false when off
	OptionGroup                       // a multicast group, with an interface if wanted: "239.1.2.3@lo"
	OptionInterface                   // an interface by name, index or address, or "any"
	OptionCred                        // a process: "pid=1 uid=0 gid=0"
)

// An Option is a row of the table of socket options: one thing that setopt
// sets and getopt reads. The rows are the same on every system; a row whose
// constants a system lacks says so when it is used. Rows are never changed
// after the program's start, so they may be used concurrently.
type Option struct {
	Name      string     // as typed, without the C name's prefix, lower case: "reuseaddr"
	C         string     // the constant: "SO_REUSEADDR"
	C6        string     // the constant for an IPv6 socket, where it is another one: "IPV6_MULTICAST_HOPS"
	Level     string     // "SOL_SOCKET", "IPPROTO_TCP"...; filled in from C
	Type      OptionType // how its value is written
	Unit      string     // of a number: "bytes", "s", "ms"; empty if it counts nothing
	Doc       string     // one line: what it does
	ReadOnly  bool       // setopt is refused
	WriteOnly bool       // getopt is refused
	Networks  Networks   // the sockets on which it does something

	aliases  []string        // more names
	names    []namedInt      // names for some numbers
	min, max int64           // range of a number; both 0: 0 to the largest int of 32 bits
	needs    string          // the privilege whose lack EPERM tells of
	live     bool            // the kernel changes it by itself, or it says nothing of how the socket was set up
	values   func() []string // the values to choose from, where only the system knows
}

// A namedInt is a word that may be typed for a number.
type namedInt struct {
	name  string
	value int64
}

// Networks is a set of the kinds of socket that an option applies to.
type Networks uint8

const (
	onTCP Networks = 1 << iota
	onUDP
	onUnixStream
	onUnixgram
	onUnixpacket
	onVsock

	onIP   = onTCP | onUDP
	onUnix = onUnixStream | onUnixgram | onUnixpacket
	onAll  = onIP | onUnix // vsock has next to none
)

// networkFlag gives the flag of a network's name, without the digit of "tcp4"
// or "udp6"; 0 for a name it does not know.
func networkFlag(network string) Networks {
	switch strings.TrimRight(network, "46") {
	case "tcp":
		return onTCP
	case "udp":
		return onUDP
	case "unix":
		return onUnixStream
	case "unixgram":
		return onUnixgram
	case "unixpacket":
		return onUnixpacket
	case "vsock":
		return onVsock
	}
	return 0
}

// Options gives the table of socket options, in the order in which help lists
// them. The rows belong to the table and are not to be changed.
func Options() []*Option { return slices.Clone(optionTable) }

// Supported reports whether this system has the option at all.
func (o *Option) Supported() bool {
	_, ok := optionNumbers[o.C]
	if !ok && o.C6 != "" {
		_, ok = optionNumbers[o.C6]
	}
	return ok || o.Type == OptionCred
}

// AppliesTo reports whether this system has the option and it does something
// on sockets of network ("tcp", "udp", "unix", "unixgram", "unixpacket",
// "vsock") and family (unix.AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; 0 while it is
// not settled, as of a new "tcp" socket). The kernel may accept more, with no effect: keepalive on
// a UDP socket.
func (o *Option) AppliesTo(network string, family int) bool {
	flag := networkFlag(network)
	if o.Networks&flag == 0 || !o.Supported() {
		return false
	}
	if flag&(onUnix|onVsock) != 0 {
		return true
	}
	if family == 0 {
		switch network[len(network)-1] {
		case '4':
			family = unix.AF_INET
		case '6':
			family = unix.AF_INET6
		default:
			return true
		}
	}
	_, err := o.number(family)
	return err == nil
}

// An optionNumber is what setsockopt(2) takes in place of a name.
type optionNumber struct {
	level, opt int
}

// number gives the constants of the option for a socket of family. Options of
// IP have one constant in either protocol, and the socket's family picks:
// "ttl" of an IPv6 socket is its hop limit. A dual-stack socket's IPv4
// traffic has values of its own on Linux; raw options reach them
// ("setopt h IPPROTO_IP IP_TOS 16").
func (o *Option) number(family int) (optionNumber, error) {
	c := o.C
	if family == unix.AF_INET6 && o.C6 != "" {
		c = o.C6
	}
	switch level := levelOf(c); {
	case level == "IPPROTO_IPV6" && family == unix.AF_INET:
		hint := ""
		if other := ip4Counterpart(o.C); other != "" {
			hint = other + " is the option of IPv4"
		}
		return optionNumber{}, &OptionError{Option: o.Name, Problem: "only for IPv6 sockets", Hint: hint, Err: unix.ENOPROTOOPT}
	case (level == "IPPROTO_IP" || level == "IPPROTO_IPV6") && (family == unix.AF_UNIX || family == afVsock):
		return optionNumber{}, &OptionError{Option: o.Name, Problem: "only for IP sockets", Err: unix.EOPNOTSUPP}
	}
	opt, ok := optionNumbers[c]
	if !ok {
		return optionNumber{}, o.unsupported()
	}
	return optionNumber{level: optionLevels[levelOf(c)], opt: opt}, nil
}

// ip4Counterpart gives the name of the option that sets IPv4's side of an
// IPv6 constant, "" if there is none.
func ip4Counterpart(c6 string) string {
	for _, o := range optionTable {
		if o.C6 == c6 {
			return o.Name
		}
	}
	return ""
}

// withLevels fills in the levels of a table.
func withLevels(table []*Option) []*Option {
	for _, o := range table {
		o.Level = levelOf(o.C)
	}
	return table
}

// levelOf gives the level of a constant, which is told by its prefix.
func levelOf(c string) string {
	for _, l := range optionPrefixes {
		if strings.HasPrefix(c, l.prefix) {
			return l.level
		}
	}
	return ""
}

var optionPrefixes = []struct{ prefix, level string }{
	{"SO_", "SOL_SOCKET"},
	{"TCP_", "IPPROTO_TCP"},
	{"UDP_", "IPPROTO_UDP"},
	{"IPV6_", "IPPROTO_IPV6"},
	{"IP_", "IPPROTO_IP"},
}

// LookupOption finds an option by its name. Case, dashes, underscores and the
// prefixes SO_, TCP_, UDP_, IP_ and IPV6_ do not count: SO_REUSEADDR,
// reuseaddr and Reuse-Addr are one. The error of a name that is not there is
// an [*UnknownOptionError].
func LookupOption(name string) (*Option, error) {
	index := optionIndex()
	key := optionKey(name)
	if o, ok := index[key]; ok {
		return o, nil
	}
	for _, l := range optionPrefixes {
		if rest, ok := strings.CutPrefix(key, optionKey(l.prefix)); ok {
			if o, ok := index[rest]; ok {
				return o, nil
			}
		}
	}
	return nil, &UnknownOptionError{Name: name, Nearest: nearestOptions(key)}
}

// optionKey is a name as the index has it.
func optionKey(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// optionIndex maps the keys of names, C names and aliases to rows. A row's
// own name goes before another's alias.
var optionIndex = sync.OnceValue(func() map[string]*Option {
	index := make(map[string]*Option)
	add := func(name string, o *Option) {
		if key := optionKey(name); key != "" && index[key] == nil {
			index[key] = o
		}
	}
	for _, o := range optionTable {
		add(o.Name, o)
	}
	for _, c := range []func(*Option) string{func(o *Option) string { return o.C }, func(o *Option) string { return o.C6 }} {
		for _, o := range optionTable {
			full := c(o)
			add(full, o)
			for _, l := range optionPrefixes {
				if rest, ok := strings.CutPrefix(full, l.prefix); ok {
					add(rest, o)
				}
			}
		}
	}
	for _, o := range optionTable {
		for _, alias := range o.aliases {
			add(alias, o)
		}
	}
	return index
})

// An UnknownOptionError tells of a name that is no option's.
type UnknownOptionError struct {
	Name    string   // as it was given
	Nearest []string // up to three names that are like it, the best first
}

func (e *UnknownOptionError) Error() string {
	return fmt.Sprintf("no option named %q", e.Name)
}

// An OptionError tells why an option can't be used on a socket. It unwraps to
// the system's error, and to [errors.ErrUnsupported] where the system has no
// such option.
type OptionError struct {
	Option  string // the option's name
	Problem string // "not on darwin", "read only", "only for IPv6 sockets"
	Hint    string // what helps; may be empty
	Err     error
}

func (e *OptionError) Error() string { return "option " + e.Option + ": " + e.Problem }

func (e *OptionError) Unwrap() error { return e.Err }

func (o *Option) unsupported() error {
	return &OptionError{Option: o.Name, Problem: "not on " + runtime.GOOS, Err: errors.ErrUnsupported}
}

// nearestOptions gives the names that may have been meant by key: those that
// hold it or are in it, and those a few slips away, the best first.
func nearestOptions(key string) []string {
	type candidate struct {
		name string
		cost int
	}
	for _, l := range optionPrefixes {
		if rest, ok := strings.CutPrefix(key, optionKey(l.prefix)); ok && rest != "" {
			key = rest
			break
		}
	}
	if key == "" || len(key) > 64 {
		return nil
	}
	var found []candidate
	for k, o := range optionIndex() {
		cost := editDistance(key, k)
		if cost > max(1, len(key)/3) {
			if len(key) < 3 || !strings.Contains(k, key) && !(len(k) >= 4 && strings.Contains(key, k)) {
				continue
			}
			cost = 10 + cost
		}
		found = append(found, candidate{o.Name, cost})
	}
	slices.SortFunc(found, func(a, b candidate) int {
		if a.cost != b.cost {
			return a.cost - b.cost
		}
		return strings.Compare(a.name, b.name)
	})
	var names []string
	for _, c := range found {
		if !slices.Contains(names, c.name) && len(names) < 3 {
			names = append(names, c.name)
		}
	}
	return names
}

// editDistance counts the bytes to insert, delete, change, or swap with their
// neighbour, that make b of a.
func editDistance(a, b string) int {
	var before []int // the row before the one before
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
