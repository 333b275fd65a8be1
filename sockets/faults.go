package sockets

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"sync"

	"golang.org/x/sys/unix"
)

// Faults are the failures to simulate on the messages that a datagram handle sends, each
// with a probability from 0 to 1.
type Faults struct {
	Drop      float64 // it is not sent
	Duplicate float64 // it is sent twice
	Reorder   float64 // it is held back and sent after the next one
	Corrupt   float64 // one bit of it is flipped
	Seed      int64   // of the random numbers: the same seed gives the same faults
}

// faults is the state of the Faults of a handle.
type faults struct {
	Faults
	mu   sync.Mutex
	rng  *rand.Rand
	held []heldMessage
}

// A heldMessage waits until the next message is sent before it.
type heldMessage struct {
	p  []byte
	to Addr
}

// SetFaults sets the faults of the messages that the handle sends from now on. The zero
// Faults turns them off and sends the messages that were held back. On a stream it
// fails: the kernel delivers all that it has accepted.
func (h *Handle) SetFaults(ctx context.Context, f Faults) error {
	if !h.kind.Datagram() {
		return h.fail("faulty", "", fmt.Errorf("%w: a %s socket delivers all data (expected a datagram socket)", unix.EOPNOTSUPP, h.kind))
	}
	for _, p := range []float64{f.Drop, f.Duplicate, f.Reorder, f.Corrupt} {
		if !(p >= 0 && p <= 1) {
			return h.fail("faulty", "", errors.New("a probability is from 0 to 1"))
		}
	}
	var next *faults
	if f.Drop+f.Duplicate+f.Reorder+f.Corrupt > 0 {
		next = &faults{Faults: f, rng: rand.New(rand.NewSource(f.Seed))}
	}
	if old := h.faults.Swap(next); old != nil {
		old.mu.Lock()
		defer old.mu.Unlock()
		return old.release(ctx, h, "faulty")
	}
	return nil
}

// send is sendMessage with faults. The caller is told that every message was sent.
func (f *faults) send(ctx context.Context, h *Handle, op string, p []byte, to Addr) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	happens := func(probability float64) bool { return f.rng.Float64() < probability }
	drop, twice, hold, corrupt := happens(f.Drop), happens(f.Duplicate), happens(f.Reorder), happens(f.Corrupt)
	bit := f.rng.Int()
	out, fault := p, ""
	if corrupt && len(p) > 0 {
		fault = "corrupt"
		out = slices.Clone(p)
		out[bit/8%len(p)] ^= 1 << (bit % 8)
	}
	if drop || hold {
		peer := to
		if peer.IsZero() {
			peer = h.PeerAddr()
		}
		if fault = "dropped"; !drop {
			fault = "held back"
			f.held = append(f.held, heldMessage{slices.Clone(out), to})
		}
		h.sent(p, peer, fault)
		return len(p), nil
	}
	n, err := h.transmit(ctx, op, out, to, fault)
	if err == nil && twice {
		_, err = h.transmit(ctx, op, out, to, "duplicate")
	}
	if err == nil {
		err = f.release(ctx, h, op)
	}
	return n, err
}

// release sends the messages that were held back. The caller holds f.mu.
func (f *faults) release(ctx context.Context, h *Handle, op string) error {
	held := f.held
	f.held = nil
	for _, m := range held {
		if _, err := h.transmit(ctx, op, m.p, m.to, "late"); err != nil {
			return err
		}
	}
	return nil
}
