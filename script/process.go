package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"sosh/internal/child"
	"sosh/internal/show"
	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// A process is a program started by exec, in its own process group. It ends with the test
// or the script that started it. It may be used concurrently.
type process struct {
	name  string
	wrote func(name string, p []byte) // records output
	*child.Child

	mu      sync.Mutex
	input   *os.File      // the pipe to its standard input, or nil
	output  []byte        // the last maxOutput bytes of its output
	lost    int           // number of bytes dropped before output
	told    bool          // an error has shown its output
	read    int           // position of process:expect in output
	changed chan struct{} // closed by the next output
}

const (
	// maxOutput is how many bytes of a process's output are kept.
	maxOutput = 1 << 20
	// processGrace is the time between SIGTERM and SIGKILL.
	processGrace = 2 * time.Second
	// readyTimeout is the default timeout of exec for port= and line=.
	readyTimeout = 10 * time.Second
	// readyPause is the time between two tries of a port.
	readyPause = 5 * time.Millisecond
	// processShown is how many lines of a process's output an error shows.
	processShown = 20
	// processWidth is how many columns of each line.
	processWidth = 200
)

// Write adds output of the process.
func (p *process) Write(b []byte) (int, error) {
	p.wrote(p.name, b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output = append(p.output, b...)
	if n := len(p.output) - maxOutput; n > 0 {
		p.output = append(p.output[:0], p.output[n:]...)
		p.lost += n
		p.read = max(p.read-n, 0)
	}
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
	return len(b), nil
}

// next returns a channel that the next output closes.
func (p *process) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// all returns the output.
func (p *process) all() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.output)
}

// written returns how many bytes the process has written.
func (p *process) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost + len(p.output)
}

// tail returns the last lines of the output after its first from bytes, for a person.
func (p *process) tail(from int) string {
	p.mu.Lock()
	b := slices.Clone(p.output[min(max(from-p.lost, 0), len(p.output)):])
	p.mu.Unlock()
	text := strings.Trim(show.Text(b), "\n")
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = show.Truncate(line, processWidth) + "\n"
	}
	if n := len(lines) - processShown; n > 0 {
		return fmt.Sprintf("... (%d lines before)\n", n) + strings.Join(lines[n:], "")
	}
	return strings.Join(lines, "")
}

// await waits until the output after the previous match matches. It fails with io.EOF when
// the process has ended.
func (p *process) await(ctx context.Context, s *lua51.Search, began time.Time) ([]lua.LValue, error) {
	stop := func() error {
		if ctx.Err() != nil {
			return sockets.ContextCause(ctx, began)
		}
		return nil
	}
	from := -1
	for {
		next, ended := p.next(), p.Ended()
		looked := time.Now()
		p.mu.Lock()
		unread := string(p.output[p.read:])
		if at := p.lost + p.read; at != from {
			s.Reset()
			from = at
		}
		p.mu.Unlock()
		end, captures, ok, err := s.Find(unread, stop)
		switch {
		case err != nil:
			return nil, err
		case ok:
			p.mu.Lock()
			p.read = min(max(from+end-p.lost, p.read), len(p.output))
			p.mu.Unlock()
			return captures, nil
		case ended:
			return nil, io.EOF
		case sockets.Overdue(ctx, began) != nil:
			return nil, sockets.Overdue(ctx, began)
		}
		select {
		case <-next:
			// Wait as long as the search took, so that many small pieces of output
			// are not searched one by one.
			sockets.Pause(ctx, time.Since(looked))
		case <-p.Done():
		case <-ctx.Done():
			return nil, sockets.ContextCause(ctx, began)
		}
	}
}

// status returns how the process ended: "status 1", "SIGKILL".
func (p *process) status() string {
	if ws, ok := p.State().Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return signalName(ws.Signal())
	}
	return fmt.Sprintf("status %d", p.State().ExitCode())
}

// end ends the process and its children.
func (p *process) end() { p.End(processGrace) }

// A processError says that a program did not become ready, or did not write the expected
// output.
type processError struct {
	cause error // or nil
	text  string
}

func (e *processError) Error() string { return e.text }
func (e *processError) Unwrap() error { return e.cause }

// failed returns the error of waiting for a process, with the end of its output.
func (p *process) failed(op string, cause error, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	if last := p.tail(0); last != "" {
		p.told = true
		text += "; its output:\n" + strings.TrimSuffix(last, "\n")
	} else {
		text += "; it wrote nothing"
	}
	return &sockets.Error{Op: op, Err: &processError{cause, p.name + ": " + text}}
}

// keep makes the process end with the current scope, or with the machine.
func (m *Machine) keep(p *process) {
	if sc := m.current.scope; sc != nil {
		sc.processes = append(sc.processes, p)
		return
	}
	m.processes = append(m.processes, p)
}

// A ProcessOutput is the end of a program's output during a test.
type ProcessOutput struct {
	Name string
	Text string // whole lines, except for the last
}

// outputs returns the output of those processes that have written something since the
// marks. A process without a mark started later.
func outputs(list []*process, marks map[*process]int) []ProcessOutput {
	var out []ProcessOutput
	for _, p := range list {
		text := p.tail(marks[p])
		if p.Ended() && p.State().ExitCode() != 0 {
			text += fmt.Sprintf("(it has ended, with %s)\n", p.status())
		}
		if text != "" && !p.told {
			out = append(out, ProcessOutput{p.name, text})
		}
	}
	return out
}

// endProcesses ends several processes concurrently.
func endProcesses(list []*process) {
	var all sync.WaitGroup
	for _, p := range list {
		all.Go(p.end)
	}
	all.Wait()
}

// awaitPort tries to connect until it succeeds.
func (p *process) awaitPort(ctx context.Context, address string) error {
	var dialer net.Dialer
	for {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			conn.Close()
			return nil
		}
		select {
		case <-p.Done():
			return fmt.Errorf("ended with %s", p.status())
		case <-ctx.Done():
			var se syscall.Errno
			if errors.As(err, &se) {
				return se
			}
			return err
		case <-time.After(readyPause):
		}
	}
}

// signalName returns the name of a signal: SIGTERM.
func signalName(sig syscall.Signal) string { return unix.SignalName(sig) }

// signalNamed returns the signal of a name, with or without SIG, or 0.
func signalNamed(name string) syscall.Signal {
	return unix.SignalNum("SIG" + strings.TrimPrefix(name, "SIG"))
}
