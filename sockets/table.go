package sockets

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultInbox is how many bytes an inbox holds unless told.
const DefaultInbox = 1 << 20

// A Table holds handles by name, as a process's descriptor table holds
// descriptors by number. Its methods may be used concurrently.
//
// Locks are taken in this order, and none is held while a call waits:
//
//	Table.telling   so that what happens is told in order; see ordering
//	Table.evMu      while subscribers are called, who may ask for an address
//	Handle.mu       of a served socket before that of its peer
//	inbox.mu        of a handle
//	eventLog.mu     of a handle
//	Table.mu        the names
//
// So nothing is published with Handle.mu held. The semaphores
// Handle.readSem and Handle.writeSem are acquired before all of these, since they
// are held while a call waits.
type Table struct {
	// Watched makes every handle that can receive start a receiver of its own
	// accord, as at a live prompt. Set it before the first handle is made.
	Watched bool
	// Reserved, when set, returns an error for a name that handles may not
	// have. Set it before the first handle is made.
	Reserved func(name string) error

	mu     sync.Mutex
	byName map[string]*Handle
	order  []*Handle       // live handles, as they were made
	gone   map[string]bool // names of handles that are closed
	next   int             // the number of the last name made up
	ended  bool

	running sync.WaitGroup // receivers and acceptors
	limits  limits

	handshakeLimit time.Duration // the constant of that name, but for tests

	telling   sync.Mutex // see ordering
	evMu      sync.Mutex
	sinks     []*sink
	listening atomic.Bool
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{byName: make(map[string]*Handle), gone: make(map[string]bool), handshakeLimit: handshakeLimit}
	t.SetLimits(Limits{DefaultUnread, DefaultPeers})
	return t
}

// Get returns the live handle of a name. The error says that it is closed, or
// that there never was one (see [IsNoHandle]); op is the verb that asks.
func (t *Table) Get(op, name string) (*Handle, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h, ok := t.byName[name]; ok {
		return h, nil
	}
	if t.gone[name] {
		return nil, &Error{Op: op, Err: closedError{name}}
	}
	return nil, &Error{Op: op, Err: noHandleError{name}}
}

// Handles returns the live handles in the order in which they were made.
func (t *Table) Handles() []*Handle {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.order)
}

// Close closes every handle, waits until their goroutines have ended, and
// returns how many handles it closed. No handle can be made afterwards.
func (t *Table) Close() int {
	t.mu.Lock()
	t.ended = true
	open := slices.Clone(t.order)
	t.mu.Unlock()
	for _, h := range slices.Backward(open) {
		h.Close()
	}
	t.running.Wait()
	return len(open)
}

// start runs f on a goroutine that Close waits for. It returns false once Close
// has begun.
func (t *Table) start(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return false
	}
	t.running.Go(f)
	return true
}

var errTableClosed = errors.New("all handles are being closed")

// checkName says whether a handle may be called name, and that it is free.
func (t *Table) checkName(name string) error {
	for i, r := range name {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case i > 0 && (r == '.' || r == '-' || '0' <= r && r <= '9'):
		default:
			return fmt.Errorf("bad name %q (expected a letter or _, then letters, digits, _ . -)", name)
		}
	}
	if t.Reserved != nil {
		if err := t.Reserved(name); err != nil {
			return err
		}
	}
	if t.byName[name] != nil {
		return fmt.Errorf("the name %s is taken", name)
	}
	return nil
}

// add gives h its name, making one up if name is empty, and lists it. The
// caller still owns the descriptor if it fails.
func (t *Table) add(h *Handle, name string, parent *Handle) error {
	h.in.join(&t.limits)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return errTableClosed
	}
	switch {
	case name != "":
		if err := t.checkName(name); err != nil {
			return err
		}
	case parent != nil:
		for name == "" || t.byName[name] != nil {
			parent.accepted++
			name = fmt.Sprintf("%s.%d", parent.name, parent.accepted)
		}
	default:
		for name == "" || t.checkName(name) != nil {
			t.next++
			name = fmt.Sprintf("s%d", t.next)
		}
	}
	h.name, h.table = name, t
	t.byName[name] = h
	t.order = append(t.order, h)
	delete(t.gone, name)
	return nil
}

// NumberFromOne has the names that are made up for handles begin again with s1;
// those that are taken are left out. It may be called concurrently.
func (t *Table) NumberFromOne() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = 0
}

// nameFree is checkName for a caller that does not hold the lock: it refuses a
// bad name before any system call is made.
func (t *Table) nameFree(name string) error {
	if name == "" {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.checkName(name); err != nil {
		return &ParamError{"name", err}
	}
	return nil
}

func (t *Table) remove(h *Handle) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byName[h.name] == h {
		delete(t.byName, h.name)
		if len(t.gone) < 1<<16 {
			t.gone[h.name] = true
		}
	}
	if i := slices.Index(t.order, h); i >= 0 {
		t.order = slices.Delete(t.order, i, i+1)
	}
}
