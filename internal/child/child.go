// Package child starts programs, waits for them and ends them. No other package
// starts one: to find strays, this package waits for children of the process that it
// has not started. It imports no package of this module.
//
// Start begins one goroutine for each child, which waits for the child. It ends, and
// closes Done, when the child has ended and so have the goroutines of os/exec, which
// copy to and from a Stdin, Stdout or Stderr that is not a file. Set.End has a
// goroutine for each child while it runs.
package child

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// groupPoll is the interval of checks whether an ending process group is gone.
const groupPoll = 5 * time.Millisecond

// Options say how a child is started.
type Options struct {
	// Group puts the child in its own process group, so that signals reach it and its
	// children. Without Group, the child shares our group, and so the terminal's Ctrl-C.
	Group bool
	// Orphan is the signal that the child gets if this process dies first, even by
	// SIGKILL; 0 means none. Linux only.
	Orphan syscall.Signal
	// Strays makes End also end programs started by the child that have left its group,
	// as daemons do. They are found by a variable in their environment. Linux only.
	Strays bool
	// Input makes a pipe to the child's standard input, and Output one from its
	// standard output; our ends are Child.In and Child.Out. Without them, the fields of
	// the command apply.
	Input, Output bool
	// OnEnd, unless nil, is called when the child has ended, before Done is closed.
	OnEnd func()
}

// A Child is a program that was started. Its methods may be called concurrently.
type Child struct {
	In, Out *os.File // our ends of the pipes of Options; the caller closes them

	cmd  *exec.Cmd
	o    Options
	mark string // mark in the environment of the child, or ""
	set  *Set   // the set it belongs to, or nil
	done chan struct{}
	err  error // result of cmd.Wait; valid after done is closed

	mu   sync.Mutex
	gone bool // another process may have its process ID by now
}

// Start starts a program. It sets the command's SysProcAttr, and the descriptors
// and the variable that the options ask for. If it fails, nothing is left open, and
// [Retryable] says whether it may succeed later, with a new command.
func Start(cmd *exec.Cmd, o Options) (*Child, error) {
	return start(cmd, o, (*Child).start)
}

// start is Start, except that run starts the command, after the pipes are made. A set holds
// its lock only during run. So without free descriptors a call fails at once, and does not
// wait for others while the caller accepts more connections.
func start(cmd *exec.Cmd, o Options, run func(c *Child) error) (*Child, error) {
	c := &Child{cmd: cmd, o: o, done: make(chan struct{})}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	if o.Input {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		cmd.Stdin, c.In, theirs = r, w, append(theirs, r)
	}
	if o.Output {
		r, w, err := os.Pipe()
		if err != nil {
			c.closePipes()
			return nil, err
		}
		cmd.Stdout, c.Out, theirs = w, r, append(theirs, w)
	}
	cmd.SysProcAttr = attributes(o)
	if err := run(c); err != nil {
		c.closePipes()
		return nil, err
	}
	go c.wait()
	return c, nil
}

func (c *Child) closePipes() {
	for _, f := range []*os.File{c.In, c.Out} {
		if f != nil {
			f.Close()
		}
	}
}

// wait waits for the child. It is the child's goroutine.
func (c *Child) wait() {
	defer close(c.done)
	c.err = c.cmd.Wait()
	c.waited()
	c.mu.Lock()
	c.gone = !c.o.Group // a group may outlive its leader
	c.mu.Unlock()
	if c.o.OnEnd != nil {
		c.o.OnEnd()
	}
}

// Done returns a channel that is closed when the child has ended and its output
// was copied.
func (c *Child) Done() <-chan struct{} { return c.done }

// Ended reports whether Done is closed.
func (c *Child) Ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Wait waits for the child to end, and returns an *exec.ExitError unless its status
// was 0.
func (c *Child) Wait() error {
	<-c.done
	return c.err
}

// Pid returns the process ID, which with Options.Group is the group's, too.
func (c *Child) Pid() int { return c.cmd.Process.Pid }

// State returns how the child ended. It is nil until Done is closed.
func (c *Child) State() *os.ProcessState {
	if !c.Ended() {
		return nil
	}
	return c.cmd.ProcessState
}

// Signal sends a signal to the child alone. It returns os.ErrProcessDone if that
// has ended.
func (c *Child) Signal(sig syscall.Signal) error { return c.cmd.Process.Signal(sig) }

// signalAll sends a signal to the child's group or, without Options.Group, to the child.
func (c *Child) signalAll(sig syscall.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.gone:
	case c.o.Group:
		syscall.Kill(-c.Pid(), sig)
	default:
		c.cmd.Process.Signal(sig)
	}
}

// isGone reports whether the child has ended, and all of its group.
func (c *Child) isGone() bool {
	if !c.Ended() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone {
		c.reapStrays()
		c.gone = groupGone(c.Pid())
	}
	return c.gone
}

// awaitGone waits until the child and its group are gone, but at most for most.
func (c *Child) awaitGone(most time.Duration) bool {
	until := time.After(most)
	select {
	case <-c.done:
	case <-until:
		return false
	}
	for !c.isGone() {
		select {
		case <-time.After(groupPoll):
		case <-until:
			return false
		}
	}
	return true
}

// end sends a signal to the child and its group, and SIGKILL if they are not gone after
// grace.
func (c *Child) end(sig syscall.Signal, grace time.Duration) {
	c.signalAll(sig)
	if !c.awaitGone(grace) {
		c.signalAll(syscall.SIGKILL)
	}
}

// End sends SIGTERM to the child and its group, and SIGKILL if they are not gone after grace.
// Then it ends its strays in the same way. It returns when all have ended.
func (c *Child) End(grace time.Duration) {
	c.end(syscall.SIGTERM, grace)
	<-c.done
	c.endStrays(grace)
	c.set.remove(c)
}

// Reap waits for a child that is expected to end, and calls End if it has not ended after
// grace. If the child ends by itself, the rest of its group keeps running.
func (c *Child) Reap(grace time.Duration) {
	select {
	case <-c.done:
		c.set.remove(c)
	case <-time.After(grace):
		c.End(grace)
	}
}

// Retryable reports whether Start may succeed later, when other programs have ended
// and have freed descriptors, memory or process IDs. A lack of descriptors has a
// different errno in each system call of the new process: EMFILE, EBADF of dup3(2),
// EINVAL of fcntl(2).
func Retryable(err error) bool {
	var errno syscall.Errno
	if errors.As(err, new(*exec.Error)) || !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case syscall.EMFILE, syscall.ENFILE, syscall.EBADF, syscall.EINVAL, syscall.EAGAIN,
		syscall.ENOMEM, syscall.ENOBUFS, syscall.EIO, syscall.ETXTBSY:
		return true
	}
	return false
}
