package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sosh/internal/luadoc"
	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// awaitReady waits as the options ask: until a port accepts connections, or the output
// matches a pattern.
func (c *Call) awaitReady(p *process) error {
	ctx, cancel := sockets.WithTimeout(c.Machine.context(), c.optionSeconds("timeout", readyTimeout))
	defer cancel()
	began := time.Now()
	if pattern, ok := c.Option("line"); ok {
		if _, err := c.awaitOutput(ctx, p, "exec", pattern); err != nil {
			return err
		}
	}
	if !c.opts["port"].set {
		return nil
	}
	port := c.OptionInt("port", 0)
	if port < 1 || port > 65535 {
		return &ArgumentError{Index: -1, Key: "port", Err: fmt.Errorf("bad port %d (expected 1 to 65535)", port)}
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	var err error
	c.Machine.Block(func() { err = p.awaitPort(ctx, address) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		cause := sockets.ContextCause(ctx, began)
		return p.failed("exec", cause, "%s; port %d does not answer (%v)", sockets.CauseText(cause), port, err)
	}
	return p.failed("exec", nil, "%v before port %d answered", err, port)
}

// awaitOutput waits until the output of the process matches a pattern, and returns the
// captures. The next call continues after the match.
func (c *Call) awaitOutput(ctx context.Context, p *process, op, pattern string) (captures []lua.LValue, err error) {
	began := time.Now()
	c.Machine.Block(func() { captures, err = p.await(ctx, lua51.NewSearch(pattern), began) })
	var bad lua51.PatternError
	switch {
	case errors.As(err, &bad):
		return nil, &ArgumentError{Index: 1, Err: fmt.Errorf("bad pattern %s: %w", show.Quote([]byte(show.Truncate(pattern, 200))), bad)}
	case err == io.EOF:
		return nil, p.failed(op, io.EOF, "ended with %s before it wrote %q", p.status(), pattern)
	case err != nil:
		return nil, p.failed(op, err, "%s; expected output that matches %q", sockets.CauseText(err), pattern)
	}
	return captures, nil
}

// optionSeconds returns an option in seconds, or def.
func (c *Call) optionSeconds(name string, def time.Duration) time.Duration {
	if a, ok := c.opts[name]; ok {
		return seconds(a.num)
	}
	return def
}

func runProcessExpect(c *Call) error {
	p := c.Object(0).(*process)
	ctx, cancel := sockets.WithTimeout(c.Machine.context(), c.optionSeconds("timeout", readyTimeout))
	defer cancel()
	caught, err := c.awaitOutput(ctx, p, "expect", c.String(1))
	if err != nil {
		return err
	}
	c.Give(caught...)
	return nil
}

func runProcessOutput(c *Call) error {
	p := c.Object(0).(*process)
	c.Give(lua.LString(p.all()))
	return nil
}

func runProcessPid(c *Call) error {
	p := c.Object(0).(*process)
	c.Give(lua.LNumber(p.Pid()))
	return nil
}

func runProcessKill(c *Call) error {
	p := c.Object(0).(*process)
	sig := syscall.SIGTERM
	if c.Has(1) {
		name := strings.ToUpper(c.String(1))
		if sig = signalNamed(name); sig == 0 {
			return &ArgumentError{Index: 1, Err: fmt.Errorf("bad signal %q (expected a name such as TERM, KILL or HUP)", c.String(1))}
		}
	}
	if err := p.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return &sockets.Error{Op: "kill", Err: err}
	}
	return nil
}

func runProcessWait(c *Call) error {
	p := c.Object(0).(*process)
	began := time.Now()
	err := c.Wait(func(ctx context.Context) error {
		select {
		case <-p.Done():
			return nil
		case <-ctx.Done():
			return sockets.ContextCause(ctx, began)
		}
	})
	if err != nil {
		return p.failed("wait", err, "%s", sockets.CauseText(err))
	}
	if ws, ok := p.State().Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		c.Give(lua.LNil, lua.LString(strings.TrimPrefix(signalName(ws.Signal()), "SIG"))) // in the form that kill takes
		return nil
	}
	c.Give(lua.LNumber(p.State().ExitCode()))
	return nil
}

var processVerbs = []*Verb{
	{
		Name: "exec", LuaOnly: true, Group: groupPrograms, Run: runExec,
		Params: []Param{{Name: "program", Type: AnyType}}, Rest: true,
		Options: []Param{
			{Name: "port", Type: IntType, Doc: "wait until this port of 127.0.0.1 accepts a TCP connection"},
			{Name: "line", Type: StringType, Doc: "wait until the program's output matches this Lua pattern"},
			{Name: "timeout", Type: SecondsType, Doc: "time limit for port= and line=; default 10 seconds"},
			{Name: "dir", Type: FileType, Doc: "working directory"},
			{Name: "env", Type: AnyType, Doc: "changes to the environment: {NAME=\"VALUE\"}, where false removes a variable; or a list of NAME=VALUE strings"},
			{Name: "input", Type: AnyType, Doc: "standard input, by default empty; with true, process:send writes it"},
		},
		Summary: "start a program, such as the server under test",
		Help: "The program runs without a shell: each argument is passed on as it is. The last megabyte of its standard output and standard error is kept, and " +
			"shown if the test fails.\n" +
			"When the test or the script ends, the program and its children get SIGTERM, and SIGKILL 2 seconds later. " +
			"On Linux this includes daemons, which have left the session, unless they have removed SOSH_EXEC from their environment. On Linux the program ends even if sosh is killed.\n" +
			"free_port() finds a port for a server that can't report its own. line= proves that this program is ready; on port=, another program may answer. " +
			"Arguments and options may be in one table: exec{\"redis-server\", \"--port\", port, port=port}.",
		Example: []string{`p = exec("sh", "-c", "echo ready; cat", {line="ready"}); p:kill(); print(p:wait())`},
		Returns: []luadoc.Result{{Name: "process", Type: "process", Doc: ", with the methods expect, output, send, close, wait, kill and pid"}},
	},
	{
		Name: "process:expect", LuaOnly: true, Group: groupPrograms, Run: runProcessExpect,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}, {Name: "pattern", Type: StringType}},
		Options: []Param{timeoutOption},
		Summary: "wait until the output of a process matches a Lua pattern",
		Help:    "The search begins after the previous match. The default timeout is 10 seconds.",
		Example: []string{`p = exec("echo", "listening on 7000"); print(p:expect("listening on (%d+)"))`},
		Returns: []luadoc.Result{{Name: "captures, or the whole match", Type: "string", Many: true}},
	},
	{
		Name: "process:output", LuaOnly: true, Group: groupPrograms, Run: runProcessOutput,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}},
		Summary: "return what a process has written so far",
		Example: []string{`p = exec("echo", "hello"); p:wait(); print(p:output())`},
		Returns: []luadoc.Result{{Type: "string", Doc: ": standard output and standard error, in the order of arrival"}},
	},
	{
		Name: "process:send", LuaOnly: true, Group: groupPrograms, Run: runProcessSend,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}, {Name: "data", Type: StringType}},
		Options: []Param{timeoutOption},
		Summary: "write to the standard input of a process",
		Help:    "The process must have been started with input=true. send returns when all data is written.",
		Example: []string{`p = exec("cat", {input=true}); p:send("hello\n"); print(p:expect("hello"))`},
		Returns: []luadoc.Result{{Name: "number of bytes", Type: "integer"}},
	},
	{
		Name: "process:close", LuaOnly: true, Group: groupPrograms, Run: runProcessClose,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}},
		Summary: "close the standard input of a process, which then reads end of file",
		Example: []string{`p = exec("sort", {input=true}); p:send("b\na\n"); p:close(); p:wait(); print(p:output())`},
	},
	{
		Name: "process:wait", LuaOnly: true, Group: groupPrograms, Run: runProcessWait,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}},
		Options: []Param{timeoutOption},
		Summary: "wait until a process has ended",
		Example: []string{`p = exec("sh", "-c", "exit 3"); print(p:wait({timeout=5}))`},
		Returns: []luadoc.Result{{Name: "exit status", Type: "integer?", Doc: ", nil if a signal ended it"}, {Name: "name of that signal", Type: "string?", Doc: ", such as TERM"}},
	},
	{
		Name: "process:kill", LuaOnly: true, Group: groupPrograms, Run: runProcessKill,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}, optional("signal", StringType)},
		Summary: "send a signal to a process, by default TERM",
		Help:    "kill(2). The signal goes to the process, not to its children. If the process has ended, nothing happens.",
		Example: []string{`p = exec("sleep", "60"); p:kill("INT"); print(p:wait())`},
	},
	{
		Name: "process:pid", LuaOnly: true, Group: groupPrograms, Run: runProcessPid,
		Params:  []Param{{Name: "process", Type: ObjectType, Object: "process"}},
		Summary: "return the process ID",
		Example: []string{`p = exec("sleep", "60"); print(p:pid() > 0)`},
		Returns: []luadoc.Result{{Type: "number"}},
	},
}
