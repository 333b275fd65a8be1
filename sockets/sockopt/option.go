package sockopt

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// A Type says how the value of an option is written and read.
type Type int

const (
	Bool      Type = iota // on or off; Get returns a bool
	Int                   // a number in the option's unit
	Seconds               // whole seconds: "30", "2m"
	Millis                // whole milliseconds: "500", "1.5s"
	String                // text
	Linger                // "off", or whole seconds; Get returns false when off
	Group                 // a multicast group, with an interface if wanted: "239.1.2.3@lo"
	Interface             // an interface by name, index or address, or "any"
	Cred                  // a process: "pid=1 uid=0 gid=0"
)

// An Option is a row of the table of socket options. The rows are the same on every
// system; using a row whose constant the system lacks is an error. Rows never change, so
// they may be used concurrently.
type Option struct {
	Name      string   // as typed, without the C name's prefix, lower case: "reuseaddr"
	C         string   // the constant: "SO_REUSEADDR"
	C6        string   // the constant for an IPv6 socket, if it differs: "IPV6_MULTICAST_HOPS"
	Level     string   // "SOL_SOCKET", "IPPROTO_TCP"...; filled in from C
	Type      Type     // how its value is written
	Unit      string   // of a number: "bytes", "s", "ms"; empty if it counts nothing
	Doc       string   // one line: what it does
	ReadOnly  bool     // Set fails
	WriteOnly bool     // Get fails
	Networks  Networks // the sockets on which it has an effect

	aliases  []string        // more names
	names    []namedInt      // names for some numbers
	min, max int64           // range of a number; both 0: 0 to the largest int of 32 bits
	needs    string          // the privilege that is missing when the system returns EPERM
	live     bool            // the kernel changes it by itself, or nobody sets it
	values   func() []string // the values to choose from, if only the system knows them
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

// networkFlag returns the flag of a network's name, with or without the digit of "tcp4"
// or "udp6"; 0 for an unknown name.
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

// All returns the table of socket options, in the order in which help lists them. The
// rows belong to the table and must not be changed.
func All() []*Option { return slices.Clone(table) }

// Supported reports whether this system has the option at all.
func (o *Option) Supported() bool {
	_, ok := constants[o.C]
	if !ok && o.C6 != "" {
		_, ok = constants[o.C6]
	}
	return ok || o.Type == Cred
}

// AppliesTo reports whether this system has the option, and it has an effect on sockets
// of network ("tcp", "udp", "unix", "unixgram", "unixpacket", "vsock") and family
// (unix.AF_INET, AF_INET6, AF_UNIX, AF_VSOCK; 0 if it is not chosen yet, as of a new
// "tcp" socket). The kernel may accept more options that have no effect, such as
// keepalive on a UDP socket.
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

// A constant is the level and number of an option, as setsockopt(2) takes them.
type constant struct {
	level, opt int
}

// constant returns the level and number of the option for a socket of family. Many
// options of IP have a constant for each version, and the socket's family selects one:
// "ttl" of an IPv6 socket is its hop limit. On Linux, the IPv4 traffic of a dual-stack
// socket has values of its own, which raw options reach ("setopt h IPPROTO_IP IP_TOS
// 16").
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

// ip4Counterpart returns the name of the option whose IPv6 constant is c6, or "".
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

// levelOf returns the level of a constant, which its prefix determines.
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

// Lookup finds an option by its name. Case, dashes, underscores and the prefixes SO_,
// TCP_, UDP_, IP_ and IPV6_ are ignored: SO_REUSEADDR, reuseaddr and Reuse-Addr are the
// same. If there is no such option, the error is an [*UnknownError].
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

// keyOf returns a name as rowsByKey has it.
func keyOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// rowsByKey maps the keys of names, C names and aliases to rows. The name of a row takes
// precedence over an alias of another.
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

// An UnknownError says that there is no option of a name.
type UnknownError struct {
	Name    string   // as it was given
	Nearest []string // up to three similar names, the best first
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no option named %q", e.Name)
}

// An Error says why an option cannot be used on a socket. It unwraps to the system's
// error, or to [errors.ErrUnsupported] if the system has no such option.
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

// nearest returns the names that key may stand for, the best first: names that contain
// key or are contained in it, and names within a few typing mistakes.
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
