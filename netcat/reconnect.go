package netcat

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

// The pauses between attempts of --reconnect, each twice the one before, and up
// to half as much again so that not all clients of a server come at once.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 30 * time.Second
	// inputCheck is how often it is looked whether standard input has ended
	// meanwhile.
	inputCheck = 250 * time.Millisecond
)

// persist connects again whenever the connection fails or ends, until standard
// input ends or this side wants nothing more. What was not taken from standard
// input is there for the next connection.
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
				return &failure{status: statusOf(err)} // what there was to say has been said
			}
		}
		pause = min(2*pause, lastPause)
	}
}

// awaitScan scans until a port is there, which what waits for a server wants.
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

// again reports whether what failed may go well another time: the network did,
// and not the command line or this side.
func again(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.err != nil && !f.final
}

// forNow notes in the end of a run why a name was not resolved, if that may be
// otherwise another time.
func forNow(end, err error) error {
	var f *failure
	if errors.As(end, &f) && err == error(errTryAgain) {
		f.err = err
	}
	return end
}

// statusOf is the exit status that goes with the end of a run.
func statusOf(err error) int {
	var f *failure
	if errors.As(err, &f) {
		return f.status
	}
	return 0
}

// nothingToSend reports whether standard input is all there is to a connection,
// and has ended.
func (n *netcat) nothingToSend() bool {
	return !n.opt.recvOnly && !n.opt.runsCommand() && ended(0)
}

// ended reports whether a read of fd would give the end of it, without reading.
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
	// What is ready and has no bytes is at its end; /dev/null can't be asked.
	waiting, err := unix.IoctlGetInt(fd, bytesRequest)
	return err != nil || waiting == 0
}
