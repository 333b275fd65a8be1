package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sosh/internal/recording/recorder"
	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// The exit statuses of a script; os.exit can set another.
const (
	statusFailure = 1
	statusUsage   = 2
)

// RunFile runs the Lua program in a file, or on stdin if path is "-", as the main
// program, with every verb of [Verbs] and the given ones. It returns the exit status
// when the script has ended; os.exit ends the process instead. A signal makes the
// running verb fail with "cancelled", and ends the process shortly after, whatever
// the script does (see signals.Context). The sockets are recorded in rec, unless that is nil.
func RunFile(path string, args []string, rec *recorder.Recording, verbs ...*Verb) int {
	defer rec.Close()
	src, name, err := readScript(path)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", show.Lines(show.ErrorText(err)))
		if errors.Is(err, os.ErrNotExist) {
			return statusUsage
		}
		return statusFailure
	}
	table := sockets.NewTable()
	m, err := New(Config{Table: table, Stdout: os.Stdout, Stderr: os.Stderr, Path: ModulePath(), Recording: rec}, verbs...)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh: %s\n", toReport(err))
		return statusFailure
	}
	ctx, status, stop := signals.Context(func() {
		table.Close()
		rec.Close()
	})
	defer stop()
	context.AfterFunc(ctx, m.cancel)
	err = m.Run(ctx, src, name, args)
	if ctx.Err() != nil {
		return status()
	}
	if err == nil {
		return 0
	}
	var e *Error
	switch {
	case err == ErrTask:
	case errors.As(err, &e) && e.Value == lua.LNil: // error(), of which lua prints nothing
	default:
		show.Fprintf(os.Stderr, "sosh: %s\n", toReport(err))
	}
	return statusFailure
}

// ModulePath returns the directories of SOSH_PATH, where require looks.
func ModulePath() []string {
	var dirs []string
	for _, d := range filepath.SplitList(os.Getenv("SOSH_PATH")) {
		if d != "" {
			dirs = append(dirs, d)
		}
	}
	return dirs
}

func readScript(path string) (src, name string, err error) {
	if path == "-" {
		p, err := io.ReadAll(os.Stdin)
		return string(p), "=stdin", err
	}
	if fi, err := os.Stat(path); err == nil && fi.IsDir() {
		return "", "", fmt.Errorf("%s is a directory (expected a file)", show.Name(path))
	}
	p, err := os.ReadFile(path)
	return string(p), path, err
}
