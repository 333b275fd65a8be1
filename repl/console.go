package repl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/chzyer/readline"
)

// errInterrupt is what Readline returns for Ctrl-C.
var errInterrupt = errors.New("interrupted")

// A completer is given the text of the line up to the cursor. It returns the
// candidates for the word that begins at byte from. It runs on the goroutine
// that edits the line, so it must not block.
type completer func(line string) (from int, candidates []candidate)

// A candidate is one way to complete a word. Text takes the place of the word,
// and ends in a blank if one should follow; Note says what it is, in one line.
type candidate struct{ Text, Note string }

// consoleConfig is what a console needs to know.
type consoleConfig struct {
	History      string                 // the history file, "" for none
	HistoryLimit int                    // entries kept, 1000 if 0
	Complete     completer              // may be nil
	In, Out      *os.File               // the terminal
	Keep         func(line string) bool // whether a line goes into the history; nil: all
	Warn         func(error)            // told, within Readline, of what is no reason to stop; may be nil
}

// pendingMax is how many bytes may wait to be drawn while a line is edited.
const pendingMax = 1 << 20

// A console is the one owner of the terminal: it reads lines, and shows what
// others print without disturbing the line that is being edited.
//
// readline is not made for output from several goroutines: its own way draws
// while a key is being handled, which garbles the screen and can crash. So
// nothing is drawn from outside while a line is edited. Print adds to a queue,
// the queue puts a rune among the keys, and when that rune arrives, on
// readline's own goroutine and between two keys, the queue is drawn
// (console_edit.go). While no line is edited, Print writes straight away, and
// nothing reads the terminal, so that a child process may.
//
// Print, Pending, Dropped, OnDrain, Width, History and Close may be called from
// any goroutine; Readline is for one at a time.
type console struct {
	cfg      consoleConfig
	rl       *readline.Instance
	screen   screen
	keyboard keyboard
	raw      *readline.State // how the terminal was, while it is raw
	resize   func()          // tells readline the width; from the goroutine that draws

	unwatch   func()     // ends the watch for a new size
	reading   sync.Mutex // held by Readline, and by Close after it
	noHistory bool       // the history file has failed; under reading
	warnings  []error    // not told yet; under reading

	out sync.Mutex // held while writing to Out between lines, and to begin and end one

	mu       sync.Mutex // for all below; never held while writing
	waker    waker
	pending  bytes.Buffer // whole lines, to be drawn
	dropped  int
	onDrain  func()
	editing  bool          // a line is being edited
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

// newConsole takes the terminal over. What is wrong with the history is told
// by Warn at the first Readline.
func newConsole(cfg consoleConfig) (*console, error) {
	if cfg.HistoryLimit == 0 {
		cfg.HistoryLimit = 1000
	}
	c := &console{cfg: cfg, over: make(chan struct{})}
	c.screen.out = cfg.Out
	c.keyboard = keyboard{console: c, fd: int(cfg.In.Fd())}
	if !readline.IsTerminal(c.keyboard.fd) {
		return nil, fmt.Errorf("%s: not a terminal", cfg.In.Name())
	}
	var err error
	if c.waker, err = newWaker(); err != nil {
		return nil, err
	}
	c.rl, err = readline.NewEx(&readline.Config{
		Stdin:                  &c.keyboard,
		Stdout:                 &c.screen,
		Stderr:                 &c.screen,
		HistoryLimit:           cfg.HistoryLimit,
		DisableAutoSaveHistory: true,
		AutoComplete:           completing{c},
		Painter:                painting{},
		Listener:               readline.FuncListener(c.afterKey),
		FuncFilterInputRune:    c.beforeKey,
		FuncGetWidth:           c.Width,
		FuncMakeRaw:            c.makeRaw,
		FuncExitRaw:            c.exitRaw,
		FuncOnWidthChanged:     func(f func()) { c.resize = f }, // its own would never end
		ForceUseInteractive:    true,
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
func (c *console) Readline(prompt string) (string, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.isOver() {
		return "", io.EOF
	}
	c.warn()
	c.giveHistory()
	c.rl.SetPrompt(prompt)
	c.resize()
	c.begin()
	text, err := c.rl.Readline()
	over := c.isOver()
	if over {
		c.finish()
	}
	c.end()
	defer c.warn()
	switch {
	case over:
		return "", io.EOF // what was typed so far was never entered
	case errors.Is(err, readline.ErrInterrupt):
		return "", errInterrupt
	case err != nil:
		return "", err
	}
	line := decodeLine(text)
	c.remember(line)
	return line, nil
}

// begin makes the terminal belong to the line. Holding out, it comes after
// whatever is being written.
func (c *console) begin() {
	c.out.Lock()
	defer c.out.Unlock()
	c.mu.Lock()
	c.editing, c.length, c.change = true, 0, nil
	c.mu.Unlock()
	io.WriteString(c.cfg.Out, "\x1b[?2004h") // have pastes marked
}

// end lets the terminal go, and shows what was not drawn yet.
func (c *console) end() {
	c.out.Lock()
	io.WriteString(c.cfg.Out, "\x1b[?2004l")
	c.mu.Lock()
	c.editing = false
	if c.cutPaste {
		c.cutPaste = false
		c.warnings = append(c.warnings, fmt.Errorf("pasted text was cut at %d bytes", maxPaste))
	}
	c.mu.Unlock()
	c.out.Unlock()
	c.flush()
}

// isOver reports whether no line will be read any more.
func (c *console) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed || c.ended
}

// finish lets readline's goroutines see the end of input, and takes what they
// still have to say: they would wait for ever to say it.
func (c *console) finish() {
	c.screen.mute()
	for {
		select {
		case <-c.over:
			return
		default:
			c.rl.Readline()
		}
	}
}

// warn tells what has gone wrong, without any lock that Print takes.
func (c *console) warn() {
	for _, err := range c.warnings {
		if c.cfg.Warn != nil {
			c.cfg.Warn(err)
		}
	}
	c.warnings = nil
}

// Print shows s above the line that is being edited, or at once when none is.
// A text that does not end in a newline gets one: the next redraw would erase
// it. When more than pendingMax bytes wait to be drawn, s is dropped and
// counted.
func (c *console) Print(s string) {
	if s == "" {
		return
	}
	c.mu.Lock()
	if c.editing && c.pending.Len() >= pendingMax {
		c.dropped++
		c.mu.Unlock()
		return
	}
	if c.pending.Len() == 0 {
		c.wakeLocked() // else it is coming anyway
	}
	c.pending.WriteString(s)
	if !strings.HasSuffix(s, "\n") {
		c.pending.WriteByte('\n')
	}
	editing := c.editing
	c.mu.Unlock()
	if !editing {
		c.flush()
	}
}

// flush writes what is pending, unless a line has begun, which draws it.
func (c *console) flush() {
	wrote := false
	c.out.Lock()
	for {
		c.mu.Lock()
		if c.editing || c.pending.Len() == 0 {
			c.mu.Unlock()
			break
		}
		text := c.takeLocked(1 << 16)
		c.mu.Unlock()
		c.cfg.Out.Write(text)
		wrote = true
	}
	c.out.Unlock()
	if wrote {
		c.drained()
	}
}

// takeLocked takes whole lines off the queue: up to size bytes, or one line.
func (c *console) takeLocked(size int) []byte {
	n := c.pending.Len()
	if n > size {
		b := c.pending.Bytes()
		if i := bytes.LastIndexByte(b[:size], '\n'); i >= 0 {
			n = i + 1
		} else {
			n = bytes.IndexByte(b, '\n') + 1
		}
	}
	text := append([]byte(nil), c.pending.Next(n)...)
	if c.pending.Len() == 0 && c.pending.Cap() > pendingMax/4 {
		c.pending = bytes.Buffer{} // give a flood's memory back
	}
	return text
}

// drained calls the hook if all has been drawn.
func (c *console) drained() {
	c.mu.Lock()
	f := c.onDrain
	if c.pending.Len() > 0 {
		f = nil
	}
	c.mu.Unlock()
	if f != nil {
		f()
	}
}

// wakeLocked has the queue drawn soon. A draw that is under way does so anyway.
func (c *console) wakeLocked() {
	if c.editing && !c.drawing {
		c.waker.wake()
	}
}

// Pending returns how many bytes wait to be drawn.
func (c *console) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending.Len()
}

// Dropped returns how many texts Print has ever dropped.
func (c *console) Dropped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dropped
}

// OnDrain sets a function to be called each time all that was pending has been
// drawn. It may be called on any goroutine, the editing one too: it may Print,
// but must not block, nor print each time, since that is drawn as well.
func (c *console) OnDrain(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onDrain = f
}

// Width returns the columns of the terminal.
func (c *console) Width() int {
	columns, _ := terminalSize(c.cfg.Out)
	return columns
}

// FreshLine moves to the beginning of a line, if the cursor may stand behind
// text, as after a child process: the prompt would erase that. A terminal
// cannot be asked in passing, so a whole row is filled up: this ends on the
// next row exactly if it did not start in the first column.
func (c *console) FreshLine() {
	c.out.Lock()
	defer c.out.Unlock()
	io.WriteString(c.cfg.Out, "⏎"+strings.Repeat(" ", c.Width()-1)+"\r\x1b[K")
}

// sizeChanged has the line drawn for the new size of the terminal.
func (c *console) sizeChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resized = true
	c.wakeLocked()
}

func (c *console) makeRaw() (err error) {
	if c.raw == nil && !c.isOver() {
		c.raw, err = readline.MakeRaw(c.keyboard.fd)
	}
	return err
}

func (c *console) exitRaw() error {
	if c.raw == nil {
		return nil
	}
	raw := c.raw
	c.raw = nil
	return readline.Restore(c.keyboard.fd, raw)
}

// Close ends a Readline that is under way, which returns io.EOF, and gives the
// terminal back. No goroutine and no descriptor is left. It must not be called
// from a completer or from the function given to OnDrain.
func (c *console) Close() error {
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
	c.waker.close() // nobody wakes now: that takes editing
	return err
}
