package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"sosh/internal/luadoc"
	"sosh/internal/procnet"
	"sosh/internal/show"
	"sosh/sockets"
	"sosh/sockets/whose"

	lua "github.com/yuin/gopher-lua"
)

// lookLimit is the longest time that ports and who look for sockets and processes.
const lookLimit = 2 * time.Second

// machineVerbs are the verbs that look at the machine.
func machineVerbs() []*Verb {
	return []*Verb{
		{
			Name: "ports", Group: groupOptions, Run: runPorts,
			Params:  []Param{optional("which", StringType)},
			Summary: "list the listeners of this machine, with their processes",
			Help: "Lists the TCP listeners and the unconnected UDP sockets, as ss -ltunp does. Those of this program have the name of their handle. WHICH selects by port, service, process or handle; a path, @NAME or the word unix lists listening unix sockets instead. " +
				"The time is when the process started. Only root can see the processes of other users; without root, only the user is shown. On systems other than Linux, only the sockets of this program are listed.\n" +
				"In Lua, each table has network, state, address, host, port or path, and user, and, where known, handle, pid, process, command and since (in seconds since 1970). processes is a list with a table for each process.",
			Example: []string{"ports", "ports 8080", "ports sshd", `for _, p in ipairs(ports(8080)) do print(p.address, p.process, p.pid) end`},
			Returns: []luadoc.Result{{Name: "list of tables", Type: "table"}},
		},
		{
			Name: "who", Group: groupOptions, Run: runWho,
			Params:  []Param{{Name: "address", Type: AnyType}},
			Summary: "show whose socket has an address, and who is at the other end",
			Help: "ADDRESS is HOST:PORT, a path or @NAME, or a handle. who shows the sockets of this machine that have the address, and those connected to it: state, process, PID, user, start of the process and its command line. If the other end is on this machine, it is shown too.\n" +
				"In Lua, each table has the fields that those of ports have, and also peer (the peer's address) and other (such a table for the other end).",
			Example: []string{"who c", "who 127.0.0.1:6379", `who(c)[1].pid`},
			Returns: []luadoc.Result{{Name: "list of tables", Type: "table"}},
		},
	}
}

func runPorts(c *Call) error {
	var list []whose.End
	var err error
	c.look(func(ctx context.Context) { list, err = whose.Ports(ctx, c.Machine.cfg.Table, c.String(0)) })
	onlyOurs := errors.Is(err, whose.ErrOnlyOurs)
	if err != nil && !onlyOurs {
		return err
	}
	t := c.Machine.l.NewTable()
	for i := range list {
		t.Append(c.endTable(&list[i]))
	}
	c.Give(t)
	if c.l != nil {
		return nil
	}
	switch {
	case onlyOurs:
		c.Notify("ports: %s", err)
	case len(list) == 0 && c.Has(0):
		c.Notify("ports: nothing listens there: %s", c.String(0))
	}
	c.Show(portsText(list))
	return nil
}

// look runs f without the machine's lock, for at most lookLimit.
func (c *Call) look(f func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(c.Context(), lookLimit)
	defer cancel()
	c.Machine.Block(func() { f(ctx) })
}

// portsText is a table of listeners.
func portsText(list []whose.End) show.Trusted {
	if len(list) == 0 {
		return ""
	}
	var rows [][]string
	for i := range list {
		e := &list[i]
		row := []string{e.Network, e.Address(), "", "", "", "", ""}
		if e.Handle != "" {
			row[2] = e.Handle
		}
		if len(e.Processes) > 0 {
			p := &e.Processes[0]
			row[3], row[4], row[5], row[6] = show.Name(p.Name), strconv.Itoa(p.PID), userText(p.User, p.UID), whose.Clock(p.Since)
			if n := len(e.Processes) - 1; n > 0 {
				row[4] += fmt.Sprintf(" +%d", n)
			}
		} else {
			row[3], row[5] = "?", userText(procnet.UserName(e.UID), e.UID)
		}
		rows = append(rows, row)
	}
	return show.Table([]string{"proto", "address", "handle", "process", "pid", "user", "since"}, rows, 0)
}

func userText(name string, uid int) string {
	switch {
	case name != "":
		return show.Name(name)
	case uid >= 0:
		return strconv.Itoa(uid)
	}
	return "?"
}

func runWho(c *Call) error {
	var list []whose.Connection
	var err error
	table := c.Machine.cfg.Table
	h, address, err := c.whoArgument()
	if err != nil {
		return err
	}
	c.look(func(ctx context.Context) {
		if h != nil {
			list, err = whose.WhoHas(ctx, table, h)
		} else {
			list, err = whose.Who(ctx, table, address)
		}
	})
	switch {
	case errors.Is(err, whose.ErrNone) && h != nil:
		return fmt.Errorf("%s has no address yet", h.Name())
	case errors.Is(err, whose.ErrNone):
		return &sockets.Error{Op: "who", Addr: address, Err: err, Hint: "ports lists the listeners of this machine"}
	case err != nil && !errors.Is(err, whose.ErrOnlyOurs):
		return err
	}
	t := c.Machine.l.NewTable()
	for i := range list {
		row := c.endTable(&list[i].End)
		if other := list[i].Other; other != nil {
			row.RawSetString("other", c.endTable(other))
		}
		t.Append(row)
	}
	c.Give(t)
	if c.l == nil {
		if err != nil {
			c.Notify("who: %s", err)
		}
		c.Show(whoText(list))
	}
	return nil
}

// whoArgument returns the handle that who was called with, or the address.
func (c *Call) whoArgument() (h *sockets.Handle, address string, err error) {
	v := c.args[0].value
	if _, isObject := v.(*lua.LUserData); isObject {
		h, err = c.Machine.toHandle("who", v)
		if err == nil && h == nil {
			err = &ArgumentError{Index: 0, Err: errors.New("bad address (expected an address or a handle)")}
		}
		return h, "", err
	}
	text, ok := v.(lua.LString)
	if !ok {
		return nil, "", &ArgumentError{Index: 0, Err: fmt.Errorf("bad address of type %s (expected an address or a handle)", v.Type())}
	}
	address = string(text)
	if _, rest, ok := strings.Cut(address, "://"); ok {
		address = rest
	}
	if strings.HasPrefix(address, "@") || strings.Contains(address, "/") {
		return nil, address, nil
	}
	if !strings.Contains(address, ":") {
		h, err = c.Machine.cfg.Table.Get("who", address)
		if name, none := sockets.IsNoHandle(err); none {
			err = &ArgumentError{Index: 0, Err: fmt.Errorf("%s is neither a handle nor an address (expected HOST:PORT, a path, @NAME or a handle)", show.Name(name))}
		}
		return h, "", err
	}
	return nil, address, nil
}

// whoText shows connections: a line for each end, and one for its process.
func whoText(list []whose.Connection) show.Trusted {
	var text show.Trusted
	for i := range list {
		c := &list[i]
		text += socketText(&c.End)
		switch {
		case c.Other != nil:
			text += socketText(c.Other)
		case c.Peer.IsValid() && c.State != procnet.TimeWait:
			text += show.Sprintf("  the other end, %s, is not a socket of this machine\n", c.PeerAddress())
		}
	}
	return text
}

func socketText(e *whose.End) show.Trusted {
	to := ""
	if p := e.PeerAddress(); p != "" {
		to = " -> " + p
	}
	text := show.Sprintf("%s %s%s %s\n", e.Network, e.Address(), to, e.State)
	if len(e.Processes) == 0 {
		if e.Expires > 0 {
			return text + show.Sprintf("  %s; it ends in %s\n", e.Holder(), e.Expires.Round(time.Second))
		}
		return text + show.Sprintf("  %s\n", e.Holder())
	}
	for i := range e.Processes {
		p := &e.Processes[i]
		if p.PID == os.Getpid() && e.Handle != "" {
			text += show.Sprintf("  %s, a handle of this program\n", e.Handle)
			continue
		}
		text += show.Sprintf("  %s, pid %d, user %s, since %s", show.Name(p.Name), p.PID, userText(p.User, p.UID), whose.Clock(p.Since))
		if p.Command != "" {
			text += show.Sprintf(": %s", show.Truncate(show.Line([]byte(p.Command)), 200))
		}
		text += "\n"
	}
	return text
}

// endTable returns a socket as a Lua table.
func (c *Call) endTable(e *whose.End) *lua.LTable {
	L := c.Machine.l
	t := L.NewTable()
	text := func(t *lua.LTable, key, s string) {
		if s != "" {
			t.RawSetString(key, lua.LString(s))
		}
	}
	text(t, "network", e.Network)
	text(t, "state", e.State.String())
	text(t, "handle", e.Handle)
	text(t, "path", e.Path)
	text(t, "address", e.Path)
	if e.Local.IsValid() {
		text(t, "address", e.Local.String())
		text(t, "host", e.Local.Addr().String())
		t.RawSetString("port", lua.LNumber(e.Local.Port()))
	}
	text(t, "peer", e.PeerAddress())
	processes := L.NewTable()
	for i := range e.Processes {
		p := L.NewTable()
		processTable(p, &e.Processes[i])
		processes.Append(p)
	}
	t.RawSetString("processes", processes)
	if len(e.Processes) > 0 {
		processTable(t, &e.Processes[0])
	} else if e.UID >= 0 {
		text(t, "user", userText(procnet.UserName(e.UID), e.UID))
	}
	return t
}

func processTable(t *lua.LTable, p *procnet.Process) {
	t.RawSetString("pid", lua.LNumber(p.PID))
	t.RawSetString("process", lua.LString(p.Name))
	if p.Command != "" {
		t.RawSetString("command", lua.LString(p.Command))
	}
	t.RawSetString("user", lua.LString(userText(p.User, p.UID)))
	if !p.Since.IsZero() {
		t.RawSetString("since", lua.LNumber(float64(p.Since.UnixMilli())/1000))
	}
}
