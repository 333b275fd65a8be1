package decoders

import (
	"errors"
	"fmt"
	"strings"

	"sosh/internal/show"
	"sosh/script/lualib"

	lua "github.com/yuin/gopher-lua"
)

// A Direction says whether bytes were received or sent.
type Direction int

// The directions.
const (
	In  Direction = iota // received
	Out                  // sent
)

// A Conn decodes the two directions of a connection.
type Conn struct {
	codec  *Codec
	state  *lua.LTable
	server bool // this end accepted it
	dgram  bool
	dirs   [2]flow
}

// A flow is one direction of a connection.
type flow struct {
	buf     string
	need    int         // bytes that decode asked for
	table   *lua.LTable // of the codec's, for this direction alone
	failed  int         // how many pieces in a row could not be decoded
	waiting bool        // the beginning of a message was reported
}

// maxFailures is how many pieces in a row may not be decoded before decoding ends.
const maxFailures = 16

// maxMessages is how many messages of one piece are shown.
const maxMessages = 200

// A Result is what became of some bytes.
type Result struct {
	Messages []string // foreign text, a line each
	More     int      // messages that were decoded, beyond those
	// Plain is what could not be decoded, at the end of the bytes so far, and Err why.
	Plain []byte
	Err   error
	// Waiting is how many bytes wait for the rest of their message. It is 0 if
	// messages were decoded, or the same was said before.
	Waiting int
	Done    bool // no more is decoded in this direction
}

// NewConn returns a connection. server says that this end accepted it, datagram that
// each piece is a message of its own.
func (c *Codec) NewConn(server, datagram bool) *Conn {
	n := &Conn{codec: c, server: server, dgram: datagram}
	n.clear()
	return n
}

// clear resets the state.
func (n *Conn) clear() {
	e := n.codec.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	n.state = e.in.L.NewTable()
	n.state.RawSetString("parts", lua.LTrue)
	for i := range n.dirs {
		e.held -= len(n.dirs[i].buf)
		n.dirs[i] = flow{table: e.in.L.NewTable()}
	}
}

// SetState sets the fields that decode and encode find in their second argument, for
// a direction of a connection that a server accepted or not: from, "client" or
// "server", flow, a table for this direction, ended, and datagram.
func SetState(state, flow *lua.LTable, d Direction, server, datagram, ended bool) {
	from := lua.LString("client")
	if server == (d == Out) {
		from = "server"
	}
	state.RawSetString("from", from)
	state.RawSetString("flow", flow)
	state.RawSetString("ended", lua.LBool(ended || datagram))
	state.RawSetString("datagram", lua.LBool(datagram))
}

// Codec returns the codec.
func (n *Conn) Codec() *Codec { return n.codec }

// Close drops the bytes that wait. No other method may be called after it.
func (n *Conn) Close() { n.clear() }

// Skip says that bytes of a direction were not given to Feed: the next piece is
// taken as the beginning of a message.
func (n *Conn) Skip(d Direction) {
	e := n.codec.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	n.drop(&n.dirs[d])
}

func (n *Conn) drop(f *flow) {
	n.codec.engine.held -= len(f.buf)
	f.buf, f.need, f.waiting = "", 0, false
	f.table = n.codec.engine.in.L.NewTable() // what a codec knew of the bytes before is no longer valid
}

// Feed decodes more bytes of a direction. It keeps no reference to p.
func (n *Conn) Feed(d Direction, p []byte) Result { return n.feed(d, p, false) }

// End decodes what is left at the end of a direction.
func (n *Conn) End(d Direction) Result { return n.feed(d, nil, true) }

func (n *Conn) feed(d Direction, p []byte, ended bool) (r Result) {
	e, f := n.codec.engine, &n.dirs[d]
	e.mu.Lock()
	defer e.mu.Unlock()
	if f.failed >= maxFailures {
		r.Plain, r.Done = p, true
		return r
	}
	f.buf += string(p)
	e.held += len(p)
	SetState(n.state, f.table, d, n.server, n.dgram, ended)
	for at := 0; ; {
		rest := f.buf[at:]
		used := 0
		var text string
		if len(rest) > 0 && (len(rest) >= f.need || ended) {
			f.need = 0
			var err error
			if text, used, err = n.message(rest, f); err != nil {
				return n.plain(r, f, rest, err)
			}
		}
		if used > 0 {
			f.failed, f.waiting = 0, false
			at += used
			if len(r.Messages) < maxMessages {
				r.Messages = append(r.Messages, text)
			} else {
				r.More++
			}
			continue
		}
		switch {
		case len(rest) > 0 && (ended || n.dgram):
			return n.plain(r, f, rest, errors.New("it ends within a message"))
		case len(rest) > maxMessage:
			return n.plain(r, f, rest, fmt.Errorf("a message of more than %s", show.Size(maxMessage)))
		case e.held > maxHeld:
			return n.plain(r, f, rest, fmt.Errorf("%s of all connections wait to be decoded", show.Size(maxHeld)))
		}
		if len(rest) > 0 && len(r.Messages) == 0 && !f.waiting {
			f.waiting, r.Waiting = true, len(rest)
		}
		if e.held -= at; at > 0 {
			f.buf = strings.Clone(rest)
		}
		return r
	}
}

// plain drops the bytes that are left, and returns them undecoded.
func (n *Conn) plain(r Result, f *flow, rest string, err error) Result {
	r.Plain, r.Err = []byte(rest), err
	n.drop(f)
	if f.failed++; errors.Is(err, errSlow) {
		f.failed = maxFailures
	}
	r.Done = f.failed >= maxFailures
	return r
}

// message decodes the message at the beginning of p. used is 0 if more bytes are
// needed. The caller holds the lock.
func (n *Conn) message(p string, f *flow) (text string, used int, err error) {
	e := n.codec.engine
	if !n.codec.framing.Codec() {
		return n.frame(p)
	}
	values, err := e.call(n.codec.framing.Decode, lua.LString(p), n.state)
	if err != nil {
		return "", 0, err
	}
	if values[0] == lua.LNil {
		if need, ok := values[1].(lua.LNumber); ok && int(need) > len(p) {
			f.need = int(min(need, maxMessage+1))
		}
		return "", 0, nil
	}
	used, err = lualib.Used(values[1], len(p))
	if err != nil {
		return "", 0, err
	}
	text, err = n.text(values[0])
	return text, used, err
}

// frame is message for a framing without functions.
func (n *Conn) frame(p string) (text string, used int, err error) {
	b := []byte(p)
	size, err := n.codec.framing.Size(b, 0)
	if err != nil || size == 0 || size > len(b) {
		return "", 0, err
	}
	return show.Truncate(show.Quote(n.codec.framing.Body(b[:size])), maxText), size, nil
}

// text returns a message as text of one line.
func (n *Conn) text(message lua.LValue) (string, error) {
	e := n.codec.engine
	if n.codec.show != nil {
		values, err := e.call(n.codec.show, message, n.state)
		if err != nil {
			return "", err
		}
		message = values[0]
	}
	if s, ok := message.(lua.LString); ok && n.codec.show != nil {
		return line(string(s)), nil
	}
	return line(lualib.Inspect(e.in.L, message, show.Quote, maxText)), nil
}

// maxText is how long the text of a message may be, in bytes.
const maxText = 1000

// line makes a text one line, and truncates a long one.
func line(s string) string {
	return show.Truncate(strings.ReplaceAll(s, "\n", " "), maxText)
}
