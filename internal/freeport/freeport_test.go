package freeport

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestMain makes this binary a program that hands out ports, for
// TestProcesses.
func TestMain(m *testing.M) {
	if n, err := strconv.Atoi(os.Getenv("FREEPORT_COUNT")); err == nil {
		for range n {
			port, err := Next()
			if err != nil {
				os.Stderr.WriteString(err.Error())
				os.Exit(1)
			}
			os.Stdout.WriteString(strconv.Itoa(port) + "\n")
		}
		os.Stdin.Read(make([]byte, 1)) // the locks are held until the test has seen all
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestProcesses(t *testing.T) {
	const each = 150 // more than a block
	seen := make(map[string]bool)
	for range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FREEPORT_COUNT="+strconv.Itoa(each))
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { in.Close(); cmd.Wait() })
		var text strings.Builder
		for strings.Count(text.String(), "\n") < each {
			b := make([]byte, 4096)
			n, err := out.Read(b)
			if err != nil {
				t.Fatalf("%v after %q", err, text.String())
			}
			text.Write(b[:n])
		}
		for _, port := range strings.Fields(text.String()) {
			if seen[port] {
				t.Errorf("two processes got port %s", port)
			}
			seen[port] = true
		}
	}
}

func TestNextLeavesOutWhatIsBound(t *testing.T) {
	t.Cleanup(Close)
	port, err := Next()
	if err != nil {
		t.Fatal(err)
	}
	if !free(port) {
		t.Errorf("port %d is not free", port)
	}
	tcp, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	if free(port) {
		t.Error("free while TCP listens on 127.0.0.1")
	}
	tcp.Close()
	udp, err := net.ListenPacket("udp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	if free(port) {
		t.Error("free while UDP is bound to 127.0.0.1")
	}
	udp.Close()
	if port >= ephemeral() {
		t.Errorf("port %d is one that the kernel picks", port)
	}
}

func TestEveryPortOnce(t *testing.T) {
	t.Cleanup(Close)
	seen := make(map[int]bool)
	for range 3 * blockSize {
		port, err := Next()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was handed out twice", port)
		}
		seen[port] = true
	}
}

// TestChildren starts programs while ports are looked for: none may inherit the
// socket that tried a port, and so keep it.
func TestChildren(t *testing.T) {
	cat, err := exec.LookPath("cat")
	if err != nil {
		t.Skip(err)
	}
	started := make(chan struct{})
	go func() {
		defer close(started)
		for range 50 {
			cmd := exec.Command(cat)
			in, err := cmd.StdinPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { in.Close(); cmd.Wait() })
		}
	}()
	port, err := Next()
	if err != nil {
		t.Fatal(err)
	}
	for {
		select {
		case <-started:
			return
		default:
		}
		if !free(port) {
			t.Errorf("port %d is bound, by a child or by this process while a child starts", port)
			<-started
			return
		}
	}
}
