package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A testInfo is what a file says of one of its tests.
type testInfo struct {
	Name     string
	Place    string // FILE:LINE
	Tags     []string
	Timeout  time.Duration // 0: the one of the run
	Retry    int           // how many tries more it has
	Parallel bool          // it has a machine of its own
}

// A testFile is a machine in which the file of tests was run, so that its tests
// can be. Its methods are called one at a time, but for [testFile.enforceMemory].
type testFile struct {
	m     *script.Machine
	Tests []testInfo

	funcs   []*lua.LFunction
	hooks   map[string][]*lua.LFunction // of before, after, before_all, after_all
	loaded  bool                        // its top level has run
	stuck   bool                        // something in it does not end
	printed string                      // outside of its tests, and not told yet
	out     *testOutput
	record  *recorder
	seed    int64
	path    string // of the file
	keep    string // limits.Keep

	mu      sync.Mutex // guards results, and what follows
	current *test
	serving map[*script.Task]*test // tasks of listeners that belong to no test, and the test that their client came in
}

// limits are those of a file's machine.
type limits struct {
	Time   time.Duration // that the file may take to run
	Memory int64         // bytes of a single string, see [testFile.enforceMemory] for the rest; 0: as everywhere
	Keep   string        // the directory for strings that are too long for a report; "": they are cut
}

// openFile makes a machine and runs the file in it. seed is what the seeds of its
// tests are made of. The error is an *Error where the file's own Lua failed.
func openFile(ctx context.Context, p *script.Program, limits limits, seed int64) (*testFile, error) {
	f := &testFile{hooks: make(map[string][]*lua.LFunction), out: new(testOutput), seed: seed, path: p.Path, keep: limits.Keep, serving: make(map[*script.Task]*test)}
	m, err := script.New(script.Config{
		Table: sockets.NewTable(), Stdout: f.out, Stderr: f.out, Path: script.ModulePath(),
		NoExit: "in a test file", Observer: f, MaxString: limits.Memory,
	}, verbsOf(f)...)
	if err != nil {
		return nil, err
	}
	f.m = m
	f.record = record(f.m.Table())
	f.m.SetScript(p.Path, nil)
	err = f.bounded(ctx, limits.Time, f.m.Main(p))
	if err == nil && len(f.Tests) == 0 {
		err = &script.Error{Message: p.Path + ": no tests", Hint: `test("name", function(t) ... end) defines one`}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	f.loaded = true
	return f, nil
}

// bounded runs a function of the file, which belongs to no test, for at most
// limit.
func (f *testFile) bounded(ctx context.Context, limit time.Duration, fn *lua.LFunction) error {
	ctx, cancel := sockets.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		f.m.Do(ctx, nil, func() { done <- f.m.Try(fn) })
	}()
	select {
	case err := <-done:
		f.printed += f.out.take()
		return err
	case <-time.After(limit + script.EndGrace):
		f.stuck = true
		return &script.Error{Message: fmt.Sprintf("does not end within %s", limit)}
	}
}

// All runs the functions that before_all or after_all registered, each for at
// most limit.
func (f *testFile) All(ctx context.Context, which string, limit time.Duration) error {
	hooks := f.hooks[which]
	if which == "after_all" {
		hooks = slices.Clone(hooks)
		slices.Reverse(hooks)
	}
	for _, fn := range hooks {
		if err := f.bounded(ctx, limit, fn); err != nil {
			return err
		}
	}
	return nil
}

// Run runs test i, for at most limit where the test has no timeout of its own.
// What it finds is in the result.
func (f *testFile) Run(ctx context.Context, i int, limit time.Duration) Result {
	info := f.Tests[i]
	if info.Timeout > 0 {
		limit = info.Timeout
	}
	tries := 0
	for {
		tries++
		t := f.newTest(info.Name, nil)
		t.result.Place = info.Place
		t.result.Seed = seedOf(f.seed, info.Name)
		f.setCurrent(t)
		f.m.Table().NumberFromOne() // whatever tests ran before
		f.printed += f.out.take()
		f.record.start(f.m.Clients())
		output := f.m.MarkOutput()
		ended := t.run(ctx, f.funcs[i], limit)
		f.setCurrent(nil)
		t.result.Output = f.out.take()
		f.record.stop()
		f.mu.Lock()
		r := *t.result
		f.mu.Unlock()
		r.Tries = tries
		if r.bad() {
			r.Transcript = f.record.since(t.began)
			r.Processes = append(r.Processes, output()...)
		}
		if !r.Failed() || !ended || tries > info.Retry || ctx.Err() != nil {
			return r
		}
	}
}

func (f *testFile) setCurrent(t *test) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current = t
}

// seedOf is the seed of a test's random: it depends on what the run's is, and
// on the test's name alone.
func seedOf(seed int64, name string) int64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return seed ^ int64(h.Sum64()>>12)
}

// Printed returns what the file has printed outside of its tests, since the last
// call.
func (f *testFile) Printed() string {
	s := f.printed
	f.printed = ""
	return s
}

// Stuck reports whether something in the machine does not end, so that it
// can't be used any more.
func (f *testFile) Stuck() bool { return f.stuck }

// enforceMemory ends the test that runs if the Lua values of the file hold more than
// limit bytes, about, in all its threads. The Lua of the file waits meanwhile; it may
// be called while [testFile.Run] runs.
func (f *testFile) enforceMemory(limit int64) {
	f.mu.Lock()
	var scope *script.Scope
	if f.current != nil {
		scope = f.current.scope
	}
	f.mu.Unlock()
	if scope == nil {
		return
	}
	if held := scope.Held(limit); held > limit {
		scope.Cancel(sockets.Cancelled(fmt.Sprintf("the test holds %s of memory (limit %s, --memory)", show.Size(held), show.Size(limit))))
	}
}

// TaskFailed makes the error of a task that serve or on started at the top of the
// file one of the test that it is about: the one that its client came in, or else
// the one that runs. It returns false where that has ended, and for tasks that can be
// joined.
func (f *testFile) TaskFailed(t *script.Task) bool {
	f.mu.Lock()
	runs, of := f.current, f.serving[t]
	f.mu.Unlock()
	if !t.Serves() || runs == nil || of != nil && of != runs {
		return false
	}
	runs.failed(t.Err())
	return true
}

// TimedOut has nothing to do: no transcript is shown of what is outside of tests.
func (f *testFile) TimedOut(*sockets.Handle, string) {}

// Serves notes which test runs as the client of a listener of the file comes.
func (f *testFile) Serves(t *script.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil {
		f.serving[t] = f.current
	}
}

// servedGrace is how long the tasks may take to end that serve the clients of a
// test that has ended.
const servedGrace = 100 * time.Millisecond

// awaitServing waits a moment for the tasks that serve clients of t, which have
// left by now: an error of theirs is one of t. It must be called without the
// lock.
func (f *testFile) awaitServing(t *test) {
	timer := time.NewTimer(servedGrace)
	defer timer.Stop()
	for _, task := range f.serves(t) {
		select {
		case <-task.Done():
		case <-timer.C:
			return
		}
	}
}

// serves forgets the tasks that have ended, and returns those that serve clients of t.
func (f *testFile) serves(t *test) []*script.Task {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []*script.Task
	for task, of := range f.serving {
		select {
		case <-task.Done():
			delete(f.serving, task)
		default:
			if of == t {
				list = append(list, task)
			}
		}
	}
	return list
}

// Close ends what the file's top level has made. The errors are those of its
// tasks that nobody joined, and that were of no test.
func (f *testFile) Close() []error {
	f.record.close()
	if f.stuck {
		f.m.Abandon()
		return nil
	}
	if !f.m.End() {
		f.stuck = true
		return []error{errors.New("a task of the file does not end")}
	}
	f.m.Close()
	f.printed += f.out.take()
	return f.m.Unjoined()
}

func (f *testFile) newTest(name string, parent *test) *test {
	return &test{file: f, parent: parent, result: &Result{Name: name}}
}

// maxPrinted is how much of what a test prints is kept.
const maxPrinted = 1 << 20

// testOutput keeps what a test prints. It may be used concurrently.
type testOutput struct {
	mu  sync.Mutex
	buf bytes.Buffer
	cut bool
}

// Write keeps what there is room for.
func (o *testOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	room := max(maxPrinted-o.buf.Len(), 0)
	if len(p) > room {
		o.cut = true
	}
	o.buf.Write(p[:min(len(p), room)])
	return len(p), nil
}

// take returns what came since the last take.
func (o *testOutput) take() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.buf.String()
	if o.cut {
		s += "\n(further output was not kept)\n"
	}
	o.buf.Reset()
	o.cut = false
	return s
}

// runTest registers a test of the file.
func (f *testFile) runTest(c *script.Call) error {
	if err := f.loading(); err != nil {
		return err
	}
	fn, err := c.LastFunction(1)
	if err != nil {
		return err
	}
	info := testInfo{Name: c.String(0), Place: c.Place(), Retry: c.OptionInt("retry", 0), Parallel: c.OptionBool("parallel")}
	if d, ok := c.OptionSeconds("timeout"); ok {
		info.Timeout = max(d, time.Nanosecond)
	}
	info.Tags = c.OptionList("tags")
	if info.Name == "" {
		return &script.ArgumentError{Index: 0, Err: errors.New("the name is empty (expected what the test is about)")}
	}
	for n, name := 2, info.Name; slices.ContainsFunc(f.Tests, func(o testInfo) bool { return o.Name == info.Name }); n++ {
		info.Name = fmt.Sprintf("%s #%d", name, n)
	}
	f.Tests = append(f.Tests, info)
	f.funcs = append(f.funcs, fn)
	return nil
}

// runHook registers what stands around tests.
func (f *testFile) runHook(c *script.Call) error {
	if err := f.loading(); err != nil {
		return err
	}
	f.hooks[c.Verb.Name] = append(f.hooks[c.Verb.Name], c.Value(0).(*lua.LFunction))
	return nil
}

// loading returns an error if f is not a file that is being loaded; f is nil where no
// tests are run.
func (f *testFile) loading() error {
	switch {
	case f == nil:
		return &script.ArgumentError{Index: -1, Err: errors.New("no tests are running"), Hint: "sosh test FILE runs the tests of a file; sosh test those of every *_test.lua"}
	case f.loaded:
		return &script.ArgumentError{Index: -1, Err: errors.New("the file has been loaded (expected at the top of the file; in a test, t:run)")}
	}
	return nil
}
