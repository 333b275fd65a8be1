//go:build !linux

package netcat

import "golang.org/x/sys/unix"

// sendDirect has the kernel move standard input to the socket, which this
// system can't.
func (s *session) sendDirect(*stdin) (done bool, err error) { return false, nil }

// receiveDirect has the kernel move what the socket has to standard output,
// which this system can't.
func (s *session) receiveDirect(*stdout) (done bool, err error) { return false, nil }

// packetPipe is the flag of a pipe that keeps the bounds of writes: there are
// none.
const packetPipe = 0

// readNow is read(2) that does not wait, which this system has not.
func readNow(int, []byte) (int, error) { return 0, unix.EAGAIN }
