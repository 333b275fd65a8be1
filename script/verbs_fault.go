package script

import (
	"context"
	"fmt"
	"time"

	"sosh/script/lua51"
	"sosh/sockets"

	"golang.org/x/sys/unix"

	lua "github.com/yuin/gopher-lua"
)

// faultVerbs are the verbs that inject faults.
func faultVerbs() []*Verb {
	return []*Verb{
		{
			Name: "stall", Group: groupFaults, Run: runStall,
			Params:  []Param{handle(Peered)},
			Summary: "stop reading, with a small receive buffer",
			Help:    "The peer's sends soon block, as if this program had hung. recv still reads.",
			Example: []string{"stall c"},
			Returns: returnsHandle,
		},
		{
			Name: "faulty", Group: groupFaults, Run: runFaulty,
			Params: []Param{handle(Datagram)},
			Options: []Param{
				{Name: "drop", Type: AnyType, Doc: "the probability that a datagram is not sent"},
				{Name: "duplicate", Type: AnyType, Doc: "the probability that it is sent twice"},
				{Name: "reorder", Type: AnyType, Doc: "the probability that it is sent after the next one"},
				{Name: "corrupt", Type: AnyType, Doc: "the probability that one of its bits is flipped"},
				{Name: "seed", Type: IntType, Doc: "seed of the random numbers, to repeat a run; default 1"},
			},
			Summary: "drop, duplicate, reorder or corrupt the datagrams that a handle sends",
			Help:    "Probabilities are from 0 to 1. Without options, the faults end, and a held back datagram is sent.",
			Example: []string{"faulty u drop=0.5 seed=7", "faulty u"},
			Returns: returnsHandle,
		},
	}
}

// drip sends p in chunks with a delay between them, but at most cut bytes of it. A delay
// without chunks comes before p.
func (c *Call) drip(h *sockets.Handle, p []byte) (sent int, err error) {
	if cut := c.OptionInt("cut", len(p)); cut < len(p) {
		p = p[:max(cut, 0)]
	}
	chunk := c.OptionInt("chunk", 0)
	wait := chunk < 1 // also before the first chunk
	if chunk < 1 {
		chunk = max(len(p), 1)
	}
	delay := time.Duration(0)
	if a, ok := c.opts["delay"]; ok {
		delay = seconds(a.num)
	}
	err = c.Wait(func(ctx context.Context) error {
		for first := true; first || len(p) > 0; first, wait = false, true {
			if wait && delay > 0 {
				if err := sockets.Pause(ctx, delay); err != nil {
					return &sockets.Error{Op: c.Verb.Name, Handle: h.Name(), Err: err, Sent: sent}
				}
			}
			n, err := h.Send(ctx, p[:min(chunk, len(p))])
			sent += n
			p = p[n:]
			if err != nil {
				return err
			}
		}
		return nil
	})
	return sent, err
}

// isFaulty reports whether a call of send asks for faults.
func (c *Call) isFaulty() bool {
	for _, name := range []string{"chunk", "delay", "cut"} {
		if _, ok := c.opts[name]; ok {
			return true
		}
	}
	return false
}

// runStall stops the receiver of a handle, and makes the kernel's receive buffer as small as
// possible, so that the peer's sends soon block.
func runStall(c *Call) error {
	h := c.Handle(0)
	h.Watch(false)
	if err := h.SetOption("rcvbuf", "1"); err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	size, _ := h.RawOption(fmt.Sprint(unix.SOL_SOCKET), fmt.Sprint(unix.SO_RCVBUF))
	c.Notify("%s: reads nothing; its receive buffer is %d bytes", h.Name(), size)
	return nil
}

func runFaulty(c *Call) error {
	h := c.Handle(0)
	f := sockets.Faults{Seed: int64(c.OptionInt("seed", 1))}
	for name, p := range map[string]*float64{"drop": &f.Drop, "duplicate": &f.Duplicate, "reorder": &f.Reorder, "corrupt": &f.Corrupt} {
		a, ok := c.opts[name]
		if !ok {
			continue
		}
		v, ok := number(a.value)
		if !ok || !(v >= 0 && v <= 1) {
			return &ArgumentError{Index: -1, Key: name, Err: fmt.Errorf("bad %s %s (expected a probability from 0 to 1)", name, lua.LVAsString(lua51.ToString(c.Machine.l, a.value)))}
		}
		*p = v
	}
	if err := c.Wait(func(ctx context.Context) error { return h.SetFaults(ctx, f) }); err != nil {
		return err
	}
	c.Give(c.args[0].luaHandle(c))
	c.Notify("%s: drops %g, duplicates %g, reorders %g, corrupts %g of its datagrams", h.Name(), f.Drop, f.Duplicate, f.Reorder, f.Corrupt)
	return nil
}
