package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"sosh/repl/history"
	"sosh/repl/lineedit"

	"github.com/chzyer/readline"
)

// ErrInterrupt is what Readline returns for Ctrl-C.
var ErrInterrupt = errors.New("interrupted")

// A Completer is given the text of the line up to the cursor. It returns the
// candidates for the word that begins at byte from. It runs on the goroutine
// that edits the line, so it must not block.
type Completer func(line string) (from int, candidates []Candidate)

// A Candidate is one way to complete a word. Text replaces the word,
// and ends in a blank if one should follow; Note says what it is, in one line.
type Candidate struct {
	Text string // as it is typed
	Note string // what it is, for the list
	Name string // of a file, without the quotes that Text may have
}

// Config configures a console. Complete, Paint, Suggest, Colours and Status run on the goroutine that edits the
// line: they must not block nor call the console, and should return within a millisecond.
type Config struct {
	History      string                               // the history file, "" for none
	HistoryLimit int                                  // entries kept, history.MaxEntries if 0
	Comment      string                               // what begins a comment, for Alt-#; "" for nothing
	More         string                               // the prompt of the second and later lines of an entry
	Unfinished   func(line string) bool               // whether Enter begins another line of the entry; nil: never
	Complete     Completer                            // may be nil
	Paint        func(line string) []Mark             // the styles of the line: in order, not overlapping; may be nil
	Suggest      func(line string) string             // what may follow the end of the line, "" for nothing; may be nil
	Colours      func() bool                          // whether styles have colours; nil: always
	Status       func(line string, pos int) []Segment // the row below the line, with the cursor at byte pos; nil: none; may be nil
	In, Out      *os.File                             // the terminal
	Hold         func()                               // what Ctrl-S does, on the goroutine that edits the line; must not block; may be nil
	Keep         func(line string) bool               // whether a line goes into the history; nil: all
	Warn         func(error)                          // called within Readline for what does not end it; may be nil
}

// A Console is the one owner of the terminal: it reads lines, and shows what
// others print without disturbing the line that is being edited.
//
// The goroutine that calls Readline reads the keys, edits and draws, and nothing else draws while a line is edited:
// Print adds to a queue, which is drawn between two keys (edit.go). While no line is edited, Print writes at once, and
// nothing reads the terminal, so that a child process can.
//
// It uses readline only to set the mode of the terminal. readline's editing draws from several goroutines and has
// few keys, so package lineedit does the editing.
//
// All methods but Readline and ReadRaw may be used concurrently; one goroutine at
// a time may call those two.
type Console struct {
	cfg    Config
	screen renderer
	keys   lineedit.Decoder
	editor *lineedit.Editor
	rawMu  sync.Mutex
	raw    *readline.State // how the terminal was, while it is raw; under rawMu
	prompt string          // of the line being edited
	menu   *menu           // nil: it is not open
	past   *history.Store

	encoded   []rune // of the last frame, for the next one
	suggested suggestedLine

	unwatch  func()     // ends the watch for a new size
	reading  sync.Mutex // held by Readline, and by Close after it
	unkept   bool       // the last line was not added to the history; under reading
	warnings []error    // not shown yet; under reading
	living   context.Context
	kill     context.CancelFunc // ends living, by Close

	out sync.Mutex // held while writing to Out between lines, and to begin and end one

	mu       sync.Mutex // for all below; never held while writing
	waker    selfPipe
	pending  bytes.Buffer // whole lines, to be drawn
	dropped  int
	onDrain  func()
	editing  bool      // a line is being edited
	rawLine  bool      // by ReadRaw
	stop     error     // why ReadRaw is to return
	drawNext time.Time // not before this
	resized  bool      // the terminal has another size now
	resumed  bool      // the process was stopped, and goes on
	stale    bool      // the status has changed
	lastKey  time.Time // when a key last came
	cutPaste bool      // one was too long
	vi       bool      // for the next line
	ended    bool      // no key will ever come again
	closed   bool      // by Close

	goesOn chan struct{} // receives when the process goes on
}

// New takes over the terminal. The first Readline calls Warn for errors of
// the history.
func New(cfg Config) (*Console, error) {
	c := &Console{cfg: cfg, goesOn: make(chan struct{}, 1)}
	c.screen.out, c.screen.dumb, c.screen.colours = cfg.Out, dumb(), cfg.Colours
	if !readline.IsTerminal(int(cfg.In.Fd())) {
		return nil, fmt.Errorf("%s: not a terminal", cfg.In.Name())
	}
	var err error
	if c.waker, err = newSelfPipe(); err != nil {
		return nil, err
	}
	c.living, c.kill = context.WithCancel(context.Background())
	c.editor = lineedit.New(lineedit.Config{History: c.recallable, Suggest: c.suggest, Comment: cfg.Comment})
	if c.past, err = history.Open(cfg.History, cfg.HistoryLimit); err != nil {
		c.warnings = append(c.warnings, fmt.Errorf("history is not saved: %w", err))
	}
	c.unwatch = watch(c.sizeChanged, c.continued)
	return c, nil
}

// Readline shows prompt and returns the line that is entered. A pasted block of
// several lines is returned as one string. The error is io.EOF for Ctrl-D on an
// empty line, when the terminal is gone, and after Close (see Over); ErrInterrupt for
// Ctrl-C, and for Ctrl-D on the empty last row of an unfinished entry.
func (c *Console) Readline(prompt string) (string, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	line, err := c.readline(prompt, false)
	if err == nil {
		c.remember(line)
	}
	c.warn()
	return line, err
}

// readline reads one line; raw says that it is for another program. The caller
// holds reading.
func (c *Console) readline(prompt string, raw bool) (string, error) {
	if c.isOver() {
		return "", io.EOF
	}
	c.warn()
	if err := c.begin(raw); err != nil {
		return "", err
	}
	c.prompt, c.menu = prompt, nil
	c.suggested = suggestedLine{}
	c.editor.Start("")
	c.screen.forget()
	err := c.makeRaw()
	if err == nil {
		c.redraw()
		err = c.edit()
		if rerr := c.exitRaw(); err == nil {
			err = rerr
		}
	}
	stop := c.end(errors.Is(err, ErrInterrupt))
	switch {
	case errors.Is(err, ErrInterrupt):
		return "", stop
	case err != nil:
		return "", err
	}
	line, _ := c.editor.Line()
	return string(line), nil
}

// begin gives the terminal to the line. It takes out, and so waits for a write that
// is under way.
func (c *Console) begin(raw bool) error {
	c.out.Lock()
	defer c.out.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.takeStop(raw); err != nil {
		return err
	}
	c.editing, c.rawLine = true, raw
	c.editor.SetVi(c.vi)
	return nil
}

// end releases the terminal, and shows what was not drawn yet. It returns why
// the line was interrupted.
func (c *Console) end(interrupted bool) error {
	c.mu.Lock()
	c.editing = false
	stop := ErrInterrupt
	if interrupted || !c.rawLine { // else it is for the next line
		if err := c.takeStop(c.rawLine); err != nil {
			stop = err
		}
	}
	if c.cutPaste {
		c.cutPaste = false
		c.warnings = append(c.warnings, fmt.Errorf("pasted text was cut at %d bytes", lineedit.MaxPaste))
	}
	c.mu.Unlock()
	c.flush()
	return stop
}

// Over reports whether no more lines will be read: after Close, or when the terminal is gone.
func (c *Console) Over() bool { return c.isOver() }

// isOver reports whether no more lines will be read.
func (c *Console) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed || c.ended
}

// warn calls Warn for each error, without a lock that Print takes.
func (c *Console) warn() {
	for _, err := range c.warnings {
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	c.warnings = nil
}

// sizeChanged redraws the line for the new size of the terminal.
func (c *Console) sizeChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resized = true
	c.wakeLocked()
}

// makeRaw puts the terminal in raw mode with marked pastes, and exitRaw undoes that.
func (c *Console) makeRaw() (err error) {
	c.rawMu.Lock()
	defer c.rawMu.Unlock()
	if c.raw, err = readline.MakeRaw(int(c.cfg.In.Fd())); err == nil {
		c.screen.pasteMode(true)
	}
	return err
}

func (c *Console) exitRaw() error {
	c.rawMu.Lock()
	defer c.rawMu.Unlock()
	if c.raw == nil {
		return nil
	}
	raw := c.raw
	c.raw = nil
	c.screen.pasteMode(false)
	return readline.Restore(int(c.cfg.In.Fd()), raw)
}

// SetVi chooses between the keys of vi and those of emacs, for the next line.
func (c *Console) SetVi(vi bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.vi = vi
}

// Vi reports whether the keys are those of vi.
func (c *Console) Vi() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.vi
}

// Close ends a Readline that is under way, which returns io.EOF, and restores the
// terminal. It leaves no goroutine and no descriptor. It must not be called
// from a completer or from the function given to OnDrain.
func (c *Console) Close() error {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil
	}
	c.closed = true
	c.kill()
	c.waker.wake()
	c.mu.Unlock()
	c.reading.Lock()
	defer c.reading.Unlock()
	err := c.past.Close()
	c.unwatch()
	c.waker.close() // nobody wakes it now, since no line is edited
	return err
}
