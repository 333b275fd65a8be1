package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostileName is a name that a peer may choose: unescaped, it would clear the
// screen, change the direction of the text, and forge a line and a field.
const hostileName = "evil\n\x1b[2JForged: line\r\u202e, O=Forged\a"

// checkHarmless fails if text from netcat, which may have hostileName in it, would
// control a terminal, or has a forged line.
func checkHarmless(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && r < ' ' || r == 0x7f || r == 0x202e || r == '\ufffd' {
			t.Errorf("%q goes to the terminal as it is in %q", r, text)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "Forged") {
			t.Errorf("a forged line in %q", text)
		}
	}
	if !strings.Contains(text, "evil") {
		t.Errorf("the name is not in %q", text)
	}
}

// TestHostileSocketNames has a hostile path of a client's unix socket, which netcat
// shows with -v and to the others in a chat.
func TestHostileSocketNames(t *testing.T) {
	for _, args := range []string{
		"nc -lv -U", "nc -lvu -U", "nc -lvk -U",
		"ncat -lv -U", "ncat -lvu -U", "ncat -lvku -U", "ncat -lvk -U", "ncat -lv --chat -U",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "nc") // a path of the test is too long
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, "s")
			cmd := exec.Command("sosh", append(strings.Fields(args), path)...)
			said, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			in, err := cmd.StdinPipe() // which does not end
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			hung := time.AfterFunc(patience, func() { cmd.Process.Kill() })
			defer hung.Stop()
			network, wanted := "unix", "Connection"
			if strings.Contains(args, "u -U") {
				network = "unixgram"
			}
			stderr := readUntil(said, "s\n") // the path that it listens on
			c, err := net.DialUnix(network, &net.UnixAddr{Name: filepath.Join(dir, hostileName), Net: network}, &net.UnixAddr{Name: path, Net: network})
			if err != nil {
				t.Fatalf("%v; %s", err, stderr)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, "hello\n")
			stderr += readUntil(said, wanted) + readUntil(said, "\n")
			if strings.HasPrefix(args, "nc ") {
				stderr += "evil" // which nc does not say
			}
			checkHarmless(t, stderr)
			if strings.Contains(args, "--chat") {
				checkHarmless(t, readUntil(c, "nobody.\n"))
			}
			cmd.Process.Signal(os.Interrupt)
			rest, _ := io.ReadAll(said)
			checkHarmless(t, string(rest)+"evil")
			cmd.Wait()
		})
	}
}

// readUntil reads as far as the end of some text, or of r.
func readUntil(r io.Reader, end string) string {
	var b strings.Builder
	for one := make([]byte, 1); !strings.HasSuffix(b.String(), end); {
		if n, err := r.Read(one); n == 0 && err != nil {
			break
		}
		b.Write(one)
	}
	return b.String()
}

// TestHostileCertificate has hostile names in a peer's certificate, which ncat
// shows.
func TestHostileCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: hostileName, Organization: []string{hostileName}, Country: []string{hostileName}},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(patience))
				c.(*tls.Conn).Handshake()
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, args := range []string{"-v --ssl", "-v --ssl-verify", "-v --ssl-verify --ssl-servername evil"} {
		cmd := exec.Command("sosh", append(append([]string{"ncat"}, strings.Fields(args)...), "127.0.0.1", port)...)
		out, _ := cmd.CombinedOutput()
		checkHarmless(t, string(out))
		if strings.Contains(string(out), ", O=Forged") && !strings.Contains(string(out), `"evil`) {
			t.Errorf("ncat %s: a forged field in %q", args, out)
		}
	}
}
