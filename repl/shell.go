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
	"sync/atomic"
	"time"

	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/repl/arrivals"
	"sosh/repl/console"
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
	StatusNoReader    = 141 // 128 + SIGPIPE: nobody reads stdout any more
)

// connectTimeout is the timeout of connect and dial in words; TCP's own is about
// two minutes.
const connectTimeout = 30 * time.Second

// A Shell is one session: a table of handles, a Lua machine, settings and jobs. One
// goroutine runs the lines that are typed; each job runs its command on its own.
type Shell struct {
	table   *sockets.Table
	machine *script.Machine
	out     *output
	con     *console.Console // nil without a terminal to edit on
	live    bool             // at a prompt

	settings   *settings
	jobs       jobs
	log        eventLog
	memory     atomic.Pointer[recorder.Memory] // for save; nil if nothing is kept
	attachment attachment
	floods     floods
	decoding   decoding
	splits     splits
	news       news
	filter     arrivals.Filter
	hold       arrivals.Hold
	suggestion suggestion
	places     places   // where the lines of the history were entered
	directory  string   // the working directory, which does not change
	notices    []notice // what the status row says

	done    []string // the statements that succeeded, for save; for the prompt's goroutine only
	leaving sync.Once
	left    context.Context // ends when the prompt or a job calls leave
	setLeft context.CancelFunc
	status  int // of the first call of leave; to be read after end
}

// newShell returns a shell that writes to out. If live is set, every handle is
// watched without a command.
func newShell(out *output, live bool, rec *recorder.Recording) (*Shell, error) {
	s := &Shell{table: sockets.NewTable(), out: out, live: live, settings: newSettings()}
	s.notices = append(s.notices, s.heldNotice)
	s.hold.Draw, s.hold.Rows, s.hold.Done = s.drawLine, out.rows, s.released
	s.left, s.setLeft = context.WithCancel(context.Background())
	s.table.Watched = live
	machine, err := script.New(script.Config{
		Table: s.table, Stdout: out.luaStdout(), Stderr: out.luaStderr(), Notify: func(text show.Trusted) { out.notify(text) },
		Interactive: true, ConnectTimeout: connectTimeout, Path: script.ModulePath(), Recording: rec, Encode: s.decoding.encode,
	}, append(suite.Verbs(), s.commands()...)...)
	if err != nil {
		return nil, err
	}
	s.machine = machine
	out.labelled = func(text show.Trusted) show.Trusted { return s.label(machine.Running(), text) }
	if live {
		s.setMemory(defaultMemory)
	}
	return s, nil
}

// noShell says why there is no shell, and returns the exit status.
func noShell(err error) int {
	text := show.Trusted(show.Block(show.ErrorText(err)))
	var e *script.Error
	if errors.As(err, &e) {
		text = e.Report()
	}
	show.Fprintf(os.Stderr, "sosh: %s\n", text)
	return 1
}

// Words runs src, words or Lua, from -c, a pipe or a file, and returns the exit
// status: the first error ends it. Errors call it name, unless that is "". The sockets are
// recorded in rec, unless that is nil.
func Words(src, name string, args []string, rec *recorder.Recording) int {
	defer rec.Close()
	s, err := newShell(newOutput(os.Stdin, os.Stdout, os.Stderr), false, rec)
	if err != nil {
		return noShell(err)
	}
	ended, status, stop := signals.Context(func() {
		s.table.Close()
		rec.Close()
	})
	defer stop()
	ctx, cancel := context.WithCancel(ended)
	defer cancel()
	context.AfterFunc(s.left, cancel)
	s.machine.SetScript(scriptName(name), args)
	err = s.exec(ctx, skipHashBang(src), name)
	s.machine.AwaitExit()
	switch {
	case s.out.unread():
		s.leave(StatusNoReader)
	case err != nil && s.left.Err() == nil:
		s.fail(err)
		s.leave(StatusFailure)
	}
	if unvisited := s.machine.UnvisitedHint(true); unvisited != "" && s.left.Err() == nil && ended.Err() == nil {
		s.out.notify(show.Sprintf("hint: %s", unvisited))
	}
	s.end()
	if ended.Err() != nil {
		return status()
	}
	return s.status
}

// leave ends the shell with a status, and everything that runs in it. Only the first
// call counts: the prompt and several jobs may call it at once.
func (s *Shell) leave(status int) {
	s.leaving.Do(func() {
		s.status = status
		s.setLeft()
	})
}

// skipHashBang removes a byte order mark, and the text of a first line that begins
// with #! but not its end, so that line numbers stay.
func skipHashBang(src string) string {
	src = strings.TrimPrefix(src, "\uFEFF")
	if strings.HasPrefix(src, "#!") {
		if i := strings.IndexByte(src, '\n'); i >= 0 {
			return src[i:]
		}
		return ""
	}
	return src
}

// end stops the jobs, closes every handle, and returns how many handles were open.
func (s *Shell) end() int {
	s.jobs.killAll()
	n := s.machine.Close()
	s.log.close()
	s.decoding.close()
	s.memory.Load().Close()
	return n
}

// Prompt runs the shell on the terminal until exit or Ctrl-D, and returns the
// exit status. The sockets are recorded in rec, unless that is nil.
func Prompt(version string, rec *recorder.Recording) int {
	defer rec.Close()
	out := newOutput(os.Stdin, os.Stdout, os.Stderr)
	s, err := newShell(out, true, rec)
	if err != nil {
		return noShell(err)
	}
	con, err := console.New(console.Config{
		History: historyPath(), Comment: "-- ", Complete: s.complete, In: os.Stdin, Out: out.terminal(),
		More: string(s.morePrompt()), Unfinished: s.unfinished,
		Paint: s.paintLine, Suggest: s.suggest, Colours: out.colours.on.Load, Status: s.statusRow,
		Hold: s.toggleHold,
		Keep: func(line string) bool { return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ") },
		Warn: func(err error) { s.out.notify(s.out.paint(colourWarn, show.Sprintf("warning: %s", err))) },
	})
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		return StatusFailure
	}
	// A Ctrl-C between a command and the prompt ends neither.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	s.con, out.con = con, con
	out.background = func(text show.Trusted) bool {
		s.put(arrivals.Line{Text: text})
		return true
	}
	out.own.begin()
	s.directory, _ = os.Getwd()
	if path := historyPath(); path != "" {
		s.places.load(path + ".places")
	}
	ended, status, stop := signals.PromptContext(func() {
		con.Restore()
		s.table.Close()
		rec.Close()
	})
	defer stop()
	context.AfterFunc(ended, func() {
		s.leave(status())
		con.Close() // ends the prompt without a key, and leaves the terminal as it was
	})
	s.table.Subscribe(s.showEvent)
	con.OnDrain(s.drained)
	s.out.notify(show.Sprintf("sosh %s. Type help for a list of commands, tour for a tour; Ctrl-D leaves.", version))
	s.initFiles()
	out.own.end()
	s.loop()
	out.own.begin()
	// Everything is being closed now, so events are not shown.
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

// someOf lists names, and only the first of many.
func someOf(names []string) string {
	const most = 10
	if n := len(names) - most; n > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}

// loop reads entries and runs them. An entry that still ends within a statement of Lua is
// joined with the next ones.
func (s *Shell) loop() {
	var pending *incomplete
	var asked bool // the last Ctrl-D was answered with a question
	for s.left.Err() == nil {
		prompt := string(s.prompt())
		if pending != nil {
			prompt = string(s.morePrompt())
		}
		line, err := s.con.Readline(prompt)
		again := asked
		asked = false
		switch {
		case errors.Is(err, console.ErrInterrupt):
			pending = nil
			continue
		case errors.Is(err, io.EOF) && pending != nil && !s.con.Over():
			pending = nil
			continue
		case errors.Is(err, io.EOF):
			if again || s.con.Over() || !s.askToLeave() {
				return
			}
			asked = true
			continue
		case err != nil:
			s.fail(err)
			return
		}
		if again {
			switch strings.ToLower(strings.TrimSpace(line)) {
			case "y", "yes":
				return
			case "n", "no":
				continue
			}
		}
		if pending != nil {
			if !pending.add(line) {
				continue
			}
			line = pending.rest
		}
		s.hold.EndRest()
		s.out.own.begin()
		s.remember(line)
		// While a command runs, Ctrl-C is a signal again, and ends the command.
		ctx, stop := signal.NotifyContext(s.left, os.Interrupt)
		err = s.exec(ctx, line, "")
		pending = nil
		switch {
		case errors.As(err, &pending):
		case err != nil && s.left.Err() == nil:
			s.fail(err)
		}
		stop()
		if rows, last := s.out.own.end(); !last.IsZero() {
			s.hold.Rest(last.Add(stays), s.out.height()-rows-1)
		}
	}
}

// promptText is the prompt without its colour.
const promptText = "sosh> "

func (s *Shell) prompt() show.Trusted { return s.out.paint(colourPrompt, "sosh>") + " " }

// morePrompt is the prompt of the second and later lines of an entry.
func (s *Shell) morePrompt() show.Trusted { return s.out.paint(colourPrompt, "  ..") + " " }

// fail shows an error: what went wrong, then a hint on a line of its own.
func (s *Shell) fail(err error) {
	s.machine.AwaitExit()
	if s.out.unread() {
		return // the shell ends
	}
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
		where = "error: " // the message may look like a line of ours
	}
	s.out.notify(s.out.paint(colourError, where+text))
	s.hint(err)
}

func (s *Shell) hint(err error) {
	hint := s.machine.Hint(err)
	var u *unknownCommand
	var noText *noTextError
	var noWords *luaOnlyError
	var function *functionError
	var noMemory errNoMemory
	var exists errFileExists
	switch {
	case errors.As(err, &exists):
		hint = "save does not overwrite a file; give another name"
	case errors.As(err, &noMemory):
		hint = "set memory 16M keeps them from now on, and record FILE writes them as they happen"
	case errors.As(err, &u):
		hint = u.hint
	case errors.As(err, &noText):
		hint = noText.hint()
	case errors.As(err, &function):
		hint = function.function.Usage()
	case errors.As(err, &noWords):
		hint = "such as " + noWords.verb.Example[len(noWords.verb.Example)-1]
	}
	if hint != "" {
		s.out.notify(show.Sprintf("hint: %s", hint))
	}
}

// errorText is the escaped text of an error: names in it and the messages that Lua
// raises are untrusted.
func errorText(err error) show.Trusted {
	var e *script.Error
	if errors.As(err, &e) && e == err {
		return e.Text(strings.Count(e.Traceback, "\n") > 4)
	}
	return show.Lines(show.ErrorText(err))
}

// WordsFile is [Words] for a file.
func WordsFile(path string, args []string, rec *recorder.Recording) int {
	src, err := readSource(path)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
		if errors.Is(err, os.ErrNotExist) {
			return StatusUsage
		}
		return StatusFailure
	}
	return Words(src, path, args, rec)
}

// scriptName is the script's name for the machine: "=NAME" where there is no
// file.
func scriptName(name string) string {
	if name == "" || name == "stdin" {
		return "=" + chunkName(name)
	}
	return name
}

// OnTerminal reports whether stdin and stdout are terminals.
func OnTerminal() bool { return isTerminal(os.Stdin) && isTerminal(os.Stdout) }

// CanPrompt reports whether a prompt is possible: stdin is a terminal, and stdout or stderr is one.
func CanPrompt() bool {
	return isTerminal(os.Stdin) && (isTerminal(os.Stdout) || isTerminal(os.Stderr))
}

// Columns returns the width of the terminal on stdout, or 80 if it is not known.
func Columns() int {
	columns, _ := console.Size(os.Stdout)
	return columns
}
