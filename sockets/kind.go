package sockets

import (
	"fmt"
	"strings"

	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// A Kind names the domain and type of a socket, as socket(2) takes them ([TCP4] is
// AF_INET, SOCK_STREAM), or TLS on such a socket. For a kind of IP without a digit, the
// first bind or connect chooses the address family.
type Kind string

// The kinds of socket.
const (
	TCP        Kind = "tcp"
	TCP4       Kind = "tcp4"
	TCP6       Kind = "tcp6"
	UDP        Kind = "udp"
	UDP4       Kind = "udp4"
	UDP6       Kind = "udp6"
	Unix       Kind = "unix"
	UnixGram   Kind = "unixgram"
	UnixPacket Kind = "unixpacket"
	Vsock      Kind = "vsock"
	TLS        Kind = "tls"
	TLS4       Kind = "tls4"
	TLS6       Kind = "tls6"
	DTLS       Kind = "dtls"
	DTLS4      Kind = "dtls4"
	DTLS6      Kind = "dtls6"
)

type kindSpec struct {
	kind    Kind
	network string // as in sockopt and /etc/services: tcp, udp, unix, unixgram, unixpacket, vsock
	family  int    // AF_INET while it is not chosen, -1 if the system has no such kind
	typ     int
	doc     string
}

var kinds = []kindSpec{
	{TCP, "tcp", unix.AF_INET, unix.SOCK_STREAM, "TCP over IPv4 or IPv6, according to the first address used"},
	{TCP4, "tcp", unix.AF_INET, unix.SOCK_STREAM, "TCP over IPv4"},
	{TCP6, "tcp", unix.AF_INET6, unix.SOCK_STREAM, "TCP over IPv6"},
	{UDP, "udp", unix.AF_INET, unix.SOCK_DGRAM, "UDP over IPv4 or IPv6, according to the first address used"},
	{UDP4, "udp", unix.AF_INET, unix.SOCK_DGRAM, "UDP over IPv4"},
	{UDP6, "udp", unix.AF_INET6, unix.SOCK_DGRAM, "UDP over IPv6"},
	{Unix, "unix", unix.AF_UNIX, unix.SOCK_STREAM, "a stream between processes on this machine; the address is a path, or @NAME for an abstract name on Linux"},
	{UnixGram, "unixgram", unix.AF_UNIX, unix.SOCK_DGRAM, "datagrams between processes on this machine"},
	{UnixPacket, "unixpacket", unix.AF_UNIX, unix.SOCK_SEQPACKET, "a connection between processes on this machine that preserves message boundaries"},
	{Vsock, "vsock", sockopt.AFVsock, unix.SOCK_STREAM, "a stream between a virtual machine and its host, on Linux; the address is CID:PORT"},
	{TLS, "tcp", unix.AF_INET, unix.SOCK_STREAM, "TLS over TCP; connect and accept include the handshake"},
	{TLS4, "tcp", unix.AF_INET, unix.SOCK_STREAM, "TLS over TCP over IPv4"},
	{TLS6, "tcp", unix.AF_INET6, unix.SOCK_STREAM, "TLS over TCP over IPv6"},
	{DTLS, "udp", unix.AF_INET, unix.SOCK_DGRAM, "DTLS 1.2 over UDP; connect and serve include the handshake"},
	{DTLS4, "udp", unix.AF_INET, unix.SOCK_DGRAM, "DTLS over UDP over IPv4"},
	{DTLS6, "udp", unix.AF_INET6, unix.SOCK_DGRAM, "DTLS over UDP over IPv6"},
}

// Kinds returns the names of all kinds, and one line about each, in order.
func Kinds() (names, docs []string) {
	for _, s := range kinds {
		names, docs = append(names, string(s.kind)), append(docs, s.doc)
	}
	return names, docs
}

// ParseKind returns the kind that s names, or an error that lists them.
func ParseKind(s string) (Kind, error) {
	for _, k := range kinds {
		if strings.EqualFold(s, string(k.kind)) {
			return k.kind, nil
		}
	}
	names, _ := Kinds()
	return "", fmt.Errorf("no socket kind %q (expected: %s)", s, strings.Join(names, ", "))
}

func (k Kind) spec() kindSpec {
	for _, s := range kinds {
		if s.kind == k {
			return s
		}
	}
	return kindSpec{kind: k, family: -1}
}

// Datagram reports whether sockets of this kind keep message boundaries and
// need no connection: udp and unixgram.
func (k Kind) Datagram() bool { return k.spec().typ == unix.SOCK_DGRAM }

// Messages reports whether one receive gives one message: datagrams and
// unixpacket.
func (k Kind) Messages() bool { return k.spec().typ != unix.SOCK_STREAM }

// Network returns the kind without its digit and without TLS: "tcp" for tcp, tcp4, tcp6
// and tls.
func (k Kind) Network() string { return k.spec().network }

func (k Kind) unix() bool { return k.spec().family == unix.AF_UNIX }

// open reports whether the first address chooses the address family.
func (k Kind) open() bool { return k == TCP || k == UDP || k == TLS || k == DTLS }

// secure reports whether the kind speaks TLS or DTLS.
func (k Kind) secure() bool {
	switch k {
	case TLS, TLS4, TLS6, DTLS, DTLS4, DTLS6:
		return true
	}
	return false
}

// digit returns the digit that the kind ends with: "4", "6" or "".
func (k Kind) digit() string { return strings.TrimLeft(string(k), "abcdefghijklmnopqrstuvwxyz") }
