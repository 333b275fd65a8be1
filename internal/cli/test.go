package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sosh/internal/owner"
	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/repl"
	"sosh/script"
	"sosh/script/suite"

	"github.com/spf13/cobra"
)

var testFormats = []string{"pretty", "tap", "junit", "json"}

// testCommand is sosh test.
func testCommand(status *int) *cobra.Command {
	o := suite.Options{Count: 1}
	var pattern, shuffle, timeout, memory, format, output string
	var seed int64
	var list, verbose, watch bool
	c := &cobra.Command{
		Use: "test [FLAG...] [PATH...]",

		DisableFlagsInUseLine: true,
		Short:                 "run the tests of every *_test.lua, or of files",
		Long: `Run the tests in the given files, and in every *_test.lua in and below the given
directories; without arguments, in and below the current directory. A file
defines tests with test("name", function(t) ... end). sosh help tests explains t,
and sosh -c "help test" the options of test. The exit status is 1 if a test
fails, and 2 if a file does not load or no test is selected.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Paths = args; len(args) == 0 {
				o.Paths = []string{"."}
			}
			if pattern != "" {
				if o.Run, err = regexp.Compile(pattern); err != nil {
					return fmt.Errorf("--run: %w", err)
				}
			}
			s, ok := script.ParseSeconds(timeout)
			if !ok || s <= 0 {
				return fmt.Errorf("--timeout %q (expected seconds, such as 0.5 or 500ms)", timeout)
			}
			o.Timeout = time.Duration(s * float64(time.Second))
			size, ok := script.ParseSize(memory)
			if !ok || size < 0 {
				return fmt.Errorf("--memory %q (expected a number of bytes, such as 64MiB or 1G)", memory)
			}
			o.Memory = int64(size)
			if o.Seed = seed; !cmd.Flags().Changed("seed") {
				o.Seed = int64(rand.Uint32())
			}
			if o.Shuffle = cmd.Flags().Changed("shuffle"); o.Shuffle && shuffle != "on" {
				if o.Seed, err = strconv.ParseInt(shuffle, 10, 64); err != nil {
					return fmt.Errorf("--shuffle=%s (expected a number)", shuffle)
				}
			}
			if !slices.Contains(testFormats, format) {
				return fmt.Errorf("--format %s (expected %s)", format, strings.Join(testFormats, ", "))
			}
			if o.Parallel < 1 || o.Count < 1 {
				return errors.New("--parallel and --count are 1 or more")
			}
			ctx, code, stop := signals.Context(func() {})
			defer stop()
			if list {
				*status, err = suite.List(ctx, o, os.Stdout)
				return err
			}
			run := func() error {
				*status, err = runTests(ctx, o, format, output, verbose)
				var missing *fs.PathError
				if shuffle == "on" && errors.As(err, &missing) && strings.Trim(missing.Path, "0123456789") == "" {
					err = fmt.Errorf("%w\nhint: the seed of --shuffle follows a =, as in --shuffle=42", err)
				}
				if ctx.Err() != nil {
					*status = code()
				}
				return err
			}
			if !watch {
				return run()
			}
			err = suite.Watch(ctx, o.Paths, output, func(changed []string) {
				if n := len(changed); n > 0 {
					more := ""
					if n > 1 {
						more = fmt.Sprintf(" and %d more", n-1)
					}
					show.Fprintf(os.Stderr, "%s%s changed\n", changed[0], more)
				}
				if err := run(); err != nil {
					show.Fprintf(os.Stderr, "sosh test: %s\n", show.Trusted(show.Block(err.Error())))
				}
				fmt.Fprintln(os.Stderr, "waiting for a file to change; Ctrl-C ends")
			})
			if ctx.Err() != nil {
				*status = code()
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&pattern, "run", "", "run the tests whose names match a `REGEX`")
	f.StringSliceVar(&o.Tags, "tags", nil, "run the tests with any of the `TAGS`; !TAG excludes tests")
	f.IntVar(&o.Parallel, "parallel", runtime.GOMAXPROCS(0), "run `N` files and parallel tests at once")
	f.IntVar(&o.Count, "count", 1, "run each test `N` times")
	f.StringVar(&shuffle, "shuffle", "", "run the tests in random order; the `SEED` is printed")
	f.Lookup("shuffle").NoOptDefVal = "on"
	f.Int64Var(&seed, "seed", 0, "seed of the random numbers, `N`; default: a new one for each run")
	f.BoolVar(&o.FailFast, "failfast", false, "stop after the first failed test")
	f.StringVar(&timeout, "timeout", "10", "time limit of a test, in `SECONDS`")
	f.StringVar(&o.Keep, "keep", "", "write long strings that differ to files in `DIR`; the report truncates them")
	f.StringVar(&memory, "memory", "1G", "memory limit of a test, in `BYTES`, such as 64MiB; 0 for none")
	f.BoolVar(&list, "list", false, "list the tests that would run")
	f.BoolVarP(&verbose, "verbose", "v", false, "show every test, with what it logs and prints")
	f.BoolVar(&watch, "watch", false, "run again whenever a file changes")
	f.StringVar(&format, "format", "pretty", "report as `pretty|tap|junit|json`")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(testFormats, cobra.ShellCompDirectiveNoFileComp))
	f.StringVarP(&output, "output", "o", "", "write the report to a `FILE`; if its format is not pretty, the pretty report is still shown")
	return c
}

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
