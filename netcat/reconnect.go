package netcat

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// The pauses between attempts of --reconnect. Each is twice the one before, plus up to half
// of that at random, so that the clients of a server do not all connect at once.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// inputCheck is how often a pause checks whether standard input has ended.
	inputCheck = 250 * time.Millisecond
)

// persist connects again whenever the connection fails or ends, until standard input or the
// local side ends. Input that was not read yet goes to the next connection.
func (n *netcat) persist(ctx context.Context, port string) error {
	pause := firstPause
	for {
		h, err := n.dial(ctx, port, func(err error) { n.dialect.status(err) })
		if err == nil {
			pause = firstPause
			n.dialect.connected(n.opt.host, port, h)
			n.over = false
			err = n.serve(ctx, h)
			h.Close()
			if n.over {
				return err
			}
		}
		if err != nil && !again(err) || n.nothingToSend() {
			return err
		}
		n.dialect.status(err)
		wait := pause + rand.N(pause/2)
		if n.opt.verbose > 0 {
			n.say("%s: connecting again in %.1f s", n.dialect.prefix, wait.Seconds())
		}
		for wait > 0 {
			time.Sleep(min(wait, inputCheck))
			wait -= inputCheck
			if n.nothingToSend() {
				return &failure{status: statusOf(err)} // the messages were already printed
			}
		}
		pause = min(2*pause, lastPause)
	}
}

// awaitScan scans until a port is open: it waits for a server to start.
func (n *netcat) awaitScan(ctx context.Context, ports []string) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := n.scan(ctx, ports)
		if err == nil {
			return nil
		}
		var f *failure
		if errors.As(err, &f) && f.final {
			return err
		}
		n.dialect.status(err)
		time.Sleep(pause + rand.N(pause/2))
	}
}

// again reports whether a retry can succeed: the network failed, not the command line or
// the local side.
func again(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.err != nil && !f.final
}

// forNow adds the cause of a failed name resolution to the error that ends a run, if a retry
// can succeed.
func forNow(end, err error) error {
	var f *failure
	if errors.As(end, &f) && err == error(errTryAgain) {
		f.err = err
	}
	return end
}

// statusOf returns the exit status for the error that ends a run.
func statusOf(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// nothingToSend reports whether a connection only sends standard input, and that has ended.
func (n *netcat) nothingToSend() bool {
	return !n.opt.recvOnly && !n.opt.runsCommand() && ended(0)
}

// ended reports whether a read of fd would return end of file, without reading.
func ended(fd int) bool {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return true
	}
	if st.Mode&unix.S_IFMT == unix.S_IFREG {
		at, err := unix.Seek(fd, 0, unix.SEEK_CUR)
		return err == nil && at >= st.Size
	}
	if !ready(fd, unix.POLLIN) {
		return false
	}
	// A descriptor that is ready but has no bytes is at its end. /dev/null does not
	// support the request.
	waiting, err := unix.IoctlGetInt(fd, bytesRequest)
	return err != nil || waiting == 0
}
