package sockets

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultInbox is the default size of an inbox, in bytes.
const DefaultInbox = 1 << 20

// A Table holds handles by name, as a process's descriptor table holds
// descriptors by number. Its methods may be used concurrently.
//
// Locks are taken in this order, and none is held while a call waits:
//
//	Table.telling   so that events are published in order; see ordering
//	Table.evMu      while subscribers are called, which may ask for an address
//	Handle.mu       that of a served socket before that of its peer
//	inbox.mu        of a handle
//	eventLog.mu     of a handle
//	Table.mu        the names
//
// So no event is published with Handle.mu held. The semaphores Handle.readSem and
// Handle.writeSem are acquired before all of these locks, since they are held while a call
// waits.
type Table struct {
	// Watched starts a receiver for every handle that can receive, as at a prompt. Set it
	// before the first handle is made.
	Watched bool
	// Reserved, if set, returns an error for a name that handles must not have. Set it
	// before the first handle is made.
	Reserved func(name string) error

	mu     sync.Mutex
	byName map[string]*Handle
	order  []*Handle       // open handles, in order of creation
	gone   map[string]bool // names of closed handles
	next   int             // the number of the last generated name
	ended  bool

	running sync.WaitGroup // all goroutines that start has started
	limits  limits

	handshakeLimit time.Duration // the constant of that name, except in tests

	telling   sync.Mutex // see ordering
	evMu      sync.Mutex
	sinks     []*sink
	listening atomic.Bool
	wired     atomic.Int32  // how many subscribe to wire
	epoch     atomic.Uint64 // how many have ever done so
	detailed  atomic.Bool   // a subscriber wants an event of detailTypes
}

// NewTable returns an empty table.
func NewTable() *Table {
	t := &Table{byName: make(map[string]*Handle), gone: make(map[string]bool), handshakeLimit: handshakeLimit}
	t.SetLimits(Limits{DefaultUnread, DefaultPeers})
	return t
}

// Get returns the open handle of a name. The error says that the handle is closed, or never
// existed (see [IsNoHandle]). op is the calling verb.
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

// Handles returns the open handles, in order of creation.
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

// checkName returns an error if name is not valid for a handle, or is in use.
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

// add names h and adds it to the table; if name is empty, it generates a name. If add fails,
// the caller still owns the descriptor.
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
	if parent != nil {
		h.from = parent.name
	}
	t.byName[name] = h
	t.order = append(t.order, h)
	delete(t.gone, name)
	return nil
}

// NumberFromOne restarts the numbering of generated names at s1; names in use are skipped. It
// may be called concurrently.
func (t *Table) NumberFromOne() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = 0
}

// nameFree is checkName for a caller that does not hold the lock: it rejects a bad name
// before any system call is made.
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
