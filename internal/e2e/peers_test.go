package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sosh/internal/freeport"
)

// requirePeers reports whether a missing program is a failure.
func requirePeers() bool { return os.Getenv("SOSH_REQUIRE_PEERS") != "" }

// lookPeer finds a program in PATH, or in /usr/sbin, where servers are.
func lookPeer(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
	}
	if err != nil {
		return "", fmt.Errorf("%s is not installed", name)
	}
	return path, nil
}

// lookOrSkip finds a program of another project. Where it is not installed the
// test skips; with SOSH_REQUIRE_PEERS it fails.
func lookOrSkip(t *testing.T, name string) string {
	t.Helper()
	path, err := lookPeer(name)
	if err != nil && requirePeers() {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip(err)
	}
	return path
}

// freePort returns a port that is free for TCP and UDP, and that no other test of
// this run gets.
func freePort(t *testing.T) int {
	t.Helper()
	port, err := freeport.Next()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// serverOn starts a server on a free port and returns its address once it
// accepts. It is ended with the test.
func serverOn(t *testing.T, command func(port int) *exec.Cmd) string {
	t.Helper()
	port := freePort(t)
	cmd := command(port)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ended := start(t, cmd)
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if !accepts(addr, ended) {
		t.Fatalf("the server did not start:\n%s", out.String())
	}
	return addr
}

// start starts a process in a group of its own, which is ended with the test,
// and returns a channel that is closed when the process has ended.
func start(t *testing.T, cmd *exec.Cmd) <-chan struct{} {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
	})
	return ended
}

// accepts waits until addr takes a connection; false if the server ends first.
func accepts(addr string, ended <-chan struct{}) bool {
	until := time.Now().Add(patience)
	for time.Now().Before(until) {
		if c, err := net.DialTimeout("tcp4", addr, time.Second); err == nil {
			c.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
	return false
}

// sosh runs a program of words or Lua with arguments, and returns what it wrote
// to stdout. Name tells which it is.
func sosh(t *testing.T, name, source string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sosh", append([]string{path}, args...)...)
	cmd.Dir = filepath.Dir(path)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || ctx.Err() != nil {
			t.Errorf("%s: %v", name, errors.Join(err, ctx.Err()))
		}
		t.Fatalf("%s: %v\nstdout:\n%s\nstderr:\n%s", name, err, stdout.String(), stderr.String())
	}
	return stdout.String()
}

// want compares the output of a session.
func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// set is a line of words' files that gives a variable a value: a .sosh file has
// no arguments.
func set(name, value string) string { return fmt.Sprintf("%s = %q\n", name, value) }

// lines joins lines, each with its end.
func lines(l ...string) string { return strings.Join(l, "\n") + "\n" }
