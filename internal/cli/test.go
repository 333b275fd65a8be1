package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"sosh/internal/recording/forms"
	"sosh/internal/show"
	"sosh/internal/signals"
	"sosh/script"
	"sosh/script/suite"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var testFormats = []string{"pretty", "tap", "junit", "json", "html"}

// A testRun is one use of sosh test: its flags as they were typed, and what they
// mean.
type testRun struct {
	options suite.Options

	pattern, shuffle, timeout, memory string
	format, output, record            string
	seed                              int64
	list, verbose, watch              bool
}

// testCommand is sosh test.
func testCommand(status *int) *cobra.Command {
	r := new(testRun)
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
			err := r.parse(cmd.Flags(), args)
			if err == nil {
				*status, err = r.start()
			}
			return err
		},
	}
	o, f := &r.options, c.Flags()
	f.StringVar(&r.pattern, "run", "", "run the tests whose names match a `REGEX`")
	f.StringSliceVar(&o.Tags, "tags", nil, "run the tests with any of the `TAGS`; !TAG excludes tests")
	f.IntVar(&o.Parallel, "parallel", runtime.GOMAXPROCS(0), "run `N` files and parallel tests at once")
	f.IntVar(&o.Count, "count", 1, "run each test `N` times")
	f.StringVar(&r.shuffle, "shuffle", "", "run the tests in random order; the `SEED` is printed")
	f.Lookup("shuffle").NoOptDefVal = "on"
	f.Int64Var(&r.seed, "seed", 0, "seed of the random numbers, `N`; default: a new one for each run")
	f.BoolVar(&o.FailFast, "failfast", false, "stop after the first failed test")
	f.StringVar(&r.timeout, "timeout", "10", "time limit of a test, in `SECONDS`")
	f.StringVar(&o.Keep, "keep", "", "write long strings that differ to files in `DIR`; the report truncates them")
	f.StringVar(&r.record, "record", "", "record each test that fails, in `DIR`, as a timeline (.html) and as events (.jsonl); - writes a capture of the run to stdout")
	f.BoolVar(&o.RecordAll, "record-all", false, "with --record, record the tests that pass, too")
	f.StringVar(&r.memory, "memory", "1G", "memory limit of a test, in `BYTES`, such as 64MiB; 0 for none")
	f.BoolVar(&r.list, "list", false, "list the tests that would run")
	f.BoolVarP(&r.verbose, "verbose", "v", false, "show every test, with what it logs and prints")
	f.BoolVar(&r.watch, "watch", false, "run again whenever a file changes")
	f.StringVar(&r.format, "format", "pretty", "report as `pretty|tap|junit|json|html`; html is a timeline of the whole run, for -o FILE.html")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(testFormats, cobra.ShellCompDirectiveNoFileComp))
	f.StringVarP(&r.output, "output", "o", "", "write the report to a `FILE`; if its format is not pretty, the pretty report is still shown")
	return c
}

// parse checks the flags and sets the options that they mean.
func (r *testRun) parse(flags *pflag.FlagSet, paths []string) (err error) {
	o := &r.options
	if o.Paths = paths; len(paths) == 0 {
		o.Paths = []string{"."}
	}
	if r.pattern != "" {
		if o.Run, err = regexp.Compile(r.pattern); err != nil {
			return fmt.Errorf("--run: %w", err)
		}
	}
	s, ok := script.ParseSeconds(r.timeout)
	if !ok || s <= 0 {
		return fmt.Errorf("--timeout %q (expected seconds, such as 0.5 or 500ms)", r.timeout)
	}
	o.Timeout = time.Duration(s * float64(time.Second))
	size, ok := script.ParseSize(r.memory)
	if !ok || size < 0 {
		return fmt.Errorf("--memory %q (expected a number of bytes, such as 64MiB or 1G)", r.memory)
	}
	o.Memory = int64(size)
	if o.Seed = r.seed; !flags.Changed("seed") {
		o.Seed = int64(rand.Uint32())
	}
	if o.Shuffle = flags.Changed("shuffle"); o.Shuffle && r.shuffle != "on" {
		if o.Seed, err = strconv.ParseInt(r.shuffle, 10, 64); err != nil {
			return fmt.Errorf("--shuffle=%s (expected a number)", r.shuffle)
		}
	}
	if !slices.Contains(testFormats, r.format) {
		return fmt.Errorf("--format %s (expected %s)", r.format, strings.Join(testFormats, ", "))
	}
	switch {
	case o.RecordAll && (r.record == "" || r.record == forms.Stdout):
		return errors.New("--record-all needs --record DIR")
	case r.format == "html" && !strings.HasSuffix(r.output, ".html"):
		return errors.New("--format html needs -o FILE.html")
	case r.format == "html" && r.record == forms.Stdout:
		return errors.New("cannot use --record - with --format html")
	case r.record == forms.Stdout && r.format != "pretty" && r.output == "":
		return fmt.Errorf("--record - and --format %s both write to stdout (add -o FILE)", r.format)
	case r.record == forms.Stdout && r.watch:
		return errors.New("cannot use --record - with --watch")
	case r.record != forms.Stdout:
		o.RecordDir = r.record
	}
	if o.Parallel < 1 || o.Count < 1 {
		return errors.New("--parallel and --count are 1 or more")
	}
	return nil
}

// start lists the tests, runs them, or runs them after each change until a signal,
// and returns the exit status.
func (r *testRun) start() (status int, err error) {
	ctx, code, stop := signals.Context(func() {})
	defer stop()
	if r.list {
		return suite.List(ctx, r.options, os.Stdout)
	}
	if r.record == forms.Stdout {
		if r.options.Recording, status, err = startRecording(r.record); r.options.Recording == nil {
			return status, err
		}
		defer r.options.Recording.Close()
	}
	if !r.watch {
		status, err = r.run(ctx)
	} else {
		err = suite.Watch(ctx, r.options.Paths, r.output, func(changed []string) {
			status = r.again(ctx, changed)
		})
	}
	if ctx.Err() != nil {
		status = code()
	}
	return status, err
}

// again runs the tests after files have changed; the first time there are none.
func (r *testRun) again(ctx context.Context, changed []string) int {
	if n := len(changed); n > 0 {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" and %d more", n-1)
		}
		show.Fprintf(os.Stderr, "%s%s changed\n", changed[0], more)
	}
	status, err := r.run(ctx)
	if err != nil {
		show.Fprintf(os.Stderr, "sosh test: %s\n", show.Trusted(show.Block(show.ErrorText(err))))
	}
	fmt.Fprintln(os.Stderr, "waiting for a file to change; Ctrl-C ends")
	return status
}

// run runs the tests once.
func (r *testRun) run(ctx context.Context) (status int, err error) {
	status, err = runTests(ctx, r.options, r.format, r.output, r.verbose)
	var missing *fs.PathError
	if r.shuffle == "on" && errors.As(err, &missing) && strings.Trim(missing.Path, "0123456789") == "" {
		err = fmt.Errorf("%w\nhint: the seed of --shuffle follows a =, as in --shuffle=42", err)
	}
	return status, err
}
