// Package rawsock is for tests: sockets of the system, without the handles of
// package sockets, whose cleanup belongs to the test that made them. It imports
// no package of this module and starts no goroutine.
package rawsock

import (
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Kind is a kind of socket.
type Kind struct {
	Name    string // "tcp4": unique
	Network string // "tcp", as package sockopt has it
	Family  int    // unix.AF_INET...
	Type    int    // unix.SOCK_STREAM...
}

// Kinds lists every kind.
var Kinds = []Kind{
	{"tcp4", "tcp", unix.AF_INET, unix.SOCK_STREAM},
	{"tcp6", "tcp", unix.AF_INET6, unix.SOCK_STREAM},
	{"udp4", "udp", unix.AF_INET, unix.SOCK_DGRAM},
	{"udp6", "udp", unix.AF_INET6, unix.SOCK_DGRAM},
	{"unix", "unix", unix.AF_UNIX, unix.SOCK_STREAM},
	{"unixgram", "unixgram", unix.AF_UNIX, unix.SOCK_DGRAM},
	{"unixpacket", "unixpacket", unix.AF_UNIX, unix.SOCK_SEQPACKET},
}

// Named returns the kind with that name.
func Named(t testing.TB, name string) Kind {
	t.Helper()
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		t.Fatalf("no kind %s", name)
	}
	return Kinds[i]
}

// New returns a socket that the cleanup of the test closes. Where the system has no
// such kind, the test is skipped.
func New(t testing.TB, k Kind) int {
	t.Helper()
	fd, err := closeOnExec(func() (int, error) { return unix.Socket(k.Family, k.Type, 0) })
	if err != nil {
		t.Skipf("socket %s: %v", k.Name, err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// closeOnExec makes a descriptor that no child gets. Not every system has
// SOCK_CLOEXEC and accept4.
func closeOnExec(open func() (int, error)) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := open()
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

// Bind binds to a free port of the loopback interface, or to a path in a directory of
// the test, and returns the address.
func Bind(t testing.TB, fd int, k Kind) unix.Sockaddr {
	t.Helper()
	var addr unix.Sockaddr
	switch k.Family {
	case unix.AF_INET:
		addr = &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	case unix.AF_INET6:
		addr = &unix.SockaddrInet6{Addr: [16]byte{15: 1}}
	default:
		addr = &unix.SockaddrUnix{Name: filepath.Join(t.TempDir(), "s")}
	}
	if err := unix.Bind(fd, addr); err != nil {
		t.Skipf("bind %s: %v", k.Name, err)
	}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

// Refusing returns a port of 127.0.0.1 that refuses TCP connections as long as the
// test runs: it is bound, so that no other program gets it, and does not listen.
func Refusing(t testing.TB) int {
	t.Helper()
	k := Named(t, "tcp4")
	return Bind(t, New(t, k), k).(*unix.SockaddrInet4).Port
}

// Listen returns a listening socket and its address.
func Listen(t testing.TB, k Kind, backlog int) (int, unix.Sockaddr) {
	t.Helper()
	fd := New(t, k)
	addr := Bind(t, fd, k)
	if err := unix.Listen(fd, backlog); err != nil {
		t.Fatal(err)
	}
	return fd, addr
}

// Dial returns a socket connected to addr.
func Dial(t testing.TB, k Kind, addr unix.Sockaddr) int {
	t.Helper()
	fd := New(t, k)
	if err := unix.Connect(fd, addr); err != nil {
		t.Fatal(err)
	}
	return fd
}

// Accept waits up to 10 s for a connection and returns it.
func Accept(t testing.TB, listener int) int {
	t.Helper()
	Wait(t, listener, unix.POLLIN)
	fd, err := closeOnExec(func() (int, error) {
		fd, _, err := unix.Accept(listener)
		return fd, err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

// Pair returns two sockets connected to each other; the second is the accepted one.
func Pair(t testing.TB, k Kind) (client, server int) {
	t.Helper()
	listener, addr := Listen(t, k, 8)
	client = Dial(t, k, addr)
	return client, Accept(t, listener)
}

// Wait waits up to 10 s until poll(2) reports events on a socket.
func Wait(t testing.TB, fd int, events int16) {
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

// Write sends data in one write(2).
func Write(t testing.TB, fd int, data string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(data)); err != nil || n != len(data) {
		t.Fatalf("write: %d, %v", n, err)
	}
}

// Read waits up to 10 s for data and returns it, up to 4096 bytes.
func Read(t testing.TB, fd int) string {
	t.Helper()
	Wait(t, fd, unix.POLLIN)
	buf := make([]byte, 4096)
	n, err := unix.Read(fd, buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

// Eventually waits up to 10 s until cond is true.
func Eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("not within 10s: %s", what)
		}
	}
}
