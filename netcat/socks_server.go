package netcat

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// acceptSOCKS4 reads the request of a client of SOCKS4 or 4a, and connects to
// what it asks for.
func (n *netcat) acceptSOCKS4(ctx context.Context, c *conn, r *bufio.Reader, auth *credentials) (*sockets.Handle, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	user, err := readZero(r)
	if err != nil {
		return nil, err
	}
	ip := netip.AddrFrom4([4]byte(head[4:8]))
	host := ip.String()
	if head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] != 0 {
		if host, err = readZero(r); err != nil {
			return nil, err
		}
	}
	reply := func(code byte) error {
		_, err := c.Write([]byte{0, code, 0, 0, 0, 0, 0, 0})
		return err
	}
	switch {
	case head[0] != 4 || head[1] != 1:
		reply(91)
		return nil, fmt.Errorf("SOCKS version %d, command %d (expected 4 and CONNECT)", head[0], head[1])
	case auth != nil && user != auth.user:
		reply(93)
		return nil, fmt.Errorf("SOCKS user %q is not allowed", user)
	}
	up, err := n.dialFor(ctx, host, strconv.Itoa(int(binary.BigEndian.Uint16(head[2:]))))
	if err != nil {
		reply(91)
		return nil, err
	}
	if err := reply(90); err != nil {
		up.Close()
		return nil, err
	}
	return up, nil
}

// readZero reads a string with a zero byte after it.
func readZero(r *bufio.Reader) (string, error) {
	var s []byte
	for {
		b, err := r.ReadByte()
		switch {
		case err != nil:
			return "", err
		case b == 0:
			return string(s), nil
		case len(s) >= 255:
			return "", errors.New("a SOCKS string of more than 255 bytes")
		}
		s = append(s, b)
	}
}

// acceptSOCKS5 reads the request of a client of SOCKS5 (RFC 1928, RFC 1929),
// and connects to what it asks for.
func (n *netcat) acceptSOCKS5(ctx context.Context, c *conn, r *bufio.Reader, auth *credentials) (*sockets.Handle, error) {
	if version, err := r.ReadByte(); err != nil || version != 5 {
		return nil, fmt.Errorf("SOCKS version %d (expected 5)", version)
	}
	methods, err := readCounted(r)
	if err != nil {
		return nil, err
	}
	want := byte(0)
	if auth != nil {
		want = 2
	}
	if !slices.Contains([]byte(methods), want) {
		c.Write([]byte{5, 0xff})
		return nil, errors.New("no SOCKS authentication method in common")
	}
	if _, err := c.Write([]byte{5, want}); err != nil {
		return nil, err
	}
	if auth != nil {
		if err := checkPassword(c, r, auth); err != nil {
			return nil, err
		}
	}
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	host := ""
	switch head[3] {
	case 1, 4:
		ip := make([]byte, map[byte]int{1: 4, 4: 16}[head[3]])
		if _, err := io.ReadFull(r, ip); err != nil {
			return nil, err
		}
		a, _ := netip.AddrFromSlice(ip)
		host = a.String()
	case 3:
		if host, err = readCounted(r); err != nil {
			return nil, err
		}
	}
	var port [2]byte
	if _, err := io.ReadFull(r, port[:]); err != nil {
		return nil, err
	}
	reply := func(code byte) error {
		_, err := c.Write([]byte{5, code, 0, 1, 0, 0, 0, 0, 0, 0})
		return err
	}
	switch {
	case head[1] != 1:
		reply(7)
		return nil, fmt.Errorf("SOCKS command %d (expected CONNECT)", head[1])
	case host == "":
		reply(8)
		return nil, fmt.Errorf("SOCKS address type %d", head[3])
	}
	up, err := n.dialFor(ctx, host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:]))))
	if err != nil {
		reply(socksCode(err))
		return nil, err
	}
	if err := reply(0); err != nil {
		up.Close()
		return nil, err
	}
	return up, nil
}

// socksCode is the reply that says why there is no connection (RFC 1928, 6).
func socksCode(err error) byte {
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return 5
	case errors.Is(err, unix.ENETUNREACH):
		return 3
	case errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, errNoName):
		return 4
	}
	return 1
}

// readCounted reads a string with its length in the byte before it.
func readCounted(r *bufio.Reader) (string, error) {
	n, err := r.ReadByte()
	if err != nil {
		return "", err
	}
	s := make([]byte, n)
	_, err = io.ReadFull(r, s)
	return string(s), err
}

// checkPassword reads a name and a password, and says whether they are right.
func checkPassword(c *conn, r *bufio.Reader, auth *credentials) error {
	if _, err := r.ReadByte(); err != nil {
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
	if user != auth.user || password != auth.password {
		c.Write([]byte{1, 1})
		return fmt.Errorf("SOCKS authentication of %q failed", user)
	}
	_, err = c.Write([]byte{1, 0})
	return err
}
