// Package replay plays one side of a recording against a real peer: the clients against a
// server, or the server against clients. It sends each recorded part of its side after the peer's
// previous part has arrived, and compares that part with the recording.
//
// It knows no Lua and no terminal.
package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/internal/recording"
	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/tlsconf"
	"sosh/sockets/whose"
)

// DefaultTimeout is how long a replay waits for each part of the peer's data.
const DefaultTimeout = 10 * time.Second

// Options say how a recording is played. The zero value is usable.
type Options struct {
	// Mask matches data that may differ. If this side sends a masked value back later, it
	// sends the received value instead of the recorded one.
	Mask []*regexp.Regexp
	// Speed keeps the recorded pauses, divided by it: 1 as recorded, 2 twice as fast. 0 waits
	// only for the peer.
	Speed float64
	// Timeout is how long to wait for each part of the other side, in addition to the time that
	// it took in the recording. 0 is [DefaultTimeout], less than 0 no limit.
	Timeout time.Duration
	// KeepGoing continues with the next part after a divergence.
	KeepGoing bool
	// Only plays the connections of the server that had this address in the recording; the host
	// may be left out.
	Only string
	// TLS are the options of connections that use TLS.
	TLS tlsconf.Options
	// Diverged is called for the first divergence, and with KeepGoing for each, by one goroutine
	// at a time; nil is allowed.
	Diverged func(*Divergence)
}

// A Replay plays one side of a recording, once. Its methods may be used concurrently.
type Replay struct {
	table   *sockets.Table
	own     bool // the table is the replay's
	options Options
	list    []*conversation
	order   order

	mu       sync.Mutex
	stats    Stats
	echoes   []echo
	finished int           // conversations that were played
	done     chan struct{} // closed when all were
}

// Stats count what was played.
type Stats struct {
	Connections    int
	Sent, Received int64 // bytes
	Divergences    int
}

// A conversation is a conversation of the recording, with the steps of this side.
type conversation struct {
	*recording.Conversation
	index int
	steps []step
	taken bool // a client plays it; guarded by the replay's mu
}

// A step is an action of this side, or an event that it waits for.
type step struct {
	kind  stepKind
	at    int // the position in the recording; of data that came in pieces, of the last
	first int // of the first piece
	time  time.Duration
	wait  time.Duration // recorded, since the step before
	data  []byte
	tls   *recording.TLSInfo
}

type stepKind uint8

const (
	stepSend stepKind = iota
	stepRead
	stepShutdown // this side shuts down sending
	stepEnd      // the peer ends its stream
	stepAbort
	stepClose
	stepTLS
)

// New returns a replay of events, with handles of a table; nil makes one, which Close closes. It
// is an error if there are no connections, or none that match [Options.Only].
func New(table *sockets.Table, events []recording.Event, o Options) (*Replay, error) {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	r := &Replay{table: table, options: o, done: make(chan struct{})}
	if table == nil {
		r.table, r.own = sockets.NewTable(), true
	}
	events = slices.Clone(events)
	for i := range events {
		events[i].ID = i + 1
	}
	all := recording.Conversations(events)
	for _, c := range all {
		if len(c.Events) > 0 && (o.Only == "" || c.Server.Address == o.Only || strings.HasSuffix(c.Server.Address, ":"+strings.TrimPrefix(o.Only, ":"))) {
			r.list = append(r.list, &conversation{Conversation: c})
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("the recording has no connections")
	case len(r.list) == 0:
		return nil, fmt.Errorf("the recording has no connection to %s (it has connections to %s)", show.Name(o.Only), strings.Join(servers(all), ", "))
	}
	slices.SortStableFunc(r.list, func(a, b *conversation) int { return a.Events[0].ID - b.Events[0].ID })
	for i, c := range r.list {
		c.index = i
	}
	return r, nil
}

// one returns an error if the connections are not all to one server.
func (r *Replay) one() error {
	var all []*recording.Conversation
	for _, c := range r.list {
		all = append(all, c.Conversation)
	}
	if list := servers(all); len(list) > 1 {
		return &SeveralError{list}
	}
	return nil
}

// Hint returns what may help against an error of a replay, or "".
func Hint(err error) string {
	var several *SeveralError
	var of *sockets.Error
	switch {
	case errors.As(err, &several):
		return "--only " + several.Servers[0] + " selects one of them"
	case errors.As(err, &of) && sockets.Code(err) == "tls" && of.Op == "connect":
		return "--trust FILE trusts its CA; --verify=false accepts any certificate"
	case errors.As(err, &of):
		return cmp.Or(whose.Hint(nil, err), of.Hint)
	}
	return ""
}

// A SeveralError says that a recording has connections to more than one server.
type SeveralError struct{ Servers []string }

func (e *SeveralError) Error() string {
	return fmt.Sprintf("the recording has connections to %d servers: %s (expected one)", len(e.Servers), strings.Join(e.Servers, ", "))
}

// servers returns the addresses of the servers, escaped, at most ten.
func servers(list []*recording.Conversation) (all []string) {
	for _, c := range list {
		if a := show.Name(c.Server.Address); !slices.Contains(all, a) && len(all) < 10 {
			all = append(all, a)
		}
	}
	return all
}

// Stats returns what was played so far.
func (r *Replay) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Done returns a channel that is closed when every connection was played.
func (r *Replay) Done() <-chan struct{} { return r.done }

// Table returns the table of the handles.
func (r *Replay) Table() *sockets.Table { return r.table }

// Close closes the handles of a table that New has made.
func (r *Replay) Close() {
	if r.own {
		r.table.Close()
	}
}

// prepare sets the steps of this side, and the order of all steps.
func (r *Replay) prepare(client bool) {
	for _, c := range r.list {
		c.steps = stepsOf(c.Conversation, client)
		r.order.next, r.order.begin = append(r.order.next, c.Events[0].ID), append(r.order.begin, c.Events[0].ID)
	}
	r.order.moved = sync.NewCond(&r.order.mu)
}

// stepsOf returns what one side does in a conversation.
func stepsOf(c *recording.Conversation, client bool) (steps []step) {
	said, closed, ended := false, false, false
	before := c.Events[0].Time
	for _, t := range c.Turns() {
		mine := t.FromClient == client
		first, last := t.Events[0], t.Events[len(t.Events)-1]
		s := step{at: last.ID, first: first.ID, time: last.Time, data: t.Data, tls: first.TLS}
		switch t.Type {
		case recording.Sent:
			said = true
			if !mine {
				s.kind = stepRead
				break
			}
			for _, ev := range t.Events {
				steps = append(steps, step{kind: stepSend, at: ev.ID, first: ev.ID, time: ev.Time, wait: pause(before, ev.Time), data: ev.Data})
				before = ev.Time
			}
			continue
		case recording.HalfClose, recording.Reset, recording.Closed:
			switch {
			case c.Datagram() && t.Type != recording.Closed, mine && closed, !mine && (ended || c.Datagram()):
				continue
			case !mine:
				s.kind, ended = stepEnd, true
			case t.Type == recording.HalfClose:
				s.kind = stepShutdown
			case t.Type == recording.Reset:
				s.kind, closed = stepAbort, true
			default:
				s.kind, closed = stepClose, true
			}
		case recording.TLS:
			if !said || t.Events[0].TLS == nil || c.Datagram() {
				continue // connect and accept make it
			}
			s.kind = stepTLS
		case recording.Gap:
			return steps // what follows is not known
		default:
			continue
		}
		s.wait, before = pause(before, last.Time), last.Time
		steps = append(steps, s)
	}
	return steps
}

// pause returns the time between two events; the times of a recording may be anything.
func pause(from, to time.Duration) time.Duration { return min(max(to-from, 0), 24*time.Hour) }

// secure reports whether a conversation used TLS or DTLS from its beginning.
func secure(c *recording.Conversation) bool {
	for _, ev := range c.Events {
		switch ev.Type {
		case recording.TLS:
			return ev.TLS != nil
		case recording.Sent, recording.Data:
			return strings.HasPrefix(c.Kind, "tls") || strings.HasPrefix(c.Kind, "dtls")
		}
	}
	return strings.HasPrefix(c.Kind, "tls") || strings.HasPrefix(c.Kind, "dtls")
}

// where returns the kind of socket and the address for a conversation: address, which may have
// a scheme, or that of the recording.
func where(c *recording.Conversation, address string) (sockets.Kind, string, error) {
	kind := sockets.Kind(strings.TrimRight(c.Kind, "46"))
	if kind == sockets.TCP && secure(c) {
		kind = sockets.TLS
	}
	if kind == "" {
		kind = sockets.TCP
	}
	if _, err := sockets.ParseKind(string(kind)); err != nil {
		return "", "", err
	}
	switch {
	case address == "" && c.Server.Address == "":
		return "", "", errors.New("the recording lacks the address of the server")
	case address == "":
		return kind, c.Server.Address, nil
	case strings.Contains(address, "://"):
		return sockets.SplitURL(address)
	}
	isPath := strings.HasPrefix(address, "@") || strings.Contains(address, "/")
	switch isUnix := strings.HasPrefix(string(kind), "unix"); {
	case isPath && !isUnix:
		kind = sockets.Unix
	case !isPath && isUnix:
		kind = sockets.TCP
	}
	return kind, address, nil
}

// order keeps the order in which steps were recorded, over all connections.
type order struct {
	mu    sync.Mutex
	moved *sync.Cond
	next  []int // of each conversation, the position of its next step
	begin []int // of each conversation, its first position; in order
	low   int   // the conversations before this one have ended
}

// ended is the position of a conversation without further steps.
const ended = int(^uint(0) >> 1)

// set sets the position of a conversation's next step.
func (o *order) set(i, at int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next[i] = at
	for o.low < len(o.next) && o.next[o.low] == ended {
		o.low++
	}
	o.moved.Broadcast()
}

// wait returns when every step of the other conversations before a position was made, or when
// ctx ends.
func (o *order) wait(ctx context.Context, i, at int) error {
	stop := context.AfterFunc(ctx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.moved.Broadcast()
	})
	defer stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		earlier := false
		for j := o.low; j < len(o.next) && o.begin[j] < at && !earlier; j++ {
			earlier = j != i && o.next[j] < at
		}
		if !earlier {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		o.moved.Wait()
	}
}
