package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sosh/sockets"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"golang.org/x/sys/unix"
)

// TestScript runs the sessions in testdata/script.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(top, "testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: false,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, ".config"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, ".state"))
			env.Setenv("GORACE", os.Getenv("GORACE"))
			env.Setenv("RUN", strconv.Itoa(os.Getpid())) // tells its processes from those of another run
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  cmdStatus,
			"signal":  cmdSignal,
			"port":    cmdPort,
			"report":  cmdReport,
			"waitfor": cmdWaitFor,
		},
	})
}

// condition adds [root], [netns] (unshare -n and ip work), [ipv6], [vsock], [vsock:local] (there is loopback) and
// [peer:PROGRAM]. A session that needs a program that is not installed is skipped,
// or fails if SOSH_REQUIRE_PEERS is set.
func condition(cond string) (bool, error) {
	if name, ok := strings.CutPrefix(cond, "peer:"); ok {
		_, err := lookPeer(name)
		if err != nil && requirePeers() {
			return false, err
		}
		return err == nil, nil
	}
	switch cond {
	case "root":
		return os.Getuid() == 0, nil
	case "netns":
		return exec.Command("unshare", "-n", "ip", "link", "set", "lo", "up").Run() == nil, nil
	case "vsock", "vsock:local": // bind sends nothing
		table := sockets.NewTable()
		defer table.Close()
		h, err := table.Socket(sockets.Vsock, "")
		if err != nil {
			return false, nil
		}
		address := "any:0"
		if cond == "vsock:local" {
			address = "local:0"
		}
		return h.Bind(context.Background(), address) == nil, nil
	case "ipv6":
		_, err := os.Stat("/proc/net/if_inet6")
		return err == nil, nil
	}
	return false, fmt.Errorf("unknown condition %s", cond)
}

// cmdStatus is "status N PROGRAM ARG...": the exit status must be N, where
// exec only tells success from failure. After a signal the status is 128 plus its
// number.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	checkStatus(ts, ts.Exec(args[1], args[2:]...), want)
}

func checkStatus(ts *testscript.TestScript, err error, want int) {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
		if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
			got = 128 + int(ws.Signal()) // as a shell has it
		}
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d (%v), want %d", got, err, want)
	}
}

// cmdReport is "report FILE": the report of sosh test on stdout must equal the file,
// apart from times and ports. SOSH_UPDATE=1 writes the file.
func cmdReport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: report FILE")
	}
	got := masked(ts.ReadFile("stdout"))
	if os.Getenv("SOSH_UPDATE") != "" {
		session := filepath.Join(top, "testdata", "script", ts.Name()+".txtar")
		a, err := txtar.ParseFile(session)
		ts.Check(err)
		i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == args[0] })
		a.Files[i].Data = []byte(got)
		ts.Check(os.WriteFile(session, txtar.Format(a), 0o666))
		return
	}
	if d := diff.Diff(args[0], []byte(ts.ReadFile(args[0])), "report", []byte(got)); d != nil {
		ts.Fatalf("the report differs:\n%s", d)
	}
}

// cmdPort is "port FILE VARIABLE": it waits for the file that a listener started
// in the background writes its port to, and sets the variable to the port.
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: port FILE VARIABLE")
	}
	port, err := awaitFile(ts.MkAbs(args[0]), nil)
	if err != nil {
		ts.Fatalf("%v", err)
	}
	ts.Setenv(args[1], port)
}

// cmdWaitFor is "waitfor FILE N REGEX": it waits until the file, which a program in
// the background writes, has N matches.
func cmdWaitFor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: waitfor FILE N REGEX")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(awaitMatches(ts.MkAbs(args[0]), regexp.MustCompile("(?m)"+args[2]), n))
}

// signalTime is how long a program may take to end after a signal: half a second, for
// what must clean up before, and what a busy machine adds.
const signalTime = time.Second

// cmdSignal is "signal NAME FILE N PROGRAM ARG...": it starts a program, sends
// it a signal once FILE is there, and needs its exit status to be N, within
// [signalTime].
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: signal NAME FILE N PROGRAM [ARG...]")
	}
	sig := unix.SignalNum("SIG" + args[0])
	args = args[1:]
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	path, err := exec.LookPath(args[2])
	ts.Check(err)
	cmd := exec.Command(path, args[3:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "SOSH_PATH="+ts.Getenv("SOSH_PATH"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	until := time.Now().Add(patience)
	for {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			break
		}
		select {
		case err := <-ended:
			ts.Fatalf("ended before %s existed: %v\n%s%s", args[0], err, stdout.String(), stderr.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(until) {
			cmd.Process.Kill()
			<-ended
			ts.Fatalf("%s did not come\n%s%s", args[0], stdout.String(), stderr.String())
		}
	}
	sent := time.Now()
	ts.Check(cmd.Process.Signal(sig))
	select {
	case err = <-ended:
	case <-time.After(patience):
		cmd.Process.Kill()
		<-ended
		ts.Fatalf("it did not end after the signal")
	}
	took := time.Since(sent)
	fmt.Fprint(ts.Stdout(), stdout.String())
	fmt.Fprint(ts.Stderr(), stderr.String())
	checkStatus(ts, err, want)
	if took > signalTime {
		ts.Fatalf("it took %s to end after the signal", took)
	}
}

// sessionNames are the sessions of verbs and commands that are not tested in a file
// of their own name.
var sessionNames = map[string]string{
	"recv_frame": "frames", "send_frame": "frames", "wait_all": "channel", "wait_any": "channel", "barrier": "channel",
	"before": "test", "after": "test", "before_all": "test", "after_all": "test",
	"!": "system", "tour": "", "attach": "", "recording": "record", "quit": "words_beginner", "clear": "words_beginner", "decoders": "codec", "use": "codec",
}

// TestEveryVerbHasASession reads the list that help gives, and looks for a
// session of that name for each line.
func TestEveryVerbHasASession(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("sosh", "-c", "help all").Output()
	if err != nil {
		t.Fatal(err)
	}
	verbs, _, _ := strings.Cut(string(out), "\nTopics\n")
	entries := regexp.MustCompile(`(?m)^  (\S+)`).FindAllStringSubmatch(verbs, -1)
	if len(entries) < 40 {
		t.Fatalf("help lists %d verbs and commands:\n%s", len(entries), out)
	}
	for _, e := range entries {
		object, _, _ := strings.Cut(e[1], ":")
		name, ok := sessionNames[object]
		if !ok {
			name = object
		}
		if name == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(top, "testdata", "script", name+".txtar")); err != nil {
			t.Errorf("%s has no session: %v", e[1], err)
		}
	}
}
