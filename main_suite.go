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
	"strconv"
	"strings"
	"time"

	"sosh/repl"
	"sosh/script"
	"sosh/script/suite"

	"github.com/spf13/cobra"
)

// testCommand is sosh test.
func testCommand(status *int) *cobra.Command {
	o := suite.Options{Count: 1}
	var pattern, shuffle, timeout, memory, format, output string
	var seed int64
	var list, verbose, watch bool
	c := &cobra.Command{
		Use:   "test [FLAG...] [PATH...]",
		Short: "run the tests of every *_test.lua, or of files",
		Long: `Run the tests of files: those named, and every *_test.lua in the directories
named and below, or in this one. A file makes tests by test("name", function(t)
... end); sosh help test tells of t. The status is 1 if a test fails, and 2 if a
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
			if o.Parallel < 1 || o.Count < 1 {
				return errors.New("--parallel and --count are 1 or more")
			}
			if watch {
				return errors.New("--watch is not there yet")
			}
			var stop func()
			var code func() int
			var ctx context.Context
			ctx, code, stop = script.Signals(func() {})
			defer stop()
			if list {
				*status, err = suite.List(ctx, o, os.Stdout)
				return err
			}
			var w io.Writer = os.Stdout
			if output != "" {
				f, err := os.Create(output)
				if err != nil {
					return err
				}
				defer f.Close()
				w = f
			}
			report, err := testReport(format, w, verbose)
			if err != nil {
				return err
			}
			sum, err := suite.Run(ctx, o, report)
			if err != nil {
				return err
			}
			if *status = sum.Status(); ctx.Err() != nil {
				*status = code()
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&pattern, "run", "", "run the tests whose names match a `REGEX`")
	f.StringSliceVar(&o.Tags, "tags", nil, "run the tests with any of the `TAGS`; !TAG: those without it")
	f.IntVar(&o.Parallel, "parallel", runtime.GOMAXPROCS(0), "run `N` files and parallel tests at once")
	f.IntVar(&o.Count, "count", 1, "run each test `N` times")
	f.StringVar(&shuffle, "shuffle", "", "run in an order made of a `SEED`, which is told")
	f.Lookup("shuffle").NoOptDefVal = "on"
	f.Int64Var(&seed, "seed", 0, "what the seeds of random are made of")
	f.BoolVar(&o.FailFast, "failfast", false, "start no more tests once one has failed")
	f.StringVar(&timeout, "timeout", "10", "how long a test may take, in `SECONDS`")
	f.StringVar(&memory, "memory", "1G", "how much a test may hold, in `BYTES`")
	f.BoolVar(&list, "list", false, "list the tests that would run")
	f.BoolVarP(&verbose, "verbose", "v", false, "show every test, and what it logs and prints")
	f.StringVar(&format, "format", "pretty", "report as `pretty|tap|junit|json`")
	f.StringVarP(&output, "output", "o", "", "write the report to a `FILE`")
	return c
}

// testReport makes the report of a format.
func testReport(format string, w io.Writer, verbose bool) (suite.Report, error) {
	switch format {
	case "pretty":
		p := &suite.Pretty{W: w, Verbose: verbose}
		if w == io.Writer(os.Stdout) && repl.OnTerminal() {
			p.Live = true
		}
		return p, nil
	case "tap":
		return &suite.TAP{W: w}, nil
	case "junit":
		return &suite.JUnit{W: w}, nil
	case "json":
		return &suite.JSON{W: w}, nil
	}
	return nil, fmt.Errorf("no format %q (expected: %s)", format, strings.Join([]string{"pretty", "tap", "junit", "json"}, ", "))
}
