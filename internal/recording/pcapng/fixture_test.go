package pcapng

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"
)

var header = recording.Header{Program: "sosh 1.2.3", Start: time.Unix(1700000000, 123456789)}

// isn is the first sequence number of the connections that write makes: they wrap soon.
const isn = 1<<32 - 100

// write returns a capture of events, whose times are a microsecond apart.
func write(t testing.TB, o Options, events ...recording.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, header, o)
	if err != nil {
		t.Fatal(err)
	}
	w.(*writer).isn = isn
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

// A dump is a capture in a file for tshark.
type dump struct {
	t    testing.TB
	path string
}

func newDump(t testing.TB, p []byte) dump {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.pcapng")
	if err := os.WriteFile(path, p, 0o600); err != nil {
		t.Fatal(err)
	}
	return dump{t, path}
}

// tshark runs tshark on the capture.
func (c dump) tshark(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("tshark %q: %v\n%s", args, err, out)
	}
	return out
}

func (c dump) try(args ...string) (string, error) {
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

// A stream is what tshark's follow of a stream shows: the bytes of both directions.
type stream struct{ client, server []byte }

// faults has tshark print its expert information: what it finds fault with. That a connection
// ends, or is reset, is no fault.
const faults = "expert,note,not (tcp.connection.fin_active or tcp.connection.fin_passive or tcp.flags.reset == 1)"

// follow returns what tshark shows of some streams, such as "tcp,0", in the same order, what it
// finds fault with, and the names of the hosts.
func (c dump) follow(streams ...string) (list []stream, expert, hosts string) {
	c.t.Helper()
	args := append(strict, "-q", "-z", faults, "-z", "hosts")
	of := make(map[string]*stream)
	list = make([]stream, len(streams))
	for i, s := range streams {
		protocol, n, _ := strings.Cut(s, ",")
		args = append(args, "-z", "follow,"+protocol+",raw,"+n)
		of[protocol+".stream eq "+strings.Replace(n, ",", " and "+protocol+".substream eq ", 1)] = &list[i]
	}
	var now *stream
	for line := range strings.Lines(c.tshark(args...)) {
		line = strings.TrimRight(line, "\n")
		filter, ok := strings.CutPrefix(line, "Filter: ")
		text := strings.TrimPrefix(line, "\t")
		p, err := hex.DecodeString(text)
		host, _, _ := strings.Cut(line, "\t")
		_, notHost := netip.ParseAddr(host)
		switch {
		case notHost == nil:
			hosts += line + "\n"
		case ok:
			if now = of[filter]; now == nil {
				c.t.Fatalf("tshark follows %q", filter)
			}
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "===="), strings.HasPrefix(line, "Follow: "), strings.HasPrefix(line, "Node "), line == "":
		case now == nil:
			expert += line + "\n"
		case err != nil:
			now = nil
			expert += line + "\n"
		case text == line:
			now.client = append(now.client, p...)
		default:
			now.server = append(now.server, p...)
		}
	}
	return list, expert, hosts
}
