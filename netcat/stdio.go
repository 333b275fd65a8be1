package netcat

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// An input is the source of the data that a session sends. Only one goroutine calls
// Read. Another may call stop: a blocked Read then returns errStopped, without having
// read anything.
type input interface {
	io.Reader
	stop()
}

// An output is the destination of the data that a session receives. A session calls end
// once, after the last write. stop ends a blocked Write or wait.
type output interface {
	io.Writer
	end() error
	stop()
}

type stopped struct{}

func (stopped) Error() string { return "the session has ended" }

// errStopped is the error of a Read or Write that stop has ended.
var errStopped error = stopped{}

// A selfPipe is a pipe that poll(2) watches together with another descriptor, so that
// the wait can be ended by writing to the pipe. Standard streams are shared with other
// processes, so they must not be made non-blocking.
type selfPipe struct {
	r, w  int
	once  sync.Once
	fired atomic.Bool
}

func newSelfPipe() (*selfPipe, error) {
	var ends [2]int
	// Like os.Pipe on systems without pipe2(2). os.Pipe itself would register the
	// files with the runtime's poller, which is not needed here.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(ends[:]); err != nil {
		return nil, os.NewSyscallError("pipe", err)
	}
	unix.CloseOnExec(ends[0])
	unix.CloseOnExec(ends[1])
	return &selfPipe{r: ends[0], w: ends[1]}, nil
}

// fire ends all waits, present and future.
func (p *selfPipe) fire() {
	p.once.Do(func() {
		p.fired.Store(true)
		unix.Close(p.w)
	})
}

// close frees the pipe. There must be no more waits.
func (p *selfPipe) close() {
	p.fire()
	unix.Close(p.r)
}

// wait waits until fd is ready for events or has failed.
func (p *selfPipe) wait(fd int, events int16) error {
	fds := [...]unix.PollFd{{Fd: int32(fd), Events: events}, {Fd: int32(p.r), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds[:], -1)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return os.NewSyscallError("poll", err)
		case fds[1].Revents != 0:
			return errStopped
		default:
			return nil
		}
	}
}

// ready reports whether fd is ready for events now.
func ready(fd int, events int16) bool {
	fds := [...]unix.PollFd{{Fd: int32(fd), Events: events}}
	n, _ := unix.Poll(fds[:], 0)
	return n > 0
}

// stdin is standard input.
type stdin struct {
	fd int
	*selfPipe
}

func (in *stdin) stop() { in.fire() }

// Read waits until data is available, and reads it.
func (in *stdin) Read(p []byte) (int, error) {
	for {
		if in.fired.Load() {
			return 0, errStopped
		}
		n, err := readNow(in.fd, p)
		if err != nil {
			if err := in.wait(in.fd, unix.POLLIN); err != nil {
				return 0, err
			}
			n, err = unix.Read(in.fd, p)
		}
		switch {
		case err == unix.EINTR || err == unix.EAGAIN: // another process read the data
		case err == unix.EIO && isTerminal(in.fd): // the terminal's other end is closed
			return 0, io.EOF
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// stdout is standard output.
type stdout struct {
	fd int
	*selfPipe

	// closes: after the end of the network nobody writes to standard output, so it is
	// closed then and its reader gets end of file.
	closes bool

	known sync.Once
	pipe  bool
}

func (out *stdout) stop() { out.fire() }

// end replaces standard output by /dev/null, if nothing more will be written; so no new
// socket can get its descriptor.
func (out *stdout) end() error {
	if !out.closes {
		return nil
	}
	out.fire() // a blocked poll(2) would keep the pipe open
	null, err := unix.Open(os.DevNull, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // the process's end closes it
	}
	defer unix.Close(null)
	unix.Dup2(null, out.fd)
	return nil
}

// readerGone waits until a pipe or socket has no reader any more. It returns false if
// stop was called first, or if out is neither.
func (out *stdout) readerGone() bool {
	var st unix.Stat_t
	if unix.Fstat(out.fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO && st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return false
	}
	return out.wait(out.fd, 0) == nil
}

// Write writes all of p.
func (out *stdout) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 {
		if err := out.wait(out.fd, unix.POLLOUT); err != nil {
			return total, err
		}
		n, err := unix.Write(out.fd, p[:min(len(p), out.most())])
		if n > 0 {
			total += n
			p = p[n:]
		}
		if err != nil && err != unix.EINTR && err != unix.EAGAIN {
			return total, os.NewSyscallError("write", err)
		}
	}
	return total, nil
}

// most returns how many bytes a write can take without blocking: if poll(2) reports a
// pipe as writable, there is room for PIPE_BUF bytes (pipe(7)).
func (out *stdout) most() int {
	out.known.Do(func() {
		var st unix.Stat_t
		out.pipe = unix.Fstat(out.fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO
	})
	if out.pipe {
		return 4096
	}
	return copySize
}

// standardInput is the process's own standard input, for one session.
func standardInput() (*stdin, error) {
	w, err := newSelfPipe()
	if err != nil {
		return nil, err
	}
	return &stdin{fd: 0, selfPipe: w}, nil
}

// standardOutput is the process's own standard output, for one session.
func standardOutput() (*stdout, error) {
	w, err := newSelfPipe()
	if err != nil {
		return nil, err
	}
	return &stdout{fd: 1, selfPipe: w}, nil
}

// standardError is standard error. Unlike a write to os.Stderr, a write to it never ends
// the process by SIGPIPE: the reader of our messages may exit before all data has moved.
type standardError struct{}

func (standardError) Write(p []byte) (int, error) {
	if err := writeAll(2, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// writeAll writes all of p to a descriptor, waiting as long as it must.
func writeAll(fd int, p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(fd, p)
		p = p[max(n, 0):]
		switch {
		case err == unix.EAGAIN:
			unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1)
		case err != nil && err != unix.EINTR:
			return os.NewSyscallError("write", err)
		}
	}
	return nil
}
