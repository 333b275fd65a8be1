package proxyserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"sosh/internal/http1"
	"sosh/sockets"
	"sosh/sockets/netconn"

	"golang.org/x/sys/unix"
)

// An exchange is one request that is forwarded to its origin, and the answer. The body of the
// request is sent on a separate goroutine, since an answer can come before the body is
// complete. That goroutine has ended when run returns.
type exchange struct {
	c      *client
	q      *http1.Request
	up     *sockets.Handle
	origin *stream      // of up
	head   string       // of the request, as forwarded
	body   *chunkedBody // the part of the body that was read
	length int64        // bytes still to read

	lost   error         // the client's failure; valid after silent is closed
	silent chan struct{} // closed when the client sends no more
	begun  bool          // the client was sent the head of an answer
}

var (
	errShortRequest = errors.New("the body of the request is incomplete")
	errShortAnswer  = errors.New("the answer of the origin is incomplete")
	errNoAnswer     = errors.New("the origin ended without an answer")
	errSwitch       = errors.New("the origin switches protocols, unasked")
)

// run sends the request, and passes the answer to the client.
func (x *exchange) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	x.silent = make(chan struct{})
	x.origin = &stream{netconn.New(ctx, x.up), x.c.idle}
	x.c.conn.SetDeadline(time.Time{})
	var sending sync.WaitGroup
	sending.Go(func() { x.send(ctx) })
	err := x.answer(ctx)
	cancel()
	x.c.conn.SetReadDeadline(time.Unix(1, 0)) // ends a read of the body, or in watch
	sending.Wait()
	if x.lost != nil {
		err = x.lost
	}
	switch {
	case err == nil:
	case x.begun || errors.As(x.lost, new(*sockets.Error)):
		x.c.h.Abort() // a clean end would mean that the answer is complete
	case x.lost != nil:
		return refuse("400 Bad Request", err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse("504 Gateway Timeout", err)
	default:
		return refuse("502 Bad Gateway", err)
	}
	return err
}

// send sends the request. If the client fails, it resets the connection to the origin, which
// must not take the part for the whole.
func (x *exchange) send(ctx context.Context) {
	defer close(x.silent)
	to := x.origin
	_, err := to.Write([]byte(x.head))
	for _, block := range x.body.blocks {
		if err == nil {
			_, err = to.Write(block)
		}
	}
	x.body.free()
	buf := make([]byte, copySize)
	for err == nil && x.length > 0 {
		var n int
		n, err = x.c.r.Read(buf[:min(x.length, int64(len(buf)))])
		x.length -= int64(n)
		if err != nil && ctx.Err() == nil {
			if x.lost = err; err == io.EOF {
				x.lost = errShortRequest
			}
			x.up.Abort()
		} else if n > 0 {
			_, err = to.Write(buf[:n])
		}
	}
	if err == nil {
		x.watch(ctx)
	}
}

// watch keeps reading from the client, so that the exchange ends when the client is gone. Data
// read here would be another request; it is discarded, up to a limit.
func (x *exchange) watch(ctx context.Context) {
	for range 16 {
		buf, err := x.c.r.Peek(1)
		if err == nil {
			_, err = x.c.r.Discard(max(len(buf), x.c.r.Buffered()))
		}
		switch {
		case errors.Is(err, unix.ECONNRESET):
			x.up.Abort()
			return
		case err != nil:
			return
		}
	}
	<-ctx.Done()
}

// answer passes the answer on to the client.
func (x *exchange) answer(ctx context.Context) error {
	r := bufio.NewReader(x.origin)
	if _, err := r.Peek(1); err != nil {
		return noAnswer(err)
	}
	x.origin.SetReadDeadline(time.Now().Add(headTime))
	for i := range len("HTTP/") {
		if p, _ := r.Peek(i + 1); string(p) != "HTTP/"[:i+1] {
			x.origin.SetReadDeadline(time.Time{})
			return x.passRaw(ctx, r)
		}
	}
	h := http1.NewResponseReader(r)
	for {
		a, err := h.ReadResponse()
		if err != nil {
			return noAnswer(err)
		}
		length, err := http1.ResponseLength(x.q.Method, a)
		switch {
		case err != nil:
			return err
		case a.Code == 101:
			return errSwitch
		case a.Code/100 == 1 && x.q.Minor == 0: // HTTP/1.0 has no 1xx responses
			continue
		}
		if err := x.passHead(a, length); err != nil || a.Code/100 != 1 {
			x.origin.SetReadDeadline(time.Time{})
			if err == nil {
				err = x.passBody(r, length)
			}
			return err
		}
	}
}

func noAnswer(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errNoAnswer
	}
	return err
}

// passRaw passes on an answer that is not HTTP/1, such as of HTTP/0.9 or another protocol, up
// to the end of the connection. Such a server may wait for the end of the request, so the
// half-close is passed on too.
func (x *exchange) passRaw(ctx context.Context, r *bufio.Reader) error {
	x.begun = true
	stop := make(chan struct{})
	var ending sync.WaitGroup
	defer ending.Wait()
	defer close(stop)
	ending.Go(func() {
		select {
		case <-x.silent:
			x.up.Shutdown(unix.SHUT_WR)
		case <-stop:
		case <-ctx.Done():
		}
	})
	return x.passBody(r, http1.ToEnd)
}

// passHead passes on the head of an answer, without hop-by-hop fields, and with close if it is
// the final answer.
func (x *exchange) passHead(a *http1.Response, length int64) error {
	header := a.Header
	dropHopByHop(header)
	_, coded := header["Transfer-Encoding"]
	header.Del("Transfer-Encoding")
	if coded || a.Code/100 == 1 {
		header.Del("Content-Length")
		header.Del("Trailer")
	} else if lengths := header["Content-Length"]; len(lengths) > 0 {
		header.Set("Content-Length", http1.TrimBlanks(strings.Split(lengths[0], ",")[0]))
	}
	if length == http1.Chunked && x.q.Minor >= 1 {
		header.Set("Transfer-Encoding", "chunked")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.%d %d %s\r\n", min(a.Minor, x.q.Minor), a.Code, a.Reason)
	writeFields(&b, header)
	if a.Code/100 != 1 {
		b.WriteString("Connection: close\r\n")
		x.begun = true
	}
	b.WriteString("\r\n")
	return x.c.write([]byte(b.String()))
}

// passBody passes on the body of an answer.
func (x *exchange) passBody(r *bufio.Reader, length int64) error {
	var from io.Reader = r
	var to io.Writer = x.c.conn
	var chunks *http1.ChunkWriter
	switch {
	case length >= 0:
		from = io.LimitReader(r, length)
	case length == http1.Chunked:
		from = http1.NewChunkReader(r, true)
		if x.q.Minor >= 1 {
			chunks = &http1.ChunkWriter{W: to}
			to = chunks
		}
	}
	buf := make([]byte, copySize)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return err
			}
			length -= int64(n)
		}
		switch {
		case err == io.EOF && length > 0, err == io.ErrUnexpectedEOF:
			return errShortAnswer
		case err == io.EOF && chunks != nil:
			return chunks.End()
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}
