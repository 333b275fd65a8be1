package sockets

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// readable runs try until it does not say EAGAIN, waiting until the descriptor
// can be read in between, and returns what it said last; a closedError when the
// handle is closed, and [ContextCause] when ctx ends first. try is called at once,
// since most calls need not wait, and perhaps often; it must not block, as the
// descriptor stays open for as long as it runs. The caller holds the read semaphore:
// one deadline serves one call. So has the receiver, which waits here all the
// time; whoever wants to receive beside it waits for the inbox.
func (h *Handle) readable(ctx context.Context, try func(fd int) error) error {
	return h.reads.wait(h, ctx, try)
}

// writable is readable for the other direction.
func (h *Handle) writable(ctx context.Context, try func(fd int) error) error {
	return h.writes.wait(h, ctx, try)
}

// A direction is one of the two ways in which calls wait for a descriptor. It
// belongs to the holder of the semaphore of its direction, and is kept with the handle
// so that a call that does not have to wait allocates nothing.
type direction struct {
	write bool

	ctx     context.Context
	try     func(fd int) error
	err     error     // of the last try
	limited bool      // ctx has a deadline of its own
	began   time.Time // of the wait, where it is limited

	// What the calls that matter for speed try: how many bytes at most, where
	// they are, and how many it came to.
	limit  int
	limits *limits
	buf    *[maxMessage]byte
	p      []byte
	n      int
	order  ordering // of what is written, until it has been published

	poll      func(fd uintptr) bool // the methods of these names
	readPiece func(fd int) error
	readInto  func(fd int) error
	writeAll  func(fd int) error

	deadline contextDeadline
	misses   int // spins in a row that found nothing
	skip     int // waits that are not to spin
}

// ready makes what the calls of a direction need; most handles that wait in a
// listener's queue, say, never write.
func (d *direction) ready() {
	if d.poll != nil {
		return
	}
	d.poll = d.attempt
	if d.write {
		d.writeAll = d.tryWriteAll
	} else {
		d.readPiece, d.readInto = d.tryReadPiece, d.tryReadInto
	}
	d.deadline.init(d.write)
}

// tryReadPiece reads into a buffer of scratch, of which none is held while it
// waits: ten thousand receivers may.
func (d *direction) tryReadPiece(fd int) (err error) {
	d.buf = scratch.Get().(*[maxMessage]byte)
	if d.n, err = unix.Read(fd, d.buf[:d.most()]); err != nil {
		scratch.Put(d.buf)
		d.buf, d.n = nil, 0
	}
	return err
}

// most is how many bytes a read may give now: little, once all inboxes together
// are at their limit. Many receivers may have waited since they found room.
func (d *direction) most() int {
	if l := d.limits; l != nil && l.unread.Load() >= l.unreadAt.Load() {
		return min(d.limit, unreadFloor)
	}
	return d.limit
}

// tryReadInto reads into p.
func (d *direction) tryReadInto(fd int) (err error) {
	n, err := unix.Read(fd, d.p)
	d.n = max(n, 0)
	return err
}

// tryWriteAll writes what is left of p.
func (d *direction) tryWriteAll(fd int) error {
	d.order.enter()
	for {
		n, err := unix.Write(fd, d.p[d.n:])
		d.n += max(n, 0)
		if err == unix.EAGAIN {
			d.order.leave() // it may be long
		}
		if err != nil || d.n == len(d.p) {
			return err
		}
	}
}

func (d *direction) wait(h *Handle, ctx context.Context, try func(fd int) error) error {
	if h.parent != nil {
		return unix.EOPNOTSUPP
	}
	d.ready()
	for {
		file, raw, ok := h.descriptor(nil)
		if !ok {
			return closedError{h.name}
		}
		d.deadline.keepFor(ctx, file)
		d.ctx, d.try, d.err = ctx, try, nil
		d.limited = false
		err := d.waitOn(h, raw)
		d.ctx, d.try = nil, nil
		if err != os.ErrClosed {
			return err
		}
		// A handle whose family was open has been made anew, or closed.
		if _, _, ok := h.descriptor(raw); !ok {
			return closedError{h.name}
		}
	}
}

// waitOn is wait on one descriptor; it returns os.ErrClosed when that is
// closed meanwhile.
func (d *direction) waitOn(h *Handle, raw syscall.RawConn) error {
	var perr error
	if d.write {
		perr = raw.Write(d.poll)
	} else {
		perr = raw.Read(d.poll)
	}
	if d.limited {
		d.deadline.off() // its context is for this call alone
	}
	switch {
	case perr == nil:
		return d.err
	case h.Closed():
		return closedError{h.name}
	case errors.Is(perr, os.ErrDeadlineExceeded) && d.ctx.Err() != nil:
		return ContextCause(d.ctx, d.began)
	}
	return os.ErrClosed // in the poller's words, which has no error for it to test for
}

// attempt tries, and prepares for a wait if that has to be: only then is the
// end of the context of interest.
func (d *direction) attempt(fd uintptr) bool {
	d.err = d.try(int(fd))
	for d.err == unix.EINTR {
		d.err = d.try(int(fd))
	}
	if d.err != unix.EAGAIN || !d.write && d.spin(int(fd)) {
		return true
	}
	if _, d.limited = d.ctx.Deadline(); d.limited {
		d.began = time.Now()
	}
	if d.ctx.Done() != nil {
		d.deadline.on(d.ctx)
	}
	return false
}

// A contextDeadline ends the waits of a direction when a context does, by a deadline
// that has passed. It stays set from one wait to the next: a task waits with
// the same context again and again, and to set it costs as much as a call that
// reads. It may be used concurrently.
type contextDeadline struct {
	mu      sync.Mutex
	file    *os.File
	done    <-chan struct{} // of the context that it is set for, or nil
	stop    func() bool
	expire  func()
	expired chan struct{} // receives when expire has run
	write   bool
	closed  bool
}

func (d *contextDeadline) init(write bool) {
	d.write = write
	d.expired = make(chan struct{}, 1)
	d.expire = func() {
		d.setFile(time.Unix(1, 0))
		d.expired <- struct{}{}
	}
}

// keepFor prepares for waits of file with ctx: a deadline that is set for another
// context, or has passed, is cleared.
func (d *contextDeadline) keepFor(ctx context.Context, file *os.File) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done != nil && (d.done != ctx.Done() || d.file != file || ctx.Err() != nil) {
		d.clear()
	}
	if d.file != file { // which expire reads
		d.file = file
	}
}

// on sets the deadline for ctx.
func (d *contextDeadline) on(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done == nil && !d.closed {
		d.done, d.stop = ctx.Done(), context.AfterFunc(ctx, d.expire)
	}
}

// off clears it.
func (d *contextDeadline) off() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clear()
}

// close clears it for good, once the descriptor is closed.
func (d *contextDeadline) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.clear()
}

func (d *contextDeadline) clear() {
	if d.done == nil {
		return
	}
	if !d.stop() {
		<-d.expired
		d.setFile(time.Time{})
	}
	d.done, d.stop = nil, nil
}

func (d *contextDeadline) setFile(t time.Time) {
	if d.write {
		d.file.SetWriteDeadline(t)
	} else {
		d.file.SetReadDeadline(t)
	}
}

// A semaphore of one: a call holds it while it reads or accepts, or while it writes
// or connects.
type semaphore chan struct{}

// acquire waits for one of the semaphores; it gives up when ctx or the handle ends.
func (h *Handle) acquire(ctx context.Context, sem semaphore) error {
	select {
	case sem <- struct{}{}:
		if h.Closed() {
			<-sem
			return closedError{h.name}
		}
		return nil
	default:
	}
	began := time.Now()
	select {
	case sem <- struct{}{}:
		return nil
	case <-h.done:
		return closedError{h.name}
	case <-ctx.Done():
		return ContextCause(ctx, began)
	}
}

func (h *Handle) release(sem semaphore) { <-sem }
