package replay

import (
	"context"
	"sync"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const shutWrite = unix.SHUT_WR

// Dial plays the clients against the server at address, which may have a scheme such as tls://;
// "" is the address of the recording. It returns the first divergence, or the error of a call.
// With [Options.KeepGoing], it plays all connections, and divergences are not errors.
func (r *Replay) Dial(ctx context.Context, address string) error {
	if address != "" {
		if err := r.one(); err != nil {
			return err
		}
	}
	r.prepare(true)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var playing sync.WaitGroup
	var mu sync.Mutex
	var first error
	failed := func(err error) {
		if _, ok := err.(*Divergence); err == nil || ok && r.options.KeepGoing {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
			cancel(sockets.Cancelled("another connection has failed"))
		}
	}
	start := time.Now()
	for _, c := range r.list {
		begin := c.Events[0]
		err := r.order.wait(ctx, c.index, begin.ID)
		if err == nil && r.options.Speed > 0 {
			since := time.Duration(float64(begin.Time-r.list[0].Events[0].Time) / r.options.Speed)
			err = sockets.Pause(ctx, since-time.Since(start))
		}
		if err != nil {
			break
		}
		p, err := r.dial(ctx, c, address)
		if err != nil {
			failed(err)
			r.finish(c)
			if r.options.KeepGoing {
				continue
			}
			break
		}
		next := ended
		if len(c.steps) > 0 {
			next = c.steps[0].at
		}
		r.order.set(c.index, next)
		playing.Go(func() {
			failed(p.play(ctx))
			p.h.Close()
			r.finish(c)
		})
	}
	playing.Wait()
	if first == nil && ctx.Err() != nil {
		return sockets.ContextCause(ctx, start)
	}
	return first
}

// dial connects the client of a conversation.
func (r *Replay) dial(ctx context.Context, c *conversation, address string) (*player, error) {
	kind, target, err := where(c.Conversation, address)
	if err != nil {
		return nil, err
	}
	h, err := r.table.Socket(kind, "")
	if err != nil {
		return nil, err
	}
	o := r.options.TLS
	for _, ev := range c.Events {
		if ev.TLS != nil && o.ServerName == "" {
			o.ServerName = ev.TLS.Name
		}
	}
	switch kind {
	case sockets.TLS, sockets.TLS4, sockets.TLS6, sockets.DTLS, sockets.DTLS4, sockets.DTLS6:
		err = h.SetTLS(o)
	}
	p := &player{r: r, c: c, client: true, h: h}
	if err == nil {
		lctx, cancel := p.limit(ctx, step{})
		err = h.Connect(lctx, target)
		cancel()
	}
	if err != nil {
		h.Discard()
		return nil, err
	}
	p.peer, p.began = h.PeerAddr().String(), time.Now()
	p.rules = rulesFor(c.Server.Address, p.peer)
	return p, nil
}
