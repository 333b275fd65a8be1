package sockets

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sosh/internal/freeport"
	"sosh/sockets/tlsconf"
)

// A program is another project's, run with pipes.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	stdin io.WriteCloser
	mu    sync.Mutex
	out   bytes.Buffer
}

// run starts a program that is ended with the test. Without the program the
// test skips, or fails where SOSH_REQUIRE_PEERS is set.
func run(t *testing.T, name string, args ...string) *program {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("SOSH_REQUIRE_PEERS") != "" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	p := &program{t: t, cmd: exec.Command(path, args...)}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.stdin, err = p.cmd.StdinPipe()
	must(t, err)
	must(t, p.cmd.Start())
	t.Cleanup(func() {
		p.cmd.Process.Signal(syscall.SIGCONT)
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	return p
}

func (p *program) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *program) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// wait waits until the output has what the expression says, and returns its
// first group.
func (p *program) wait(expr string) string {
	p.t.Helper()
	re := regexp.MustCompile(expr)
	var m []string
	defer func() {
		if m == nil {
			p.t.Logf("output of %v:\n%.3000s", p.cmd.Args, p.output())
		}
	}()
	eventually(p.t, expr, func() bool {
		m = re.FindStringSubmatch(p.output())
		return m != nil
	})
	return m[len(m)-1]
}

func (p *program) say(text string) {
	p.t.Helper()
	_, err := io.WriteString(p.stdin, text)
	must(p.t, err)
}

// keyPair has openssl make a self-signed certificate for localhost, one of each kind in a
// run: an RSA key takes long.
func keyPair(t *testing.T, kind string) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	keyPairs.Lock()
	defer keyPairs.Unlock()
	if pair, ok := keyPairs.made[kind]; ok {
		must(t, os.WriteFile(cert, pair.cert, 0o600))
		must(t, os.WriteFile(key, pair.key, 0o600))
		return cert, key
	}
	args := []string{"req", "-x509", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"}
	if kind == "rsa" {
		args = append(args, "-newkey", "rsa:2048")
	} else {
		args = append(args, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
	}
	p := run(t, "openssl", args...)
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, p.output())
	}
	var pair pemPair
	var err error
	pair.cert, err = os.ReadFile(cert)
	must(t, err)
	pair.key, err = os.ReadFile(key)
	must(t, err)
	keyPairs.made[kind] = pair
	return cert, key
}

type pemPair struct{ cert, key []byte }

var keyPairs = struct {
	sync.Mutex
	made map[string]pemPair
}{made: make(map[string]pemPair)}

var opensslVersions = []struct {
	flag string
	kind Kind
	want string
}{
	{"-tls1_2", TLS4, "TLS 1.2"}, {"-tls1_3", TLS4, "TLS 1.3"}, {"-dtls1_2", DTLS4, "DTLS 1.2"},
}

func TestOpenSSLServer(t *testing.T) {
	t.Parallel()
	for _, v := range opensslVersions {
		for _, algorithm := range []string{"rsa", "ecdsa"} {
			t.Run(v.flag+" "+algorithm, func(t *testing.T) {
				t.Parallel()
				cert, key := keyPair(t, algorithm)
				args := []string{"s_server", v.flag, "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-alpn", "one,two"}
				if v.kind.Datagram() {
					args = append(args, "-listen")
				}
				server := run(t, "openssl", args...)
				addr := server.wait(`ACCEPT (127\.0\.0\.1:\d+)`)
				h := newSocketHandle(t, newTable(t), v.kind, "")
				must(t, h.SetTLS(tlsconf.Options{Trust: cert, ALPN: []string{"two"}}))
				must(t, h.Connect(patient(t), addr))
				i, err := h.Info()
				must(t, err)
				if i.TLS.Version != v.want || i.TLS.ALPN != "two" || i.TLS.Verified != "authority" || i.TLS.Chain[0].Subject != "CN=localhost" {
					t.Errorf("TLS %+v", i.TLS)
				}
				send(t, h, "hello from sosh\n")
				server.wait(`hello from sosh`)
				server.say("hello from openssl\n")
				wantRecv(t, h, "hello from openssl\n")
				if !v.kind.Datagram() {
					server.say("Q\n") // closes the TCP connection, and says nothing of it in TLS
					_, err = h.Recv(patient(t), 10)
					wantErr(t, err, "recv", ErrTruncated)
				}
			})
		}
	}
}

func TestOpenSSLClient(t *testing.T) {
	t.Parallel()
	for _, v := range opensslVersions {
		for _, algorithm := range []string{"rsa", "ecdsa", "ephemeral"} {
			t.Run(v.flag+" "+algorithm, func(t *testing.T) {
				t.Parallel()
				var opts tlsconf.Options
				if algorithm != "ephemeral" {
					opts.Cert, opts.Key = keyPair(t, algorithm)
				}
				opts.ALPN = []string{"two"}
				srv, came := serveTLS(t, newTable(t), v.kind, opts)
				client := run(t, "openssl", "s_client", v.flag, "-connect", srv.LocalAddr().String(), "-servername", "somewhere", "-alpn", "one,two")
				h := next(t, came)
				client.wait(`ALPN protocol: two`)
				i, err := h.Info()
				must(t, err)
				if i.TLS.Version != v.want || i.TLS.ServerName != "somewhere" {
					t.Errorf("TLS %+v", i.TLS)
				}
				client.say("hello from openssl\n")
				wantRecv(t, h, "hello from openssl\n")
				send(t, h, "hello from sosh\n")
				client.wait(`hello from sosh`)
				if v.flag == "-tls1_3" {
					// New keys, and the client asks for new ones of the server's: what
					// it gets is written by the receive.
					client.say("K\n")
					client.wait(`KEYUPDATE`)
					client.say("with new keys\n")
					wantRecv(t, h, "with new keys\n")
					eventually(t, "the answer goes out by itself", func() bool { return !h.tls.Load().unsent() })
					send(t, h, "with new keys too\n")
					client.wait(`with new keys too`)
				}
				switch {
				case algorithm == "ephemeral":
					client.say("Q\n")
					wantEOF(t, h)
					return
				case v.kind.Datagram():
					must(t, h.Close())
				default:
					must(t, h.Shutdown(unix.SHUT_WR))
				}
				client.wait(`closed`)
			})
		}
	}
}

// TestOpenSSLTickets closes right after the send, with the ticket that
// OpenSSL's server has sent still unread: nothing of what was sent is lost. (Of
// two the second could be sent after the close, which no socket survives.)
func TestOpenSSLTickets(t *testing.T) {
	t.Parallel()
	cert, key := keyPair(t, "ecdsa")
	server := run(t, "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-naccept", "1", "-num_tickets", "1")
	addr := server.wait(`ACCEPT (127\.0\.0\.1:\d+)`)
	h := newSocketHandle(t, newTable(t), TLS4, "")
	must(t, h.SetTLS(tlsconf.Options{Trust: cert}))
	must(t, h.SetOption("sndbuf", "1000000")) // all of it waits there
	must(t, h.Connect(patient(t), addr))
	eventually(t, "the ticket is there", func() bool {
		i, err := h.Info()
		return err == nil && i.RecvQueue > 0
	})
	must(t, server.cmd.Process.Signal(syscall.SIGSTOP))
	line := strings.Repeat("x", 99) + "\n"
	send(t, h, strings.Repeat(line, 5000)+"the end\n")
	must(t, h.Close())
	must(t, server.cmd.Process.Signal(syscall.SIGCONT))
	server.wait(`the end\n`)
	if n := strings.Count(server.output(), line); n != 5000 {
		t.Errorf("%d lines came", n)
	}
}

func TestNcatSSL(t *testing.T) {
	t.Parallel()
	t.Run("client", func(t *testing.T) {
		t.Parallel()
		srv, came := serveTLS(t, newTable(t), TLS4, tlsconf.Options{})
		host, port, _ := net.SplitHostPort(srv.LocalAddr().String())
		client := run(t, "ncat", "--ssl", host, port)
		h := next(t, came)
		client.say("hello from ncat\n")
		wantRecv(t, h, "hello from ncat\n")
		send(t, h, "hello from sosh\n")
		client.wait("hello from sosh")
		client.stdin.Close()
		must(t, h.Close())
		must(t, client.cmd.Wait())
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		cert, key := keyPair(t, "rsa")
		server := run(t, "ncat", "-v", "-l", "--ssl", "--ssl-cert", cert, "--ssl-key", key, "127.0.0.1", fmt.Sprint(freePort(t)))
		addr := server.wait(`Listening on (127\.0\.0\.1:\d+)`)
		h := newSocketHandle(t, newTable(t), TLS4, "")
		must(t, h.SetTLS(tlsconf.Options{Trust: cert}))
		must(t, h.Connect(patient(t), addr))
		send(t, h, "hello from sosh\n")
		server.wait("hello from sosh")
		server.say("hello from ncat\n")
		wantRecv(t, h, "hello from ncat\n")
		must(t, h.Close())
		must(t, server.cmd.Wait())
	})
	t.Run("datagram client", func(t *testing.T) {
		t.Parallel()
		srv, came := serveTLS(t, newTable(t), DTLS4, tlsconf.Options{})
		host, port, _ := net.SplitHostPort(srv.LocalAddr().String())
		client := run(t, "ncat", "-u", "--ssl", host, port)
		client.say("hello from ncat\n")
		h := next(t, came)
		wantRecv(t, h, "hello from ncat\n")
		send(t, h, "hello from sosh\n")
		client.wait("hello from sosh")
	})
}

// freePort returns a port that is free, and that nothing else in this run gets.
func freePort(t *testing.T) int {
	t.Helper()
	port, err := freeport.Next()
	must(t, err)
	return port
}
