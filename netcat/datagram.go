package netcat

import (
	"context"
	"errors"
	"sync"

	"sosh/sockets"
)

// runDatagrams serves a datagram socket: its first sender alone, who is
// connected to it, or with -k every sender.
func (s *server) runDatagrams(ctx context.Context) error {
	o := s.n.opt
	switch {
	case o.keepOpen && (s.n.voice.concurrent() || o.runsCommand()):
		return s.runPeers(ctx)
	case o.keepOpen:
		return s.runAnyone(ctx)
	}
	h, m, err := s.firstDatagram(ctx)
	if err != nil {
		return err
	}
	if o.unix && m.From.Path == "" {
		o.recvOnly = true // it has no path to answer to
	} else if err := h.Connect(ctx, m.From.Raw()); err != nil {
		return err
	}
	s.n.voice.accepted(h)
	if !o.runsCommand() {
		return s.n.serveFrom(ctx, h, m.Data)
	}
	return s.n.serveCommand(ctx, h, m.Data)
}

// firstDatagram waits for the first datagram of a sender that may be served, on
// any of the listeners, and closes the others.
func (s *server) firstDatagram(ctx context.Context) (*sockets.Handle, sockets.Message, error) {
	type arrival struct {
		h   *sockets.Handle
		m   sockets.Message
		err error
	}
	ctx, cancel := context.WithCancel(ctx)
	arrivals := make(chan arrival)
	var waiting sync.WaitGroup
	for _, h := range s.listeners {
		waiting.Go(func() {
			for {
				m, err := h.RecvFrom(ctx, 65536)
				if err == nil && !s.access.admitsAddr(m.From) {
					continue
				}
				select {
				case arrivals <- arrival{h, m, err}:
				case <-ctx.Done():
				}
				return
			}
		})
	}
	a := <-arrivals
	cancel()
	waiting.Wait()
	for _, h := range s.listeners {
		if h != a.h {
			h.Close()
		}
	}
	return a.h, a.m, a.err
}

// runAnyone receives from every sender; what standard input has goes to the one
// that was heard last.
func (s *server) runAnyone(ctx context.Context) error {
	in, err := standardInput()
	if err != nil {
		return err
	}
	defer in.close()
	out, err := standardOutput()
	if err != nil {
		return err
	}
	defer out.close()
	ses := &session{n: s.n, h: s.listeners[0], in: in, out: out, access: s.access, first: make(chan struct{})}
	return s.n.voice.sessionEnded(ses, ses.run(ctx))
}

// runPeers serves every sender as a client of its own.
func (s *server) runPeers(ctx context.Context) error {
	if err := s.serveListeners(); err != nil {
		return err
	}
	return s.runAll(ctx)
}

// transient reports whether an error of accept says nothing of the listener.
func transient(err error) bool {
	switch sockets.Code(err) {
	case "ECONNABORTED", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPROTO", "EPERM":
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}
