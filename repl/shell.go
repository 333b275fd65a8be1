package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/suite"
	"sosh/sockets"
)

// The exit statuses of a shell, besides the one that exit gives.
const (
	StatusOK          = 0
	StatusFailure     = 1
	StatusUsage       = 2
	StatusInterrupted = 130 // 128 + SIGINT, as shells have it
)

// connectTimeout is that of connect and dial in words, where nobody waits for
// the two minutes that TCP takes.
const connectTimeout = 30 * time.Second

// A Shell is one session: a table of handles, a Lua machine, settings and
// jobs. Lines are run by one goroutine, and by those of its jobs.
type Shell struct {
	table   *sockets.Table
	machine *script.Machine
	out     *output
	con     *console // nil without a terminal to edit on
	live    bool     // at a prompt

	settings   *settings
	jobs       jobs
	log        eventLog
	attachment attachment
	floods     floods

	done    []string // the statements that went well, for save; the prompt's goroutine alone has it
	leaving sync.Once
	left    context.Context // ends when somebody leaves
	setLeft context.CancelFunc
	status  int // of the first who leaves; to be read after end
}

// newShell returns a shell that writes to out; live starts receivers of their
// own accord.
func newShell(out *output, live bool) *Shell {
	s := &Shell{table: sockets.NewTable(), out: out, live: live, settings: newSettings()}
	s.left, s.setLeft = context.WithCancel(context.Background())
	s.table.Watched = live
	s.machine = script.New(script.Config{
		Table: s.table, Stdout: out.luaStdout(), Stderr: out.luaStderr(), Notify: func(text show.Trusted) { out.notify(text) },
		Interactive: true, ConnectTimeout: connectTimeout, Path: script.ModulePath(),
	}, append(suite.Verbs(), s.commands()...)...)
	return s
}

// Words runs src, words or Lua, from -c, a pipe or a file, and returns the exit
// status: the first error ends it. name is what errors call it, "" for nothing.
func Words(src, name string, args []string) int {
	s := newShell(newOutput(os.Stdin, os.Stdout, os.Stderr), false)
	signals, status, stop := script.Signals(func() { s.table.Close() })
	defer stop()
	ctx, cancel := context.WithCancel(signals)
	defer cancel()
	context.AfterFunc(s.left, cancel)
	s.machine.SetScript(scriptName(name), args)
	err := s.exec(ctx, skipHashBang(src), name)
	if err != nil && s.left.Err() == nil {
		s.fail(err)
		s.leave(StatusFailure)
	}
	s.end()
	if signals.Err() != nil {
		return status()
	}
	return s.status
}

// leave has the shell end with a status, and what runs in it. Only the first call
// counts: of the prompt and the jobs, several may leave at once.
func (s *Shell) leave(status int) {
	s.leaving.Do(func() {
		s.status = status
		s.setLeft()
	})
}

// skipHashBang blanks a first line that begins with #!, so that columns and
// line numbers stay.
func skipHashBang(src string) string {
	if strings.HasPrefix(src, "#!") {
		if i := strings.IndexByte(src, '\n'); i >= 0 {
			return src[i:]
		}
		return ""
	}
	return src
}

// end stops the jobs and closes every handle, and returns how many there were.
func (s *Shell) end() int {
	s.jobs.killAll()
	n := s.machine.Close()
	s.log.close()
	return n
}

// Prompt runs the shell on the terminal until exit or Ctrl-D, and returns the
// exit status.
func Prompt(version string) int {
	out := newOutput(os.Stdin, os.Stdout, os.Stderr)
	s := newShell(out, true)
	con, err := newConsole(consoleConfig{
		History: historyPath(), HistoryLimit: 10000, Complete: s.complete, In: os.Stdin, Out: os.Stdout,
		Keep: func(line string) bool { return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ") },
		Warn: func(err error) { s.out.notify(s.out.paint(colourWarn, show.Sprintf("warning: %s", err))) },
	})
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(err.Error())))
		return StatusFailure
	}
	// A Ctrl-C in the moment between a command and the prompt ends neither.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	s.con, out.con = con, con
	s.table.Subscribe(s.showEvent)
	con.OnDrain(s.drained)
	s.out.notify(show.Sprintf("sosh %s. Type help, or tour for a first walk; Ctrl-D leaves.", version))
	s.initFile()
	s.loop()
	// What happens from here on is no news: everything is being closed.
	s.out.quiet.Store(true)
	var names []string
	for _, h := range s.table.Handles() {
		names = append(names, h.Name())
	}
	n := s.end()
	con.Close()
	out.con = nil
	if n > 0 {
		show.Fprintf(os.Stderr, "closed %s: %s\n", show.Count(n, "handle"), someOf(names))
	}
	return s.status
}

// someOf lists names, of many the first.
func someOf(names []string) string {
	const most = 10
	if n := len(names) - most; n > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// loop reads lines and runs them. A line that ends in the middle of Lua is
// joined with the next ones.
func (s *Shell) loop() {
	var pending *incomplete
	for s.left.Err() == nil {
		prompt := string(s.prompt())
		if pending != nil {
			prompt = string(s.out.paint(colourPrompt, "  ..") + " ")
		}
		line, err := s.con.Readline(prompt)
		switch {
		case errors.Is(err, errInterrupt):
			pending = nil
			continue
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			s.fail(err)
			return
		}
		if pending != nil {
			if !pending.add(line) {
				continue
			}
			line = pending.rest
		}
		// Ctrl-C, while a command runs, is a signal again; it ends the command.
		ctx, stop := signal.NotifyContext(s.left, os.Interrupt)
		err = s.exec(ctx, line, "")
		pending = nil
		switch {
		case errors.As(err, &pending):
		case err != nil && s.left.Err() == nil:
			s.fail(err)
		}
		stop()
	}
}

// promptText is the prompt without its colour.
const promptText = "sosh> "

func (s *Shell) prompt() show.Trusted { return s.out.paint(colourPrompt, "sosh>") + " " }

// initFile runs the user's init.lua, if there is one.
func (s *Shell) initFile() {
	dir, err := os.UserConfigDir()
	if err != nil {
		return
	}
	path := dir + "/sosh/init.lua"
	src, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		_, err = s.machine.Eval(ctx, skipHashBang(string(src)), path)
	}
	if err != nil {
		s.fail(err)
	}
}

// fail shows an error: what went wrong, then a hint on a line of its own.
func (s *Shell) fail(err error) {
	var at *positioned
	where := show.Trusted("")
	if errors.As(err, &at) {
		switch {
		case at.source != "":
			s.out.notify(show.Escaped(at.source) + "\n" + show.Escaped(at.caret))
		case at.caret != "":
			s.out.notify(show.Escaped(at.caret))
		}
		if err = at.err; at.where != "" {
			where = show.Sprintf("%s: ", at.where)
		}
	}
	text := errorText(err)
	var lua *script.Error
	if where == "" && s.out.errTerminal && errors.As(err, &lua) && lua == err && !lua.Placed() {
		where = "error: " // what was raised may look like a line of ours
	}
	s.out.notify(s.out.paint(colourError, where+text))
	s.hint(err)
}

func (s *Shell) hint(err error) {
	hint := s.machine.Hint(err)
	var u *unknownCommand
	var noText *noTextError
	var noWords *luaOnlyError
	switch {
	case errors.As(err, &u):
		hint = u.hint
	case errors.As(err, &noText):
		hint = noText.hint()
	case errors.As(err, &noWords):
		hint = "such as " + noWords.verb.Example[len(noWords.verb.Example)-1]
	}
	if hint != "" {
		s.out.notify(show.Sprintf("hint: %s", hint))
	}
}

// errorText is an error as it is shown: a name in it may hold anything, and so may
// the message of an error that Lua has raised.
func errorText(err error) show.Trusted {
	var e *script.Error
	if errors.As(err, &e) && e == err {
		return e.Text(strings.Count(e.Traceback, "\n") > 4)
	}
	return show.Lines(err.Error())
}

// WordsFile is [Words] for a file.
func WordsFile(path string, args []string) int {
	src, err := readSource(path)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(err.Error())))
		if errors.Is(err, os.ErrNotExist) {
			return StatusUsage
		}
		return StatusFailure
	}
	return Words(src, path, args)
}

// scriptName is what a machine is to take for the script's name: "=NAME" where
// there is no file.
func scriptName(name string) string {
	if name == "" || name == "stdin" {
		return "=" + chunkName(name)
	}
	return name
}

// OnTerminal reports whether a prompt can be had: stdin and stdout are a
// terminal.
func OnTerminal() bool { return isTerminal(os.Stdin) && isTerminal(os.Stdout) }

// Columns returns the width of the terminal on stdout, 80 where it is not known.
func Columns() int {
	columns, _ := terminalSize(os.Stdout)
	return columns
}
