package netcat

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// A hub serves many clients at once: data from one source goes to many clients. With
// --keep-open, the source is standard input; with --broker, each client is a source
// too, and --chat adds the name of the client.
//
// It has one goroutine that reads standard input, two for each client with its own
// handle, and one for each datagram socket. All have ended when close returns.
type hub struct {
	n   *netcat
	in  *stdin  // nil: not read
	out *stdout // nil: nothing is written

	stop    context.CancelFunc
	running sync.WaitGroup
	ended   chan error // ends the run; nil means success

	outMu sync.Mutex // held while out is written

	mu      sync.Mutex
	members []*member     // in order of arrival
	joined  chan struct{} // closed when the next client joins
	nextID  int
	// noInput: standard input has ended. noMore: clients are told of the end, by a
	// FIN.
	noInput, noMore bool
}

// newHub makes a hub, and starts to read standard input if it is sent to clients.
func (n *netcat) newHub(ctx context.Context) (*hub, context.Context, error) {
	o := n.opt
	b := &hub{n: n, nextID: 4, ended: make(chan error, 1), joined: make(chan struct{})} // ncat's first client has descriptor 4
	ctx, b.stop = context.WithCancel(ctx)
	if o.runsCommand() || o.proxyType != "" {
		return b, ctx, nil
	}
	var err error
	if !o.recvOnly {
		if b.in, err = standardInput(); err != nil {
			return nil, ctx, err
		}
		b.running.Go(func() { b.readInput(ctx) })
	}
	if !o.broker && !o.sendOnly {
		if b.out, err = standardOutput(); err != nil {
			b.close()
			return nil, ctx, err
		}
		b.running.Go(func() {
			if b.out.readerGone() {
				b.end(b.n.dialect.sessionEnded(nil, &outputError{os.NewSyscallError("write", unix.EPIPE)}))
			}
		})
	}
	return b, ctx, nil
}

// close disconnects every client, and waits until all goroutines of the hub have ended.
func (b *hub) close() {
	b.stop()
	if b.in != nil {
		b.in.stop()
	}
	if b.out != nil {
		b.out.stop()
	}
	b.mu.Lock()
	for _, m := range b.members {
		m.leave()
	}
	b.mu.Unlock()
	b.running.Wait()
	if b.in != nil {
		b.in.close()
	}
	if b.out != nil {
		b.out.close()
	}
}

// end ends the run: with success if err is nil.
func (b *hub) end(err error) {
	select {
	case b.ended <- err:
	default: // it has ended already
	}
}

// runAll serves all clients at once.
func (s *server) runAll(ctx context.Context) error {
	b, ctx, err := s.n.newHub(ctx)
	if err != nil {
		return err
	}
	defer b.close()
	defer s.close()
	for {
		select {
		case c := <-s.clients:
			serve := b.client(ctx, c)
			b.running.Go(func() {
				defer s.release(c)
				defer c.Close()
				s.clientEnded(serve())
			})
		case err := <-s.failed:
			return err
		case err := <-b.ended:
			return err
		}
	}
}

// clientEnded reports how a client ended, if it should be reported, and not more
// often than a person can read.
func (s *server) clientEnded(err error) {
	if err != nil && s.peerMessages.admits() {
		s.n.dialect.status(err)
	}
}

// client adds a client to the hub, and returns the function that serves it until it
// disconnects. Since the client is added at once, it receives everything that later
// clients send.
func (b *hub) client(ctx context.Context, c *sockets.Handle) (serve func() error) {
	switch o := b.n.opt; {
	case o.runsCommand():
		return func() error {
			err := b.n.serveCommand(ctx, c, nil)
			if statusOf(err) == 1 && o.verbose == 0 {
				return nil // a network failure of one client is reported only with -v
			}
			return err
		}
	case o.proxyType != "":
		return func() error { return b.n.serveProxy(ctx, c) }
	}
	m := newMember(c, c.PeerAddr())
	others := b.join(m)
	return func() error {
		b.announce(m, others)
		return b.serve(ctx, m)
	}
}

// serve serves a client with its own handle.
func (b *hub) serve(ctx context.Context, m *member) error {
	defer b.part(m)
	var sending sync.WaitGroup
	sending.Go(func() { m.sendQueue(ctx) })
	defer sending.Wait()
	defer m.leave()
	err := b.receive(ctx, m)
	if errors.Is(err, io.EOF) {
		m.drain(lingerTime) // it may still read
	}
	if errors.Is(err, sockets.ErrTruncated) && !b.n.opt.broker {
		return b.n.dialect.sessionEnded(nil, err) // the output is incomplete
	}
	return nil // the end of one client does not concern the others
}

// receive reads the data of a client, and passes it on.
func (b *hub) receive(ctx context.Context, m *member) error {
	limit := b.n.opt.idleTimeout
	for {
		wait, cancel := ctx, context.CancelFunc(func() {})
		if limit > 0 {
			left := limit - m.idle()
			if left <= 0 {
				return errIdle
			}
			wait, cancel = context.WithTimeout(ctx, left)
		}
		msg, err := m.h.Recv(wait, 65536)
		cancel()
		if err != nil {
			if limit > 0 && ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded) {
				continue // data may have moved in the other direction
			}
			return err
		}
		if err := b.came(ctx, m, msg.Data); err != nil {
			return err
		}
	}
}

// came passes on data from a client. An error concerns only the client's own
// connection.
func (b *hub) came(ctx context.Context, m *member, p []byte) error {
	o := b.n.opt
	m.touch()
	m.heard.Store(m.active.Load())
	if o.sendOnly || o.broker && o.recvOnly {
		return nil
	}
	b.n.tee.log(inward, p)
	if o.telnet {
		data, reply := m.telnet.parse(p)
		if len(reply) > 0 {
			if err := b.sendTo(ctx, m, reply); err != nil {
				return err
			}
		}
		if b.n.dialect.stripsTelnet {
			p = slices.Clone(data)
		}
	}
	switch {
	case o.chat:
		p = said(m.id, p)
		b.n.tee.log(outward, p)
		b.broadcast(p, m)
	case o.broker:
		b.n.tee.log(outward, p)
		b.broadcast(p, m)
	default:
		b.outMu.Lock()
		defer b.outMu.Unlock()
		if _, err := b.out.Write(p); err != nil && err != errStopped {
			b.end(b.n.dialect.sessionEnded(nil, &outputError{err}))
		}
	}
	return nil
}

// join adds a client, and returns the clients that joined before.
func (b *hub) join(m *member) (others []*member) {
	b.mu.Lock()
	m.id = b.nextID
	b.nextID++
	others = slices.Clone(b.members)
	b.members = append(b.members, m)
	noMore := b.noMore
	close(b.joined)
	b.joined = make(chan struct{})
	b.mu.Unlock()
	if noMore {
		b.send(nil, []*member{m})
	}
	return others
}

// part removes a client, and in a chat announces that to all others.
func (b *hub) part(m *member) {
	b.mu.Lock()
	b.members = slices.DeleteFunc(b.members, func(o *member) bool { return o == m })
	b.mu.Unlock()
	b.announceEnd(m)
}

// here returns the present clients, and a channel that is closed when another client
// joins.
func (b *hub) here() ([]*member, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.members), b.joined
}

// broadcast sends p to every client but one.
func (b *hub) broadcast(p []byte, but *member) {
	to, _ := b.here()
	b.send(p, slices.DeleteFunc(to, func(m *member) bool { return m == but }))
}

// send sends p to clients; nil marks the end of the data. A client that falls too far
// behind is dropped if others wait for it.
func (b *hub) send(p []byte, to []*member) {
	for _, m := range to {
		if m.shared {
			b.sendTo(context.Background(), m, p)
			continue
		}
		alone := func() bool { return len(to) == 1 && b.few() }
		if !m.put(p, alone) && m.leave() && b.n.opt.verbose > 0 {
			b.n.say("%s: %s reads too slowly and is dropped.", b.n.dialect.prefix, peerName(m.peer))
		}
	}
}

// few reports whether there are at most two clients, a sender and a receiver. Then
// waiting for a slow client delays nobody else.
func (b *hub) few() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n.opt.broker {
		return len(b.members) <= 2
	}
	return len(b.members) <= 1
}

// roomTime is how long a datagram waits for space in the send buffer.
const roomTime = 20 * time.Millisecond

// sendTo sends p without the queue of a client. A datagram is lost if the send buffer
// stays full; later ones to the same address then do not wait.
func (b *hub) sendTo(ctx context.Context, m *member, p []byte) error {
	if !m.shared {
		_, err := m.h.Send(ctx, p)
		return err
	}
	if p == nil || !m.peer.HasPort() && m.peer.Path == "" {
		return nil
	}
	b.mu.Lock()
	wait := roomTime
	if m.full {
		wait = 0
	}
	b.mu.Unlock()
	limited, cancel := context.WithTimeout(ctx, wait)
	_, _, err := m.h.SendSplit(limited, m.peer.Raw(), p)
	cancel()
	b.mu.Lock()
	m.full = errors.Is(err, os.ErrDeadlineExceeded)
	b.mu.Unlock()
	m.touch()
	return nil
}
