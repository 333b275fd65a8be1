package sockets

import (
	"container/list"
	"errors"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"sosh/sockets/sockstat"
	"sosh/sockets/tlsconf"

	"golang.org/x/sys/unix"
)

// A Handle is a named socket. Each method makes the system call of its name. All
// methods may be used concurrently; calls that read are serialized, and so are calls
// that write.
type Handle struct {
	name  string
	table *Table
	from  string // the name of the listener that accepted it, or ""

	readSem  semaphore     // held by calls that read or accept
	writeSem semaphore     // held by calls that write or connect
	done     chan struct{} // closed when the handle is

	reads, writes direction // of the descriptor; each belongs to the holder of its semaphore

	in     inbox
	events eventLog
	quiet  atomic.Bool // its events are not shown; see Discard
	// shutRead: the reading side was shut down here. It is atomic and not guarded by
	// mu, since calls read it while they hold the descriptor, and reopen waits for
	// the descriptor with mu held.
	shutRead atomic.Bool
	queue    atomic.Pointer[queueWatch] // of a watched listener; atomic for the same reason
	// recording: events of data and sent are kept for Wait. keepData and keepSent:
	// their bytes are kept too, since a Wait wants them.
	recording, keepData, keepSent atomic.Bool

	tls      atomic.Pointer[tlsStream] // reads and writes, if the handle uses TLS
	dtls     atomic.Pointer[dtlsConn]  // the same for datagrams
	faults   atomic.Pointer[faults]    // injected faults of a datagram handle
	counters counters
	peerage  peerage
	place    *list.Element // of a peer of a served datagram socket, in its list; guarded by the parent's mu
	moved    atomic.Int64  // of such a peer: time of its last datagram in either direction, in nanoseconds
	parent   *Handle       // of a peer of a served datagram socket: its socket
	accepted int           // the number of the last accepted connection; guarded by the table's lock

	mu       sync.Mutex
	kind     Kind
	family   int
	file     *os.File
	raw      syscall.RawConn
	state    state
	readEnd  bool // the peer's FIN came, or shutdown read
	writeEnd bool // shutdown write
	reset    bool // the peer has reset the connection
	closed   bool
	local    Addr
	peer     Addr
	set      []func(fd, family int) error // settings of setopt, to repeat on a new descriptor
	bound    *boundPath                   // the path that bind created
	tried    *Attempt                     // of a bind or connect that fails, until its error is made
	eol      *string
	setup    *tlsconf.Setup // TLS settings
	dialed   string         // the argument of connect
	watched  bool           // Watch(true) was called
	running  *background    // the goroutine that reads or accepts in the background, or nil
	peers    map[Addr]*Handle
	admit    func(from Addr) bool // decides which senders to a served datagram handle become peers; nil admits all
}

// background is a goroutine that works for a handle: its receiver, the watch of its
// queue, or the acceptor of Serve. A handle has at most one.
type background struct {
	stop    func() // ends it, and may return before it has ended
	serving bool   // Serve has started it: Watch does not stop it
}

type state uint8

const (
	stateNew state = iota
	stateBound
	stateListening
	stateConnecting
	stateConnected
)

var stateNames = []string{"new", "bound", "listening", "connecting", "connected"}

// counters count a handle's traffic, for [Info].
type counters struct {
	in, out         atomic.Int64 // bytes
	inMsgs, outMsgs atomic.Int64 // datagrams, or pieces of a stream
	kernelDrops     atomic.Int64
}

// Socket creates a socket of a kind, as socket(2). If name is empty, the handle gets a
// generated name.
func (t *Table) Socket(kind Kind, name string) (*Handle, error) {
	if err := t.nameFree(name); err != nil {
		return nil, &Error{Op: "socket", Handle: name, Err: err}
	}
	spec := kind.spec()
	fd, err := newSocket(spec.family, spec.typ)
	if err != nil {
		hint := ""
		if kind == Vsock {
			hint = "vsock exists only on Linux, when its module is loaded"
		}
		return nil, &Error{Op: "socket", Handle: name, Err: err, Hint: hint}
	}
	h := newHandle(kind, spec.family)
	h.adopt(fd)
	if err := t.add(h, name, nil); err != nil {
		h.file.Close()
		return nil, &Error{Op: "socket", Handle: name, Err: err}
	}
	h.detail(Event{Type: EventMade})
	return h, nil
}

func newHandle(kind Kind, family int) *Handle {
	h := &Handle{
		kind: kind, family: family,
		readSem: make(semaphore, 1), writeSem: make(semaphore, 1), done: make(chan struct{}),
	}
	h.in.limit = DefaultInbox
	h.in.messages = kind.Messages()
	h.writes.write = true
	return h
}

// adopt registers fd, which is non-blocking, with the runtime's poller.
func (h *Handle) adopt(fd int) {
	if h.kind.Network() == "udp" {
		sockstat.EnableDropCount(fd) // if the system counts drops
	}
	h.file = os.NewFile(uintptr(fd), "socket")
	h.raw, _ = h.file.SyscallConn() // fails for a nil file only
}

// Received returns how many datagrams, or pieces of a stream, the handle has
// received, without asking the kernel.
func (h *Handle) Received() int64 { return h.counters.inMsgs.Load() }

// Name returns the handle's name.
func (h *Handle) Name() string { return h.name }

// Parent returns the name of the listener that accepted the handle, or of the served datagram
// handle whose peer it is, or "".
func (h *Handle) Parent() string { return h.from }

// Kind returns the handle's kind.
func (h *Handle) Kind() Kind { return h.kind }

// Network returns the network of the handle's kind.
func (h *Handle) Network() string { return h.kind.Network() }

// State returns the handle's state: new, bound, listening, connecting, connected,
// read-closed, write-closed, reset or closed. When both sides of a stream have ended, it is
// "read-closed, write-closed".
func (h *Handle) State() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stateLocked()
}

func (h *Handle) stateLocked() string {
	switch {
	case h.closed:
		return "closed"
	case h.reset:
		return "reset"
	case h.readEnd || h.writeEnd:
		var ends []string
		if h.readEnd {
			ends = append(ends, "read-closed")
		}
		if h.writeEnd {
			ends = append(ends, "write-closed")
		}
		return strings.Join(ends, ", ")
	}
	return stateNames[h.state]
}

// Connected reports whether the handle has a peer to send to.
func (h *Handle) Connected() bool { return h.inState(stateConnected) }

// Listening reports whether the handle listens for connections.
func (h *Handle) Listening() bool { return h.inState(stateListening) }

func (h *Handle) inState(s state) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state == s && !h.closed
}

// Closed reports whether the handle was closed.
func (h *Handle) Closed() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// LocalAddr returns the local address, as last reported by the system, or the zero
// Addr.
func (h *Handle) LocalAddr() Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.local
}

// PeerAddr returns the address of the peer, or the zero Addr.
func (h *Handle) PeerAddr() Addr {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.peer
}

// wrap turns err, a cause or already an *Error, into an *Error of this handle, with a
// hint for the handle's state. If the handle is closed, the error says only that:
// "recv: c is closed".
func (h *Handle) wrap(op string, addr string, err error) error {
	if e, ok := err.(*Error); ok {
		return e
	}
	if h.Closed() {
		return h.ErrClosed(op)
	}
	e := &Error{Op: op, Handle: h.name, Addr: addr, Err: err, Hint: h.hint(op, err)}
	if op == "connect" || !errors.Is(err, os.ErrDeadlineExceeded) {
		e.Attempt = h.attempt(op)
	}
	if errors.Is(err, unix.EMSGSIZE) {
		e.tooLong(h.kind, h.Family())
	}
	return e
}

// control runs f with the descriptor, which stays open while f runs.
func (h *Handle) control(f func(fd int) error) error {
	if h.parent != nil {
		if h.Closed() {
			return closedError{h.name}
		}
		return h.parent.control(f)
	}
	for {
		_, raw, ok := h.descriptor(nil)
		if !ok {
			return closedError{h.name}
		}
		var err error
		if raw.Control(func(fd uintptr) { err = f(int(fd)) }) == nil {
			return err
		}
		// The descriptor was replaced (another family) or closed: find out which.
		if _, _, ok := h.descriptor(raw); !ok {
			return closedError{h.name}
		}
	}
}

// descriptor returns the file of the handle's descriptor. ok is false if the handle is
// closed, or its descriptor is still old.
func (h *Handle) descriptor(old syscall.RawConn) (file *os.File, raw syscall.RawConn, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.file, h.raw, !h.closed && h.raw != nil && h.raw != old
}

// Inode returns the number by which the system lists the handle's socket; 0 if it is closed. A
// peer of a served datagram handle has that of the handle that serves.
func (h *Handle) Inode() uint64 {
	var st unix.Stat_t
	if h.control(func(fd int) error { return unix.Fstat(fd, &st) }) != nil {
		return 0
	}
	return uint64(st.Ino)
}

// learnLocal asks the system for the handle's local address. The caller holds h.mu.
func (h *Handle) learnLocal() {
	h.raw.Control(func(fd uintptr) {
		if sa, err := unix.Getsockname(int(fd)); err == nil {
			h.local = fromSockaddr(sa)
		}
	})
}

// EOL returns the end of line for sending: "\n", unless SetEOL has changed it.
func (h *Handle) EOL() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.eol == nil {
		return "\n"
	}
	return *h.eol
}

// SetEOL sets the end of line for sending.
func (h *Handle) SetEOL(eol string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.eol = &eol
}

// Done returns a channel that is closed when the handle is.
func (h *Handle) Done() <-chan struct{} { return h.done }

// Family returns the address family: AF_INET, AF_INET6, AF_UNIX or AF_VSOCK.
func (h *Handle) Family() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.family
}

// SyscallConn gives access to the descriptor, for system calls that this package does
// not make, like the method of [net.TCPConn]. The descriptor is non-blocking. Data read
// through it bypasses the inbox and the counters. It fails for a peer of a served
// datagram handle, which has no descriptor, and for TLS and DTLS, where the descriptor
// carries encrypted bytes.
func (h *Handle) SyscallConn() (syscall.RawConn, error) {
	_, raw, ok := h.descriptor(nil)
	switch {
	case h.parent != nil, h.kind.secure(), h.tls.Load() != nil:
		return nil, h.fail("syscallconn", "", unix.EOPNOTSUPP)
	case !ok:
		return nil, h.ErrClosed("syscallconn")
	}
	return raw, nil
}
