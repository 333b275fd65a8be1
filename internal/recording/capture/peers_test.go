package capture

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket/layers"
)

// need skips the test where a program is not installed, and fails in CI.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
}

// tcpdump captures the connections of a server on 127.0.0.1. The capture is read from stream as it
// comes; stop ends tcpdump. Another program may have the same port elsewhere, or for datagrams.
func tcpdump(t *testing.T, device string, port int) (stream io.Reader, stop func()) {
	t.Helper()
	need(t, "tcpdump")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "tcpdump", "-i", device, "-U", "-B", "65536", "-Z", "root", "-w", "-", fmt.Sprintf("tcp and host 127.0.0.1 and port %d", port))
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := bufio.NewScanner(stderr)
	listens := false
	for !listens && said.Scan() {
		listens = strings.Contains(said.Text(), "listening on")
		if strings.Contains(said.Text(), "permission") {
			cmd.Wait()
			t.Skip("tcpdump may not capture here")
		}
	}
	if !listens {
		t.Fatal("tcpdump does not capture")
	}
	go io.Copy(io.Discard, stderr)
	return stdout, func() {
		cmd.Process.Signal(os.Interrupt)
		io.Copy(io.Discard, stdout)
		cmd.Wait()
	}
}

// closed reads events up to the one that closes the first connection.
func closed(t *testing.T, stream io.Reader) (all []recording.Event) {
	t.Helper()
	r, err := Open(stream)
	if err != nil {
		t.Fatal(err)
	}
	for {
		ev, err := r.Next()
		if err != nil {
			t.Fatalf("the capture ends before the connection: %d events", len(all))
		}
		all = append(all, ev)
		if ev.Type == recording.Closed && ev.Handle == "tcp1" {
			return all
		}
	}
}

// read returns the events of a file.
func read(t *testing.T, file string) (all []recording.Event) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := Open(f)
	if err != nil {
		return nil // its header is not there yet
	}
	for {
		ev, err := r.Next()
		if err != nil {
			return all
		}
		all = append(all, ev)
	}
}

// bytesOf returns what a handle sent and received, and whether it was closed.
func bytesOf(all []recording.Event, handle string) (sent, received []byte, closed bool) {
	for _, ev := range all {
		if ev.Handle != handle {
			continue
		}
		switch ev.Type {
		case recording.Sent:
			sent = append(sent, ev.Data...)
		case recording.Data:
			received = append(received, ev.Data...)
		case recording.Closed:
			closed = true
		}
	}
	return sent, received, closed
}

// TestTcpdump captures a transfer in both directions, and reads it in the forms into which
// editcap brings it.
func TestTcpdump(t *testing.T) {
	t.Parallel()
	for _, device := range []string{"lo", "any"} {
		t.Run(device, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			stream, stop := tcpdump(t, device, l.Addr().(*net.TCPAddr).Port)
			defer stop()
			up, down := random(1<<20), random(1<<19)
			go func() {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go c.Write(down)
				io.CopyN(io.Discard, c, int64(len(up)))
				io.Copy(io.Discard, c)
				c.Close()
			}()
			c, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write(up); err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, c, int64(len(down))); err != nil {
				t.Fatal(err)
			}
			c.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, c)
			c.Close()

			check := func(all []recording.Event) bool {
				sent, received, closed := bytesOf(all, "tcp1")
				return closed && bytes.Equal(sent, up) && bytes.Equal(received, down)
			}
			file := filepath.Join(t.TempDir(), "lo.pcap")
			kept, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			defer kept.Close()
			if !check(closed(t, io.TeeReader(stream, kept))) {
				t.Fatal("read other bytes than were sent")
			}
			stop()
			need(t, "editcap")
			for _, form := range []string{"pcapng", "nsecpcap", "modpcap"} {
				out := filepath.Join(t.TempDir(), form)
				if text, err := exec.Command("editcap", "-F", form, file, out).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, text)
				}
				if form != "modpcap" && !check(read(t, out)) {
					t.Errorf("as %s it gives other bytes", form)
				}
				read(t, out) // other forms are refused or read, and never a panic
			}
			if device == "any" {
				return
			}
			// With a snap length the gaps and the bytes make up the whole.
			out := filepath.Join(t.TempDir(), "snap")
			if text, err := exec.Command("editcap", "-s", "1000", file, out).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
			n, at := 0, 0
			for _, ev := range read(t, out) {
				switch {
				case ev.Type == recording.Sent && !bytes.HasPrefix(up[at:], ev.Data):
					t.Fatalf("other bytes at %d", at)
				case ev.Type == recording.Sent:
					at += len(ev.Data)
				case ev.Type == recording.Gap && ev.Out:
					at += ev.N
					n++
				}
			}
			if at != len(up) || n == 0 {
				t.Errorf("%d bytes and gaps of %d, %d gaps", at, len(up), n)
			}
		})
	}
}

func random(n int) []byte {
	r := rand.NewChaCha8([32]byte{byte(n)})
	b := make([]byte, n)
	r.Read(b)
	return b
}

// TestTshark compares what tshark puts together with what this package does, for packets in
// a random order, some twice, some overlapping.
func TestTshark(t *testing.T) {
	t.Parallel()
	need(t, "tshark")
	f := &film{t: t, link: layers.LinkTypeRaw}
	f.handshake()
	text := string(random(20_000))
	r := rand.New(rand.NewPCG(1, 2))
	for at := 0; at < len(text); {
		// A window of ten segments, shuffled, some repeated with more bytes.
		end := min(at+10*500, len(text))
		var order []int
		for ; at < end; at += 500 {
			order = append(order, at)
			if r.IntN(4) == 0 {
				order = append(order, at)
			}
		}
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, at := range order {
			f.tcp(false, "A", uint32(1+at), text[at:min(at+500+r.IntN(40), end)])
		}
	}
	f.tcp(false, "FA", uint32(1+len(text)), "")
	file := filepath.Join(t.TempDir(), "x.pcapng")
	if err := os.WriteFile(file, f.ng(1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	sent, _, _ := bytesOf(read(t, file), "tcp1")
	if string(sent) != text {
		t.Errorf("put together %d bytes, other than the %d that were sent", len(sent), len(text))
	}
	out, err := exec.Command("tshark", "-r", file, "-q", "-z", "follow,tcp,raw,0").Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs []byte
	for _, row := range strings.Split(string(out), "\n") {
		if b, err := hex.DecodeString(strings.TrimSpace(row)); err == nil {
			theirs = append(theirs, b...)
		}
	}
	if !bytes.Equal(theirs, sent) {
		t.Errorf("tshark puts together %d bytes, this package %d", len(theirs), len(sent))
	}
}
