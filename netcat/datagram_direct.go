package netcat

import (
	"io"
	"os"

	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const (
	// longestDatagram is larger than any datagram, in bytes.
	longestDatagram = 65536
	// batchSize is the size of the buffer for datagrams that are written at once, and
	// batchMost their maximum number, since datagrams can be empty.
	batchSize = 2 * longestDatagram
	batchMost = 256
)

// carriesDatagrams reports whether the session can pass datagrams between the socket and
// the standard streams unchanged.
func (s *session) carriesDatagrams() bool {
	if _, err := s.h.SyscallConn(); err != nil {
		return false // a peer that shares its socket
	}
	k := s.h.Kind()
	return (k.Network() == "udp" || k == sockets.UnixGram) && s.n.opt.plain() && s.access == nil
}

// sendDatagrams sends each piece read from standard input as one datagram.
func (s *session) sendDatagrams(in *stdin) error {
	buf := make([]byte, s.n.dialect.datagram)
	_, err := s.withSocket(func(socket int) (bool, error) {
		for {
			n, err := in.Read(buf)
			switch {
			case err == io.EOF:
				s.inputEnded.Store(true)
				return true, nil
			case err == errStopped:
				return true, nil
			case err != nil:
				return true, &inputError{err}
			}
			for {
				_, err = unix.Write(socket, buf[:n])
				if err == unix.EAGAIN {
					if in.wait(socket, unix.POLLOUT) == errStopped {
						return true, nil
					}
				} else if err != unix.EINTR {
					break
				}
			}
			if err != nil {
				return true, os.NewSyscallError("send", err)
			}
			s.moved(&s.sent, n)
		}
	})
	return err
}

// receiveDatagrams writes received datagrams to standard output. It writes datagrams that
// arrived together with one write, if the reader can't notice that. As measured, one read
// for each costs no more than one recvmmsg(2) for all.
func (s *session) receiveDatagrams(out *stdout) error {
	size := longestDatagram
	if out.joins() {
		size = batchSize
	}
	buf := make([]byte, size)
	_, err := s.withSocket(func(socket int) (bool, error) {
		for {
			came, held := 0, 0
			var err error
			for came < batchMost && len(buf)-held >= longestDatagram {
				var n int
				n, err = unix.Read(socket, buf[held:held+longestDatagram])
				if err != nil {
					break
				}
				came++
				held += n
			}
			if came > 0 {
				s.moved(&s.received, held)
				if _, err := out.Write(buf[:held]); err == errStopped {
					return true, nil
				} else if err != nil {
					return true, &outputError{err}
				}
			}
			switch {
			case err == unix.EAGAIN:
				if err := out.wait(socket, unix.POLLIN); err == errStopped {
					return true, nil
				} else if err != nil {
					return true, err
				}
			case err != nil && err != unix.EINTR:
				return true, os.NewSyscallError("recv", err)
			}
		}
	})
	return err
}

// joins reports whether the reader of standard output can't tell two writes from one. It can
// if standard output preserves message boundaries: a datagram socket, or a pipe in packet
// mode (pipe(2)).
func (out *stdout) joins() bool {
	var st unix.Stat_t
	if unix.Fstat(out.fd, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFSOCK {
		return false
	}
	flags, err := unix.FcntlInt(uintptr(out.fd), unix.F_GETFL, 0)
	return err == nil && flags&packetPipe == 0
}
