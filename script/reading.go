package script

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// Reading from a terminal or a pipe, and opening a FIFO, wait for somebody else.
// The functions of this file end with a context while they wait.

// openFile is os.OpenFile. Of a FIFO it waits for the other end, until ctx ends.
func openFile(ctx context.Context, name string, flags int) (*os.File, error) {
	st, err := os.Stat(name)
	if err != nil || st.Mode()&os.ModeNamedPipe == 0 || flags&os.O_RDWR != 0 {
		return os.OpenFile(name, flags, 0o666)
	}
	type opened struct {
		f   *os.File
		err error
	}
	began := time.Now()
	done := make(chan opened, 1)
	go func() {
		f, err := os.OpenFile(name, flags, 0o666)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		return o.f, o.err
	case <-ctx.Done():
	}
	// With both ends open nobody waits any more. Where that is not allowed, the
	// one who waits is left to.
	if both, err := os.OpenFile(name, os.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
		o := <-done
		both.Close()
		if o.f != nil {
			o.f.Close()
		}
	}
	return nil, sockets.ContextCause(ctx, began)
}

// ReadFile reads a file, until ctx ends.
func ReadFile(ctx context.Context, path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil || st.Mode().IsRegular():
		return os.ReadFile(path)
	case st.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	}
	f, err := openFile(ctx, path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(&waitingReader{ctx, f})
}

// readInput reads standard input to its end, until ctx ends.
func readInput(ctx context.Context) ([]byte, error) {
	return io.ReadAll(&waitingReader{ctx, os.Stdin})
}

// A waitingReader reads from a file, and fails when ctx ends while it waits.
type waitingReader struct {
	ctx context.Context
	f   *os.File
}

func (r *waitingReader) Read(p []byte) (int, error) {
	if err := awaitReadable(r.ctx, r.f); err != nil {
		return 0, err
	}
	return r.f.Read(p)
}

// awaitReadable waits until a read of f would not wait, or ctx ends.
func awaitReadable(ctx context.Context, f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	began := time.Now()
	ready := false
	err = conn.Control(func(fd uintptr) { ready = poll(0, int(fd)) })
	if err != nil || ready {
		return err
	}
	// A pipe that ctx closes wakes who waits.
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		w.Close()
		close(woken)
	})
	err = conn.Control(func(fd uintptr) { poll(-1, int(fd), int(r.Fd())) })
	if stop() {
		w.Close()
		return err
	}
	<-woken
	return sockets.ContextCause(ctx, began)
}

// poll waits so many milliseconds, or without a limit, until one of the
// descriptors can be read. What can't be polled can be read.
func poll(milliseconds int, fds ...int) bool {
	list := make([]unix.PollFd, len(fds))
	for i, fd := range fds {
		list[i] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	}
	for {
		n, err := unix.Poll(list, milliseconds)
		if err != unix.EINTR {
			return n > 0 || err != nil
		}
	}
}
