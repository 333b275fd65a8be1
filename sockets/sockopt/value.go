package sockopt

import (
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A ValueError says that an option cannot have a value.
type ValueError struct {
	Option string
	Value  string // as it was given
	Want   string // what was expected: "a number of bytes"
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("bad value %q for %s: %s expected", e.Value, e.Option, e.Want)
}

// parsed is a parsed value. The option's type says which field holds it.
type parsed struct {
	number int64 // of bool: 0 or 1
	off    bool  // of linger
	text   string
	group  groupSpec
	iface  iface
}

// parse reads a value as text. The error of a bad one is a [*ValueError].
//
// A plain number is in the option's unit. Numbers may be hexadecimal (0x10), bytes may
// end in k, m or g (powers of 1024), times in ms, s, m or h.
func (o *Option) parse(value string) (parsed, error) {
	var v parsed
	var ok bool
	text := strings.TrimSpace(value)
	switch o.Type {
	case Bool:
		var on bool
		if on, ok = parseSwitch(text); on {
			v.number = 1
		}
	case Int:
		v.number, ok = o.parseNumber(text)
	case Seconds:
		v.number, ok = o.parseTime(text, time.Second)
	case Millis:
		v.number, ok = o.parseTime(text, time.Millisecond)
	case Linger:
		if on, isSwitch := parseSwitch(text); isSwitch && !on && text != "0" {
			v.off, ok = true, true
		} else {
			v.number, ok = o.parseTime(text, time.Second)
		}
	case String:
		v.text = text
		ok = !strings.ContainsRune(text, 0) && (text != "" || o.C == "SO_BINDTODEVICE")
	case Group:
		var want string
		if v.group, want = parseGroup(text); want != "" {
			return v, &ValueError{Option: o.Name, Value: value, Want: want}
		}
		ok = true
	case Interface:
		v.iface, ok = lookupInterface(text)
	}
	if !ok {
		return v, &ValueError{Option: o.Name, Value: value, Want: o.want()}
	}
	return v, nil
}

// want says which values the option takes.
func (o *Option) want() string {
	switch o.Type {
	case Bool:
		return "on or off"
	case Seconds:
		return "a whole number of seconds"
	case Millis:
		return "a whole number of milliseconds"
	case Linger:
		return "off or a whole number of seconds"
	case String:
		if o.C == "SO_BINDTODEVICE" {
			return "the name of an interface"
		}
		return "the name of an algorithm"
	case Group:
		return wantGroup
	case Interface:
		return "an interface's name, index or address, or any,"
	}
	want := "a number"
	lo, hi := o.bounds()
	switch {
	case o.Unit != "":
		want += " of " + o.Unit
	case hi < math.MaxInt32:
		want += fmt.Sprintf(" from %d to %d", lo, hi)
	}
	if len(o.names) > 0 {
		for _, n := range o.names[:min(len(o.names), 6)] {
			want += ", " + n.name
		}
	}
	return want
}

// parseSwitch reads a value of an on-off option.
func parseSwitch(s string) (on, ok bool) {
	switch strings.ToLower(s) {
	case "1", "on", "true", "yes":
		return true, true
	case "0", "off", "false", "no":
		return false, true
	}
	return false, false
}

// bounds returns the least and the largest number that the option takes.
func (o *Option) bounds() (lo, hi int64) {
	if o.min == 0 && o.max == 0 {
		return 0, math.MaxInt32
	}
	return o.min, o.max
}

// parseNumber reads a number of the option, within its bounds.
func (o *Option) parseNumber(s string) (int64, bool) {
	lower := strings.ToLower(s)
	for _, n := range o.names {
		if n.name == lower {
			return n.value, true
		}
	}
	shift := 0
	if o.Unit == "bytes" && !strings.HasPrefix(lower, "0x") {
		for i, suffix := range []string{"k", "m", "g"} {
			rest, ok := strings.CutSuffix(strings.TrimSuffix(lower, "ib"), suffix)
			if ok {
				lower, shift = strings.TrimSpace(rest), 10*(i+1)
				break
			}
		}
	}
	n, ok := parseInteger(lower)
	lo, hi := o.bounds()
	if !ok || n < lo || n > hi>>shift {
		return 0, false
	}
	return n << shift, true
}

// parseInteger reads a decimal number, or a hexadecimal one behind 0x. A
// leading 0 does not make it octal.
func parseInteger(s string) (int64, bool) {
	base, digits := 10, s
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		base, digits = 16, rest
		if strings.HasPrefix(rest, "-") || strings.HasPrefix(rest, "+") {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(digits, base, 64)
	return n, err == nil
}

// parseTime reads a number of units, or a time with a unit of its own that is a whole
// number of them.
func (o *Option) parseTime(s string, unit time.Duration) (int64, bool) {
	n, ok := parseInteger(s)
	if !ok {
		d, err := time.ParseDuration(s)
		if err != nil || d%unit != 0 {
			return 0, false
		}
		n = int64(d / unit)
	}
	lo, hi := o.bounds()
	return n, n >= lo && n <= hi
}

// settable parses a value for Set; it needs no socket. The error is a [*ValueError] or
// an [*Error].
func (o *Option) settable(value string) (parsed, error) {
	switch {
	case o.ReadOnly:
		return parsed{}, &Error{Option: o.Name, Problem: "can be read but not set", Err: unix.ENOPROTOOPT}
	case !o.Supported():
		return parsed{}, o.unsupported()
	}
	return o.parse(value)
}

// Set sets the option of a socket of family to a value, given as text. The error is a
// [*ValueError]; or an [*Error], if the option cannot be set, does not exist for the
// socket's kind, or needs a privilege; or the system's.
func (o *Option) Set(fd, family int, value string) error {
	v, err := o.settable(value)
	if err != nil {
		return err
	}
	if o.Type == Group && v.group.is6() != (family == unix.AF_INET6) && family != unix.AF_UNIX {
		// An IPv6 socket of Linux joins IPv4 groups as well.
		if v.group.is6() || runtime.GOOS != "linux" {
			return &ValueError{Option: o.Name, Value: value, Want: "a group of the socket's own family"}
		}
		family = unix.AF_INET
	}
	n, err := o.constant(family)
	if err != nil {
		return err
	}
	switch o.Type {
	case String:
		err = unix.SetsockoptString(fd, n.level, n.opt, v.text)
	case Linger:
		l := unix.Linger{Linger: int32(v.number)}
		if !v.off {
			l.Onoff = 1
		}
		err = unix.SetsockoptLinger(fd, n.level, n.opt, &l)
	case Group:
		err = v.group.set(fd, n)
	case Interface:
		if family == unix.AF_INET6 {
			err = unix.SetsockoptInt(fd, n.level, n.opt, v.iface.index)
		} else {
			err = setMulticastInterface4(fd, n, v.iface)
		}
	default:
		err = setInt(fd, n, int(int32(uint32(v.number))))
	}
	return o.explain(fd, family, err)
}

// Get reads the option of a socket of family. It returns a bool for on-off options and
// for a linger that is off, an int64 for numbers, and a string for the rest. Its errors
// are those of Set.
func (o *Option) Get(fd, family int) (any, error) {
	if o.WriteOnly {
		return nil, &Error{Option: o.Name, Problem: "can be set but not read", Err: unix.ENOPROTOOPT}
	}
	if o.Type == Cred {
		s, err := peerCredentials(fd)
		return s, o.explain(fd, family, err)
	}
	n, err := o.constant(family)
	if err != nil {
		return nil, err
	}
	v, err := o.read(fd, family, n)
	if err != nil {
		return nil, o.explain(fd, family, err)
	}
	return v, nil
}

func (o *Option) read(fd, family int, n constant) (any, error) {
	switch o.Type {
	case String:
		return unix.GetsockoptString(fd, n.level, n.opt)
	case Linger:
		l, err := unix.GetsockoptLinger(fd, n.level, n.opt)
		if err != nil {
			return nil, err
		}
		if l.Onoff == 0 {
			return false, nil
		}
		return int64(l.Linger), nil
	case Interface:
		if family == unix.AF_INET {
			addr, err := unix.GetsockoptInet4Addr(fd, n.level, n.opt)
			return interfaceOfAddr4(addr), err
		}
		index, err := unix.GetsockoptInt(fd, n.level, n.opt)
		return interfaceOfIndex(index), err
	}
	v, err := unix.GetsockoptInt(fd, n.level, n.opt)
	switch {
	case err != nil:
		return nil, err
	case o.Type == Bool:
		return v != 0, nil
	case o.max > math.MaxInt32:
		return int64(uint32(v)), nil
	}
	return int64(v), nil
}

// explain adds the likely reason to an error of the system.
func (o *Option) explain(fd, family int, err error) error {
	switch err {
	case nil:
		return nil
	case unix.EPERM, unix.EACCES:
		if o.needs != "" {
			return &Error{Option: o.Name, Problem: err.Error(), Hint: "needs root or " + o.needs, Err: err}
		}
	case unix.ENOPROTOOPT, unix.EOPNOTSUPP, unix.EINVAL:
		network := networkOf(fd, family)
		if flag := networkFlag(network); flag != 0 && o.Networks&flag == 0 {
			return &Error{Option: o.Name, Problem: "not for " + network + " sockets", Err: err}
		}
	}
	return err
}

// networkOf returns the network of a socket, which its type determines, or "" for other
// sockets.
func networkOf(fd, family int) string {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return ""
	}
	switch {
	case family == unix.AF_UNIX && typ == unix.SOCK_STREAM:
		return "unix"
	case family == unix.AF_UNIX && typ == unix.SOCK_DGRAM:
		return "unixgram"
	case family == unix.AF_UNIX:
		return "unixpacket"
	case family == AFVsock:
		return "vsock"
	case typ == unix.SOCK_STREAM:
		return "tcp"
	case typ == unix.SOCK_DGRAM:
		return "udp"
	}
	return ""
}
