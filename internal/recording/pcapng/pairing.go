package pcapng

import (
	"strings"

	"sosh/internal/recording"
)

// A pairing finds the two handles of a connection of unix sockets. A client seldom has a
// name, so the addresses do not identify it. But events say whether the peer is in the same
// process, and a listener accepts in the order in which clients connect.
type pairing struct {
	waiting *lru[waitKey, []*conn]
}

// waitKey is a path, and which end of the connections that wait for their other one is
// known.
type waitKey struct {
	path   string
	server bool
}

// Limits of what waits for its other end.
const (
	maxPaths   = 1 << 6
	maxWaiting = 1 << 10 // for each path
)

func newPairing() *pairing { return &pairing{newLRU[waitKey, []*conn](maxPaths)} }

// path returns what two unix sockets have in common. ok is false for all others, and for
// those that have names.
func (s *endpoint) path(ev *recording.Event, server bool) (path string, ok bool) {
	path, client := s.peer, s.local
	if server {
		path, client = s.local, s.peer
	}
	return path, ev.Own && (client == "" || strings.HasPrefix(client, noName))
}

// dequeue returns the connection whose other end the event belongs to, or nil.
func (p *pairing) dequeue(s *endpoint, ev *recording.Event, server bool) *conn {
	path, ok := s.path(ev, server)
	if !ok {
		return nil
	}
	key := waitKey{path, !server}
	list, _ := p.waiting.get(key)
	if len(list) == 0 {
		return nil
	}
	c := list[0]
	if list = list[1:]; len(list) == 0 {
		p.waiting.remove(key)
	} else {
		p.waiting.put(key, list)
	}
	return c
}

// enqueue lets a connection wait for its other end.
func (p *pairing) enqueue(s *endpoint, ev *recording.Event, server bool) {
	path, ok := s.path(ev, server)
	if !ok {
		return
	}
	key := waitKey{path, server}
	list, _ := p.waiting.get(key)
	if len(list) >= maxWaiting {
		list = list[1:]
	}
	p.waiting.put(key, append(list, s.conn))
}
