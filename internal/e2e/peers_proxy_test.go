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
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// through sends a line by sosh with arguments to an echo server, and needs it back.
// The input ends after that, since most proxies close both directions when one
// ends.
func through(t *testing.T, args ...string) {
	t.Helper()
	got, err := soshUntilAnswer(t, "there and back\n", "there and back\n", args...)
	if err != nil || got != "there and back\n" {
		t.Errorf("sosh %s: %q, %v", strings.Join(args, " "), got, err)
	}
}

// soshIn runs sosh with standard input, and returns what it wrote to either
// stream.
func soshIn(t *testing.T, in string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sosh", args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	return string(out), errors.Join(err, ctx.Err())
}

// soshUntilAnswer runs sosh as [soshIn] does, and keeps standard input open
// until the answer is there.
func soshUntilAnswer(t *testing.T, in, answer string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sosh", args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(stdin, in)
	got := make([]byte, len(answer))
	n, _ := io.ReadFull(stdout, got)
	stdin.Close()
	err = cmd.Wait()
	return string(got[:n]) + stderr.String(), err
}

func microsocks(t *testing.T, args ...string) string {
	path := lookOrSkip(t, "microsocks")
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, append([]string{"-i", "127.0.0.1", "-p", fmt.Sprint(port)}, args...)...)
	})
}

func TestMicrosocks(t *testing.T) {
	t.Parallel()
	host, port, _ := net.SplitHostPort(socatServer(t))
	open, closed := microsocks(t), microsocks(t, "-u", "user", "-P", "pass")
	through(t, "nc", "-N", "-x", open, host, port)
	through(t, "nc", "-N", "-X", "5", "-x", open, "localhost", port)
	through(t, "ncat", "--proxy-type", "socks5", "--proxy", closed, "--proxy-auth", "user:pass", "localhost", port)
	through(t, "ncat", "--proxy", "socks5://"+open, "--proxy", "socks5://"+closed, "--proxy-auth", "user:pass", host, port)
	for _, c := range []struct{ auth, want string }{
		{"user:wrong", "Ncat: Error: authentication failed.\n"},
		{"", "Ncat: Error: invalid username:password combo.\n"},
		{"nobody", "Ncat: Error: no acceptable authentication method proposed.\n"},
	} {
		args := []string{"ncat", "--proxy-type", "socks5", "--proxy", closed, "--proxy-auth", c.auth, host, port}
		if c.auth == "nobody" {
			args = slices.Delete(args, 5, 7)
		}
		got, err := soshIn(t, "", args...)
		if got != c.want || err == nil {
			t.Errorf("as %q: %q, %v; want %q", c.auth, got, err, c.want)
		}
	}
	got, err := soshIn(t, "", "nc", "-x", open, host, "1")
	want(t, got, "nc: connection failed, SOCKSv5 error: Connection refused\n")
	if err == nil {
		t.Error("status 0")
	}
}

func TestDante(t *testing.T) {
	t.Parallel()
	path := lookOrSkip(t, "danted")
	host, port, _ := net.SplitHostPort(socatServer(t))
	dir := t.TempDir()
	addr := serverOn(t, func(port int) *exec.Cmd {
		conf := filepath.Join(dir, "danted.conf")
		text := fmt.Sprintf(`logoutput: stderr
internal: 127.0.0.1 port = %d
external: 127.0.0.1
clientmethod: none
socksmethod: none
client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
socks pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }
`, port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(path, "-f", conf, "-p", filepath.Join(dir, "pid"))
	})
	through(t, "nc", "-N", "-X", "5", "-x", addr, host, port)
	through(t, "nc", "-N", "-X", "4", "-x", addr, host, port)
	through(t, "ncat", "-4", "--proxy-type", "socks4", "--proxy-dns", "local", "--proxy", addr, "localhost", port)
	got, err := soshIn(t, "", "nc", "-X", "4", "-x", addr, host, "1")
	want(t, got, "nc: connection failed, SOCKSv4 error: Request rejected or failed\n")
	if err == nil {
		t.Error("status 0")
	}
}

func TestTinyproxy(t *testing.T) {
	t.Parallel()
	path := lookOrSkip(t, "tinyproxy")
	host, port, _ := net.SplitHostPort(socatServer(t))
	dir := t.TempDir()
	addr := serverOn(t, func(port int) *exec.Cmd {
		conf := filepath.Join(dir, "tinyproxy.conf")
		text := fmt.Sprintf("Port %d\nListen 127.0.0.1\nTimeout 20\nMaxClients 10\nAllow 127.0.0.1\nBasicAuth user pass\n", port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(path, "-d", "-c", conf)
	})
	through(t, "ncat", "--proxy", addr, "--proxy-auth", "user:pass", host, port)
	got, err := soshIn(t, "", "ncat", "--proxy", addr, host, port)
	want(t, got, "Ncat: Proxy returned status code 407.\n")
	if err == nil {
		t.Error("status 0")
	}
}

// TestNcatProxy has the genuine ncat be the proxy, which wants Digest.
func TestNcatProxy(t *testing.T) {
	t.Parallel()
	path := lookOrSkip(t, "ncat")
	host, port, _ := net.SplitHostPort(socatServer(t))
	addr := serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, "-lk", "--proxy-type", "http", "--proxy-auth", "user:pa:ss", "127.0.0.1", fmt.Sprint(port))
	})
	through(t, "ncat", "--proxy", addr, "--proxy-auth", "user:pa:ss", host, port)
	got, _ := soshIn(t, "", "ncat", "--proxy", addr, "--proxy-auth", "user:wrong", host, port)
	want(t, got, "Ncat: Proxy returned status code 407.\n")
	got, _ = soshIn(t, "", "ncat", "--proxy", addr, "--proxy-auth", "user:pa:ss", host, "1")
	want(t, got, "Ncat: Proxy returned status code 504.\n")
}

// TestTLSThroughProxy checks that TLS, and nothing else, goes through proxies.
func TestTLSThroughProxy(t *testing.T) {
	t.Parallel()
	openssl := lookOrSkip(t, "openssl")
	ncat := lookOrSkip(t, "ncat")
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	out, err := exec.Command(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
		"-out", cert, "-days", "5", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, port, _ := net.SplitHostPort(serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(openssl, "s_server", "-quiet", "-rev", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", cert, "-key", key)
	}))
	five := microsocks(t)
	http := serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(ncat, "-lk", "--proxy-type", "http", "127.0.0.1", fmt.Sprint(port))
	})
	for _, proxies := range [][]string{{"--proxy", "http://" + http}, {"--proxy", "socks5://" + five}, {"--proxy", "socks5://" + five, "--proxy", "http://" + http}} {
		// The name, for SNI and to verify, is the host's and not the proxy's.
		args := append([]string{"ncat", "--ssl-verify", "--ssl-trustfile", cert}, proxies...)
		got, err := soshUntilAnswer(t, "olleh\n", "hello\n", append(args, "localhost", port)...)
		if err != nil || got != "hello\n" {
			t.Errorf("%v: %q, %v", proxies, got, err)
		}
		got, err = soshIn(t, "", append(args, "127.0.0.1", port)...)
		if err == nil || !strings.HasPrefix(got, "Ncat: Certificate verification failed (") {
			t.Errorf("%v, another name: %q, %v", proxies, got, err)
		}
	}
	// A server that does not speak TLS gets no data.
	host, plain, _ := net.SplitHostPort(socatServer(t))
	got, err := soshIn(t, "secret\n", "ncat", "--ssl", "--proxy", http, host, plain)
	if err == nil || strings.Contains(got, "secret") {
		t.Errorf("plain: %q, %v", got, err)
	}
}

// TestProxyPassword types the password at the terminal, which does not show it.
func TestProxyPassword(t *testing.T) {
	t.Parallel()
	path := lookOrSkip(t, "ncat")
	host, port, _ := net.SplitHostPort(socatServer(t))
	addr := serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, "-lk", "--proxy-type", "http", "--proxy-auth", "user:pass", "127.0.0.1", fmt.Sprint(port))
	})
	cmd := exec.Command("sosh", "nc", "-N", "-X", "connect", "-x", addr, "-P", "user", host, port)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	// The terminal is none of the standard streams: the password is asked for there
	// whatever those are.
	cmd.ExtraFiles = append(cmd.ExtraFiles, slave)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
	err = cmd.Start()
	slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	master.SetReadDeadline(time.Now().Add(patience))
	shown := ""
	for !strings.HasSuffix(shown, ": ") {
		var b [64]byte
		n, err := master.Read(b[:])
		if err != nil {
			t.Fatalf("%v after %q", err, shown)
		}
		shown += string(b[:n])
	}
	io.WriteString(master, "pass\n")
	io.WriteString(stdin, "there and back\n")
	got := make([]byte, len("there and back\n"))
	io.ReadFull(stdout, got)
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	rest, _ := io.ReadAll(master) // ends with EIO
	shown += string(rest)
	want(t, strings.ReplaceAll(shown, "\r\n", "\n"), "Proxy password for user@127.0.0.1: \n")
	want(t, string(got), "there and back\n")
}
