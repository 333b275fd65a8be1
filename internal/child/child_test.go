package child

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"sosh/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m)) }

const (
	// long is more time than anything here takes, even on a busy machine.
	long = 30 * time.Second
	// short is a grace that is to run out.
	short = 100 * time.Millisecond
)

func sh(line string) *exec.Cmd { return exec.Command("/bin/sh", "-c", line) }

// startShell starts a shell with pipes, which is killed at the end of the test.
func startShell(t *testing.T, set *Set, line string) (c *Child, lines *bufio.Reader) {
	t.Helper()
	c, err := set.Start(sh(line), Options{Group: true, Input: true, Output: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-c.Pid(), syscall.SIGKILL)
		c.In.Close()
		c.Out.Close()
		<-c.Done()
	})
	return c, bufio.NewReader(c.Out)
}

func wantLine(t *testing.T, r *bufio.Reader, want string) {
	t.Helper()
	if line, err := r.ReadString('\n'); line != want+"\n" {
		t.Fatalf("read %q (%v), want %q", line, err, want)
	}
}

func wantSignal(t *testing.T, c *Child, want syscall.Signal) {
	t.Helper()
	if ws := c.State().Sys().(syscall.WaitStatus); !ws.Signaled() || ws.Signal() != want {
		t.Errorf("it ended with %v, want signal %v", c.State(), want)
	}
}

func TestPipes(t *testing.T) {
	c, out := startShell(t, new(Set), "read x; echo got $x; exit 3")
	io.WriteString(c.In, "this\n")
	wantLine(t, out, "got this")
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 || c.State().ExitCode() != 3 {
		t.Errorf("Wait: %v, State: %v", err, c.State())
	}
	if err := c.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Signal after the end: %v", err)
	}
	c.End(long) // of a child that has ended, at once
}

// TestEnd ends children that leave when asked to, that do not, and whose leader
// leaves while others of the group do not.
func TestEnd(t *testing.T) {
	for _, test := range []struct {
		name, line string
		grace      time.Duration
		want       syscall.Signal // 0: none
	}{
		{"leaves", "sleep 1000 & echo up; wait", long, syscall.SIGTERM},
		{"cleans up", "trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done", long, 0},
		{"stays", "trap '' TERM; echo up; sleep 1000", short, syscall.SIGKILL},
		{"group stays", "(trap '' TERM; echo up; sleep 1000) & wait", short, syscall.SIGTERM},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, out := startShell(t, new(Set), test.line)
			wantLine(t, out, "up")
			c.End(test.grace)
			if test.want == 0 && c.State().ExitCode() != 0 {
				t.Errorf("it ended with %v, want status 0", c.State())
			} else if test.want != 0 {
				wantSignal(t, c, test.want)
			}
			if text, err := io.ReadAll(out); err != nil || len(text) > 0 {
				t.Errorf("more output: %q, %v", text, err) // it ends with the last of the group
			}
		})
	}
}

// TestReap reaps a child that leaves by itself, whose group goes on, and one that
// has to be ended.
func TestReap(t *testing.T) {
	c, out := startShell(t, new(Set), "exec 3>&1; (exec <&- ; trap '' TERM; echo up >&3; read x </dev/null; sleep 1000) & read x; exit 0")
	wantLine(t, out, "up")
	c.In.Close()
	c.Reap(long)
	if err := syscall.Kill(-c.Pid(), 0); err != nil {
		t.Errorf("the group of a child that left by itself: %v", err)
	}
	c, out = startShell(t, new(Set), "trap '' TERM; echo up; sleep 1000")
	wantLine(t, out, "up")
	c.Reap(short)
	wantSignal(t, c, syscall.SIGKILL)
}

func TestSet(t *testing.T) {
	set := new(Set)
	gentle, out := startShell(t, set, "trap 'echo bye; exit 0' INT; echo up; while :; do sleep 0.01; done")
	wantLine(t, out, "up")
	gone, goneOut := startShell(t, set, "echo up")
	wantLine(t, goneOut, "up")
	gone.Reap(long)
	if len(set.running) != 1 {
		t.Errorf("%d children in the set, want 1", len(set.running))
	}
	set.End(syscall.SIGINT, long)
	wantLine(t, out, "bye")
	if !gentle.Ended() || gentle.State().ExitCode() != 0 {
		t.Errorf("ended %t, %v", gentle.Ended(), gentle.State())
	}
	if c, err := set.Start(sh("true"), Options{}); err != syscall.EINTR {
		t.Errorf("started %v, %v after the end", c, err)
	}
}

// TestKilledSet ends a set one of whose children stays.
func TestKilledSet(t *testing.T) {
	set := new(Set)
	c, out := startShell(t, set, "trap '' TERM; echo up; sleep 1000")
	wantLine(t, out, "up")
	set.End(syscall.SIGTERM, short)
	c.Wait()
	wantSignal(t, c, syscall.SIGKILL)
}

func TestRetryable(t *testing.T) {
	notProgram := t.TempDir() + "/text"
	if err := os.WriteFile(notProgram, []byte("text"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"no-such-program-at-all": "executable file not found",
		"/no/such/program":       "no such file",
		notProgram:               "exec format error",
	} {
		c, err := Start(exec.Command(path), Options{Input: true, Output: true}) // leak.Run finds a pipe that is left
		if c != nil || err == nil || !strings.Contains(err.Error(), want) || Retryable(err) {
			t.Errorf("%s: %v, %v, retryable: %t", path, c, err, Retryable(err))
		}
	}
	for err, want := range map[error]bool{
		nil:                                   false,
		io.EOF:                                false,
		&os.PathError{Err: syscall.EMFILE}:    true,
		&os.SyscallError{Err: syscall.EAGAIN}: true,
		&os.PathError{Err: syscall.ENOENT}:    false,
	} {
		if got := Retryable(err); got != want {
			t.Errorf("Retryable(%v) = %t", err, got)
		}
	}
}

// TestNoDescriptors starts a program where there are no descriptors for it.
func TestNoDescriptors(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 3
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	c, err := Start(sh("true"), Options{Input: true, Output: true})
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if c != nil || !Retryable(err) {
		t.Errorf("%v, %v, retryable: %t", c, err, Retryable(err))
	}
}
