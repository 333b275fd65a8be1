package sockopt

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// An Type says how the value of an option is written and read.
type Type int

const (
	Bool      Type = iota // on or off; getopt gives a boolean
	Int                   // a number in the option's unit
	Seconds               // whole seconds: "30", "2m"
	Millis                // whole milliseconds: "500", "1.5s"
	String                // text
	Linger                // "off", or whole seconds; getopt gives false when off
	Group                 // a multicast group, with an interface if wanted: "239.1.2.3@lo"
	Interface             // an interface by name, index or address, or "any"
	Cred                  // a process: "pid=1 uid=0 gid=0"
)

// An Option is a row of the table of socket options: one thing that setopt
// sets and getopt reads. The rows are the same on every system; a row whose
// constants a system lacks says so when it is used. Rows are never changed
// after the program's start, so they may be used concurrently.
type Option struct {
	Name      string   // as typed, without the C name's prefix, lower case: "reuseaddr"
	C         string   // the constant: "SO_REUSEADDR"
	C6        string   // the constant for an IPv6 socket, where it is another one: "IPV6_MULTICAST_HOPS"
	Level     string   // "SOL_SOCKET", "IPPROTO_TCP"...; filled in from C
	Type      Type     // how its value is written
	Unit      string   // of a number: "bytes", "s", "ms"; empty if it counts nothing
	Doc       string   // one line: what it does
	ReadOnly  bool     // setopt is refused
	WriteOnly bool     // getopt is refused
	Networks  Networks // the sockets on which it does something

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
func All() []*Option { return slices.Clone(table) }

// Supported reports whether this system has the option at all.
func (o *Option) Supported() bool {
	_, ok := constants[o.C]
	if !ok && o.C6 != "" {
		_, ok = constants[o.C6]
	}
	return ok || o.Type == Cred
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
	_, err := o.constant(family)
	return err == nil
}

// An constant is what setsockopt(2) takes in place of a name.
type constant struct {
	level, opt int
}

// constant gives the level and number of the option for a socket of family. Options of
// IP have one constant in either protocol, and the socket's family picks:
// "ttl" of an IPv6 socket is its hop limit. A dual-stack socket's IPv4
// traffic has values of its own on Linux; raw options reach them
// ("setopt h IPPROTO_IP IP_TOS 16").
func (o *Option) constant(family int) (constant, error) {
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
		return constant{}, &Error{Option: o.Name, Problem: "only for IPv6 sockets", Hint: hint, Err: unix.ENOPROTOOPT}
	case (level == "IPPROTO_IP" || level == "IPPROTO_IPV6") && (family == unix.AF_UNIX || family == AFVsock):
		return constant{}, &Error{Option: o.Name, Problem: "only for IP sockets", Err: unix.EOPNOTSUPP}
	}
	opt, ok := constants[c]
	if !ok {
		return constant{}, o.unsupported()
	}
	return constant{level: levels[levelOf(c)], opt: opt}, nil
}

// ip4Counterpart gives the name of the option that sets IPv4's side of an
// IPv6 constant, "" if there is none.
func ip4Counterpart(c6 string) string {
	for _, o := range table {
		if o.C6 == c6 {
			return o.Name
		}
	}
	return ""
}

// withLevels fills in the levels of a table.
func withLevels(rows []*Option) []*Option {
	for _, o := range rows {
		o.Level = levelOf(o.C)
	}
	return rows
}

// levelOf gives the level of a constant, which is told by its prefix.
func levelOf(c string) string {
	for _, l := range prefixes {
		if strings.HasPrefix(c, l.prefix) {
			return l.level
		}
	}
	return ""
}

var prefixes = []struct{ prefix, level string }{
	{"SO_", "SOL_SOCKET"},
	{"TCP_", "IPPROTO_TCP"},
	{"UDP_", "IPPROTO_UDP"},
	{"IPV6_", "IPPROTO_IPV6"},
	{"IP_", "IPPROTO_IP"},
}

// Lookup finds an option by its name. Case, dashes, underscores and the
// prefixes SO_, TCP_, UDP_, IP_ and IPV6_ do not count: SO_REUSEADDR,
// reuseaddr and Reuse-Addr are one. The error of a name that is not there is
// an [*UnknownError].
func Lookup(name string) (*Option, error) {
	index := rowsByKey()
	key := keyOf(name)
	if o, ok := index[key]; ok {
		return o, nil
	}
	for _, l := range prefixes {
		if rest, ok := strings.CutPrefix(key, keyOf(l.prefix)); ok {
			if o, ok := index[rest]; ok {
				return o, nil
			}
		}
	}
	return nil, &UnknownError{Name: name, Nearest: nearest(key)}
}

// keyOf is a name as the index has it.
func keyOf(name string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
}

// rowsByKey maps the keys of names, C names and aliases to rows. A row's
// own name goes before another's alias.
var rowsByKey = sync.OnceValue(func() map[string]*Option {
	index := make(map[string]*Option)
	add := func(name string, o *Option) {
		if key := keyOf(name); key != "" && index[key] == nil {
			index[key] = o
		}
	}
	for _, o := range table {
		add(o.Name, o)
	}
	for _, c := range []func(*Option) string{func(o *Option) string { return o.C }, func(o *Option) string { return o.C6 }} {
		for _, o := range table {
			full := c(o)
			add(full, o)
			for _, l := range prefixes {
				if rest, ok := strings.CutPrefix(full, l.prefix); ok {
					add(rest, o)
				}
			}
		}
	}
	for _, o := range table {
		for _, alias := range o.aliases {
			add(alias, o)
		}
	}
	return index
})

// An UnknownError tells of a name that is no option's.
type UnknownError struct {
	Name    string   // as it was given
	Nearest []string // up to three names that are like it, the best first
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no option named %q", e.Name)
}

// An Error tells why an option can't be used on a socket. It unwraps to
// the system's error, and to [errors.ErrUnsupported] where the system has no
// such option.
type Error struct {
	Option  string // the option's name
	Problem string // "not on darwin", "read only", "only for IPv6 sockets"
	Hint    string // what helps; may be empty
	Err     error
}

func (e *Error) Error() string { return "option " + e.Option + ": " + e.Problem }

func (e *Error) Unwrap() error { return e.Err }

func (o *Option) unsupported() error {
	return &Error{Option: o.Name, Problem: "not on " + runtime.GOOS, Err: errors.ErrUnsupported}
}

// nearest gives the names that may have been meant by key: those that
// hold it or are in it, and those a few slips away, the best first.
func nearest(key string) []string {
	type candidate struct {
		name string
		cost int
	}
	for _, l := range prefixes {
		if rest, ok := strings.CutPrefix(key, keyOf(l.prefix)); ok && rest != "" {
			key = rest
			break
		}
	}
	if key == "" || len(key) > 64 {
		return nil
	}
	var found []candidate
	for k, o := range rowsByKey() {
		cost := show.Distance(key, k)
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
