package netcat

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// portList expands the ports of the command line (numbers, names of services, and ranges
// from low to high), in the order of the attempts.
func (n *netcat) portList() ([]string, error) {
	if n.opt.unix {
		return []string{""}, nil
	}
	if n.opt.vsock {
		return n.opt.ports, nil // a single port, already checked
	}
	var list []string
	for _, spec := range n.opt.ports {
		// The name of a service may contain a dash, and is then not a range.
		num, err := n.opt.portNumber(spec)
		low, high, isRange := strings.Cut(spec, "-")
		if err == nil || !isRange || low == "" || !isNumber(low[:1]) {
			if err != nil {
				return nil, n.dialect.badPort(err)
			}
			list = append(list, strconv.Itoa(num))
			continue
		}
		from, err := bounded("port number", low, 1, 65535)
		if err != nil {
			return nil, n.dialect.badPort(err)
		}
		to, err := bounded("port number", high, 1, 65535)
		if err != nil {
			return nil, n.dialect.badPort(err)
		}
		from, to = min(from, to), max(from, to)
		for p := from; p <= to; p++ {
			list = append(list, strconv.Itoa(p))
		}
	}
	if n.opt.random {
		rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	return list, nil
}

// An attempt is the outcome of trying one port: messages about addresses that failed, and a
// connection or an error.
type attempt struct {
	port   string
	before []error
	h      *sockets.Handle
	err    error
}

// scan tries every port, many at once, and reports them in order. It returns nil if any port
// could be connected to. With datagrams, where an ICMP error shows a closed port, it returns
// nil if the last port is open, as in nc.
func (n *netcat) scan(ctx context.Context, ports []string) error {
	if host := n.opt.host; !n.opt.unix && !n.opt.vsock && len(n.opt.proxies) == 0 {
		ips, err := n.resolve(ctx, host)
		if err != nil {
			return n.dialect.unresolved(host, ports[0], err)
		}
		n.known = map[string][]netip.Addr{host: ips} // resolve once, not for each port
	}
	ctx, cancel := context.WithCancel(ctx)
	parallel := min(n.opt.parallel, len(ports), spareDescriptors(n.opt.parallel))
	if n.opt.interval > 0 {
		parallel = 1
	}
	var (
		workers sync.WaitGroup
		next    atomic.Int64 // index of the next port to try
		mu      sync.Mutex   // guards attempts
		done    = sync.NewCond(&mu)
	)
	attempts := make([]*attempt, len(ports))
	for range parallel {
		workers.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(ports) {
					return
				}
				if i > 0 && n.opt.interval > 0 {
					time.Sleep(n.opt.interval)
				}
				a := n.tryWithRoom(ctx, ports[i])
				if a.h != nil {
					a.h.Close() // its addresses remain known for the message, which may be printed much later
				}
				mu.Lock()
				attempts[i] = a
				mu.Unlock()
				done.Signal()
			}
		})
	}
	defer workers.Wait()
	defer cancel()
	var last error
	open := false
	for i := range ports {
		mu.Lock()
		for attempts[i] == nil {
			done.Wait()
		}
		a := attempts[i]
		attempts[i] = nil // let the error be collected
		mu.Unlock()
		for _, err := range a.before {
			n.dialect.status(err)
		}
		if a.err != nil {
			var f *failure
			if !errors.As(a.err, &f) || f.err == nil {
				return a.err
			}
			n.dialect.status(a.err)
			last = &failure{status: f.status}
			open = open && !n.opt.udp
			continue
		}
		open = true
		n.dialect.connected(n.opt.host, a.port, a.h)
	}
	if open {
		return nil
	}
	return last
}

// spareDescriptors returns how many sockets may be open at once, up to most: the limit of
// the process minus the open descriptors and a reserve for resolving names, but at least 1.
func spareDescriptors(most int) int {
	const reserve = 8
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil || limit.Cur > 1<<16 {
		return most
	}
	spare := -reserve
	for fd := 0; fd < int(limit.Cur) && spare < most; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == unix.EBADF {
			spare++
		}
	}
	return max(spare, 1)
}

// tryWithRoom is try, but when the process or the system can't open another socket, which
// says nothing about the port, it waits and retries for some time.
func (n *netcat) tryWithRoom(ctx context.Context, port string) *attempt {
	pause := 10 * time.Millisecond
	for {
		a := n.try(ctx, port)
		if !exhausted(a.err) || pause > 5*time.Second {
			return a
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return a
		}
	}
}

// exhausted reports whether an error says that the process or the system can't open more
// sockets.
func exhausted(err error) bool {
	switch sockets.Code(err) {
	case "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM":
		return true
	}
	return false
}

// try connects to one port; a datagram socket is tried with a datagram.
func (n *netcat) try(ctx context.Context, port string) *attempt {
	a := &attempt{port: port}
	a.h, a.err = n.dial(ctx, port, func(err error) { a.before = append(a.before, err) })
	if a.err != nil || !a.h.Kind().Datagram() {
		return a
	}
	if err := n.probe(ctx, a.h); err != nil {
		a.h.Close()
		a.err = &failure{status: 1, err: err}
		if f, ok := err.(*failure); ok {
			a.err = f
		}
	}
	return a
}

// probeTime is the default time to wait for an ICMP error after a datagram.
const probeTime = 2 * time.Second

// probe finds out whether the datagram port that h is connected to is open.
func (n *netcat) probe(ctx context.Context, h *sockets.Handle) error {
	p := &n.dialect.policy.probe
	if p.verboseOnly && n.opt.verbose == 0 {
		return nil
	}
	within := probeTime
	if p.timed && n.opt.connectTimeout > 0 {
		within = n.opt.connectTimeout
	}
	answer, err := p.send(ctx, h, within)
	return n.dialect.probed(h, answer, err)
}

// send sends the probe's datagrams to the peer of h, and returns the error that comes back
// within a time, or an answer. No error counts as an answer.
func (p *probe) send(ctx context.Context, h *sockets.Handle, within time.Duration) (answer []byte, err error) {
	for range p.times {
		if _, err := h.Send(ctx, []byte(p.datagram)); err != nil {
			return nil, err
		}
		wait, cancel := context.WithTimeout(ctx, within/time.Duration(p.times))
		m, err := h.Recv(wait, 65536)
		cancel()
		switch {
		case err == nil:
			return m.Data, nil
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil, err
		}
	}
	return nil, nil
}
