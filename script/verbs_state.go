package script

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"syscall"

	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/sockopt"

	lua "github.com/yuin/gopher-lua"
)

// The options of sosh itself, besides those of the system.
const (
	optionEOL   = "eol"
	optionInbox = "inbox"
)

func runSetopt(c *Call) error {
	h, name, value := c.Handle(0), c.String(1), c.String(2)
	for i := 2; i < 4 && c.Has(i); i++ {
		switch c.args[i].value.Type() {
		case lua.LTString, lua.LTNumber, lua.LTBool:
		default:
			return &ArgumentError{Index: i, Err: fmt.Errorf("bad value %s (expected a string, a number, or true or false)", c.args[i].value.Type())}
		}
	}
	if h.Closed() {
		return h.ErrClosed("setopt")
	}
	var err error
	switch _, unknown := sockopt.Lookup(name); {
	case strings.EqualFold(name, optionEOL) && !c.Has(3):
		h.SetEOL(value)
	case strings.EqualFold(name, optionInbox) && !c.Has(3):
		n, ok := ParseSize(value)
		if !ok || n < 1 || n > math.MaxInt {
			return &ArgumentError{Index: 2, Err: fmt.Errorf("bad value %q for inbox (expected a number of bytes, such as 64k)", value)}
		}
		h.SetInbox(int(n))
	case c.Has(3) && unknown != nil:
		n, nerr := strconv.ParseInt(c.String(3), 10, 64)
		if nerr != nil || n < math.MinInt32 || n > math.MaxUint32 {
			return &ArgumentError{Index: 3, Err: fmt.Errorf("bad value %q (expected a whole number of 32 bits)", c.String(3))}
		}
		err = h.SetRawOption(name, value, int(int32(n)))
	default:
		if c.Has(3) {
			value += " " + c.String(3)
		}
		err = h.SetOption(name, value)
	}
	if err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	return nil
}

func runGetopt(c *Call) error {
	h, name := c.Handle(0), c.String(1)
	if h.Closed() {
		return h.ErrClosed("getopt")
	}
	if !c.Has(1) {
		return c.giveOptions(h)
	}
	eol := strings.EqualFold(name, optionEOL)
	var value any
	var err error
	switch {
	case eol:
		value = h.EOL()
	case strings.EqualFold(name, optionInbox):
		var i sockets.Info
		i, err = h.Info()
		value = int64(i.Inbox)
	case c.Has(2):
		var n int
		n, err = h.RawOption(name, c.String(2))
		value = int64(n)
	default:
		value, err = h.Option(name)
	}
	if err != nil {
		return err
	}
	c.Give(optionValue(value))
	text := fmt.Sprint(value)
	if eol {
		text = show.Quote([]byte(h.EOL()))
	}
	c.Show(show.Escaped(text) + "\n")
	return nil
}

// giveOptions returns all options of h, and shows them with their units.
func (c *Call) giveOptions(h *sockets.Handle) error {
	values, err := h.CurrentOptions()
	if err != nil {
		return err
	}
	i, err := h.Info()
	if err != nil {
		return err
	}
	t := c.Machine.l.NewTable()
	var rows [][]string
	for _, v := range values {
		t.RawSetString(v.Name, optionValue(v.Value))
		rows = append(rows, []string{v.Name, v.Text()})
	}
	t.RawSetString(optionInbox, lua.LNumber(i.Inbox))
	t.RawSetString(optionEOL, lua.LString(h.EOL()))
	rows = append(rows, []string{optionInbox, fmt.Sprint(i.Inbox)}, []string{optionEOL, show.Quote([]byte(h.EOL()))})
	c.Give(t)
	c.Show(show.Table([]string{"option", "value"}, rows, 0))
	return nil
}

func optionValue(v any) lua.LValue {
	switch v := v.(type) {
	case bool:
		return lua.LBool(v)
	case int64:
		return lua.LNumber(v)
	case string:
		return lua.LString(v)
	}
	return lua.LString(fmt.Sprint(v))
}

func runGetsockname(c *Call) error {
	return c.giveAddr(c.Handle(0).LocalAddr(), "is not bound: it has no local address yet")
}

func runGetpeername(c *Call) error {
	return c.giveAddr(c.Handle(0).PeerAddr(), "has no peer")
}

func (c *Call) giveAddr(a sockets.Addr, none string) error {
	h := c.Handle(0)
	if h.Closed() {
		return h.ErrClosed(c.Verb.Name)
	}
	if a.IsZero() {
		return fmt.Errorf("%s %s", h.Name(), none)
	}
	c.Give(lua.LString(a.Raw()))
	if a.HasPort() {
		c.Give(lua.LString(a.Host()), lua.LNumber(a.Port()))
	}
	c.Show(show.Escaped(a.String()) + "\n")
	return nil
}

func runInfo(c *Call) error {
	i, err := c.Handle(0).Info()
	if err != nil {
		return err
	}
	c.Give(infoTable(c.Machine.l, i))
	if c.l == nil {
		c.Show(infoText(i))
	}
	return nil
}

// infoTable returns an Info as a Lua table.
func infoTable(L *lua.LState, i sockets.Info) lua.LValue {
	text := func(t *lua.LTable, key, s string) {
		if s != "" {
			t.RawSetString(key, lua.LString(s))
		}
	}
	num := func(t *lua.LTable, key string, n int64) {
		if n >= 0 {
			t.RawSetString(key, lua.LNumber(n))
		}
	}
	sub := func(t *lua.LTable, key string) *lua.LTable {
		s := L.NewTable()
		t.RawSetString(key, s)
		return s
	}
	t := L.NewTable()
	text(t, "name", i.Name)
	text(t, "kind", string(i.Kind))
	text(t, "state", i.State)
	text(t, "family", i.Family)
	text(t, "laddr", i.Local.Raw())
	text(t, "raddr", i.Peer.Raw())
	if i.End != nil {
		text(t, "ended", sockets.Code(i.End))
	}
	t.RawSetString("watched", lua.LBool(i.Watched))
	options := sub(t, "options")
	for _, o := range i.Options {
		options.RawSetString(o.Name, optionValue(o.Value))
	}
	counters := sub(t, "counters")
	num(counters, "bytes_in", i.In)
	num(counters, "bytes_out", i.Out)
	num(counters, "messages_in", i.InMsgs)
	num(counters, "messages_out", i.OutMsgs)
	num(counters, "dropped", i.Dropped)
	num(counters, "unseen", i.Unseen)
	num(counters, "lost", i.Lost)
	num(counters, "kernel_drops", i.KernelDrops)
	num(counters, "refused", i.Refused)
	num(counters, "ended", i.Ended)
	queues := sub(t, "queues")
	num(queues, "unread", int64(i.Unread))
	num(queues, "inbox", int64(i.Inbox))
	num(queues, "recv", int64(i.RecvQueue))
	num(queues, "send", int64(i.SendQueue))
	if i.Waiting >= 0 {
		num(queues, "waiting", int64(i.Waiting))
		num(queues, "backlog", int64(i.Backlog))
	}
	if i.TLS != nil {
		t.RawSetString("tls", tlsTable(L, i.TLS))
	}
	if i.TCP != nil {
		tcp := sub(t, "tcp")
		for _, f := range i.TCP.Fields() {
			switch n := f.Number.(type) {
			case float64:
				tcp.RawSetString(f.Name, lua.LNumber(n))
			case uint64:
				tcp.RawSetString(f.Name, lua.LNumber(n))
			default:
				text(tcp, f.Name, f.Value)
			}
		}
	}
	return t
}

// endText says why a stream has ended.
func endText(end error) string {
	switch {
	case end == io.EOF:
		return "the peer has ended the stream"
	case errors.Is(end, syscall.ECONNRESET):
		return "the peer has reset the connection (ECONNRESET)"
	}
	return sockets.CauseText(end)
}

// infoText returns an Info as text: lines with a name and a value.
func infoText(i sockets.Info) (text show.Trusted) {
	line := func(name string, format show.Trusted, args ...any) {
		text += show.Sprintf("%-9s %s\n", name, show.Sprintf(format, args...))
	}
	line("name", "%s (%s, %s)", i.Name, i.Kind, i.Family)
	line("state", "%s", i.State)
	if i.End != nil {
		line("ended", "%s", endText(i.End))
	}
	if !i.Local.IsZero() {
		line("local", "%s", i.Local)
	}
	if !i.Peer.IsZero() {
		line("peer", "%s", i.Peer)
	}
	var options []string
	for _, o := range i.Options {
		options = append(options, fmt.Sprintf("%s=%v", o.Name, o.Value))
	}
	if len(options) > 0 {
		line("options", "%s", strings.Join(options, " "))
	}
	unit := "bytes"
	if i.Kind.Datagram() {
		unit = "datagrams"
	}
	if i.TLS != nil {
		tlsText(i.TLS, line)
	}
	if i.Refused > 0 || i.Ended > 0 {
		line("peers", "%d refused at the limit, %d dropped for silence", i.Refused, i.Ended)
	}
	if i.Waiting >= 0 {
		line("queue", "%d of %d connections wait", i.Waiting, i.Backlog)
		return text
	}
	line("in", "%s, %s", show.Size(i.In), show.Count(int(i.InMsgs), "receive"))
	line("out", "%s, %s", show.Size(i.Out), show.Count(int(i.OutMsgs), "send"))
	line("inbox", "%d %s unread, holds %s", i.Unread, unit, show.Size(int64(i.Inbox)))
	if i.Dropped > 0 {
		line("dropped", "%s to make room in the inbox, %s of that never shown", show.Size(i.Dropped), show.Size(i.Unseen))
	}
	if i.Lost > 0 || i.KernelDrops > 0 {
		line("lost", "%d datagrams dropped by a full inbox, %d by the kernel", i.Lost, i.KernelDrops)
	}
	if i.RecvQueue >= 0 && i.SendQueue >= 0 {
		line("kernel", "%d bytes to be received, %d bytes not acknowledged yet", i.RecvQueue, i.SendQueue)
	}
	if i.TCP != nil {
		for j, f := range i.TCP.Fields() {
			name := ""
			if j == 0 {
				name = "tcp"
			}
			line(name, "%-14s %s", f.Name, f.Value)
		}
	}
	return text
}
