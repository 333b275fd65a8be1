package netcat

import (
	"os"

	"golang.org/x/sys/unix"
)

// pipeSize is what the pipes of a session are made to hold, where the limit of
// the system (/proc/sys/fs/pipe-max-size) allows.
const pipeSize = 1 << 20

// sendDirect has the kernel move standard input to the socket: a pipe by
// splice(2), a file by sendfile(2). done is false if it can't, and nothing has
// been moved then.
func (s *session) sendDirect(in *stdin) (done bool, err error) {
	var st unix.Stat_t
	if unix.Fstat(in.fd, &st) != nil {
		return false, nil
	}
	var move func(socket int) (int, error)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		unix.FcntlInt(uintptr(in.fd), unix.F_SETPIPE_SZ, pipeSize)
		move = func(socket int) (int, error) {
			n, err := unix.Splice(in.fd, nil, socket, nil, pipeSize, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
			return int(n), err
		}
	case unix.S_IFREG:
		move = func(socket int) (int, error) { return unix.Sendfile(socket, in.fd, nil, 1<<30) }
	default:
		return false, nil
	}
	return s.withSocket(func(socket int) (bool, error) {
		for moved := 0; ; {
			n, err := move(socket)
			switch {
			case err == nil && n == 0:
				s.inputEnded.Store(true)
				return true, nil
			case err == nil:
				moved += n
				s.moved(&s.sent, n)
			case err == unix.EINTR:
			case err == unix.EAGAIN:
				// The kernel does not say which of the two it waits for.
				if err = in.wait(in.fd, unix.POLLIN); err == nil {
					err = in.wait(socket, unix.POLLOUT)
				}
				if err == errStopped {
					return true, nil
				}
				if err != nil {
					return true, err
				}
			case err == unix.EINVAL && moved == 0:
				return false, nil
			default:
				return true, os.NewSyscallError("send", err)
			}
		}
	})
}

// receiveDirect has the kernel move what the socket has to standard output: to
// a pipe by splice(2), to a file by way of a pipe. done is false if it can't,
// and nothing has been moved then.
func (s *session) receiveDirect(out *stdout) (done bool, err error) {
	var st unix.Stat_t
	if unix.Fstat(out.fd, &st) != nil {
		return false, nil
	}
	flags, _ := unix.FcntlInt(uintptr(out.fd), unix.F_GETFL, 0)
	switch {
	case st.Mode&unix.S_IFMT == unix.S_IFIFO:
		unix.FcntlInt(uintptr(out.fd), unix.F_SETPIPE_SZ, pipeSize)
		return s.withSocket(func(socket int) (bool, error) { return s.spliceToPipe(socket, out) })
	case st.Mode&unix.S_IFMT == unix.S_IFREG && flags&unix.O_APPEND == 0,
		st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == unix.Mkdev(1, 3): // /dev/null
	default:
		return false, nil
	}
	var p [2]int
	if unix.Pipe2(p[:], unix.O_CLOEXEC) != nil {
		return false, nil
	}
	defer unix.Close(p[0])
	defer unix.Close(p[1])
	unix.FcntlInt(uintptr(p[1]), unix.F_SETPIPE_SZ, pipeSize)
	return s.withSocket(func(socket int) (bool, error) { return s.spliceToFile(socket, p, out) })
}

func (s *session) spliceToPipe(socket int, out *stdout) (done bool, err error) {
	for moved := false; ; {
		n, err := unix.Splice(socket, nil, out.fd, nil, pipeSize, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		switch {
		case err == nil && n == 0:
			return true, out.end()
		case err == nil:
			moved = true
			s.moved(&s.received, int(n))
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			if err = out.wait(socket, unix.POLLIN); err == nil {
				err = out.wait(out.fd, unix.POLLOUT)
			}
			if err == errStopped {
				return true, nil
			}
			if err != nil {
				return true, err
			}
		case err == unix.EINVAL && !moved:
			return false, nil
		case err == unix.EPIPE:
			return true, &outputError{err}
		default:
			return true, os.NewSyscallError("recv", err)
		}
	}
}

func (s *session) spliceToFile(socket int, p [2]int, out *stdout) (done bool, err error) {
	for moved := false; ; {
		n, err := unix.Splice(socket, nil, p[1], nil, pipeSize, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
		switch {
		case err == nil && n == 0:
			return true, out.end()
		case err == nil:
			moved = true
			s.moved(&s.received, int(n))
			for n > 0 {
				m, err := unix.Splice(p[0], nil, out.fd, nil, int(n), unix.SPLICE_F_MOVE)
				if err != nil && err != unix.EINTR {
					return true, &outputError{err}
				}
				n -= max(m, 0)
			}
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			err := out.wait(socket, unix.POLLIN)
			if err == errStopped {
				return true, nil
			}
			if err != nil {
				return true, err
			}
		case err == unix.EINVAL && !moved:
			return false, nil
		default:
			return true, os.NewSyscallError("recv", err)
		}
	}
}

// withSocket runs f with the descriptor of the connection, which stays open
// meanwhile.
func (s *session) withSocket(f func(fd int) (bool, error)) (done bool, err error) {
	raw, err := s.h.SyscallConn()
	if err != nil {
		return false, nil
	}
	if cerr := raw.Control(func(fd uintptr) { done, err = f(int(fd)) }); cerr != nil {
		return true, cerr
	}
	return done, err
}
