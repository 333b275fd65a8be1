// Package freeport finds ports for servers that cannot bind port 0 and say
// which port they got. It imports no other package of this module and starts no
// goroutine.
//
// A port that is bound, closed and handed on can be taken by anybody in between:
// the kernel gives it to the next socket that binds port 0 or connects. So the
// ports here lie outside the range from which the kernel picks (ip(7),
// ip_local_port_range), and a process that hands them out holds a lock on each
// hundred of them. A port is handed out once in the life of a process.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	lowest    = 10240 // below are the ports of known services
	blockSize = 100
)

var errNone = errors.New("no port is free for both TCP and UDP")

var (
	mu     sync.Mutex
	locks  []int // descriptors, one for each block of this process
	unused []int // ports of the last block that were not handed out yet
	tried  map[int]bool
)

// Next returns a port on which neither TCP nor UDP is bound, on any local
// address of IPv4 and IPv6. No later call of this process returns it again, nor,
// on Linux, a call of another process while this one runs or until [Close]. It
// may be called concurrently.
func Next() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for {
		for len(unused) > 0 {
			port := unused[0]
			unused = unused[1:]
			if free(port) {
				return port, nil
			}
		}
		if err := nextBlock(); err != nil {
			return 0, err
		}
	}
}

// Close gives up the locks of this process; its ports may then be handed out by
// others. It may be called concurrently with Next.
func Close() {
	mu.Lock()
	defer mu.Unlock()
	for _, fd := range locks {
		unix.Close(fd)
	}
	locks, unused, tried = nil, nil, nil
}

// nextBlock takes a block that no other process has. They are tried in random
// order, so that processes seldom meet.
func nextBlock() error {
	var blocks []int
	for first := lowest; first+blockSize <= ephemeral(); first += blockSize {
		if !tried[first] {
			blocks = append(blocks, first)
		}
	}
	if tried == nil {
		tried = make(map[int]bool)
	}
	for _, i := range rand.Perm(len(blocks)) {
		first := blocks[i]
		tried[first] = true
		fd, err := lock(first)
		if errors.Is(err, unix.EADDRINUSE) {
			continue
		}
		if err != nil {
			return fmt.Errorf("lock ports from %d: %w", first, err)
		}
		if fd >= 0 {
			locks = append(locks, fd)
		}
		for port := first; port < first+blockSize; port++ {
			unused = append(unused, port)
		}
		return nil
	}
	return errNone
}

// ephemeral returns the lowest port that the kernel picks by itself. A range
// that leaves too little room below it is ignored: ports are then only checked.
func ephemeral() int {
	var first, last int
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		_, err = fmt.Sscan(string(b), &first, &last)
	}
	if err != nil || first < lowest+10*blockSize {
		return 32768
	}
	return first
}

// free reports whether a port can be bound by TCP and by UDP. It binds the
// wildcard address without SO_REUSEADDR, so a connection in TIME_WAIT counts as
// using the port, and never listens, so no client can connect by mistake. The fork
// lock keeps a child from inheriting a socket, and so the port.
func free(port int) bool {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	binds := func(family, kind int, to unix.Sockaddr) bool {
		fd, err := unix.Socket(family, kind, 0)
		if err != nil {
			return errors.Is(err, unix.EAFNOSUPPORT) // no IPv6 here
		}
		defer unix.Close(fd)
		if family == unix.AF_INET6 {
			unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
		}
		err = unix.Bind(fd, to)
		return err == nil || errors.Is(err, unix.EADDRNOTAVAIL)
	}
	return !slices.ContainsFunc([]int{unix.SOCK_STREAM, unix.SOCK_DGRAM}, func(kind int) bool {
		return !binds(unix.AF_INET, kind, &unix.SockaddrInet4{Port: port}) ||
			!binds(unix.AF_INET6, kind, &unix.SockaddrInet6{Port: port})
	})
}
