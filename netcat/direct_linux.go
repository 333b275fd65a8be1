package netcat

import (
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// pipeSize is the size of a session's pipes in bytes, if the system's limit
// (/proc/sys/fs/pipe-max-size) allows it.
const pipeSize = 1 << 20

// packetPipe is the flag of a pipe in packet mode, which preserves the boundaries of writes
// (pipe(2)).
const packetPipe = unix.O_DIRECT

// mapSize is the size of the parts in which a file is sent; mapLeast is the minimum size of
// a file for this method.
const (
	mapSize  = 16 << 20
	mapLeast = 256 << 10
)

// sendDirect lets the kernel move standard input to the socket: a pipe with splice(2), a
// file with sendfile(2) or from a memory mapping. done is false if there is a rest that it
// can't move.
func (s *session) sendDirect(in *stdin) (done bool, err error) {
	var st unix.Stat_t
	if unix.Fstat(in.fd, &st) != nil {
		return false, nil
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		unix.FcntlInt(uintptr(in.fd), unix.F_SETPIPE_SZ, pipeSize)
		return s.withSocket(func(socket int) (bool, error) { return s.spliceFromPipe(in, socket) })
	case unix.S_IFREG:
		return s.withSocket(func(socket int) (bool, error) { return s.sendFile(in, socket, st.Size) })
	}
	return false, nil
}

func (s *session) spliceFromPipe(in *stdin, socket int) (done bool, err error) {
	// EAGAIN does not say which of the two ends is not ready. Usually it is the same as
	// last time; if waiting for that one did not help, it is the other.
	full, waited := false, false
	for moved := false; ; {
		n, err := spliceNow(in.fd, socket)
		switch {
		case err == nil && n == 0:
			s.inputEnded.Store(true)
			return true, nil
		case err == nil:
			moved, waited = true, false
			s.moved(&s.sent, int(n))
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			full = full != waited
			waited = true
			if full {
				err = in.wait(socket, unix.POLLOUT)
			} else {
				err = in.wait(in.fd, unix.POLLIN)
			}
			if err == errStopped {
				return true, nil
			}
			if err != nil {
				return true, err
			}
		case err == unix.EINVAL && !moved:
			return false, nil
		default:
			return true, os.NewSyscallError("send", err)
		}
	}
}

// sendFile sends a file with sendfile(2), or with write(2) from a memory mapping, whichever
// is faster. That depends on the kernel and the file: if sendfile works page by page, it
// takes twice the time of the copy in write(2); if the pages are in large folios, half of it.
// The program never touches the mapping, so a file that shrinks by whole pages causes EFAULT,
// not SIGBUS. The rest of a file that shrinks or grows is copied.
func (s *session) sendFile(in *stdin, socket int, size int64) (done bool, err error) {
	at, err := unix.Seek(in.fd, 0, unix.SEEK_CUR)
	if err != nil {
		return false, nil
	}
	first := at
	// The first part warms up; the second and third parts compare the two methods.
	var took [3]time.Duration
	for part := 0; size-at >= mapLeast; part++ {
		send := s.sendPages
		if part == 2 || part > 2 && took[2] < took[1]*9/10 {
			send = s.sendMapped
		}
		began := time.Now()
		n, err := send(in, socket, at, min(size-at, mapSize))
		if part < len(took) {
			took[part] = time.Since(began)
		}
		at += n
		if err == unix.EINVAL && part < 2 { // sendfile does not support such a file
			part, took[1] = 1, math.MaxInt64/16
			continue
		}
		if err == unix.EFAULT || err == unix.EINVAL {
			break
		}
		if err != nil {
			unix.Seek(in.fd, at, unix.SEEK_SET)
			if err == errStopped {
				return true, nil
			}
			return true, os.NewSyscallError("send", err)
		}
	}
	if at > first {
		unix.Seek(in.fd, at, unix.SEEK_SET)
	}
	return false, nil
}

// sendPages sends a part of a file with sendfile(2), and returns the number of bytes. EFAULT
// means that the file has become shorter.
func (s *session) sendPages(in *stdin, socket int, at, length int64) (total int64, err error) {
	for total < length {
		off := at + total
		n, err := unix.Sendfile(socket, in.fd, &off, int(length-total))
		switch {
		case n > 0:
			total += int64(n)
			s.moved(&s.sent, n)
		case err == nil:
			return total, unix.EFAULT
		case err == unix.EAGAIN:
			if err := in.wait(socket, unix.POLLOUT); err != nil {
				return total, err
			}
		case err != unix.EINTR:
			return total, err
		}
	}
	return total, nil
}

// sendMapped is sendPages with write(2).
func (s *session) sendMapped(in *stdin, socket int, at, length int64) (total int64, err error) {
	skip := at % int64(os.Getpagesize())
	window, err := unix.Mmap(in.fd, at-skip, int(length+skip), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return 0, unix.EINVAL
	}
	defer unix.Munmap(window)
	n, err := s.writeMapped(in, socket, window[skip:], at)
	return int64(n), err
}

// writeMapped writes p, a mapping of the file from position at, to the socket, and returns
// the number of bytes. In the last page of a file that has shrunk, bytes after the end read
// as zeros; so the size is checked before each write.
func (s *session) writeMapped(in *stdin, socket int, p []byte, at int64) (total int, err error) {
	for total < len(p) {
		var st unix.Stat_t
		if err := unix.Fstat(in.fd, &st); err != nil {
			return total, err
		}
		end := min(int64(len(p)), st.Size-at)
		if end <= int64(total) {
			return total, unix.EFAULT
		}
		n, err := unix.Write(socket, p[total:end])
		switch {
		case n > 0:
			total += n
			s.moved(&s.sent, n)
		case err == unix.EAGAIN:
			if err := in.wait(socket, unix.POLLOUT); err != nil {
				return total, err
			}
		case err != nil && err != unix.EINTR:
			return total, err
		}
	}
	return total, nil
}

// receiveDirect lets the kernel move data from the socket to standard output: to a pipe with
// splice(2), to a file through a pipe. done is false if it can't; then nothing was moved.
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

// spliceToPipe waits with poll(2). A blocking socket would be faster, but the kernel holds
// the lock of the pipe while splice(2) waits for the socket, so the reader of the pipe would
// have to wait too, even for data that is already in it.
func (s *session) spliceToPipe(socket int, out *stdout) (done bool, err error) {
	for moved := false; ; {
		n, err := spliceNow(socket, out.fd)
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
		n, err := spliceNow(socket, p[1])
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
				n -= max(int(m), 0)
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

// spliceNow is splice(2) without waiting. It is a raw system call, of which the runtime does
// not know: after some 20 µs, the runtime would take it for a blocking call, and wake and
// park threads for nothing.
func spliceNow(from, to int) (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SPLICE, uintptr(from), 0, uintptr(to), 0, pipeSize, unix.SPLICE_F_MOVE|unix.SPLICE_F_NONBLOCK)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// readNow is read(2) without waiting, whatever the flags of the descriptor are. An error only
// means that an ordinary read is needed.
func readNow(fd int, p []byte) (int, error) {
	return unix.Preadv2(fd, [][]byte{p}, -1, unix.RWF_NOWAIT)
}
