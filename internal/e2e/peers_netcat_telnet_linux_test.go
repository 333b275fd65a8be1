package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestTelnetFlood: sosh stops reading from a peer that asks for telnet options
// without end and reads no answers; memory does not grow.
func TestTelnetFlood(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"nc -t", "ncat -t", "ncat -lk -t"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			words := append(strings.Fields(args), "127.0.0.1")
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			listens, portFile := strings.Contains(args, "-l"), filepath.Join(t.TempDir(), "port")
			if listens {
				words = append(words, "0", "--port-file", portFile)
			} else {
				words = append(words, portOf(l.Addr()))
			}
			cmd := exec.Command("sosh", words...)
			in, err := cmd.StdinPipe() // which does not end
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			var c net.Conn
			if listens {
				c, err = net.Dial("tcp4", "127.0.0.1:"+waitForFile(t, portFile))
			} else {
				c, err = l.Accept()
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()

			const most = 256 << 20
			flood := bytes.Repeat([]byte("\xff\xfd\x18"), 64<<10)
			sent := 0
			for sent < most && err == nil {
				var n int
				c.SetWriteDeadline(time.Now().Add(time.Second))
				n, err = c.Write(flood)
				sent += n
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%d bytes sent, %v; want the peer to be held up", sent, err)
			}
			if held, err := peakMemory(cmd.Process.Pid); err != nil || held > 128<<20 {
				t.Errorf("%d bytes of memory after %d bytes sent, %v", held, sent, err)
			}
		})
	}
}

// waitForFile returns what is in a file once it is there, without its newline.
func waitForFile(t *testing.T, name string) string {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if b, err := os.ReadFile(name); err == nil {
			return strings.TrimSpace(string(b))
		}
	}
	t.Fatalf("%s does not appear", name)
	return ""
}

// peakMemory is the peak resident memory of a process, in bytes.
func peakMemory(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0, errors.New("no VmHWM")
	}
	kilobytes, err := strconv.Atoi(string(m[1]))
	return kilobytes << 10, err
}
