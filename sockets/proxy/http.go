package proxy

import (
	"bufio"
	"context"
	"fmt"
	"net"

	"sosh/internal/http1"
	"sosh/sockets"
)

// connectHTTP asks an HTTP proxy for a connection (RFC 9110, 9.3.6). Data after the answer stays
// in the handle.
func connectHTTP(ctx context.Context, h *sockets.Handle, host, port, authorization string) error {
	e := &Error{Protocol: HTTP}
	if !http1.Visible(host) || !http1.Visible(port) {
		e.Err = fmt.Errorf("%w %s", ErrBadHost, http1.Excerpt(host))
		return e
	}
	request := "CONNECT " + net.JoinHostPort(host, port) + " HTTP/1.0\r\n"
	if authorization != "" {
		request += "Proxy-Authorization: " + authorization + "\r\n"
	}
	if _, e.Err = h.Send(ctx, []byte(request+"\r\n")); e.Err != nil {
		e.Part = "Status-Line"
		return e
	}
	r := http1.NewResponseReader(bufio.NewReader(&lineStream{ctx: ctx, h: h}))
	for {
		a, err := r.ReadResponse()
		e.StatusLine, e.Code, e.Header = a.Line, a.Code, a.Header
		switch {
		case err != nil && e.Code == 0:
			e.Part, e.Err = "Status-Line", err
			return e
		case err != nil:
			e.Part, e.Err = "header", err
			return e
		case e.Code/100 == 2:
			return nil
		case e.Code/100 != 1:
			return e
		}
	}
}

// A lineStream reads from a handle up to the end of a line: data after the last line that is read
// stays in the handle.
type lineStream struct {
	ctx  context.Context
	h    *sockets.Handle
	rest []byte
}

// Read reads from one line.
func (l *lineStream) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		m, err := l.h.RecvUntil(l.ctx, []byte("\n"), http1.MaxHead)
		if err != nil {
			return 0, err
		}
		l.rest = m.Data
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
