package e2e

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNetcatPass has nc -F connect and pass the socket on: in blocking mode, with one
// byte of data. The genuine nc passes it in non-blocking mode.
func TestNetcatPass(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	for name, command := range map[string][]string{
		"ours":    {"sosh", "nc", "-F", host, port},
		"genuine": {"nc.openbsd", "-F", host, port},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "genuine" {
				lookOrSkip(t, command[0])
			}
			fd := passed(t, command)
			if name == "genuine" {
				unix.SetNonblock(fd, false)
			}
			flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
			if err != nil || flags&unix.O_NONBLOCK != 0 {
				t.Errorf("the flags of the socket are %#x, %v; want none of O_NONBLOCK", flags, err)
			}
			peer, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer peer.Close()
			peer.SetDeadline(time.Now().Add(patience))
			io.WriteString(peer, "to you")
			buf := make([]byte, 100)
			if n, err := unix.Read(fd, buf); string(buf[:max(n, 0)]) != "to you" {
				t.Errorf("read %q, %v", buf[:max(n, 0)], err)
			}
			unix.Write(fd, []byte("to me"))
			unix.Shutdown(fd, unix.SHUT_WR)
			if got, err := io.ReadAll(peer); string(got) != "to me" || err != nil {
				t.Errorf("the peer read %q, %v", got, err)
			}
		})
	}
}

// passed runs a command whose standard output is a unix socket, and returns the
// descriptor that came over it.
func passed(t *testing.T, command []string) int {
	t.Helper()
	syscall.ForkLock.RLock() // no program that another test starts gets them
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		unix.CloseOnExec(pair[0])
		unix.CloseOnExec(pair[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	out := os.NewFile(uintptr(pair[1]), "stdout")
	cmd := exec.Command(command[0], command[1:]...)
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	out.Close()
	data, control := make([]byte, 10), make([]byte, 100)
	syscall.ForkLock.RLock() // as above
	defer syscall.ForkLock.RUnlock()
	n, controls, _, _, err := unix.Recvmsg(pair[0], data, control, unix.MSG_DONTWAIT)
	if err != nil || n != 1 || data[0] != 0 {
		t.Fatalf("received %q, %v; want one byte of 0", data[:max(n, 0)], err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:controls])
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d control messages, %v", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("%d descriptors, %v", len(fds), err)
	}
	unix.CloseOnExec(fds[0])
	t.Cleanup(func() { unix.Close(fds[0]) })
	return fds[0]
}
