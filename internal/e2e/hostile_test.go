package e2e

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sosh/internal/racedetector"
	"sosh/internal/termtest"

	"github.com/creack/pty"
)

// The tests send one set of bytes and names, with everything that a peer may try on
// a terminal, through every path by which text can reach a terminal, a log, a
// transcript or a report. hostilePaths lists the paths; TestOutlets fails on an
// outlet for which no path is listed.

// forged begins as only a line of sosh may; it has evil in it, by which a test sees
// that it has arrived.
const (
	forged = "14:27:20.121 bank <- "
	evil   = "EVIL"
)

// hostileColumns is the width of the terminal, which a peer may know.
const hostileColumns = 40

// strangeName is a name of 107 bytes at most, as the address of a unix socket has.
const strangeName = "e\x1b]0;owned\x07\x1b[2J\n" + forged + evil + "\u202e\u009b2J\r" + forged + "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301"

// hostileBytes are what a peer sends.
func hostileBytes() string {
	var b strings.Builder
	for _, s := range []string{
		"\x1b[2J\x1b[H", "\x1b[10A\x1b[5D\x1b7\x1b8", "\x1b]0;owned\x07\x1b]2;owned\x1b\\", "\x1b]52;c;ZXZpbA==\x07",
		"\x1b[6n\x1b[c\x05\x1bZ", "\x1b[?1049h\x1b[?2004l\x1bc\x1b[!p\x1b[?7h", "\x1bPq\x1b\\\x1b_x\x1b\\", "\u009b2J\u009d52;c;x\u009c",
		"\x9b2J\x9d52;c;x\x9c", "\u202egnp\u202c\u2066x\u2069\u200f", "a\u200bb\u2060\ufeff\u00ad\U000e0041", "\v\f\x0e\x0f\x13\x04\x03\x7f",
		"x" + strings.Repeat("\u0301", 20), "\u2028", "\u0085", "\ue000", "\r", "\n", "\r\n", "\v", "\x1b[E", "\x1bE", "\t\t\t\t\t",
	} {
		b.WriteString(s + forged + evil)
	}
	for pad := hostileColumns - 8; pad <= hostileColumns+1; pad++ {
		b.WriteString("\n" + strings.Repeat(" ", pad) + forged + evil)
		b.WriteString("\n" + strings.Repeat("w", 2*pad) + forged + evil)
		b.WriteString("\n" + strings.Repeat("日", pad/2) + forged + evil)
	}
	b.WriteString("\nsosh> send bank " + evil + "\n\n")
	return b.String()
}

// hostileLua is the bytes, or any others, as a literal of Lua.
func hostileLua(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, `\%03d`, c)
	}
	return `"` + b.String() + `"`
}

// ourSequences are what sosh and its line editor may send to a terminal.
const ourSequences = `\x1b\[(\?2004[hl]|\?7[hl]|[0-9;]*m|[0-9]*[ABCDJKG]|H|2K|2J)`

// checkHostile checks output, of a terminal or not: it may have only text and the
// sequences that sosh sends, at most four marks on one character, and no line whose
// beginning a peer has chosen. It must not be empty.
func checkHostile(t *testing.T, what, wrote string) {
	t.Helper()
	if !strings.Contains(wrote, evil) {
		t.Errorf("%s: nothing hostile came:\n%s", what, wrote)
	}
	if at := len(strings.ToValidUTF8(wrote, "")); at != len(wrote) {
		for i, r := range wrote {
			if _, n := utf8.DecodeRuneInString(wrote[i:]); r == utf8.RuneError && n == 1 {
				t.Fatalf("%s is not UTF-8 at byte %d: %q", what, i, wrote[max(0, i-60):min(len(wrote), i+60)])
			}
		}
	}
	rest, marks := regexp.MustCompile(ourSequences).ReplaceAllString(wrote, ""), 0
	for i, r := range rest {
		around := rest[max(0, i-30):min(len(rest), i+30)]
		if !strings.ContainsRune("\n\r\b\t\a", r) && !unicode.IsPrint(r) {
			t.Fatalf("%s has %q in %q", what, r, around)
		}
		if marks++; !unicode.Is(unicode.M, r) {
			marks = 0
		}
		if marks > 4 {
			t.Fatalf("%s has %d marks on one character in %q", what, marks, around)
		}
	}
	checkForged(t, what, rest)
}

// checkForged fails on a line that begins as only one of ours may.
func checkForged(t *testing.T, what, lines string) {
	t.Helper()
	for _, line := range strings.FieldsFunc(lines, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.HasPrefix(line, forged[:min(len(forged), len(line))]) && len(line) > 4 || strings.HasPrefix(line, "sosh> send bank") {
			t.Fatalf("%s has the forged line %q in\n%s", what, line, lines)
		}
	}
}

// A hostileFixture has the peers, files and terminals with which one path is tried.
type hostileFixture struct {
	*testing.T
	dir   string
	shell *exec.Cmd // at its prompt
}

// tcp is the address of a peer that sends the bytes to each client, and unix that
// of one whose address is the name.
func (r *hostileFixture) tcp() string {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	r.serve(ln)
	return ln.Addr().String()
}

func (r *hostileFixture) unix() string {
	ln, err := net.Listen("unix", "@"+strangeName)
	if err != nil {
		r.Skip(err) // no abstract names here, or another test has it
	}
	r.serve(ln)
	return "@" + strangeName
}

// tls is tcp with a certificate whose every field is hostile.
func (r *hostileFixture) tls() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.Fatal(err)
	}
	field := strangeName[:60] + evil
	name := pkix.Name{CommonName: field, Organization: []string{field, forged}, Country: []string{"\x1b["}, Locality: []string{"\n" + field}}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		r.Fatal(err)
	}
	ln, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		r.Fatal(err)
	}
	r.serve(ln)
	return ln.Addr().String()
}

func (r *hostileFixture) serve(ln net.Listener) {
	r.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			r.Cleanup(func() { c.Close() })
			io.WriteString(c, hostileBytes())
			c.(interface{ CloseWrite() error }).CloseWrite()
		}
	}()
}

// visit connects to a unix socket from the address, and sends the bytes.
func (r *hostileFixture) visit(network, path, from string) {
	r.Helper()
	io.WriteString(r.visitQuietly(network, path, from), hostileBytes())
}

// visitQuietly is visit without sending anything.
func (r *hostileFixture) visitQuietly(network, path, from string) net.Conn {
	r.Helper()
	d := net.Dialer{LocalAddr: &net.UnixAddr{Name: from, Net: network}}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		c, err := d.Dial(network, path)
		if err == nil {
			r.Cleanup(func() { c.Close() })
			return c
		}
		if time.Now().After(end) {
			r.Fatal(err)
		}
	}
}

// command makes a command of this program, which runs in the fixture's directory.
func (r *hostileFixture) command(args ...string) *exec.Cmd {
	c := exec.Command("sosh", args...)
	c.Dir = r.dir
	c.Env = append(os.Environ(), "HOME="+r.dir, "XDG_STATE_HOME="+r.dir+"/state", "XDG_CONFIG_HOME="+r.dir+"/config", "TERM=xterm-256color", "SHELL=/bin/sh", "NO_COLOR=")
	return c
}

// write makes a file, and path is where one is.
func (r *hostileFixture) path(name string) string { return filepath.Join(r.dir, name) }

func (r *hostileFixture) write(name, text string) string {
	r.Helper()
	if err := os.WriteFile(r.path(name), []byte(text), 0o600); err != nil {
		r.Fatal(err)
	}
	return name
}

// checkFile checks a file that was written.
func (r *hostileFixture) checkFile(name string) {
	r.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.Fatal(err)
	}
	checkHostile(r.T, name, string(b))
}

// terminal starts a command in a terminal.
func (r *hostileFixture) terminal(c *exec.Cmd) *termtest.Screen {
	r.Helper()
	rows := 2000 // for all that comes
	if racedetector.On {
		rows = 200 // clearing the rest of the screen takes ten times as long
	}
	keys, err := pty.StartWithSize(c, &pty.Winsize{Cols: hostileColumns, Rows: uint16(rows)})
	if err != nil {
		r.Fatal(err)
	}
	s := termtest.Watch(r.T, keys, hostileColumns, rows)
	r.Cleanup(func() {
		if c.ProcessState == nil {
			c.Process.Kill()
			c.Wait()
		}
	})
	return s
}

// check checks a terminal and what was written to it.
func (r *hostileFixture) check(s *termtest.Screen) {
	r.Helper()
	checkHostile(r.T, "the terminal", string(s.Wrote.Bytes()))
	checkForged(r.T, "the screen", s.Text())
	if title := s.VT.Title(); strings.Contains(title, "owned") {
		r.Errorf("the title is %q", title)
	}
}

// run runs a command in a terminal until it ends, and checks the terminal.
func (r *hostileFixture) run(args ...string) {
	r.Helper()
	c := r.command(args...)
	s := r.terminal(c)
	defer r.limit(c)()
	c.Wait()
	s.WaitEnd()
	r.check(s)
}

// limit kills a command that takes too long, and fails the test.
func (r *hostileFixture) limit(c *exec.Cmd) (stop func() bool) {
	return time.AfterFunc(patience, func() {
		r.Errorf("%v does not end", c.Args)
		c.Process.Kill()
	}).Stop
}

// runStderr is run with the standard output aside, which is netcat's data.
func (r *hostileFixture) runStderr(args ...string) {
	r.Helper()
	c := r.command(args...)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		r.Fatal(err)
	}
	defer null.Close()
	c.Stdout = null
	s := r.terminal(c)
	defer r.limit(c)()
	c.Wait()
	s.WaitEnd()
	r.check(s)
}

// runPiped runs a command whose standard error is no terminal, and checks that.
func (r *hostileFixture) runPiped(args ...string) {
	r.Helper()
	var stderr bytes.Buffer
	c := r.command(args...)
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		r.Fatal(err)
	}
	defer r.limit(c)()
	c.Wait()
	checkHostile(r.T, "standard error", stderr.String())
}

// prompt types lines at a prompt, each when the one before has run, and checks the
// terminal. In a line $TCP and $UNIX are the peers, and $NAME and $BYTES literals.
func (r *hostileFixture) prompt(lines ...string) {
	r.Helper()
	s := r.begin(lines...)
	s.Wait("something hostile", func(screen string) bool { return strings.Contains(screen, evil) })
	r.end(s)
}

func (r *hostileFixture) begin(lines ...string) *termtest.Screen {
	r.Helper()
	r.shell = r.command()
	s := r.terminal(r.shell)
	n := int32(1)
	next := func() {
		r.Helper()
		s.WaitFor("the prompt", func() bool { return s.Paste.On.Load() >= n })
		n++
	}
	next()
	r.write("init.sosh", "x = "+hostileLua(hostileBytes())+"\nname = "+hostileLua(strangeName)+"\nwide = string.rep('w', 40) .. '"+forged+evil+"'\n")
	lines = append([]string{"source init.sosh"}, lines...)
	for _, line := range lines {
		if strings.Contains(line, "$TCP") {
			line = strings.ReplaceAll(line, "$TCP", r.tcp())
		}
		if strings.Contains(line, "$UNIX") {
			r.unix()
			line = strings.ReplaceAll(line, "$UNIX", "${'@' .. name}")
		}
		s.Press(line + "\r")
		next()
	}
	return s
}

// end leaves the prompt, and checks.
func (r *hostileFixture) end(s *termtest.Screen) {
	r.Helper()
	s.Press("exit\r")
	defer r.limit(r.shell)()
	r.shell.Wait()
	s.WaitEnd()
	r.check(s)
}

// TestHostile sends the bytes and names through every path.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, p := range hostilePaths {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.run(&hostileFixture{T: t, dir: t.TempDir()})
		})
	}
}
