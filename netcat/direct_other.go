//go:build !linux

package netcat

// sendDirect has the kernel move standard input to the socket, which this
// system can't.
func (s *session) sendDirect(*stdin) (done bool, err error) { return false, nil }

// receiveDirect has the kernel move what the socket has to standard output,
// which this system can't.
func (s *session) receiveDirect(*stdout) (done bool, err error) { return false, nil }
