package netcat

import (
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// childGrace is how long a program that was started may go on once its
	// connection is gone, and then once more after SIGTERM.
	childGrace = 2 * time.Second
	// signalGrace is how long programs may go on after a signal that ends us.
	signalGrace = 500 * time.Millisecond
)

// children are the programs that run, each of them with the processes that it
// started in a process group of its own.
type children struct {
	mu      sync.Mutex
	running []*exec.Cmd
	over    bool // a signal is ending the process
}

// start starts a program.
func (c *children) start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return unix.EINTR
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.running = append(c.running, cmd)
	return nil
}

// reap waits for a program whose pipes are closed. One that goes on is ended,
// by SIGKILL in the end.
func (c *children) reap(cmd *exec.Cmd) {
	exited := make(chan struct{})
	go func() {
		cmd.Wait() // what its status was is its own affair
		close(exited)
	}()
	for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGKILL} {
		select {
		case <-exited:
		case <-time.After(childGrace):
			signalGroup(cmd, sig)
		}
	}
	<-exited
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = slices.DeleteFunc(c.running, func(o *exec.Cmd) bool { return o == cmd })
}

// end ends every program for a signal that ends us: it is handed on where it is
// one that asks a program to leave, and who does not leave is killed.
func (c *children) end(sig syscall.Signal) {
	c.mu.Lock()
	c.over = true
	left := slices.Clone(c.running)
	c.mu.Unlock()
	switch sig {
	case unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM:
	default:
		sig = unix.SIGTERM
	}
	for _, cmd := range left {
		signalGroup(cmd, sig)
	}
	for until := time.Now().Add(signalGrace); len(left) > 0 && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		left = slices.DeleteFunc(left, groupGone)
	}
	for _, cmd := range left {
		signalGroup(cmd, unix.SIGKILL)
	}
}

func signalGroup(cmd *exec.Cmd, sig syscall.Signal) { unix.Kill(-cmd.Process.Pid, sig) }

// groupGone reports whether no process is left of a program's group. Its zombie
// is reaped, which would count as one.
func groupGone(cmd *exec.Cmd) bool {
	unix.Wait4(cmd.Process.Pid, nil, unix.WNOHANG, nil)
	return unix.Kill(-cmd.Process.Pid, 0) == unix.ESRCH
}
