package lua51

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"

	"sosh/internal/child"

	lua "github.com/yuin/gopher-lua"
)

// osExecute is os.execute (5.8). It gives the status as C's system does.
func (in *Interp) osExecute(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(1))
		return 1
	}
	cmd := in.shell(CheckString(L, 1))
	status := -1
	if c, err := in.startProgram(cmd, false, false); err == nil {
		in.await(L, c, func() { c.Wait() })
		status = waitStatus(c.State())
	}
	L.Push(lua.LNumber(status))
	return 1
}

// shell is the command that runs a line as C's system does.
func (in *Interp) shell(line string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, in.Stdout, in.Stderr
	if in.Group {
		cmd.WaitDelay = childGrace
	}
	return cmd
}

// startProgram starts a command of shell, with pipes to its standard input and from its
// standard output where these are wanted.
func (in *Interp) startProgram(cmd *exec.Cmd, input, output bool) (*child.Child, error) {
	return child.Start(cmd, child.Options{Group: in.Group, Orphan: syscall.SIGKILL, Input: input, Output: output})
}

// childGrace is how long a program has to end by itself once SIGTERM has told
// it to.
const childGrace = 500 * time.Millisecond

// await calls f, which waits for a program that runs or for what it writes. The
// program is ended if what calls await is to end meanwhile.
func (in *Interp) await(L *lua.LState, c *child.Child, f func()) {
	in.Block(L, func(ctx context.Context) { endWith(ctx, c, f) })
}

// endWith calls f, and ends the program if ctx ends before f does.
func endWith(ctx context.Context, c *child.Child, f func()) {
	stop := context.AfterFunc(ctx, func() { c.End(childGrace) })
	f()
	stop()
}

// waitStatus is how a program ended, as wait(2) returns it.
func waitStatus(state *os.ProcessState) int {
	if ws, ok := state.Sys().(syscall.WaitStatus); ok {
		if ws.Signaled() {
			return int(ws.Signal())
		}
		return ws.ExitStatus() << 8
	}
	return state.ExitCode()
}
