package repl

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/script"
)

// defaultMemory is how many bytes of events a prompt keeps for save.
const defaultMemory = 16 << 20

// setMemory sets how many bytes of events are kept for save.
func (s *Shell) setMemory(limit int) {
	now := s.memory.Load()
	switch {
	case limit == 0:
		s.memory.Store(nil)
		now.Close()
	case now != nil:
		now.SetLimit(limit)
	default:
		now = recorder.NewMemory(limit)
		if s.memory.CompareAndSwap(nil, now) {
			now.Watch(s.table)
		}
	}
}

// errNoMemory is the error of save if the shell keeps no events.
type errNoMemory struct{}

func (errNoMemory) Error() string { return recorder.ErrNothing.Error() }

// errFileExists is the error of save for a file that exists.
type errFileExists struct{ error }

func (e errFileExists) Unwrap() error { return e.error }

// runSave writes what has happened so far, as a recording or as the commands.
func (s *Shell) runSave(c *script.Call) (err error) {
	defer func() {
		if errors.Is(err, fs.ErrExist) {
			err = errFileExists{err}
		}
	}()
	if forms.Check(c.String(0)) != nil {
		return s.saveCommands(c.String(0))
	}
	saved, err := s.memory.Load().Save(c.String(0), forms.Options{Plaintext: c.OptionBool("plaintext")})
	if errors.Is(err, recorder.ErrNothing) {
		return errNoMemory{}
	}
	if err != nil {
		return err
	}
	s.out.notify(show.Sprintf("%s written to %s", show.Count(saved.Events, "event"), show.Name(c.String(0))))
	if saved.Lost > 0 {
		s.out.notify(s.out.paint(colourWarn, show.Sprintf("warning: %s before these were no longer kept (set memory changes the limit)", show.Count(saved.Lost, "event"))))
	}
	return nil
}

// saveCommands writes the commands that succeeded to a new file.
func (s *Shell) saveCommands(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(append(s.done, ""), "\n"))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		s.out.notify(show.Sprintf("%s written to %s", show.Count(len(s.done), "command"), show.Name(path)))
	}
	return err
}
