package netcat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// A hub serves many clients at once: what one side says goes to many. With
// --keep-open that side is standard input; with --broker each client, and
// --chat says who it was.
type hub struct {
	n       *netcat
	mu      sync.Mutex
	members []*member // in the order in which they came
	nextID  int
	noMore  bool // standard input has ended: nothing will be sent
	// startInput has standard input read, which waits for the first client; nil
	// where it is not for them.
	startInput func()
	running    sync.WaitGroup
}

// A member is a client of a hub. Its queue is sent by a goroutine of its own,
// so that one which does not read holds up the others for a while only.
type member struct {
	h     *sockets.Handle
	id    int
	queue chan []byte
	gone  chan struct{}
	once  sync.Once
}

const (
	// queueLength is how many pieces wait for one client.
	queueLength = 64
	// stuckTime is how long a client may read nothing while its queue is full.
	stuckTime = 5 * time.Second
)

func (m *member) leave() { m.once.Do(func() { close(m.gone); m.h.Close() }) }

// send puts a piece in the client's queue.
func (m *member) send(p []byte) {
	select {
	case m.queue <- p:
		return
	case <-m.gone:
		return
	default:
	}
	timer := time.NewTimer(stuckTime)
	defer timer.Stop()
	select {
	case m.queue <- p:
	case <-m.gone:
	case <-timer.C:
		m.leave()
	}
}

// runAll serves all clients at once.
func (s *server) runAll(ctx context.Context) error {
	o := s.n.opt
	b := &hub{n: s.n, nextID: 4} // ncat's first client has descriptor 4
	input := func() {}
	if !o.broker && !o.runsCommand() && o.proxyType == "" && !o.recvOnly {
		in, err := standardInput()
		if err != nil {
			return err
		}
		var reader sync.WaitGroup
		b.startInput = sync.OnceFunc(func() { reader.Go(func() { b.readInput(in) }) })
		input = func() { in.stop(); reader.Wait(); in.close() }
	}
	defer func() {
		s.close()
		b.abort()
		b.running.Wait()
		input()
	}()
	slots := make(chan struct{}, max(o.maxConns, 1))
	for {
		c, err := s.next(ctx)
		if err != nil {
			return err
		}
		select {
		case slots <- struct{}{}:
		default:
			s.n.voice.full(c, cap(slots))
			c.Close()
			continue
		}
		b.running.Go(func() {
			defer func() { <-slots }()
			if err := b.serve(ctx, c); err != nil {
				s.n.voice.status(err)
			}
			c.Close()
		})
	}
}

// serve serves one client, until it leaves.
func (b *hub) serve(ctx context.Context, c *sockets.Handle) error {
	o := b.n.opt
	switch {
	case o.runsCommand():
		return b.n.serveCommand(ctx, c, nil)
	case o.proxyType != "":
		return b.n.serveProxy(ctx, c)
	}
	m := b.join(c)
	defer b.part(m)
	var sending sync.WaitGroup
	sending.Go(func() { m.sendQueue(ctx) })
	defer sending.Wait()
	defer m.leave()
	err := b.receive(ctx, m)
	var out *outputError
	if errors.As(err, &out) {
		return &failure{status: 2, text: "write: " + causeOf(out.err)}
	}
	if errors.Is(err, sockets.ErrTruncated) && !o.broker {
		return b.n.voice.sessionEnded(nil, err) // what was printed of it is not all
	}
	return nil // one client's end, whatever it was, is nothing to the others
}

// receive takes what a client sends, and passes it on.
func (b *hub) receive(ctx context.Context, m *member) error {
	o := b.n.opt
	for {
		wait, cancel := ctx, context.CancelFunc(func() {})
		if o.idleTimeout > 0 {
			wait, cancel = context.WithTimeout(ctx, o.idleTimeout)
		}
		msg, err := m.h.Recv(wait, 65536)
		cancel()
		if err != nil {
			return err
		}
		switch {
		case o.chat:
			b.broadcast([]byte(fmt.Sprintf("<user%d> %s", m.id, plainText(msg.Data))), m)
		case o.broker:
			b.broadcast(slices.Clone(msg.Data), m)
		case o.sendOnly:
		default:
			b.mu.Lock()
			err = writeAll(1, msg.Data) // one at a time
			b.mu.Unlock()
			if err != nil {
				return &outputError{err}
			}
		}
	}
}

// sendQueue sends what is queued for a client, until it leaves.
func (m *member) sendQueue(ctx context.Context) {
	for {
		select {
		case p := <-m.queue:
			if p == nil {
				m.h.Shutdown(unix.SHUT_WR)
				continue
			}
			if _, err := m.h.Send(ctx, p); err != nil {
				m.leave()
				return
			}
		case <-m.gone:
			return
		}
	}
}

// join adds a client, and in a chat tells everyone.
func (b *hub) join(c *sockets.Handle) *member {
	m := &member{h: c, queue: make(chan []byte, queueLength), gone: make(chan struct{})}
	b.mu.Lock()
	m.id = b.nextID
	b.nextID++
	others := slices.Clone(b.members)
	b.members = append(b.members, m)
	if b.noMore && b.n.opt.halfClose {
		m.queue <- nil
	}
	b.mu.Unlock()
	if b.startInput != nil {
		b.startInput()
	}
	if b.n.opt.chat {
		host := peerName(c.PeerAddr())
		hello := []byte(fmt.Sprintf("<announce> %s is connected as <user%d>.\n", host, m.id))
		list := "nobody"
		for i, o := range others {
			if i == 0 {
				list = ""
			} else {
				list += ", "
			}
			list += fmt.Sprintf("%s as <user%d>", peerName(o.h.PeerAddr()), o.id)
		}
		for _, o := range append(others, m) {
			o.send(hello)
		}
		m.send([]byte("<announce> already connected: " + list + ".\n"))
	}
	return m
}

// part takes a client out.
func (b *hub) part(m *member) {
	b.mu.Lock()
	b.members = slices.DeleteFunc(b.members, func(o *member) bool { return o == m })
	b.mu.Unlock()
	if b.n.opt.chat {
		b.broadcast([]byte(fmt.Sprintf("<announce> <user%d> is disconnected.\n", m.id)), nil)
	}
}

// broadcast sends p to every client but one.
func (b *hub) broadcast(p []byte, but *member) {
	b.mu.Lock()
	to := slices.Clone(b.members)
	b.mu.Unlock()
	for _, m := range to {
		if m != but {
			m.send(p)
		}
	}
}

// abort ends every client.
func (b *hub) abort() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.members {
		m.leave()
	}
}

// readInput sends standard input to everyone; its end becomes a FIN.
func (b *hub) readInput(in *stdin) {
	buf := make([]byte, 64<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			b.broadcast(slices.Clone(buf[:n]), nil)
		}
		if err == errStopped {
			return
		}
		if err != nil {
			b.mu.Lock()
			b.noMore = true
			b.mu.Unlock()
			if b.n.opt.halfClose {
				b.broadcast(nil, nil)
			}
			return
		}
	}
}

// plainText is what a client of a chat has sent, with control characters
// escaped so that they do nothing to the terminals of the others.
func plainText(p []byte) string {
	var s strings.Builder
	for _, c := range p {
		if c >= 0x20 && c < 0x7f || c == '\n' || c == '\r' || c == '\t' {
			s.WriteByte(c)
			continue
		}
		fmt.Fprintf(&s, "\\%03o", c)
	}
	return s.String()
}
