package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

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
		Long: `Run the tests of files: those named, and every *_test.lua in the directories
named and below, or in this one. A file makes tests by test("name", function(t)
... end); sosh help tests tells of t. The status is 1 if a test fails, and 2 if a
file does not load or nothing is selected.`,
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
			if !ok {
				return fmt.Errorf("--memory %q (expected bytes, such as 512M or 1G)", memory)
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
			ctx, code, stop := script.Signals(func() {})
			defer stop()
			if list {
				*status, err = suite.List(ctx, o, os.Stdout)
				return err
			}
			run := func() error {
				sum, err := runTests(ctx, o, format, output, verbose)
				if *status = sum.Status(); ctx.Err() != nil {
					*status = code()
				}
				return err
			}
			if !watch {
				return run()
			}
			err = suite.Watch(ctx, o.Paths, output, func() {
				if err := run(); err != nil {
					fmt.Fprintln(os.Stderr, "sosh test:", err)
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
	f.StringSliceVar(&o.Tags, "tags", nil, "run the tests with any of the `TAGS`; !TAG: those without it")
	f.IntVar(&o.Parallel, "parallel", runtime.GOMAXPROCS(0), "run `N` files and parallel tests at once")
	f.IntVar(&o.Count, "count", 1, "run each test `N` times")
	f.StringVar(&shuffle, "shuffle", "", "run in an order made of a `SEED`, which is told")
	f.Lookup("shuffle").NoOptDefVal = "on"
	f.Int64Var(&seed, "seed", 0, "what the seeds of random are made of: `N`, anew each time unless told")
	f.BoolVar(&o.FailFast, "failfast", false, "start no more tests once one has failed")
	f.StringVar(&timeout, "timeout", "10", "how long a test may take, in `SECONDS`")
	f.StringVar(&memory, "memory", "1G", "how much a test may hold, in `BYTES`")
	f.BoolVar(&list, "list", false, "list the tests that would run")
	f.BoolVarP(&verbose, "verbose", "v", false, "show every test, and what it logs and prints")
	f.BoolVar(&watch, "watch", false, "run again whenever a file changes")
	f.StringVar(&format, "format", "pretty", "report as `pretty|tap|junit|json`")
	f.StringVarP(&output, "output", "o", "", "write the report to a `FILE`; unless it is pretty, that is still shown")
	return c
}

// runTests runs tests once, and reports in a format, to the standard output or a
// file.
func runTests(ctx context.Context, o suite.Options, format, output string, verbose bool) (suite.Summary, error) {
	terminal := repl.OnTerminal()
	shown := &suite.Pretty{W: os.Stdout, Verbose: verbose, Live: terminal, Paint: repl.Paint(terminal)}
	if output == "" && format == "pretty" {
		return suite.Run(ctx, o, shown)
	}
	var w io.Writer = os.Stdout
	if output != "" {
		f, err := os.Create(output)
		if err != nil {
			return suite.Summary{}, err
		}
		defer f.Close()
		w = f
	}
	var report suite.Report
	switch format {
	case "pretty":
		report = &suite.Pretty{W: w, Verbose: verbose}
	case "tap":
		report = &suite.TAP{W: w}
	case "junit":
		report = &suite.JUnit{W: w}
	case "json":
		report = &suite.JSON{W: w}
	}
	if output != "" && format != "pretty" {
		report = suite.Both{report, shown}
	}
	return suite.Run(ctx, o, report)
}
