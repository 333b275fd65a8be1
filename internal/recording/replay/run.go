package replay

import (
	"context"
	"errors"
	"sync"

	"sosh/sockets"
)

// Run plays the clients against the server at address, or,
// if serve is true, the server at that address. listening is called with the address at which it
// serves; nil is allowed. It returns the first divergence or error, as [Replay.Dial] does.
func (r *Replay) Run(ctx context.Context, address string, serve bool, listening func(address string, port int) error) error {
	if !serve {
		return r.Dial(ctx, address)
	}
	kind, address, err := r.Prepare(address)
	if err != nil {
		return err
	}
	h, err := r.table.Socket(kind, "")
	if err != nil {
		return err
	}
	defer h.Close()
	switch kind {
	case sockets.TLS, sockets.DTLS:
		if err := h.SetTLS(r.options.TLS); err != nil {
			return err
		}
	}
	if kind.Network() == "tcp" {
		if err := h.SetOption("reuseaddr", "1"); err != nil {
			return err
		}
	}
	if err := h.Bind(ctx, address); err != nil {
		return err
	}
	if !kind.Datagram() {
		if err := h.Listen(-1); err != nil {
			return err
		}
	}
	if listening != nil {
		if err := listening(h.LocalAddr().String(), int(h.LocalAddr().Port())); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	failed := make(chan error, 1)
	var playing sync.WaitGroup
	err = h.Serve(func(c *sockets.Handle) {
		playing.Go(func() {
			defer c.Close()
			if err := r.Serve(ctx, c); err != nil && !(r.options.KeepGoing && errors.Is(err, errMore)) {
				select {
				case failed <- err:
				default:
				}
			}
		})
	})
	if err != nil {
		return err
	}
	select {
	case err = <-failed:
		cancel(sockets.Cancelled("another connection has failed"))
	case <-r.done:
		select {
		case err = <-failed:
		default:
		}
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	h.Close()
	playing.Wait()
	return err
}
