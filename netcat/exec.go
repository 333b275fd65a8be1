package netcat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sosh/internal/child"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

// runsCommand reports whether each connection gets a program.
func (o *options) runsCommand() bool { return o.exec != "" || o.shell != "" || o.lua != "" }

// command returns the program for a connection.
func (n *netcat) command() (*exec.Cmd, error) {
	o := n.opt
	switch {
	case o.shell != "":
		return exec.Command("/bin/sh", "-c", o.shell), nil
	case o.lua != "":
		// sosh itself runs the Lua script, in a separate process.
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(self, "run", o.lua)
		cmd.Args[0] = "sosh"
		return cmd, nil
	}
	words := splitCommand(o.exec)
	if len(words) == 0 {
		return nil, errors.New("the command is empty")
	}
	return exec.Command(words[0], words[1:]...), nil
}

// splitCommand splits a command at white space; a backslash escapes the next character.
func splitCommand(s string) []string {
	var words []string
	var word strings.Builder
	begun, escaped := false, false
	for _, r := range s {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			begun, escaped = true, true
		case r == ' ' || r == '\t' || r == '\n':
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// environment returns the environment of a program: our own, without our credentials,
// and with the addresses of its connection.
func (n *netcat) environment(h *sockets.Handle) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NCAT_PROXY_AUTH=") })
	set := func(name, value string) { env = append(env, name+"="+value) }
	set("NCAT_PROTO", strings.ToUpper(h.Network()))
	if a := h.PeerAddr(); a.HasPort() {
		set("NCAT_REMOTE_ADDR", a.Host())
		set("NCAT_REMOTE_PORT", fmt.Sprint(a.Port()))
	} else {
		set("NCAT_REMOTE_ADDR", a.Path)
		set("NCAT_REMOTE_PORT", "")
	}
	if a := h.LocalAddr(); a.HasPort() {
		set("NCAT_LOCAL_ADDR", a.Host())
		set("NCAT_LOCAL_PORT", fmt.Sprint(a.Port()))
	} else {
		set("NCAT_LOCAL_ADDR", a.Path)
		set("NCAT_LOCAL_PORT", "")
	}
	return env
}

// serveCommand starts the program for a connection, and moves bytes between the
// two until the program's output and the connection have ended.
// before is data already received from the connection.
func (n *netcat) serveCommand(ctx context.Context, h *sockets.Handle, before []byte) error {
	program, err := n.startProgram(ctx, h)
	if err != nil {
		n.closeGently(ctx, h)
		if errors.Is(err, exec.ErrNotFound) {
			err = unix.ENOENT // as execvp(3) has it
		}
		f := &failure{status: 2, text: "exec: " + causeOf(err)}
		if isMissing(err) {
			f.status = 0 // in ncat only a child fails, and nobody asks how
		}
		return f
	}
	s := &session{n: n, h: h, in: childOutput{program.Out}, out: &childInput{w: program.In}, child: true, before: before}
	err = s.run(ctx)
	program.In.Close()
	program.Out.Close()
	program.Reap(programGrace) // its exit status does not matter
	return n.dialect.sessionEnded(s, err)
}

// isMissing reports whether a program can't be started because of its file.
func isMissing(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOEXEC) || errors.Is(err, unix.ENOTDIR)
}

const (
	// startTime is how long a connection waits for free descriptors for its program.
	startTime = 30 * time.Second
	// programGrace is how long a program may continue after its connection has ended,
	// and again after SIGTERM.
	programGrace = 2 * time.Second
	// signalGrace is how long programs may continue after a signal that ends sosh.
	signalGrace = 500 * time.Millisecond
)

// startProgram starts the program for a connection, with pipes to its standard input
// and from its standard output. If there are no free descriptors, in the reserve neither,
// it retries: descriptors become free when other clients end.
func (n *netcat) startProgram(ctx context.Context, h *sockets.Handle) (*child.Child, error) {
	start := func() (*child.Child, error) {
		cmd, err := n.command()
		if err != nil {
			return nil, err
		}
		cmd.Env = n.environment(h)
		cmd.Stderr = os.Stderr
		// If sosh is killed, the kernel sends SIGTERM: nobody else would end the program.
		return n.cleanup.programs.Start(cmd, child.Options{Group: true, Orphan: unix.SIGTERM, Input: true, Output: true})
	}
	n.cleanup.arm()
	for until := time.Now().Add(startTime); ; {
		program, err := n.reserve.start(start)
		if !child.Retryable(err) || time.Now().After(until) || ctx.Err() != nil {
			return program, err
		}
		time.Sleep(starvedPause)
	}
}

// closeGently ends a connection that is not served. It reads the peer's data first,
// since closing with unread data would reset the connection.
func (n *netcat) closeGently(ctx context.Context, h *sockets.Handle) {
	s := &session{n: n, h: h, in: nothing{}, out: nothing{}, child: true}
	s.run(ctx) // an error does not matter here
}

// nothing is an empty input, and an output that discards.
type nothing struct{}

func (nothing) Read([]byte) (int, error)    { return 0, io.EOF }
func (nothing) Write(p []byte) (int, error) { return len(p), nil }
func (nothing) end() error                  { return nil }
func (nothing) stop()                       {}

// childOutput is the standard output of a program.
type childOutput struct{ *os.File }

func (c childOutput) stop() { c.Close() }

// Read reads the program's output.
func (c childOutput) Read(p []byte) (int, error) {
	n, err := c.File.Read(p)
	if errors.Is(err, os.ErrClosed) {
		err = errStopped
	}
	return n, err
}

// childInput is the standard input of a program. It is no error if the program stops
// reading: it may still write.
type childInput struct {
	w    io.WriteCloser
	gone bool
}

func (c *childInput) Write(p []byte) (int, error) {
	if !c.gone {
		if _, err := c.w.Write(p); err != nil {
			c.gone = true
		}
	}
	return len(p), nil
}

func (c *childInput) end() error {
	c.w.Close() // the close at the end then fails, which is fine
	return nil
}

func (c *childInput) stop() { c.w.Close() }
