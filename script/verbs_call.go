package script

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"sosh/internal/ctxfile"
	"sosh/internal/show"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

func runSocket(c *Call) error {
	h, err := c.Machine.cfg.Table.Socket(sockets.Kind(c.String(0)), c.String(1))
	if err != nil {
		return err
	}
	c.Give(c.Machine.toLua(h))
	c.Notify("%s: %s socket", h.Name(), h.Kind())
	return nil
}

func runBind(c *Call) error {
	h := c.Handle(0)
	if err := c.Wait(func(ctx context.Context) error { return h.Bind(ctx, c.String(1)) }); err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	c.Notify("%s: bound to %s", h.Name(), h.LocalAddr())
	return nil
}

// luaHandle returns the handle of an argument as a Lua value.
func (a *argument) luaHandle(c *Call) lua.LValue {
	if ud, ok := a.value.(*lua.LUserData); ok {
		return ud
	}
	return c.Machine.toLua(a.handle)
}

func runListen(c *Call) error {
	h := c.Handle(0)
	if err := c.setTLS(h); err != nil {
		return err
	}
	if err := h.Listen(c.Int(1, -1)); err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	backlog := "the system's backlog"
	if c.Has(1) {
		backlog = fmt.Sprintf("backlog %d", c.Int(1, 0))
	}
	c.Notify("%s: listening on %s, %s%s", h.Name(), h.LocalAddr(), backlog, c.ownCertificate(h))
	return nil
}

func runAccept(c *Call) error {
	var h *sockets.Handle
	err := c.Wait(func(ctx context.Context) (err error) {
		h, err = c.Handle(0).Accept(ctx, c.String(1))
		return err
	})
	if err != nil {
		return err
	}
	c.Give(c.Machine.toLua(h), lua.LString(h.PeerAddr().Raw()))
	c.Notify("%s: accepted from %s", h.Name(), h.PeerAddr())
	return nil
}

func runConnect(c *Call) error {
	h := c.Handle(0)
	if err := c.setTLS(h); err != nil {
		return err
	}
	if err := c.Wait(func(ctx context.Context) error { return h.Connect(ctx, c.String(1)) }); err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	c.tellConnected(h)
	return nil
}

func (c *Call) tellConnected(h *sockets.Handle) {
	from := ""
	if a := h.LocalAddr(); !a.IsZero() && a.Path == "" && a.String() != "(unnamed)" {
		from = " from " + a.String()
	}
	if _, ok := h.TLS(); ok && c.l == nil {
		from += ", " + c.tlsSummary(h)
	}
	c.Notify("%s: connected to %s%s", h.Name(), h.PeerAddr(), from)
}

func runDial(c *Call) error {
	kind, address, err := splitURL(c)
	if err != nil {
		return err
	}
	h, err := c.Machine.cfg.Table.Socket(kind, c.String(1))
	if err != nil {
		return err
	}
	err = c.setTLS(h)
	if err == nil {
		err = c.Wait(func(ctx context.Context) error { return h.Connect(ctx, address) })
	}
	if err != nil {
		h.Discard()
		return c.meantKind(err)
	}
	c.Give(c.Machine.toLua(h))
	c.tellConnected(h)
	return nil
}

func splitURL(c *Call) (sockets.Kind, string, error) {
	kind, address, err := sockets.SplitURL(c.String(0))
	if err != nil {
		err = &ArgumentError{Index: 0, Err: err, Hint: kindHint(c.String(0))}
	}
	return kind, address, err
}

// overTCP has, for schemes of URLs that are no kinds of sockets, the kind that carries them.
var overTCP = map[string]sockets.Kind{
	"http": sockets.TCP, "ws": sockets.TCP, "ftp": sockets.TCP, "smtp": sockets.TCP, "redis": sockets.TCP, "telnet": sockets.TCP,
	"https": sockets.TLS, "wss": sockets.TLS, "ssl": sockets.TLS, "rediss": sockets.TLS,
}

// kindHint returns the hint for an address that begins with a kind, but not as an address does:
// udp:127.0.0.1:53 or http://127.0.0.1:80. Else it returns "".
func kindHint(address string) string {
	name, rest, ok := strings.Cut(address, ":")
	kind, carried := overTCP[name]
	_, err := sockets.ParseKind(name)
	switch {
	case !ok:
		return ""
	case carried && strings.HasPrefix(rest, "//"):
		return name + " is a protocol over " + string(kind) + ": " + string(kind) + ":" + rest
	case err != nil || strings.HasPrefix(rest, "//"):
		return ""
	case !strings.Contains(rest, ":") && strings.Trim(rest, "0123456789") == "":
		rest = "127.0.0.1:" + rest
	}
	return "did you mean " + name + "://" + rest + "?"
}

// meantKind adds to the error of dial and serve the hint of kindHint.
func (c *Call) meantKind(err error) error {
	var e *sockets.Error
	hint := kindHint(c.String(0))
	if hint == "" || !errors.As(err, &e) {
		return err
	}
	own := *e // others may read the error
	own.Hint, own.Attempt = hint, nil
	return &own
}

// datagramIdle is how long a datagram client of serve with a function may be silent before it
// is ended: a sender of datagrams never says that it is done.
const datagramIdle = 5 * time.Minute

func runServe(c *Call) error {
	if n := c.OptionInt("peers", 1); n < 1 {
		return &ArgumentError{Index: -1, Key: "peers", Err: fmt.Errorf("bad number of peers %d (expected 1 or more)", n)}
	}
	kind, address, err := splitURL(c)
	if err != nil {
		return err
	}
	m := c.Machine
	h, err := c.listener(kind, address, c.String(2))
	if err != nil {
		return c.meantKind(err)
	}
	visited := new(atomic.Bool)
	each := func(*sockets.Handle) { visited.Store(true) }
	f, calls := c.args[1].value.(*lua.LFunction)
	idle := time.Duration(0)
	if calls {
		handle := m.handler(f, c.Place())
		each, idle = func(h *sockets.Handle) { visited.Store(true); handle(h) }, datagramIdle
	}
	if a, ok := c.opts["idle"]; ok {
		idle = seconds(a.num)
	}
	h.LimitPeers(c.OptionInt("peers", 0), idle, calls)
	if c.OptionBool("keep") {
		h.KeepEnded()
	}
	if err := h.Serve(each); err != nil {
		h.Discard()
		return err
	}
	m.served[h] = service{calls, visited}
	m.calls = m.calls || calls
	c.Give(m.toLua(h))
	c.Notify("%s: serving on %s; clients become %s.1, %s.2...%s", h.Name(), h.LocalAddr(), h.Name(), h.Name(), c.ownCertificate(h))
	return nil
}

// listener returns a new handle that is bound and, unless it is for datagrams, listens.
func (c *Call) listener(kind sockets.Kind, address, name string) (*sockets.Handle, error) {
	h, err := c.Machine.cfg.Table.Socket(kind, name)
	if err != nil {
		return nil, err
	}
	err = c.setTLS(h)
	if err == nil {
		err = c.Wait(func(ctx context.Context) error {
			if kind.Network() == "tcp" {
				// As most servers do: old connections in TIME_WAIT, from an earlier run,
				// must not block the port.
				if err := h.SetOption("reuseaddr", "1"); err != nil {
					return err
				}
			}
			if err := h.Bind(ctx, address); err != nil {
				return err
			}
			if !kind.Datagram() {
				return h.Listen(c.OptionInt("backlog", -1))
			}
			return nil
		})
	}
	if err != nil {
		h.Discard()
		return nil, err
	}
	return h, nil
}

// payload returns the bytes to send: the data argument, or those of hex= or file=.
func (c *Call) payload(i int) ([]byte, error) {
	text, isHex := c.Option("hex")
	path, isFile := c.Option("file")
	switch {
	case isHex && isFile, (isHex || isFile) && c.Has(i):
		return nil, &ArgumentError{Index: i, Err: fmt.Errorf("the data was given twice (expected one of data, hex= and file=)")}
	case isHex:
		p, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, &ArgumentError{Index: -1, Key: "hex", Err: fmt.Errorf("bad hex %s (expected pairs of the digits 0 to 9 and a to f)", show.Quote([]byte(show.Truncate(text, 40))))}
		}
		return p, nil
	case isFile:
		var p []byte
		var err error
		if path == "-" && c.Machine.cfg.Table.Watched {
			return nil, &ArgumentError{Index: -1, Key: "file", Err: fmt.Errorf("standard input is the prompt's (expected a file)")}
		}
		ctx := c.Machine.context()
		c.Machine.Block(func() {
			if path == "-" {
				p, err = ctxfile.ReadAll(ctx, os.Stdin)
			} else {
				p, err = ctxfile.ReadFile(ctx, path)
			}
		})
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, c.cancelled()
		case err != nil:
			return nil, &ArgumentError{Index: -1, Key: "file", Err: err}
		}
		return p, nil
	}
	if t, ok := c.args[i].value.(*lua.LTable); ok {
		p, err := c.encodeFor(c.Handle(0), t)
		if err != nil {
			return nil, &ArgumentError{Index: i, Err: err}
		}
		return p, nil
	}
	return []byte(c.String(i)), nil
}

func runSend(c *Call) error { return send(c, "", 1, "") }

func runSendline(c *Call) error { return send(c, "", 1, c.Handle(0).EOL()) }

func runSendto(c *Call) error { return send(c, c.String(1), 2, "") }

// send sends parameter data and then eol, to address if that is not empty.
func send(c *Call, address string, data int, eol string) error {
	p, err := c.payload(data)
	if err != nil {
		return err
	}
	p = append(p, eol...)
	h := c.Handle(0)
	var n, datagrams int
	if c.isFaulty() && c.OptionBool("split") {
		return &ArgumentError{Index: -1, Key: "split", Err: errors.New("split= does not go with chunk=, delay= and cut=")}
	} else if c.isFaulty() {
		n, err = c.drip(h, p)
	} else if address != "" || c.OptionBool("split") {
		// Resolving a name may block, so Wait is needed, not start.
		err = c.Wait(func(ctx context.Context) (err error) {
			if c.OptionBool("split") {
				datagrams, n, err = h.SendSplit(ctx, address, p)
			} else {
				n, err = h.SendTo(ctx, address, p)
			}
			return err
		})
	} else {
		var ctx context.Context
		if ctx, err = c.start(); err == nil {
			n, err = h.Send(ctx, p)
			c.finish()
		}
	}
	if err != nil {
		return err
	}
	c.Give(lua.LNumber(n))
	if c.OptionBool("split") {
		c.Give(lua.LNumber(datagrams))
	}
	if c.l != nil {
		return nil // no one sees a notice
	}
	to := address
	if to == "" {
		to = h.PeerAddr().String()
	}
	text := fmt.Sprintf("%s -> %s: %s", h.Name(), to, show.Count(n, "byte"))
	if datagrams > 0 {
		text += " in " + show.Count(datagrams, "datagram")
	}
	c.Notify("%s", text)
	return nil
}

var shutdownHow = map[string]int{"": unix.SHUT_WR, "write": unix.SHUT_WR, "read": unix.SHUT_RD, "both": unix.SHUT_RDWR}

func runShutdown(c *Call) error {
	h := c.Handle(0)
	if err := h.Shutdown(shutdownHow[c.String(1)]); err != nil {
		return err
	}
	untold := show.Trusted("")
	if h.Kind().Datagram() {
		untold = "; the peer is not told: datagrams have no end"
	}
	c.Notify("%s: %s%s", h.Name(), h.State(), untold)
	return nil
}

func runClose(c *Call) error {
	others := make([]*sockets.Handle, len(c.rest))
	for i, v := range c.rest {
		a, err := c.Machine.convert(c.Verb.Name, &c.Verb.Params[0], v)
		if err != nil {
			return err
		}
		others[i] = a.handle
	}
	if err := closeHandle(c, "closed", (*sockets.Handle).Close); err != nil {
		return err
	}
	for _, h := range others {
		var err error
		c.Machine.unlocked(func() { err = h.Close() })
		if err != nil {
			return err
		}
	}
	return nil
}

func runAbort(c *Call) error {
	return closeHandle(c, "closed by a reset", (*sockets.Handle).Abort)
}

// closeHandle closes a handle without holding the lock, since close(2) can wait (SO_LINGER).
// It also works after a cancellation, so that cleanup code can use it.
func closeHandle(c *Call, told string, close func(*sockets.Handle) error) error {
	h := c.Handle(0)
	var err error
	c.Machine.unlocked(func() { err = close(h) })
	c.Notify("%s: %s", h.Name(), told)
	return err
}
