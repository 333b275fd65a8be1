package sockopt

import (
	"errors"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Value is an option's name and a value of [Option.Get].
type Value struct {
	Name  string
	Value any // bool, int64 or string
}

// String returns the value as it would be set: "keepidle=30".
func (v Value) String() string {
	o, err := Lookup(v.Name)
	if err != nil {
		return v.Name
	}
	if n, ok := v.Value.(int64); ok {
		plain := Option{}
		return v.Name + "=" + plain.Format(n)
	}
	return v.Name + "=" + o.Format(v.Value)
}

// Text returns the value with its unit or its name, as [Option.Format] does.
func (v Value) Text() string {
	if o, err := Lookup(v.Name); err == nil {
		return o.Format(v.Value)
	}
	return ""
}

// Changed returns the options of a socket whose values differ from those of a new socket
// of its kind, in the table's order. It leaves out options that do not say how the
// socket was set up: those that can only be read, those that the kernel changes by
// itself (quickack, mtu), and buffer sizes that nobody has set. If the system does not
// tell a value, it counts as unchanged.
func Changed(fd, family int, network string) []Value {
	defaults, err := freshValues(family, networkFlag(network))
	if err != nil {
		return nil
	}
	skip := map[string]bool{"rxq_ovfl": true} // every datagram handle has it, for its count of drops
	rcv, snd := buffersSet(fd)
	skip["rcvbuf"], skip["sndbuf"] = !rcv, !snd
	if _, err := unix.Getpeername(fd); err == nil {
		skip["maxseg"] = true // of a connection it is what is used, not what was set
	}
	if addr, err := unix.Getsockname(fd); err == nil {
		a, ok := addr.(*unix.SockaddrInet6)
		skip["v6only"] = ok && a.Addr != [16]byte{} // bind to one IPv6 address turns it on
	}
	var changed []Value
	for _, o := range table {
		want, ok := defaults[o.Name]
		if !ok || skip[o.Name] {
			continue
		}
		if v, err := o.Get(fd, family); err == nil && v != want {
			changed = append(changed, Value{Name: o.Name, Value: v})
		}
	}
	return changed
}

// Current returns the options of a socket and their values, in the table's order: all
// that can be read without a change to the socket (reading SO_ERROR clears it), and
// apply to its network and family as [Option.AppliesTo] says.
func Current(fd, family int, network string) []Value {
	var values []Value
	for _, o := range table {
		if o.WriteOnly || o.Name == "error" || o.isAlias(family) || !o.AppliesTo(network, family) {
			continue
		}
		if v, err := o.Get(fd, family); err == nil {
			values = append(values, Value{Name: o.Name, Value: v})
		}
	}
	return values
}

// defaultsOf has the values of new sockets by kind. The lock is held while they are
// read, which is quick.
var defaultsOf = struct {
	sync.Mutex
	values map[socketKind]map[string]any
}{values: make(map[socketKind]map[string]any)}

type socketKind struct{ family, typ int }

// freshValues returns the options of a new socket by name. They are read once for each
// kind of socket; the map must not be changed.
func freshValues(family int, flag Networks) (map[string]any, error) {
	kind := socketKind{family: family}
	switch flag {
	case onTCP, onUnixStream, onVsock:
		kind.typ = unix.SOCK_STREAM
	case onUDP, onUnixgram:
		kind.typ = unix.SOCK_DGRAM
	case onUnixpacket:
		kind.typ = unix.SOCK_SEQPACKET
	default:
		return nil, errors.ErrUnsupported
	}
	defaultsOf.Lock()
	defer defaultsOf.Unlock()
	if values, ok := defaultsOf.values[kind]; ok {
		return values, nil
	}
	syscall.ForkLock.RLock()
	fd, err := unix.Socket(kind.family, kind.typ, 0)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	values := make(map[string]any)
	for _, o := range table {
		if o.live || o.ReadOnly || o.WriteOnly || o.Networks&flag == 0 || o.isAlias(family) {
			continue
		}
		if v, err := o.Get(fd, family); err == nil {
			values[o.Name] = v
		}
	}
	defaultsOf.values[kind] = values
	return values, nil
}

// isAlias reports whether another row means the same on a socket of family: on IPv6,
// hops is listed in place of ttl.
func (o *Option) isAlias(family int) bool {
	if family != unix.AF_INET6 || o.C6 == "" {
		return false
	}
	for _, other := range table {
		if other.C == o.C6 {
			return true
		}
	}
	return false
}
