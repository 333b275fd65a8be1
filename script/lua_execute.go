package script

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// osExecute is os.execute (5.8). It gives the status as C's system does.
func (in *interp) osExecute(L *lua.LState) int {
	if L.Get(1) == lua.LNil {
		L.Push(lua.LNumber(1))
		return 1
	}
	cmd := in.shell(checkString(L, 1))
	waited, err := startChild(cmd)
	if err == nil {
		in.await(L, cmd, func() { err = cmd.Wait() })
		waited()
	}
	L.Push(lua.LNumber(waitStatus(cmd, err)))
	return 1
}

// shell is the command that runs a line as C's system does.
func (in *interp) shell(line string) *exec.Cmd {
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, in.stdout, in.stderr
	cmd.SysProcAttr = processAttr(in.grouped)
	if in.grouped {
		cmd.WaitDelay = childGrace
	}
	return cmd
}

// childGrace is how long a program has to end by itself once SIGTERM has told
// it to.
const childGrace = 500 * time.Millisecond

// await calls f, which waits for a program that runs or for what it writes. If
// what calls it is to end meanwhile, the program is told to.
func (in *interp) await(L *lua.LState, cmd *exec.Cmd, f func()) {
	in.block(L, func(ctx context.Context) {
		done := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			in.signal(cmd, syscall.SIGTERM)
			select {
			case <-done:
			case <-time.After(childGrace):
				in.signal(cmd, syscall.SIGKILL)
			}
		})
		f()
		close(done)
		stop()
	})
}

// signal tells a program, or its group, to end.
func (in *interp) signal(cmd *exec.Cmd, sig syscall.Signal) {
	if in.grouped {
		syscall.Kill(-cmd.Process.Pid, sig)
		return
	}
	cmd.Process.Signal(sig)
}

// waitStatus is how a command ended, as wait gives it.
func waitStatus(cmd *exec.Cmd, err error) int {
	if cmd.ProcessState == nil {
		return -1
	}
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		if ws.Signaled() {
			return int(ws.Signal())
		}
		return ws.ExitStatus() << 8
	}
	return cmd.ProcessState.ExitCode()
}
