package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/racedetector"
	"sosh/internal/rawsock"
)

// A confirmation is a command line that sosh and the netcat whose dialect it
// speaks must agree on: in the exit status, in what they write to stdout, and
// in what they say on stderr.
type confirmation struct {
	// args are the words after the program's name, with the variables of
	// [confirmWorld]; two quotes are an empty word.
	args  string
	stdin string
	// client is what a client sends, before its end of input, to the listener that
	// args start on $FREE; "" if they start none.
	client string
	// differs says why sosh differs here; want is then what sosh does.
	differs string
	want    said
	// hangs says that neither ends by itself; the status is 124 then.
	hangs bool
	// alone runs only sosh: the genuine program never ends, or only sometimes.
	alone bool
	// mute does not compare the text on stderr.
	mute bool
	// screen compares only which streams had output.
	screen bool
}

// said is the result of a program: its status and output.
type said struct {
	status      int
	out, stderr string
}

func (s said) String() string {
	return fmt.Sprintf("status %d\nstdout %q\nstderr %q", s.status, s.out, s.stderr)
}

// screen is s without the texts.
func (s said) screen() said {
	if s.out != "" {
		s.out = "something"
	}
	if s.stderr != "" {
		s.stderr = "something"
	}
	return s
}

// hangTime is how long a program runs that does not end by itself.
const hangTime = time.Second

// TestConfirmOpenBSD runs the table of OpenBSD's nc through both.
func TestConfirmOpenBSD(t *testing.T) {
	t.Parallel()
	confirm(t, lookOrSkip(t, "nc.openbsd"), "nc", openbsdConfirmations)
}

// TestConfirmNcat runs the table of ncat through both.
func TestConfirmNcat(t *testing.T) {
	t.Parallel()
	confirm(t, lookOrSkip(t, "ncat"), "ncat", ncatConfirmations)
}

func confirm(t *testing.T, peer, name string, table []confirmation) {
	if racedetector.On {
		t.Skip("hundreds of processes, whose words are the same and whose start takes long with the race detector")
	}
	sosh, err := exec.LookPath("sosh")
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range table {
		t.Run(fmt.Sprintf("%d_%s", i, c.args), func(t *testing.T) {
			t.Parallel()
			w := newConfirmWorld(t)
			got := w.run(t, c, sosh, "sosh", name)
			if c.differs != "" && got != c.want {
				t.Errorf("%s %s\nsosh: %v\nwant: %v", name, c.args, got, c.want)
			}
			if c.alone {
				return
			}
			theirs := w.run(t, c, peer, name)
			if c.mute {
				got.stderr, theirs.stderr = "", ""
			}
			if c.screen {
				got, theirs = got.screen(), theirs.screen()
			}
			switch {
			case c.differs == "" && got != theirs:
				t.Errorf("%s %s\nsosh: %v\npeer: %v", name, c.args, got, theirs)
			case c.differs != "" && got == theirs:
				t.Errorf("%s %s: sosh and %s agree, so that there is no need for: %s", name, c.args, peer, c.differs)
			}
		})
	}
}

// A confirmWorld has the servers and files that the command lines of the table use,
// with a variable for each.
type confirmWorld struct {
	dir  string
	vars []string // name, value, and so on; $FREE is the last
	free int
}

// newConfirmWorld makes servers that end with the test: $HELLO says hello and
// ends, $ECHO gives back what it got at the end of it, and so does the unix
// socket $DIR/echo; $UDP gives back each datagram. Nothing listens on $CLOSED
// and $FREE; $BUSY is taken.
func newConfirmWorld(t *testing.T) *confirmWorld {
	w := &confirmWorld{dir: t.TempDir()}
	hello := w.serve(t, "tcp4", "127.0.0.1:0", func(c net.Conn) { io.WriteString(c, "hello\n") })
	echo := func(c net.Conn) {
		b, _ := io.ReadAll(c)
		c.Write(b)
	}
	back := w.serve(t, "tcp4", "127.0.0.1:0", echo)
	w.serve(t, "unix", filepath.Join(w.dir, "echo"), echo)
	if err := os.WriteFile(filepath.Join(w.dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}

	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	go func() {
		buf := make([]byte, 65536)
		for {
			n, from, err := u.ReadFrom(buf)
			if err != nil {
				return
			}
			u.WriteTo(buf[:n], from)
		}
	}()

	busy, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { busy.Close() })
	w.vars = []string{
		"$HELLO", portOf(hello), "$ECHO", portOf(back), "$UDP", portOf(u.LocalAddr()),
		"$CLOSED", strconv.Itoa(rawsock.Refusing(t)), "$BUSY", portOf(busy.Addr()),
		"$DIR", w.dir, "$FREE", "",
	}
	return w
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// serve calls answer for every connection to an address.
func (w *confirmWorld) serve(t *testing.T, network, address string, answer func(net.Conn)) net.Addr {
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				answer(c)
			}()
		}
	}()
	return l.Addr()
}

// startPeer starts a program that sosh is compared with.
var startPeer = (*exec.Cmd).Start

// run runs a program with the words of the table after its own.
func (w *confirmWorld) run(t *testing.T, c confirmation, path string, argv ...string) said {
	t.Helper()
	if strings.Contains(c.args, "$FREE") {
		// The port of the last program may still be in TIME_WAIT.
		w.free = freePort(t)
		w.vars[len(w.vars)-1] = strconv.Itoa(w.free)
	}
	limit := patience
	if c.hangs {
		limit = hangTime
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = argv
	for word := range strings.FieldsSeq(strings.NewReplacer(w.vars...).Replace(c.args)) {
		if word == "''" {
			word = ""
		}
		cmd.Args = append(cmd.Args, word)
	}
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SSL_CERT_FILE="+os.DevNull)
	cmd.Stdin = strings.NewReader(c.stdin)
	cmd.WaitDelay = 5 * time.Second // a busy machine may copy the output late
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := (*exec.Cmd).Start
	if argv[0] != "sosh" {
		start = startPeer
	}
	if err := start(cmd); err != nil {
		t.Fatal(err)
	}
	if c.client != "" {
		w.visit(ctx, c.client)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil && !c.hangs:
		t.Errorf("%s %s goes on after %s", argv[0], c.args, limit)
		fallthrough
	case ctx.Err() != nil:
		return said{status: 124, out: w.normal(stdout.String()), stderr: w.normal(stderr.String())}
	case err != nil && !errors.As(err, &exit):
		t.Fatal(err)
	}
	return said{cmd.ProcessState.ExitCode(), w.normal(stdout.String()), w.normal(stderr.String())}
}

// visit sends text to the listener on the free port, and reads until the end.
func (w *confirmWorld) visit(ctx context.Context, text string) {
	for ctx.Err() == nil {
		c, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", w.free))
		if err != nil {
			time.Sleep(2 * time.Millisecond)
			continue
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		io.WriteString(c, text)
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
		return
	}
}

// confirmMasks replace the parts of an output that differ from one run to the next.
var confirmMasks = sync.OnceValue(func() []mask {
	return []mask{
		{regexp.MustCompile(`(?m)^Ncat: Version .*`), "Ncat: Version"},
		{regexp.MustCompile(`in [0-9.]+ seconds`), "in T seconds"},
		{regexp.MustCompile(`(received on [^ ]+ |Connection from [0-9.]+:)\d+`), "${1}PORT"},
	}
})

type mask struct {
	pattern *regexp.Regexp
	with    string
}

// normal is text without the parts that differ from one run to the next.
func (w *confirmWorld) normal(text string) string {
	text = strings.ReplaceAll(text, w.dir, "$DIR")
	// A port is a whole number: "less than 2147483s" holds none.
	text = regexp.MustCompile(`\d+`).ReplaceAllStringFunc(text, func(number string) string {
		if i := slices.Index(w.vars, number); i > 0 {
			return w.vars[i-1]
		}
		return number
	})
	for _, m := range confirmMasks() {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return text
}

// TestConfirmNormal has a port whose digits are a part of another number.
func TestConfirmNormal(t *testing.T) {
	w := &confirmWorld{dir: "/tmp/21474", vars: []string{"$HELLO", "80", "$FREE", "21474"}}
	const text, want = "less than 2147483s: 127.0.0.1:21474, 80 (80x), /tmp/21474/echo", "less than 2147483s: 127.0.0.1:$FREE, $HELLO ($HELLOx), $DIR/echo"
	if got := w.normal(text); got != want {
		t.Errorf("%q gives %q, want %q", text, got, want)
	}
}
