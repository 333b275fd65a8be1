package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestPasswordOnce: a parallel scan asks once for the proxy's password, which all
// connections share.
func TestPasswordOnce(t *testing.T) {
	proxy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	go func() {
		for {
			c, err := proxy.Accept()
			if err != nil {
				return
			}
			go demandPassword(c)
		}
	}()

	cmd := exec.Command("sosh", "nc", "-z", "-P", "me", "-X", "connect", "-x", proxy.Addr().String(), "127.0.0.1", "1-64")
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	hung := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer hung.Stop()
	var screen bytes.Buffer
	buf := make([]byte, 4096)
	for answered := false; ; {
		n, err := terminal.Read(buf)
		if err != nil {
			break // the program has closed the terminal
		}
		screen.Write(buf[:n])
		if !answered && strings.Contains(screen.String(), "password for") {
			answered = true
			io.WriteString(terminal, "secret\n")
		}
	}
	err = cmd.Wait()
	if asked := strings.Count(screen.String(), "password for"); asked != 1 || err != nil {
		t.Errorf("asked %d times, %v; want once and success; the terminal shows %q", asked, err, screen.String())
	}
}

// demandPassword answers one request as an HTTP proxy that wants a password.
func demandPassword(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReader(c)
	answer := "HTTP/1.0 407 Who\r\nProxy-Authenticate: Basic realm=\"r\"\r\n\r\n"
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if strings.HasPrefix(line, "Proxy-Authorization: Basic bWU6c2VjcmV0") {
			answer = "HTTP/1.0 200 Yes\r\n\r\n"
		}
		if line == "\r\n" {
			break
		}
	}
	io.WriteString(c, answer)
}
