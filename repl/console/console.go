package console

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/chzyer/readline"
)

// ErrInterrupt is what Readline returns for Ctrl-C.
var ErrInterrupt = errors.New("interrupted")

// A Completer is given the text of the line up to the cursor. It returns the
// candidates for the word that begins at byte from. It runs on the goroutine
// that edits the line, so it must not block.
type Completer func(line string) (from int, candidates []Candidate)

// anyWidth is the width of the terminal that readline is given, which does not draw.
const anyWidth = 1 << 20

// A Candidate is one way to complete a word. Text takes the place of the word,
// and ends in a blank if one should follow; Note says what it is, in one line.
type Candidate struct {
	Text string // as it is typed
	Note string // what it is, for the list
	Name string // of a file, without the quotes that Text may have
}

// Config configures a console. Complete, Paint, Suggest and Status run on the goroutine that edits the
// line: they must not block nor call the console, and should return within a millisecond.
type Config struct {
	History      string                               // the history file, "" for none
	HistoryLimit int                                  // entries kept, 1000 if 0
	More         string                               // the prompt of the second and later lines of an entry
	Unfinished   func(line string) bool               // whether Enter begins another line of the entry; nil: never
	Complete     Completer                            // may be nil
	Paint        func(line string) []Mark             // the styles of the line: in order, not overlapping; may be nil
	Suggest      func(line string) string             // what may follow the end of the line, "" for nothing; may be nil
	Status       func(line string, pos int) []Segment // the row below the line, with the cursor at byte pos; nil: none; may be nil
	In, Out      *os.File                             // the terminal
	Keep         func(line string) bool               // whether a line goes into the history; nil: all
	Warn         func(error)                          // called within Readline for what does not end it; may be nil
}

// A Console is the one owner of the terminal: it reads lines, and shows what
// others print without disturbing the line that is being edited.
//
// readline does not support output from several goroutines: its own method draws
// while a key is being handled, which garbles the screen and can crash. So
// nothing is drawn from outside while a line is edited. Print adds to a queue and
// inserts a rune among the keys. When readline's own goroutine reads that rune,
// between two keys, it draws the queue (console_edit.go). While no line is edited,
// Print writes at once, and nothing reads the terminal, so that a child process
// can.
//
// All methods but Readline and ReadRaw may be used concurrently; one goroutine at
// a time may call those two.
type Console struct {
	cfg      Config
	rl       *readline.Instance
	screen   renderer
	keyboard keyboard
	raw      *readline.State // how the terminal was, while it is raw
	recall   bool            // there is a history for this line
	view                     // the line being edited
	ending   bool            // the key that ends it was handled; for the editing goroutine

	unwatch   func()     // ends the watch for a new size
	reading   sync.Mutex // held by Readline, and by Close after it
	noHistory bool       // the history file can't be used; under reading
	unkept    bool       // the last line was not added to it; under reading
	warnings  []error    // not shown yet; under reading

	out sync.Mutex // held while writing to Out between lines, and to begin and end one

	mu       sync.Mutex // for all below; never held while writing
	waker    selfPipe
	pending  bytes.Buffer // whole lines, to be drawn
	dropped  int
	onDrain  func()
	editing  bool          // a line is being edited
	rawLine  bool          // by ReadRaw
	stop     error         // why ReadRaw is to return
	drawing  bool          // runeDraw is under way
	drawNext time.Time     // not before this
	resized  bool          // the terminal has another size now
	lastKey  time.Time     // when a key last came
	pastes   []string      // for each runePaste under way
	cutPaste bool          // one of them was too long
	length   int           // runes in the line
	change   *edit         // to be made to the line after this key
	past     []string      // the history, the oldest first
	ended    bool          // no key will ever come again
	closed   bool          // by Close
	over     chan struct{} // closed when the editing goroutine saw the end
}

// New takes over the terminal. The first Readline calls Warn for errors of
// the history.
func New(cfg Config) (*Console, error) {
	if cfg.HistoryLimit == 0 {
		cfg.HistoryLimit = 1000
	}
	c := &Console{cfg: cfg, over: make(chan struct{})}
	c.screen = renderer{out: cfg.Out, dumb: dumb(), styles: styled()}
	c.keyboard = keyboard{console: c, fd: int(cfg.In.Fd())}
	if !readline.IsTerminal(c.keyboard.fd) {
		return nil, fmt.Errorf("%s: not a terminal", cfg.In.Name())
	}
	var err error
	if c.waker, err = newSelfPipe(); err != nil {
		return nil, err
	}
	c.rl, err = readline.NewEx(&readline.Config{
		Stdin:                  &c.keyboard,
		Stdout:                 quiet{c},
		Stderr:                 quiet{c},
		HistoryLimit:           cfg.HistoryLimit,
		DisableAutoSaveHistory: true,
		AutoComplete:           completing{c},
		Listener:               readline.FuncListener(c.afterKey),
		FuncFilterInputRune:    c.beforeKey,
		FuncGetWidth:           func() int { return anyWidth },
		FuncMakeRaw:            c.makeRaw,
		FuncExitRaw:            c.exitRaw,
		FuncOnWidthChanged:     func(func()) {},              // its own would never end
		FuncIsTerminal:         func() bool { return false }, // so that it does not draw
	})
	if err != nil {
		c.waker.close()
		return nil, err
	}
	c.loadHistory()
	c.unwatch = watchSize(c.sizeChanged)
	return c, nil
}

// Readline shows prompt and returns the line that is entered. A pasted block of
// several lines is returned as one string. The error is io.EOF for Ctrl-D on an
// empty line, when the terminal is gone, and after Close; errInterrupt for
// Ctrl-C.
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
	if raw {
		c.giveHistory(nil)
	} else {
		c.giveHistory(c.past)
	}
	c.prompt = prompt
	if err := c.begin(raw); err != nil {
		return "", err
	}
	text, err := c.rl.Readline()
	over := c.isOver()
	if over {
		c.finish()
	}
	interrupted := errors.Is(err, readline.ErrInterrupt)
	stop := c.end(interrupted)
	switch {
	case over:
		return "", io.EOF // what was typed so far was never entered
	case interrupted:
		return "", stop
	}
	return decodeLine(text), err
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
	c.editing, c.rawLine, c.length, c.change = true, raw, 0, nil
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
		c.warnings = append(c.warnings, fmt.Errorf("pasted text was cut at %d bytes", maxPaste))
	}
	c.mu.Unlock()
	c.flush()
	return stop
}

// isOver reports whether no more lines will be read.
func (c *Console) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed || c.ended
}

// finish lets readline's goroutines see the end of input, and receives what they
// still send: they would block for ever.
func (c *Console) finish() {
	c.screen.muted = true
	for {
		select {
		case <-c.over:
			return
		default:
			c.rl.Readline()
		}
	}
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

// makeRaw puts the terminal in raw mode with bracketed paste. readline calls it, and
// exitRaw, around each line on Readline's goroutine.
func (c *Console) makeRaw() (err error) {
	if c.raw != nil || c.isOver() {
		return nil
	}
	if c.raw, err = readline.MakeRaw(c.keyboard.fd); err == nil {
		c.screen.pasteMode(true)
	}
	return err
}

func (c *Console) exitRaw() error {
	if c.raw == nil {
		return nil
	}
	c.screen.pasteMode(false)
	raw := c.raw
	c.raw = nil
	return readline.Restore(c.keyboard.fd, raw)
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
	c.waker.wake()
	c.mu.Unlock()
	c.reading.Lock()
	defer c.reading.Unlock()
	c.finish()
	err := c.rl.Terminal.Close() // not Instance.Close: that can leave a goroutine
	c.unwatch()
	c.waker.close() // nobody wakes it now, since no line is edited
	return err
}
