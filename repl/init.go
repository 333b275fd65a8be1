package repl

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// initFiles runs the user's init.lua and then init.sosh, if they exist. An error is
// shown and ends its file; the prompt starts anyway.
func (s *Shell) initFiles() {
	dir, err := os.UserConfigDir()
	if err != nil {
		return
	}
	ctx, stop := signal.NotifyContext(s.left, os.Interrupt)
	defer stop()
	run := func(name string, f func(ctx context.Context, src, path string) error) {
		path := filepath.Join(dir, "sosh", name)
		src, err := readSource(path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || s.left.Err() != nil {
			return
		}
		if err == nil {
			err = f(ctx, src, path)
		}
		if err != nil && s.left.Err() == nil {
			s.fail(err)
		}
	}
	run("init.lua", func(ctx context.Context, src, path string) error {
		_, err := s.machine.Eval(ctx, skipHashBang(src), path)
		return err
	})
	run("init.sosh", func(ctx context.Context, src, path string) error {
		return nested(ctx, func(ctx context.Context) error { return s.execFile(ctx, src, path) })
	})
}

// execFile runs the lines of a file, whose last statement must be complete.
func (s *Shell) execFile(ctx context.Context, src, path string) error {
	err := s.exec(ctx, skipHashBang(src), path)
	var inc *incomplete
	if errors.As(err, &inc) {
		return inc.err
	}
	return err
}
