package sockets

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A rawKind is a kind of socket that the tests of options run on.
type rawKind struct {
	name    string
	network string
	family  int
	typ     int
}

var rawKinds = []rawKind{
	{"tcp4", "tcp", unix.AF_INET, unix.SOCK_STREAM},
	{"tcp6", "tcp", unix.AF_INET6, unix.SOCK_STREAM},
	{"udp4", "udp", unix.AF_INET, unix.SOCK_DGRAM},
	{"udp6", "udp", unix.AF_INET6, unix.SOCK_DGRAM},
	{"unix", "unix", unix.AF_UNIX, unix.SOCK_STREAM},
	{"unixgram", "unixgram", unix.AF_UNIX, unix.SOCK_DGRAM},
	{"unixpacket", "unixpacket", unix.AF_UNIX, unix.SOCK_SEQPACKET},
}

func rawKindNamed(t testing.TB, name string) rawKind {
	t.Helper()
	i := slices.IndexFunc(rawKinds, func(k rawKind) bool { return k.name == name })
	if i < 0 {
		t.Fatalf("no kind %s", name)
	}
	return rawKinds[i]
}

// rawSocket makes a socket that is closed with the test.
func rawSocket(t testing.TB, k rawKind) int {
	t.Helper()
	fd, err := unix.Socket(k.family, k.typ, 0)
	if err != nil {
		t.Skipf("socket %s: %v", k.name, err)
	}
	unix.CloseOnExec(fd)
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// rawBind binds to a free port of the loopback or a path of the test's own,
// and gives the address.
func rawBind(t testing.TB, fd int, k rawKind) unix.Sockaddr {
	t.Helper()
	var addr unix.Sockaddr
	switch k.family {
	case unix.AF_INET:
		addr = &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	case unix.AF_INET6:
		addr = &unix.SockaddrInet6{Addr: [16]byte{15: 1}}
	default:
		addr = &unix.SockaddrUnix{Name: filepath.Join(t.TempDir(), "s")}
	}
	if err := unix.Bind(fd, addr); err != nil {
		t.Skipf("bind %s: %v", k.name, err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

func rawListen(t testing.TB, k rawKind, backlog int) (int, unix.Sockaddr) {
	t.Helper()
	fd := rawSocket(t, k)
	addr := rawBind(t, fd, k)
	if err := unix.Listen(fd, backlog); err != nil {
		t.Fatal(err)
	}
	return fd, addr
}

func rawDial(t testing.TB, k rawKind, addr unix.Sockaddr) int {
	t.Helper()
	fd := rawSocket(t, k)
	if err := unix.Connect(fd, addr); err != nil {
		t.Fatal(err)
	}
	return fd
}

func rawAccept(t testing.TB, listener int) int {
	t.Helper()
	waitFor(t, listener, unix.POLLIN)
	fd, _, err := unix.Accept(listener)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// rawPair gives two sockets connected to each other, the second accepted.
func rawPair(t testing.TB, k rawKind) (client, server int) {
	t.Helper()
	listener, addr := rawListen(t, k, 8)
	client = rawDial(t, k, addr)
	return client, rawAccept(t, listener)
}

// waitFor waits until poll(2) sees events on a socket.
func waitFor(t testing.TB, fd int, events int16) {
	t.Helper()
	until := time.Now().Add(10 * time.Second)
	for {
		fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
		n, err := unix.Poll(fds, int(time.Until(until).Milliseconds()))
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			t.Fatal(err)
		case n == 0:
			t.Fatalf("nothing on descriptor %d within 10s", fd)
		}
		return
	}
}

func rawWrite(t testing.TB, fd int, data string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(data)); err != nil || n != len(data) {
		t.Fatalf("write: %d, %v", n, err)
	}
}

func rawRead(t testing.TB, fd int) string {
	t.Helper()
	waitFor(t, fd, unix.POLLIN)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func mustOption(t testing.TB, name string) *Option {
	t.Helper()
	o, err := LookupOption(name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func setOption(t testing.TB, fd, family int, name, value string) {
	t.Helper()
	if err := mustOption(t, name).set(fd, family, value); err != nil {
		t.Fatalf("set %s %s: %v", name, value, err)
	}
}

func getOption(t testing.TB, fd, family int, name string) any {
	t.Helper()
	v, err := mustOption(t, name).get(fd, family)
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	return v
}
