package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"sosh/internal/owner"
	"sosh/internal/show"
	"sosh/repl"
	"sosh/script/suite"
)

// runTests runs the tests once, reports in a format to stdout or a file, and returns
// the exit status. It is a failure if the report can't be written completely.
func runTests(ctx context.Context, o suite.Options, format, output string, verbose bool) (status int, err error) {
	terminal := repl.OnTerminal()
	stdout, written := &reportWriter{w: os.Stdout}, &reportWriter{}
	finish := func() error { return nil }
	shown := &suite.Pretty{W: stdout, Verbose: verbose, Paint: repl.Paint(terminal)}
	if terminal {
		shown.Columns = repl.Columns
	}
	var report suite.Report = shown
	if format == "html" {
		rec, err := createRecording(output)
		if err != nil {
			return repl.StatusUsage, err
		}
		defer rec.Close()
		o.Recording, output, format = rec, "", "pretty"
	}
	if output != "" || format != "pretty" {
		written.w = stdout
		if terminal {
			written.w = folding{stdout}
		}
	}
	if output != "" {
		f, err := os.Create(output)
		if err != nil {
			return repl.StatusUsage, err
		}
		written.w, finish = f, f.Close
		if stranger := owner.Stranger(f, output); stranger != "" {
			show.Fprintf(os.Stderr, "sosh test: warning: %s %s\n", show.Quote([]byte(output)), stranger)
		}
	}
	if written.w != nil {
		switch format {
		case "pretty":
			report = &suite.Pretty{W: written, Verbose: verbose}
		case "tap":
			report = &suite.TAP{W: written}
		case "junit":
			report = &suite.JUnit{W: written}
		case "json":
			report = &suite.JSON{W: written}
		}
	}
	if output != "" && format != "pretty" {
		report = suite.Both{report, shown}
	}
	sum, err := suite.Run(ctx, o, report)
	status = sum.Status()
	if lost := cmp.Or(written.err, stdout.err, finish()); lost != nil {
		if !errors.Is(lost, syscall.EPIPE) { // EPIPE: the reader is gone, so there is nobody to report to
			show.Fprintf(os.Stderr, "sosh test: the report: %s\n", show.Trusted(show.Block(lost.Error())))
		}
		status = max(status, repl.StatusFailure)
	}
	return status, err
}

// folding writes a report to a terminal. Each write is one line, escaped already.
type folding struct{ w io.Writer }

func (f folding) Write(p []byte) (int, error) {
	_, err := io.WriteString(f.w, string(show.Fold(show.Trusted(p), repl.Columns())))
	return len(p), err
}

// A reportWriter keeps its first error, and drops all writes after it.
type reportWriter struct {
	w   io.Writer
	err error
}

func (r *reportWriter) Write(p []byte) (int, error) {
	if r.err == nil {
		_, r.err = r.w.Write(p)
	}
	return len(p), nil
}
