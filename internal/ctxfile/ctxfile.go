// Package ctxfile opens and reads files until a context ends. Reading from a terminal or a
// pipe, and opening a FIFO, can block; such a call ends with the context, and fails with its
// cause. The package imports nothing of sosh. It leaves no goroutine behind, with one
// exception: one that opens a FIFO which this user may not open for both reading and writing.
package ctxfile

import (
	"context"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Open is os.OpenFile with mode 0666. For a FIFO it waits for the other end, until ctx ends.
func Open(ctx context.Context, name string, flags int) (*os.File, error) {
	st, err := os.Stat(name)
	if err != nil || st.Mode()&os.ModeNamedPipe == 0 || flags&os.O_RDWR != 0 {
		return os.OpenFile(name, flags, 0o666)
	}
	type opened struct {
		f   *os.File
		err error
	}
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
	// Opening both ends ends the wait. If that is not allowed, the goroutine stays.
	if both, err := os.OpenFile(name, os.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
		o := <-done
		both.Close()
		if o.f != nil {
			o.f.Close()
		}
	}
	return nil, context.Cause(ctx)
}

// ReadFile reads a whole file, until ctx ends.
func ReadFile(ctx context.Context, path string) ([]byte, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil || st.Mode().IsRegular():
		return os.ReadFile(path)
	case st.IsDir():
		return nil, fmt.Errorf("%s is a directory", path)
	}
	f, err := Open(ctx, path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(&Reader{ctx, f})
}

// ReadAll reads an open file to its end, until ctx ends.
func ReadAll(ctx context.Context, f *os.File) ([]byte, error) {
	return io.ReadAll(&Reader{ctx, f})
}

// A Reader reads from a file, and fails if the context ends while it waits. Only one goroutine
// at a time may use it.
type Reader struct {
	Context context.Context
	File    *os.File
}

func (r *Reader) Read(p []byte) (int, error) {
	if err := awaitReadable(r.Context, r.File); err != nil {
		return 0, err
	}
	return r.File.Read(p)
}

// awaitReadable waits until a read of f would not wait, or ctx ends.
func awaitReadable(ctx context.Context, f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	ready := false
	err = conn.Control(func(fd uintptr) { ready = poll(0, int(fd)) })
	if err != nil || ready {
		return err
	}
	// The end of ctx closes this pipe, which ends poll.
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
	return context.Cause(ctx)
}

// poll waits until one of the descriptors is readable, for some milliseconds or without a
// limit. A descriptor that can't be polled counts as readable.
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
