package proxyserver

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"sosh/internal/http1"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// SOCKS on the serving side. Requests are read by functions that need no connection, so that
// fuzz tests can call them; they also send the refusals.

// serveSOCKS reads a request, and connects to its destination. reply makes the reply from the
// outcome.
func (c *client) serveSOCKS(ctx context.Context, read func(*bufio.Reader, io.Writer, *http1.Credentials) (string, uint16, error), reply func(error) []byte) (*sockets.Handle, error) {
	host, port, err := read(c.r, c.conn, c.auth)
	if err != nil {
		return nil, err
	}
	up, err := c.dialFor(ctx, host, port, false)
	if werr := c.write(reply(err)); werr != nil && err == nil {
		up.Close()
		return nil, werr
	}
	return up, err
}

// readSOCKS4 reads a request of SOCKS4 or 4a.
func readSOCKS4(r *bufio.Reader, w io.Writer, auth *http1.Credentials) (host string, port uint16, err error) {
	refuse := func(code byte, err error) (string, uint16, error) {
		w.Write(answerSOCKS4(code))
		return "", 0, err
	}
	var head [8]byte
	if head[0], err = r.ReadByte(); err != nil {
		return "", 0, err
	}
	if head[0] != 4 {
		return refuse(91, fmt.Errorf("SOCKS version %d (expected 4)", head[0]))
	}
	if _, err := io.ReadFull(r, head[1:]); err != nil {
		return "", 0, err
	}
	if head[1] != 1 {
		return refuse(91, fmt.Errorf("SOCKS command %d (expected CONNECT)", head[1]))
	}
	user, err := readZero(r)
	if err != nil {
		return "", 0, err
	}
	host = netip.AddrFrom4([4]byte(head[4:])).String()
	if head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] != 0 {
		if host, err = readZero(r); err != nil {
			return "", 0, err
		}
		if host == "" {
			return refuse(91, errBadHost)
		}
	}
	if auth != nil && !same(user, auth.User) {
		return refuse(93, fmt.Errorf("SOCKS user %s is not allowed", http1.Excerpt(user)))
	}
	if port = binary.BigEndian.Uint16(head[2:]); port == 0 {
		return refuse(91, errBadPort)
	}
	return host, port, nil
}

func answerSOCKS4(code byte) []byte { return []byte{0, code, 0, 0, 0, 0, 0, 0} }

// replySOCKS4 returns the reply for the outcome of connecting.
func replySOCKS4(err error) []byte {
	if err != nil {
		return answerSOCKS4(91)
	}
	return answerSOCKS4(90)
}

// readZero reads a string that ends with a zero byte.
func readZero(r *bufio.Reader) (string, error) {
	var s []byte
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return "", err
		case b == 0:
			return string(s), nil
		case len(s) >= maxHostName:
			return "", fmt.Errorf("a SOCKS string of more than %d bytes", maxHostName)
		}
		s = append(s, b)
	}
}

// readSOCKS5 reads a request of SOCKS5 (RFC 1928, RFC 1929).
func readSOCKS5(r *bufio.Reader, w io.Writer, auth *http1.Credentials) (host string, port uint16, err error) {
	if err := readVersion(r, 5, "SOCKS"); err != nil {
		return "", 0, err
	}
	methods, err := readCounted(r)
	if err != nil {
		return "", 0, err
	}
	want := byte(0)
	if auth != nil {
		want = 2
	}
	if !slices.Contains([]byte(methods), want) {
		w.Write([]byte{5, 0xff})
		return "", 0, errors.New("no SOCKS authentication method in common")
	}
	if _, err := w.Write([]byte{5, want}); err != nil {
		return "", 0, err
	}
	if auth != nil {
		if err := checkPassword(r, w, auth); err != nil {
			return "", 0, err
		}
	}

	refuse := func(code byte, err error) (string, uint16, error) {
		w.Write(answerSOCKS5(code))
		return "", 0, err
	}
	if err := readVersion(r, 5, "the SOCKS request's"); err != nil {
		return refuse(1, err)
	}
	var head [3]byte // command, reserved, type of the address
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", 0, err
	}
	var ip []byte
	switch {
	case head[0] != 1:
		return refuse(7, fmt.Errorf("SOCKS command %d (expected CONNECT)", head[0]))
	case head[2] == 1:
		ip = make([]byte, 4)
	case head[2] == 4:
		ip = make([]byte, 16)
	case head[2] != 3:
		return refuse(8, fmt.Errorf("SOCKS address type %d (expected 1, 3 or 4)", head[2]))
	}
	if ip == nil {
		host, err = readCounted(r)
	} else {
		_, err = io.ReadFull(r, ip)
		a, _ := netip.AddrFromSlice(ip)
		host = a.String()
	}
	if err != nil {
		return "", 0, err
	}
	var number [2]byte
	if _, err := io.ReadFull(r, number[:]); err != nil {
		return "", 0, err
	}
	if host == "" {
		return refuse(1, errBadHost)
	}
	if port = binary.BigEndian.Uint16(number[:]); port == 0 {
		return refuse(1, errBadPort)
	}
	return host, port, nil
}

func answerSOCKS5(code byte) []byte { return []byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0} }

// replySOCKS5 returns the reply for the outcome of connecting (RFC 1928, 6).
func replySOCKS5(err error) []byte {
	code := byte(1)
	switch {
	case err == nil:
		code = 0
	case errors.Is(err, unix.ECONNREFUSED):
		code = 5
	case errors.Is(err, unix.ENETUNREACH):
		code = 3
	case errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, ErrUnknownHost):
		code = 4
	}
	return answerSOCKS5(code)
}

// readVersion reads a version byte, and returns an error if it is not want.
func readVersion(r *bufio.Reader, want byte, what string) error {
	got, err := r.ReadByte()
	if err == nil && got != want {
		err = fmt.Errorf("%s version %d (expected %d)", what, got, want)
	}
	return err
}

// readCounted reads a string that has its length in the byte before it.
func readCounted(r *bufio.Reader) (string, error) {
	n, err := r.ReadByte()
	if err != nil {
		return "", err
	}
	s := make([]byte, n)
	_, err = io.ReadFull(r, s)
	return string(s), err
}

// checkPassword reads a name and a password, and returns an error if they are wrong.
func checkPassword(r *bufio.Reader, w io.Writer, auth *http1.Credentials) error {
	if err := readVersion(r, 1, "the password's"); err != nil {
		w.Write([]byte{1, 1})
		return err
	}
	user, err := readCounted(r)
	if err != nil {
		return err
	}
	password, err := readCounted(r)
	if err != nil {
		return err
	}
	if right := same(user, auth.User); !same(password, auth.Password) || !right {
		w.Write([]byte{1, 1})
		return fmt.Errorf("SOCKS authentication of %s failed", http1.Excerpt(user))
	}
	_, err = w.Write([]byte{1, 0})
	return err
}
