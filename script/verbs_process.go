package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sosh/internal/show"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// runExec starts a program.
func runExec(c *Call) error {
	m := c.Machine
	path := c.String(0)
	args := make([]string, 0, len(c.rest))
	for i, v := range c.rest {
		if t, ok := v.(*lua.LTable); ok && i == len(c.rest)-1 && c.opts == nil {
			if err := c.bindOptions(t); err != nil {
				return err
			}
			continue
		}
		switch v.(type) {
		case lua.LString, lua.LNumber:
			args = append(args, lua.LVAsString(v))
		default:
			return &ArgumentError{Index: i + 1, Err: fmt.Errorf("bad argument of type %s (expected strings, and a table of options last)", v.Type()), Hint: "usage: " + c.usage()}
		}
	}
	p := &process{name: filepath.Base(path), done: make(chan struct{})}
	p.cmd = exec.Command(path, args...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.Dir, _ = c.Option("dir")
	p.cmd.SysProcAttr = processAttr()
	p.cmd.WaitDelay = time.Second // for what it leaves, which holds its output open
	if input, ok := c.Option("input"); ok {
		p.cmd.Stdin = strings.NewReader(input)
	}
	if env, ok := c.opts["env"]; ok {
		for _, e := range env.list {
			if !strings.Contains(e, "=") {
				return &ArgumentError{Index: -1, Key: "env", Err: fmt.Errorf("bad %q (expected NAME=VALUE)", e)}
			}
		}
		p.cmd.Env = append(os.Environ(), env.list...)
	}
	if err := p.cmd.Start(); err != nil {
		return startError(path, p.cmd.Dir, err)
	}
	go func() {
		defer close(p.done)
		p.cmd.Wait() // how it ended is in ProcessState
	}()
	m.keep(p)
	if err := c.awaitReady(p); err != nil {
		m.block(p.end)
		return err
	}
	c.Give(m.object("process", p))
	return nil
}

// startError says why a program did not start.
func startError(path, dir string, err error) error {
	e := &sockets.Error{Op: "exec", Err: err}
	var missing *exec.Error
	if errors.As(err, &missing) {
		e.Err = fmt.Errorf("%s: %w", path, missing.Err)
		if words := strings.Fields(path); len(words) > 1 {
			for i, w := range words {
				words[i] = show.Literal([]byte(w))
			}
			e.Hint = "the program and each of its arguments are strings of their own: exec(" + strings.Join(words, ", ") + ")"
		}
	}
	if _, derr := os.Stat(dir); dir != "" && derr != nil {
		e.Err = fmt.Errorf("dir %w", derr)
	}
	return e
}

// awaitReady waits for what the options say: that a port answers, that a line
// is written.
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
	c.Machine.block(func() { err = p.awaitPort(ctx, address) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		cause := sockets.ContextCause(ctx, began)
		return p.failed("exec", cause, "%s; port %d does not answer (%v)", sockets.CauseText(cause), port, err)
	}
	return p.failed("exec", nil, "%v before port %d answered", err, port)
}

// awaitOutput waits until what the process has written matches a pattern, and
// returns what the pattern caught. What stands behind the match is for the next
// call.
func (c *Call) awaitOutput(ctx context.Context, p *process, op, pattern string) (captures []lua.LValue, err error) {
	began := time.Now()
	c.Machine.block(func() { captures, err = p.await(ctx, newSearch(pattern), began) })
	var bad patternError
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

// optionSeconds is an option of seconds.
func (c *Call) optionSeconds(name string, def time.Duration) time.Duration {
	if a, ok := c.opts[name]; ok {
		return seconds(a.num)
	}
	return def
}

func runProcessExpect(c *Call) error {
	p, err := objectOf[*process](c, "process")
	if err != nil {
		return err
	}
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
	p, err := objectOf[*process](c, "process")
	if err != nil {
		return err
	}
	c.Give(lua.LString(p.all()))
	return nil
}

func runProcessPid(c *Call) error {
	p, err := objectOf[*process](c, "process")
	if err != nil {
		return err
	}
	c.Give(lua.LNumber(p.cmd.Process.Pid))
	return nil
}

func runProcessKill(c *Call) error {
	p, err := objectOf[*process](c, "process")
	if err != nil {
		return err
	}
	sig := syscall.SIGTERM
	if c.Has(1) {
		name := strings.ToUpper(c.String(1))
		if sig = signalNamed(name); sig == 0 {
			return &ArgumentError{Index: 1, Err: fmt.Errorf("bad signal %q (expected a name such as TERM, KILL or HUP)", c.String(1))}
		}
	}
	if p.ended() {
		return nil
	}
	if err := syscall.Kill(p.cmd.Process.Pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return &sockets.Error{Op: "kill", Err: err}
	}
	return nil
}

func runProcessWait(c *Call) error {
	p, err := objectOf[*process](c, "process")
	if err != nil {
		return err
	}
	began := time.Now()
	err = c.Wait(func(ctx context.Context) error {
		select {
		case <-p.done:
			return nil
		case <-ctx.Done():
			return sockets.ContextCause(ctx, began)
		}
	})
	if err != nil {
		return p.failed("wait", err, "%s", sockets.CauseText(err))
	}
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		c.Give(lua.LNil, lua.LString(signalName(ws.Signal())))
		return nil
	}
	c.Give(lua.LNumber(p.cmd.ProcessState.ExitCode()))
	return nil
}

var processVerbs = []*Verb{
	{
		Name: "exec", LuaOnly: true, Group: groupTests, Run: runExec,
		Params: []Param{{Name: "program", Type: StringType}}, Rest: true,
		Options: []Param{
			{Name: "port", Type: IntType, Doc: "wait until this port of 127.0.0.1 accepts a TCP connection"},
			{Name: "line", Type: StringType, Doc: "wait until its output matches this Lua pattern"},
			{Name: "timeout", Type: SecondsType, Doc: "how long to wait for that: 10 seconds unless told"},
			{Name: "dir", Type: FileType, Doc: "the directory that it works in"},
			{Name: "env", Type: ListType, Doc: "what its environment has besides, as NAME=VALUE"},
			{Name: "input", Type: StringType, Doc: "its standard input, which is empty unless told"},
		},
		Summary: "start a program, such as the server under test",
		Help: "No shell is between: each argument is one of the program's. What it writes to its standard output and standard error is kept, the last megabyte of it, and " +
			"shown if the test fails. It ends with the test or the script that started it, and so does all that it has started itself: by SIGTERM, after 2 seconds by SIGKILL. " +
			"free_port() finds a port for a server that can't say which one it took. line= tells for sure that the program itself is ready; what answers on port= may be another.",
		Example: []string{`p = exec("sh", "-c", "echo ready; cat", {line="ready"}); p:kill(); print(p:wait())`},
		Gives:   "the process, with the methods expect, output, wait, kill and pid",
	},
	{
		Name: "process:expect", LuaOnly: true, Group: groupTests, Run: runProcessExpect,
		Params:  []Param{{Name: "process", Type: AnyType}, {Name: "pattern", Type: StringType}},
		Options: []Param{timeoutOption},
		Summary: "wait until the output of a process matches a Lua pattern",
		Help:    "It begins behind the last match, and waits for 10 seconds unless told.",
		Example: []string{`p = exec("echo", "listening on 7000"); print(p:expect("listening on (%d+)"))`},
		Gives:   "the captures, or what matched",
	},
	{
		Name: "process:output", LuaOnly: true, Group: groupTests, Run: runProcessOutput,
		Params:  []Param{{Name: "process", Type: AnyType}},
		Summary: "what a process has written so far",
		Example: []string{`p = exec("echo", "hello"); p:wait(); print(p:output())`},
		Gives:   "a string: standard output and standard error as they came",
	},
	{
		Name: "process:wait", LuaOnly: true, Group: groupTests, Run: runProcessWait,
		Params:  []Param{{Name: "process", Type: AnyType}},
		Options: []Param{timeoutOption},
		Summary: "wait until a process has ended",
		Example: []string{`p = exec("sh", "-c", "exit 3"); print(p:wait({timeout=5}))`},
		Gives:   "its exit status; nil and the name of the signal that ended it",
	},
	{
		Name: "process:kill", LuaOnly: true, Group: groupTests, Run: runProcessKill,
		Params:  []Param{{Name: "process", Type: AnyType}, optional("signal", StringType)},
		Summary: "send a signal to a process, TERM unless told",
		Help:    "kill(2). It goes to the process alone, not to what that has started; one that has ended gets none.",
		Example: []string{`p = exec("sleep", "60"); p:kill("INT"); print(p:wait())`},
		Gives:   "nothing",
	},
	{
		Name: "process:pid", LuaOnly: true, Group: groupTests, Run: runProcessPid,
		Params:  []Param{{Name: "process", Type: AnyType}},
		Summary: "the process's id",
		Example: []string{`p = exec("sleep", "60"); print(p:pid() > 0)`},
		Gives:   "a number",
	},
}
