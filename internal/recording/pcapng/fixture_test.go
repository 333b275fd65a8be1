package pcapng

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"
)

var header = recording.Header{Program: "sosh 1.2.3", Start: time.Unix(1700000000, 123456789)}

// write returns a capture of events, whose times are a microsecond apart.
func write(t testing.TB, o Options, events ...recording.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, header, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, ev := range events {
		if ev.Time == 0 {
			ev.Time = time.Duration(i) * time.Microsecond
		}
		if err := w.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A capture is a file for tshark.
type capture struct {
	t    testing.TB
	path string
}

func newCapture(t testing.TB, p []byte) capture {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.pcapng")
	if err := os.WriteFile(path, p, 0o600); err != nil {
		t.Fatal(err)
	}
	return capture{t, path}
}

// tshark runs tshark on the capture.
func (c capture) tshark(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("tshark %q: %v\n%s", args, err, out)
	}
	return out
}

func (c capture) try(args ...string) (string, error) {
	c.t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			c.t.Fatal(err)
		}
		c.t.Skip("tshark is not installed")
	}
	cmd := exec.Command("tshark", append([]string{"-r", c.path}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+filepath.Dir(c.path), "LC_ALL=C.UTF-8")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		out.Write(errs.Bytes())
	}
	return out.String(), err
}

// strict are options that make tshark check all that it can.
var strict = []string{"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}

// checkExpert fails the test if tshark finds fault with a packet. That a connection ends,
// or is reset, is no fault.
func (c capture) checkExpert() {
	c.t.Helper()
	out := c.tshark(append(strict, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message",
		"-Y", `_ws.expert.severity > "Chat" and not (tcp.connection.fin_active or tcp.connection.fin_passive or tcp.flags.reset == 1)`)...)
	if out != "" {
		c.t.Errorf("expert information:\n%s", out)
	}
}

// checkStream compares what tshark's follow of a stream shows with the bytes of both
// directions.
func (c capture) checkStream(protocol, n string, client, server []byte) {
	c.t.Helper()
	gotClient, gotServer := c.follow(protocol, n)
	for _, d := range []struct {
		what      string
		got, want []byte
	}{{"client", gotClient, client}, {"server", gotServer, server}} {
		if !bytes.Equal(d.got, d.want) {
			c.t.Errorf("stream %s of %s: the %s has %d bytes, want %d: %.60q, want %.60q", n, protocol, d.what, len(d.got), len(d.want), d.got, d.want)
		}
	}
}

// follow returns the bytes that tshark's follow shows.
func (c capture) follow(protocol, n string) (client, server []byte) {
	c.t.Helper()
	out := c.tshark("-q", "-z", "follow,"+protocol+",raw,"+n)
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\n")
		text := strings.TrimPrefix(line, "\t")
		p, err := hex.DecodeString(text)
		switch {
		case err != nil || text == "":
		case text == line:
			client = append(client, p...)
		default:
			server = append(server, p...)
		}
	}
	return client, server
}
