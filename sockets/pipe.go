package sockets

import (
	"context"
	"errors"
	"io"
	"sync"

	"golang.org/x/sys/unix"
)

// The buffer of each direction of a pipe is small while it is idle, and grows when it
// moves much.
const (
	pipeBuffer    = 4 << 10
	pipeBufferMax = 256 << 10
)

// Pipe moves bytes between two connected streams in both directions until both have
// ended. The end of one side is passed on to the other as a half-close. When both
// directions have ended this way, Pipe returns nil.
//
// Any other end of one direction ends both, and is the error: a reset, a failure to
// write, [ErrTruncated], or the end of ctx. Pipe closes neither handle; use
// [Handle.Abort] to pass the failure on. moved, unless nil, is called with each number
// of bytes that was moved, by both directions concurrently.
func Pipe(ctx context.Context, a, b *Handle, moved func(n int)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var both sync.WaitGroup
	for _, d := range [2][2]*Handle{{a, b}, {b, a}} {
		both.Go(func() {
			if err := PipeOneWay(ctx, d[0], d[1], moved); err != nil {
				cancel(err) // one direction is useless without the other
			}
		})
	}
	both.Wait()
	return context.Cause(ctx)
}

// PipeOneWay is one direction of [Pipe]. Both handles may also be datagram handles: it then
// passes datagrams on one by one, until one of the handles fails. The Handle of the *Error
// says which side failed.
func PipeOneWay(ctx context.Context, from, to *Handle, moved func(n int)) error {
	if from.in.messages {
		return pipeMessages(ctx, from, to, moved)
	}
	buf := make([]byte, pipeBuffer)
	for {
		n, err := from.RecvInto(ctx, buf)
		if err == nil {
			_, err = to.Send(ctx, buf[:n])
		}
		switch {
		case err == io.EOF:
			err := to.Shutdown(unix.SHUT_WR)
			if errors.Is(err, unix.ENOTCONN) {
				return nil // the peer is gone; the other direction reports how
			}
			return err
		case err != nil:
			return err
		}
		if moved != nil {
			moved(n)
		}
		if n == len(buf) && n < pipeBufferMax {
			buf = make([]byte, 4*n)
		}
	}
}

// pipeMessages is PipeOneWay for datagrams.
func pipeMessages(ctx context.Context, from, to *Handle, moved func(n int)) error {
	for {
		m, err := from.Recv(ctx, maxMessage)
		if err == nil {
			_, err = to.Send(ctx, m.Data)
		}
		switch {
		case err == io.EOF: // the peer has closed a DTLS connection
			return to.Shutdown(unix.SHUT_WR)
		case err != nil:
			return err
		}
		if moved != nil {
			moved(len(m.Data))
		}
	}
}
