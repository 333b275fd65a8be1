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

// readable calls try until it returns something other than EAGAIN, and returns that.
// Between calls it waits until the descriptor is readable. It returns a closedError when
// the handle is closed, and [ContextCause] when ctx ends first.
//
// try is called at once, since most calls need not wait, and perhaps often. It must not
// block: the descriptor stays open while it runs. The caller holds the read semaphore,
// since there is one deadline for each direction. A receiver waits here all the time;
// calls that receive meanwhile wait for the inbox.
func (h *Handle) readable(ctx context.Context, try func(fd int) error) error {
	return h.reads.wait(h, ctx, try)
}

// writable is readable for the other direction.
func (h *Handle) writable(ctx context.Context, try func(fd int) error) error {
	return h.writes.wait(h, ctx, try)
}

// A direction is one of the two ways in which calls wait for a descriptor, and belongs
// to the holder of its semaphore. It is part of the handle, so that a call which need
// not wait allocates nothing.
type direction struct {
	write bool

	ctx     context.Context
	try     func(fd int) error
	err     error     // result of the last try
	limited bool      // ctx has a deadline of its own
	began   time.Time // of the wait, if it is limited

	// The arguments and results of readPiece, readInto and writeAll: how many bytes at
	// most, where they are, and how many were moved.
	limit  int
	limits *limits
	buf    *[maxMessage]byte
	p      []byte
	n      int
	order  ordering // held from a write until its event is published

	poll      func(fd uintptr) bool // the methods of these names
	readPiece func(fd int) error
	readInto  func(fd int) error
	writeAll  func(fd int) error

	deadline contextDeadline
	misses   int // spins in a row that found nothing
	skip     int // number of waits that must not spin
}

// ready initializes a direction when it is first used: most connections in a listener's
// queue, for example, never write.
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

// tryReadPiece reads into a buffer of scratch. It holds no buffer while it waits, since
// ten thousand receivers may wait.
func (d *direction) tryReadPiece(fd int) (err error) {
	d.buf = scratch.Get().(*[maxMessage]byte)
	if d.n, err = unix.Read(fd, d.buf[:d.most()]); err != nil {
		scratch.Put(d.buf)
		d.buf, d.n = nil, 0
	}
	return err
}

// most returns how many bytes a read may return now: few once all inboxes together are
// at their limit, since many receivers may have waited since they found room.
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

// tryWriteAll writes the rest of p.
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
		// The descriptor was replaced by one of another family, or closed.
		if _, _, ok := h.descriptor(raw); !ok {
			return closedError{h.name}
		}
	}
}

// waitOn is wait for one descriptor. It returns os.ErrClosed if that is closed
// meanwhile.
func (d *direction) waitOn(h *Handle, raw syscall.RawConn) error {
	var perr error
	if d.write {
		perr = raw.Write(d.poll)
	} else {
		perr = raw.Read(d.poll)
	}
	if d.limited {
		d.deadline.off() // its context belongs to this call only
	}
	switch {
	case perr == nil:
		return d.err
	case h.Closed():
		return closedError{h.name}
	case errors.Is(perr, os.ErrDeadlineExceeded) && d.ctx.Err() != nil:
		return ContextCause(d.ctx, d.began)
	}
	return os.ErrClosed // the poller has no error value of its own for this
}

// attempt calls try once. If it has to wait, it sets the deadline for the context; until
// then the context does not matter.
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

// A contextDeadline makes the end of a context end the waits of a direction, by setting
// a deadline in the past. It stays set from one wait to the next: a task waits with the
// same context again and again, and setting it costs as much as a read. It may be used
// concurrently.
type contextDeadline struct {
	mu      sync.Mutex
	file    *os.File
	done    <-chan struct{} // Done of the context it is set for, or nil
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

// keepFor prepares for waits on file with ctx: it clears a deadline that has passed or
// is set for another context.
func (d *contextDeadline) keepFor(ctx context.Context, file *os.File) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done != nil && (d.done != ctx.Done() || d.file != file || ctx.Err() != nil) {
		d.clear()
	}
	if d.file != file { // expire reads d.file
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

// close clears it for ever, after the descriptor is closed.
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

// A semaphore admits one call at a time: one that reads or accepts, or one that writes
// or connects.
type semaphore chan struct{}

// acquire acquires a semaphore. It fails when ctx ends or the handle is closed.
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
