package repl

import (
	"sync"
	"time"

	"sosh/internal/show"

	"golang.org/x/sys/unix"
)

// ownOutput is what the command at the prompt has printed. Its methods may be used concurrently.
type ownOutput struct {
	mu      sync.Mutex
	running bool
	rows    int       // printed since its first row
	last    time.Time // when it printed last
}

// begin is called when a command begins.
func (w *ownOutput) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running, w.rows, w.last = true, 0, time.Time{}
}

// end is called when the command has ended. It returns how many rows were printed since its first
// one, and when it printed last; the zero time if it never did.
func (w *ownOutput) end() (rows int, last time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	return w.rows, w.last
}

func (w *ownOutput) active() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running
}

// add counts the rows of printed text; own says that the command has printed it.
func (w *ownOutput) add(o *output, text show.Trusted, own bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running || !own && w.last.IsZero() {
		return
	}
	w.rows += o.rows(text)
	if own {
		w.last = time.Now()
	}
}

// height returns how many rows the terminal has.
func (o *output) height() int {
	if ws, err := unix.IoctlGetWinsize(int(o.stdout.Fd()), unix.TIOCGWINSZ); err == nil && ws.Row > 0 {
		return int(ws.Row)
	}
	return 24
}
