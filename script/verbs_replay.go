package script

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"sosh/internal/luadoc"
	"sosh/internal/recording"
	"sosh/internal/recording/forms"
	"sosh/internal/recording/replay"
	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// replayVerb is the row of replay.
var replayVerb = &Verb{
	Name: "replay", Group: groupCalls, Run: runReplay,
	Params: []Param{{Name: "file", Type: FileType}},
	Options: withTLS(Param{Name: "address", Type: AddressType, Doc: "play the clients against this server; default: the recorded address"},
		Param{Name: "serve", Type: AddressType, Doc: "play the server at this address"},
		Param{Name: "mask", Type: AnyType, Doc: "ignore differences in what a regular expression (RE2) matches; a table for several"},
		Param{Name: "speed", Type: AnyType, Doc: "keep the recorded pauses, divided by this number; default: as fast as the peer answers"},
		Param{Name: "only", Type: StringType, Doc: "play only the connections to this recorded server address"},
		Param{Name: "timeout", Type: SecondsType, Doc: "time limit for each answer of the peer; default 10 seconds"}),
	Summary: "play one side of a recording against a real peer",
	Help: "The file is a recording or a capture. replay connects as each recorded client did, sends the same data in the same order, and compares the server's answers with the recorded ones. With serve=, it plays the server instead and compares what the clients send. " +
		"The first divergence is an error that shows the difference; in a test, the test fails. Data that mask= matches may differ. If replay sends a masked value back later, it sends the received value instead of the recorded one. " +
		"With serve=, replay returns at once. When all connections have been played, the listener closes and the task ends.",
	Example: []string{`replay session.jsonl address=127.0.0.1:6379`, `local srv, played = replay("session.jsonl", {serve = "127.0.0.1:0"}); dial(getsockname(srv)); join(played)`, `replay("session.jsonl", {address = "127.0.0.1:6379", mask = {"Date: .*", "id=[0-9a-f]+"}})`},
	Returns: []luadoc.Result{{Name: "listener", Type: "handle?"}, {Name: "task", Type: "task?", Doc: ", both only with serve="}},
}

func runReplay(c *Call) error {
	address, _ := c.Option("address")
	at, serves := c.Option("serve")
	if _, both := c.Option("address"); both && serves {
		return &ArgumentError{Index: -1, Key: "serve", Err: errors.New("address= and serve= were both given (expected one of them)")}
	}
	r, err := c.newReplay()
	if err != nil {
		return err
	}
	m := c.Machine
	if !serves {
		ctx := m.context()
		m.Block(func() { err = r.Dial(ctx, address) })
		st := r.Stats()
		if err == nil {
			c.Notify("%s as recorded: %s sent, %s received", show.Count(st.Connections, "connection"), show.Count(int(st.Sent), "byte"), show.Count(int(st.Received), "byte"))
		}
		return replayError(err)
	}
	kind, target, err := r.Prepare(at)
	if err != nil {
		return replayError(err)
	}
	h, err := c.listener(kind, target, "")
	if err != nil {
		return err
	}
	own := &Call{Machine: m, Verb: c.Verb} // c itself is reused
	play := m.l.NewFunction(func(L *lua.LState) int {
		client, _ := m.toHandle("replay", L.Get(1))
		ctx := m.context()
		var err error
		m.Block(func() { err = r.Serve(ctx, client) })
		select {
		case <-r.Done():
			h.Close()
		default:
		}
		switch {
		case ctx.Err() != nil:
			m.raiseCancelled(L)
		case err != nil:
			m.raise(L, own, replayError(err))
		}
		return 0
	})
	m.served[h] = service{calls: true}
	m.calls = true
	h.LimitPeers(0, datagramIdle, true)
	if err := h.Serve(m.handler(play, c.Place())); err != nil {
		h.Discard()
		return err
	}
	played := m.start(m.l.NewFunction(func(L *lua.LState) int {
		ctx := m.context()
		m.Block(func() {
			select {
			case <-r.Done():
			case <-ctx.Done():
			}
		})
		return 0
	}), nil)
	played.server, played.place = true, c.Place()
	c.Give(m.toLua(h), m.NewObject("task", played))
	c.Notify("%s: serving on %s", h.Name(), h.LocalAddr())
	return nil
}

// newReplay reads the file and the options of the call.
func (c *Call) newReplay() (*replay.Replay, error) {
	var o replay.Options
	bad := func(key string, err error) (*replay.Replay, error) {
		return nil, &ArgumentError{Index: -1, Key: key, Err: err}
	}
	if a, ok := c.opts["mask"]; ok {
		list := []lua.LValue{a.value}
		if t, ok := a.value.(*lua.LTable); ok {
			list = nil
			for i := 1; i <= t.Len(); i++ {
				list = append(list, t.RawGetInt(i))
			}
		}
		for _, v := range list {
			s, ok := v.(lua.LString)
			if !ok {
				return bad("mask", fmt.Errorf("bad mask %s (expected a regular expression, or a table of them)", c.Machine.Short(v)))
			}
			re, err := regexp.Compile(string(s))
			if err != nil {
				return bad("mask", fmt.Errorf("bad mask: %w", err))
			}
			o.Mask = append(o.Mask, re)
		}
	}
	if a, ok := c.opts["speed"]; ok {
		n, ok := lua51.ToNumber(a.value)
		if !ok || !(n >= 0) || n > 1e6 {
			return bad("speed", fmt.Errorf("bad speed %s (expected a number, 0 or more)", c.Machine.Short(a.value)))
		}
		o.Speed = n
	}
	if d, ok := c.OptionSeconds("timeout"); ok {
		o.Timeout = max(d, time.Nanosecond)
	}
	o.Only, _ = c.Option("only")
	o.TLS, _ = c.tlsOpts()
	var events []recording.Event
	err := c.Wait(func(context.Context) error {
		in, err := forms.Open(c.String(0))
		if err != nil {
			return err
		}
		defer in.Close()
		events, err = forms.All(in)
		return err
	})
	if err != nil {
		return nil, &ArgumentError{Index: 0, Err: err}
	}
	r, err := replay.New(c.Machine.cfg.Table, events, o)
	return r, replayError(err)
}

// replayError returns an error of a replay as one of this verb.
func replayError(err error) error {
	var several *replay.SeveralError
	var e *sockets.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &several):
		return &sockets.Error{Op: "replay", Err: err, Hint: "only= selects one of them, such as " + several.Servers[0]}
	case errors.As(err, &e):
		return err
	}
	return &sockets.Error{Op: "replay", Err: err}
}
