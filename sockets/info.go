package sockets

import (
	"errors"
	"strings"

	"sosh/sockets/sockopt"
	"sosh/sockets/sockstat"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// An Info is the state of a handle at one moment.
type Info struct {
	Name    string
	Kind    Kind
	State   string
	Family  string // "inet", "inet6", "unix" or "vsock"
	Local   Addr
	Peer    Addr
	Watched bool
	End     error           // why the peer's stream has ended: io.EOF, an errno...; nil if it has not
	Options []sockopt.Value // those that differ from the system's default

	In, Out         int64 // bytes
	InMsgs, OutMsgs int64 // datagrams, or pieces of a stream
	Dropped         int64 // reported bytes that were dropped from a full inbox
	Unseen          int64 // of those, bytes that were never shown
	Lost            int64 // datagrams dropped by a full inbox
	KernelDrops     int64 // datagrams dropped by a full queue of the kernel
	Refused         int64 // of a served handle: peers beyond the limit
	Ended           int64 // of a served datagram handle: peers ended because they were silent

	Unread    int // units in the inbox: bytes, or messages
	Inbox     int // bytes that the inbox may hold
	RecvQueue int // bytes in the kernel's receive queue, -1 if unknown
	SendQueue int // bytes in the kernel's send queue, -1 if unknown
	Waiting   int // connections on a listener's queue, -1 if unknown
	Backlog   int // how many may wait there

	TCP *sockstat.TCP // of a TCP connection, if the system has it
	TLS *tlsconf.Info // of TLS and DTLS handles and of TLS listeners
}

var familyNames = map[int]string{unix.AF_INET: "inet", unix.AF_INET6: "inet6", unix.AF_UNIX: "unix", sockopt.AFVsock: "vsock"}

// Info returns the state of the handle. Some of it comes from the kernel.
func (h *Handle) Info() (Info, error) {
	h.mu.Lock()
	i := Info{
		Name: h.name, Kind: h.kind, State: h.stateLocked(), Family: familyNames[h.family],
		Local: h.local, Peer: h.peer, Watched: h.watched,
	}
	family, listening, connected := h.family, h.state == stateListening, h.state == stateConnected
	if h.kind.open() && h.state == stateNew && family == unix.AF_INET {
		i.Family = "inet or inet6"
	}
	h.mu.Unlock()
	c := &h.counters
	i.In, i.Out, i.InMsgs, i.OutMsgs, i.KernelDrops = c.in.Load(), c.out.Load(), c.inMsgs.Load(), c.outMsgs.Load(), c.kernelDrops.Load()
	i.Refused, i.Ended = h.peerage.refused.Load(), h.peerage.ended.Load()
	h.in.mu.Lock()
	i.Dropped, i.Unseen, i.Lost, i.Unread, i.Inbox = h.in.dropped, h.in.unseen, h.in.lost, h.in.unread(), h.in.limit
	i.End = h.in.end
	h.in.mu.Unlock()
	i.TLS = h.tlsInfo()
	i.RecvQueue, i.SendQueue, i.Waiting = -1, -1, -1
	err := h.control(func(fd int) error {
		if n, err := sockstat.Drops(fd); err == nil && h.Network() == "udp" {
			i.KernelDrops = int64(n)
		}
		i.Options = sockopt.Changed(fd, family, h.Network())
		if listening {
			if n, limit, err := sockstat.AcceptQueue(fd); err == nil {
				i.Waiting, i.Backlog = n, limit
			}
			return nil
		}
		if n, err := sockstat.RecvQueue(fd); err == nil {
			i.RecvQueue = n
		}
		if n, err := sockstat.SendQueue(fd); err == nil {
			i.SendQueue = n
		}
		if connected && h.Network() == "tcp" {
			i.TCP, _ = sockstat.ReadTCP(fd)
		}
		return nil
	})
	if err != nil {
		return i, h.fail("info", "", err)
	}
	return i, nil
}

// SetOption sets a socket option by name, as setsockopt(2); see [sockopt.All].
func (h *Handle) SetOption(name, value string) error {
	o, err := sockopt.Lookup(name)
	if err != nil {
		return h.failOption("setopt", "", err)
	}
	h.mu.Lock()
	family := h.family
	h.mu.Unlock()
	if h.kind.open() && !o.AppliesTo(h.Network(), family) && o.AppliesTo(h.Network(), unix.AF_INET6) {
		// An option that only IPv6 has chooses the family.
		if err := h.chooseFamily(unix.AF_INET6); err != nil {
			return h.fail("setopt", "", err)
		}
		family = unix.AF_INET6
	}
	return h.setOption(o.Name, family, func(fd, family int) error { return o.Set(fd, family, value) })
}

// setOption sets an option and stores it, in case the descriptor is replaced later.
func (h *Handle) setOption(name string, family int, set func(fd, family int) error) error {
	if err := h.control(func(fd int) error { return set(fd, family) }); err != nil {
		return h.failOption("setopt", name, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.state == stateNew || h.state == stateBound {
		h.set = append(h.set, set)
	}
	return nil
}

// failOption is fail for the error of an option, which names the option and has a hint
// of its own.
func (h *Handle) failOption(op, name string, err error) error {
	var unknown *sockopt.UnknownError
	var value *sockopt.ValueError
	var option *sockopt.Error
	hint := ""
	switch {
	case errors.As(err, &unknown):
		if len(unknown.Nearest) > 0 {
			hint = "did you mean " + strings.Join(unknown.Nearest, " or ") + "?"
		}
	case errors.As(err, &option):
		hint = option.Hint
	case errors.As(err, &value):
	default:
		return h.fail(op, name, err)
	}
	err = h.fail(op, "", err)
	if e, ok := err.(*Error); ok && e.Handle != "" {
		e.Hint = hint
	}
	return err
}

// Option returns the value of a socket option, as getsockopt(2): a bool for
// what is on or off, an int64 for a number, else a string.
func (h *Handle) Option(name string) (any, error) {
	o, err := sockopt.Lookup(name)
	if err != nil {
		return nil, h.failOption("getopt", "", err)
	}
	h.mu.Lock()
	family := h.family
	h.mu.Unlock()
	var v any
	if err := h.control(func(fd int) (err error) {
		v, err = o.Get(fd, family)
		return err
	}); err != nil {
		return nil, h.failOption("getopt", o.Name, err)
	}
	return v, nil
}

// CurrentOptions returns all options of the handle that can be read, with their values.
func (h *Handle) CurrentOptions() (values []sockopt.Value, err error) {
	h.mu.Lock()
	family := h.family
	h.mu.Unlock()
	err = h.control(func(fd int) error {
		values = sockopt.Current(fd, family, h.Network())
		return nil
	})
	if err != nil {
		return nil, h.fail("getopt", "", err)
	}
	return values, nil
}

// SetRawOption sets a socket option by level and number, each in digits or as
// its C name.
func (h *Handle) SetRawOption(level, option string, value int) error {
	l, o, err := rawOption(level, option)
	if err != nil {
		return h.fail("setopt", "", err)
	}
	return h.setOption(level+" "+option, 0, func(fd, _ int) error { return sockopt.SetRaw(fd, l, o, value) })
}

// RawOption returns a socket option by level and number, each in digits or as
// its C name.
func (h *Handle) RawOption(level, option string) (value int, err error) {
	l, o, err := rawOption(level, option)
	if err != nil {
		return 0, h.fail("getopt", "", err)
	}
	if err := h.control(func(fd int) (err error) {
		value, err = sockopt.GetRaw(fd, l, o)
		return err
	}); err != nil {
		return 0, h.failOption("getopt", level+" "+option, err)
	}
	return value, nil
}

func rawOption(level, option string) (l, o int, err error) {
	if l, err = sockopt.ParseConstant(level); err == nil {
		o, err = sockopt.ParseConstant(option)
	}
	return l, o, err
}
