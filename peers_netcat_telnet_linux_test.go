package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestTelnetFlood: a peer that asks for telnet options without end and reads no
// answer is read no further; memory does not grow.
func TestTelnetFlood(t *testing.T) {
	for _, dialect := range []string{"nc", "ncat"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			host, port, _ := net.SplitHostPort(l.Addr().String())
			cmd := exec.Command("sosh", dialect, "-t", host, port)
			in, err := cmd.StdinPipe() // which does not end
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			c, err := l.Accept()
			if err != nil {
				cmd.Process.Kill()
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

// peakMemory is how much memory a process has had resident at most, in bytes.
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
