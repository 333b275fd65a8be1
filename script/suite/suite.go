// Package suite finds, selects and runs tests, in parallel, and reports the results. It
// has the verbs of tests: the checks, and the diffs and transcripts of their failures.
//
// The package imports script, whose machine runs the Lua, sockets and gopher-lua; it
// knows no terminal. The machine knows no tests: a test owns a [script.Scope], and is
// the [script.Observer] of what fails in it.
//
// Goroutines: [Run] starts one for each file or test that runs in parallel, and one that
// watches the memory. A testFile starts one for each Lua function that it calls, so that
// it can stop waiting at the time limit. All end before Run returns, except a function
// that does not end; its test fails and says so.
package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sosh/internal/recording/recorder"
	"sosh/script"
)

// The exit statuses of a run.
const (
	statusFailure = 1
	statusUsage   = 2
)

// Options select the tests of a run and say how they run.
type Options struct {
	Paths    []string // files, and directories in which *_test.lua are found
	Run      *regexp.Regexp
	Tags     []string // run only tests with one of these tags; !tag excludes a tag
	Parallel int      // how many files and parallel tests run at once
	Count    int      // how often each test runs
	Shuffle  bool
	Seed     int64 // of shuffle, and of random
	FailFast bool
	Timeout  time.Duration // of a test without its own
	Memory   int64         // bytes that one test may hold
	Keep     string        // directory for long strings that differ, or ""

	// RecordDir is a directory for a recording of each test that fails, in two forms, or "".
	// With RecordAll it is of each test.
	RecordDir string
	RecordAll bool
	Recording *recorder.Recording // of the whole run, or nil
	names     *names              // of the recordings of tests
}

// A Summary counts the results of a run.
type Summary struct {
	Passed, Failed, Skipped, Todo, Broken int
	NotRun                                int // selected but never started
	Duration                              time.Duration
	Seed                                  int64
	Shuffled                              bool
	Cancelled                             bool
}

// Status is the exit status of the run.
func (s *Summary) Status() int {
	switch {
	case s.Broken > 0:
		return statusUsage
	case s.Failed > 0 || s.Cancelled:
		return statusFailure
	}
	return 0
}

func (o *Options) limits() limits {
	return limits{Time: o.Timeout, Memory: o.Memory, Keep: o.Keep, record: recordOptions{o.RecordDir, o.RecordAll, o.Recording, o.names}}
}

// A runner runs the tests of one Run.
type runner struct {
	Options
	report Report
	slots  chan struct{}
	failed atomic.Bool // start no more tests

	mu      sync.Mutex // guards report and what follows
	summary Summary
	running map[*testFile]bool
	ran     int // tests that have started
}

// A job is a file with its selected tests.
type job struct {
	program  *script.Program
	file     *testFile // the machine that loaded it
	serial   []int
	isolated []int // each in its own machine
}

// Run runs the tests and calls report with the results. It returns an error if a path
// can't be read or no test is selected. Cancelling ctx stops the run.
func Run(ctx context.Context, o Options, report Report) (Summary, error) {
	o.names = new(names)
	r := &runner{Options: o, report: report, slots: make(chan struct{}, max(o.Parallel, 1)), running: make(map[*testFile]bool)}
	began := time.Now()
	files, err := Find(o.Paths)
	if err != nil {
		return r.summary, err
	}
	if len(files) == 0 {
		return r.summary, fmt.Errorf("no *_test.lua in %s", strings.Join(o.Paths, ", "))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := r.load(ctx, files)
	total := 0
	for _, j := range jobs {
		total += len(j.serial) + len(j.isolated)
	}
	if total == 0 && r.summary.Broken == 0 {
		for _, j := range jobs {
			j.file.Close()
		}
		return r.summary, errNoTest
	}
	report.Begin(total)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		r.watchMemory(ctx)
	}()
	r.start(ctx, jobs)
	cancelled := ctx.Err() != nil
	cancel()
	<-watched
	r.summary.Duration = time.Since(began)
	r.summary.NotRun = total - r.ran
	r.summary.Seed, r.summary.Shuffled, r.summary.Cancelled = o.Seed, o.Shuffle, cancelled
	report.End(r.summary)
	return r.summary, nil
}

// load loads the files and selects the tests.
func (r *runner) load(ctx context.Context, files []string) []*job {
	var jobs []*job
	for _, path := range files {
		p, err := script.LoadProgram(path)
		if err != nil {
			r.broken(path, err)
			continue
		}
		f, err := openFile(ctx, p, r.limits(), r.Seed)
		if err != nil {
			r.broken(path, err)
			continue
		}
		r.printed(path, f)
		j := &job{program: p, file: f}
		for range max(r.Count, 1) {
			for i, t := range f.Tests {
				switch {
				case !r.selected(t):
				case t.Parallel:
					j.isolated = append(j.isolated, i)
				default:
					j.serial = append(j.serial, i)
				}
			}
		}
		jobs = append(jobs, j)
	}
	if r.Shuffle {
		lot := rand.New(rand.NewPCG(uint64(r.Seed), 0))
		mix := func(n int, swap func(i, j int)) { lot.Shuffle(n, swap) }
		mix(len(jobs), func(a, b int) { jobs[a], jobs[b] = jobs[b], jobs[a] })
		for _, j := range jobs {
			mix(len(j.serial), func(a, b int) { j.serial[a], j.serial[b] = j.serial[b], j.serial[a] })
			mix(len(j.isolated), func(a, b int) { j.isolated[a], j.isolated[b] = j.isolated[b], j.isolated[a] })
		}
	}
	return jobs
}

// start runs the jobs, as many in parallel as there are slots, and waits for them. They
// start in order, so that a run with one slot can be repeated.
func (r *runner) start(ctx context.Context, jobs []*job) {
	var all sync.WaitGroup
	for _, j := range jobs {
		if len(j.serial) == 0 || !r.slot(ctx) {
			r.close(j.program.Path, j.file)
		} else {
			all.Go(func() {
				defer func() { <-r.slots }()
				defer func() { r.close(j.program.Path, j.file) }()
				r.serial(ctx, j)
			})
		}
		for _, i := range j.isolated {
			if !r.slot(ctx) {
				break
			}
			all.Go(func() {
				defer func() { <-r.slots }()
				r.isolated(ctx, j.program, i)
			})
		}
	}
	all.Wait()
}

// slot waits for a free slot, and reports whether the run continues.
func (r *runner) slot(ctx context.Context) bool {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	if ctx.Err() != nil || r.failed.Load() {
		<-r.slots
		return false
	}
	return true
}

// serial runs the tests of a file that share its machine. If a test does not end, the
// rest run in a new machine.
func (r *runner) serial(ctx context.Context, j *job) {
	if !r.around(ctx, j.program.Path, j.file, "before_all") {
		return
	}
	for n, i := range j.serial {
		if ctx.Err() != nil || r.failed.Load() {
			break
		}
		r.test(ctx, j.program.Path, j.file, i)
		if j.file.Stuck() && n < len(j.serial)-1 {
			f, err := openFile(ctx, j.program, r.limits(), r.Seed)
			if err != nil {
				r.broken(j.program.Path, err)
				return
			}
			j.file = f
			if !r.around(ctx, j.program.Path, f, "before_all") {
				return
			}
		}
	}
	r.around(ctx, j.program.Path, j.file, "after_all")
}

// isolated runs a test in its own machine.
func (r *runner) isolated(ctx context.Context, p *script.Program, i int) {
	f, err := openFile(ctx, p, r.limits(), r.Seed)
	if err != nil {
		r.broken(p.Path, err)
		return
	}
	f.Printed() // reported when the file was loaded first
	defer r.close(p.Path, f)
	if !r.around(ctx, p.Path, f, "before_all") {
		return
	}
	r.test(ctx, p.Path, f, i)
	r.around(ctx, p.Path, f, "after_all")
}

func (r *runner) test(ctx context.Context, path string, f *testFile, i int) {
	r.mu.Lock()
	r.running[f] = true
	r.ran++
	r.report.Start(path, f.Tests[i].Name)
	r.mu.Unlock()
	result := f.Run(ctx, i, r.Timeout)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, f)
	r.add(path, result)
}

// add counts and reports a result. The caller holds mu.
func (r *runner) add(path string, result Result) {
	switch {
	case result.Failed():
		r.summary.Failed++
		if r.FailFast {
			r.failed.Store(true)
		}
	case result.Skipped:
		r.summary.Skipped++
	case result.Todo:
		r.summary.Todo++
	default:
		r.summary.Passed++
	}
	r.report.Test(path, result)
}

// around runs the hooks of before_all or after_all, and reports whether they succeeded;
// an error is reported as a failure.
func (r *runner) around(ctx context.Context, path string, f *testFile, which string) bool {
	if f.Stuck() {
		return false
	}
	err := f.All(ctx, which, r.Timeout)
	r.printed(path, f)
	if err != nil {
		r.fail(path, which, err)
		return false
	}
	return true
}

func (r *runner) printed(path string, f *testFile) {
	if text := f.Printed(); text != "" {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.report.Printed(path, text)
	}
}

func (r *runner) close(path string, f *testFile) {
	errs := f.Close()
	r.printed(path, f)
	for _, err := range errs {
		r.fail(path, "end of the file", err)
	}
}

func (r *runner) fail(path, name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(path, Result{Name: name, Tries: 1, Failures: []Failure{failureOf(err)}})
}

func (r *runner) broken(path string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.summary.Broken++
	r.report.Broken(path, err)
}
