//go:build unix

package console

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A selfPipe ends a wait for keys from another goroutine: a pipe, since poll waits
// for descriptors only.
type selfPipe struct{ r, w int }

func newSelfPipe() (selfPipe, error) {
	syscall.ForkLock.RLock() // not every system has pipe2
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return selfPipe{}, os.NewSyscallError("pipe", err)
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		unix.SetNonblock(fd, true)
	}
	return selfPipe{p[0], p[1]}, nil
}

// wake never blocks: a full pipe wakes too.
func (k selfPipe) wake() { unix.Write(k.w, []byte{0}) }

func (k selfPipe) close() {
	unix.Close(k.r)
	unix.Close(k.w)
}

// wait returns when fd is readable or at its end, which it reports, at a wake, or
// after timeout unless that is negative.
func (k selfPipe) wait(fd int, timeout time.Duration) (readable bool, err error) {
	ms := -1
	if timeout >= 0 {
		ms = int((timeout + time.Millisecond - 1) / time.Millisecond)
	}
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(k.r), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, ms); err != nil && !errors.Is(err, unix.EINTR) {
		return false, os.NewSyscallError("poll", err)
	}
	if fds[1].Revents != 0 {
		var b [64]byte
		unix.Read(k.r, b[:])
	}
	return fds[0].Revents != 0, nil
}

// readSome reads from fd once. It returns 0 and no error if there was nothing to
// read, and an error at the end of input.
func readSome(fd int, b []byte) (int, error) {
	n, err := unix.Read(fd, b)
	switch {
	case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		return 0, nil
	case err != nil:
		return 0, os.NewSyscallError("read", err)
	case n == 0:
		return 0, errors.New("end of input")
	}
	return n, nil
}

// ReadChunk waits until f, a terminal or a pipe, can be read, and reads from it once: what a user has
// entered as one line. Unlike a read of f itself, it ends with ctx, whose error it then returns. The
// error at the end of input is another one. It must not be called while a console reads f.
func ReadChunk(ctx context.Context, f *os.File) (string, error) {
	waker, err := newSelfPipe()
	if err != nil {
		return "", err
	}
	defer waker.close()
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		waker.wake()
	})
	defer func() {
		if !stop() {
			<-woken // before the pipe is closed
		}
	}()
	for {
		readable, err := waker.wait(int(f.Fd()), -1)
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if err != nil {
			return "", err
		}
		if !readable {
			continue
		}
		var b [256]byte
		if n, err := readSome(int(f.Fd()), b[:]); n > 0 || err != nil {
			return string(b[:n]), err
		}
	}
}

// Size returns the columns and rows of f, 80 and 24 if unknown:
// readline divides by the columns.
func Size(f *os.File) (columns, rows int) {
	columns, rows = 80, 24
	rc, err := f.SyscallConn()
	if err != nil {
		return
	}
	rc.Control(func(fd uintptr) {
		if ws, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil && ws.Col > 0 {
			columns, rows = int(ws.Col), max(1, int(ws.Row))
		}
	})
	return
}

// watch calls resized each time the terminal's size changes, and continued when the process goes on after
// it was stopped, until stop.
func watch(resized, continued func()) (stop func()) {
	ch := make(chan os.Signal, 2)
	done, ended := make(chan struct{}), make(chan struct{})
	signal.Notify(ch, unix.SIGWINCH, unix.SIGCONT)
	go func() {
		defer close(ended)
		for {
			select {
			case s := <-ch:
				if s == unix.SIGCONT {
					continued()
				}
				resized() // which may have been missed
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(ch)
		close(done)
		<-ended
	}
}

// stopProcess stops the process and those that run with it, as Ctrl-Z does in a terminal that is not
// raw. It does nothing where nobody could let them go on.
func stopProcess() { unix.Kill(0, unix.SIGTSTP) }
