package replay

import (
	"context"
	"errors"
	"time"

	"sosh/sockets"
)

// Prepare starts playing the server, and returns the kind of socket and the address to
// serve at: address, or that of the recording if it is "".
func (r *Replay) Prepare(address string) (sockets.Kind, string, error) {
	if err := r.one(); err != nil {
		return "", "", err
	}
	kind, address, err := where(r.list[0].Conversation, address)
	if err == nil {
		r.prepare(false)
	}
	return kind, address, err
}

// errMore is the error for a client beyond those of the recording.
var errMore = errors.New("more clients connected than the recording has")

// Serve plays the server with one client that has connected, and closes its handle at the end.
// It returns the first divergence, or the error of a call. After an error the handle is still
// open, so that the client does not see an end before the error is known. Clients may be served at
// the same time: each gets the first recorded connection that was not played. If recorded
// connections overlapped, the client's first data selects one of them. [Replay.Prepare] must have been called.
func (r *Replay) Serve(ctx context.Context, h *sockets.Handle) error {
	p := &player{r: r, h: h, peer: h.PeerAddr().String(), began: time.Now()}
	c, choice := r.take(p, false)
	if choice {
		// The client's first data selects the conversation.
		lctx, cancel := p.limit(ctx, step{})
		p.recv(lctx, 0)
		cancel()
		c, _ = r.take(p, true)
	}
	if c == nil {
		return errMore
	}
	defer r.finish(c)
	p.c, p.rules = c, rulesFor(c.Server.Address, h.LocalAddr().String())
	err := p.play(ctx)
	var d *Divergence
	if errors.As(err, &d) && r.options.KeepGoing {
		return nil
	}
	return err
}

// take assigns a conversation to a client; nil if all are taken. choice is true if the client
// sends first and several conversations are candidates: call take again when the client has sent
// data.
func (r *Replay) take(p *player, said bool) (c *conversation, choice bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []*conversation // the candidates
	for _, c := range r.list {
		if !c.taken && (len(list) == 0 || c.Events[0].ID < list[0].Events[len(list[0].Events)-1].ID) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil, false
	}
	c = list[0]
	speaks := func(c *conversation) bool { return len(c.steps) > 0 && c.steps[0].kind == stepRead }
	if !said && len(list) > 1 && speaks(c) {
		return nil, true
	}
	for i := 0; said && i < len(list); i++ {
		if !speaks(list[i]) {
			continue
		}
		rules := rulesFor(list[i].Server.Address, p.h.LocalAddr().String())
		if v, _ := match(p.buf, list[i].steps[0].data, r.options.Mask, rules); v != other && v != doubt {
			c = list[i]
			break
		}
	}
	c.taken = true
	return c, false
}
