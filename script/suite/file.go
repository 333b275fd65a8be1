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

// A testInfo describes a test of a file.
type testInfo struct {
	Name     string
	Place    string // FILE:LINE
	Tags     []string
	Timeout  time.Duration // 0: that of the run
	Retry    int           // how many further tries it has
	Parallel bool          // it runs in its own machine
}

// A testFile is a machine that has loaded a file of tests and can run them. Its methods
// are called one at a time, except [testFile.enforceMemory].
type testFile struct {
	m     *script.Machine
	Tests []testInfo

	funcs   []*lua.LFunction
	hooks   map[string][]*lua.LFunction // of before, after, before_all, after_all
	loaded  bool                        // the top level has run
	stuck   bool                        // something in the machine does not end
	printed string                      // outside tests, and not reported yet
	out     *testOutput
	record  *transcript
	seed    int64
	path    string // of the file
	keep    string // limits.Keep
	tape    tape

	mu      sync.Mutex // guards the results and the fields below
	current *test
	serving map[*script.Task]*test // tasks of the file's own listeners, with the test during which the client connected
}

// limits are the limits of a file's machine.
type limits struct {
	Time   time.Duration // to load the file
	Memory int64         // bytes of a single string (for the rest see [testFile.enforceMemory]); 0: the default
	Keep   string        // directory for strings too long for a report; "": they are truncated
	record recordOptions
}

// openFile makes a machine and loads the file in it. The seeds of the tests are derived
// from seed. If the file's Lua fails, the error is a *script.Error.
func openFile(ctx context.Context, p *script.Program, limits limits, seed int64) (*testFile, error) {
	f := &testFile{hooks: make(map[string][]*lua.LFunction), out: new(testOutput), seed: seed, path: p.Path, keep: limits.Keep, serving: make(map[*script.Task]*test)}
	m, err := script.New(script.Config{
		Table: sockets.NewTable(), Stdout: f.out, Stderr: f.out, Path: script.ModulePath(),
		NoExit: "in a test file", Observer: f, MaxString: limits.Memory, Record: f.tape.add,
	}, verbsOf(f)...)
	if err != nil {
		return nil, err
	}
	f.m = m
	f.record = record(f.m.Table())
	f.tape.options, f.tape.file = limits.record, p.Path
	f.tape.options.run.WatchTests(f.m.Table(), f.tape.running)
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

// bounded runs a function outside tests, for at most limit.
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

// All runs the hooks of before_all or after_all, each for at most limit.
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

// Run runs test i. limit is the time limit of a test without its own timeout.
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
		f.m.Table().NumberFromOne() // independent of the tests before
		f.printed += f.out.take()
		f.record.start(f.m.Clients())
		f.tape.begin(f.m.Table(), info.Name)
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
		f.tape.end(&r)
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

// seedOf derives the seed of a test's random from the seed of the run and the name of
// the test.
func seedOf(seed int64, name string) int64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return seed ^ int64(h.Sum64()>>12)
}

// Printed returns what the file has printed outside tests since the last call.
func (f *testFile) Printed() string {
	s := f.printed
	f.printed = ""
	return s
}

// Stuck reports whether something in the machine does not end; the machine can't be
// used any more then.
func (f *testFile) Stuck() bool { return f.stuck }

// enforceMemory cancels the running test if the Lua values of the file take more than
// about limit bytes, in all threads. It returns how many they take, or little more than
// the limit. It stops the file's Lua meanwhile, and may be called while [testFile.Run]
// runs.
func (f *testFile) enforceMemory(limit int64) int64 {
	f.mu.Lock()
	var scope *script.Scope
	if f.current != nil {
		scope = f.current.scope
	}
	f.mu.Unlock()
	if scope == nil {
		return 0
	}
	held := scope.Held(limit)
	if held > limit {
		scope.Cancel(sockets.Cancelled(fmt.Sprintf("the test holds %s of memory (limit %s, --memory)", show.Size(held), show.Size(limit))))
	}
	return held
}

// TaskFailed fails a test for an error of a task that serve or on started at the top of
// the file: the test during which the client connected, or else the running test. It
// returns false if that test has ended, and for tasks that can be joined.
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

// TimedOut does nothing: there is no transcript outside tests.
func (f *testFile) TimedOut(*sockets.Handle, string) {}

// Serves records which test is running when a client of the file's listener connects.
func (f *testFile) Serves(t *script.Task) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil {
		f.serving[t] = f.current
	}
}

// servedGrace is how long a task that serves a client may run after the client's test
// has ended.
const servedGrace = 100 * time.Millisecond

// awaitServing waits up to servedGrace for the tasks that serve the clients of t, which
// have disconnected: their errors fail t. The caller must not hold the machine's lock.
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

// serves returns the running tasks that serve clients of t, and removes ended ones.
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

// Close ends everything made outside tests. It returns the errors of tasks that were
// not joined and that no test was failed for.
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

// maxPrinted limits the output that is kept of a test, in bytes.
const maxPrinted = 1 << 20

// testOutput collects what a test prints. It may be used concurrently.
type testOutput struct {
	mu  sync.Mutex
	buf bytes.Buffer
	cut bool
}

// Write keeps what fits, and drops the rest.
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

// take returns what was written since the last take.
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

// runHook registers a hook: before, after, before_all or after_all.
func (f *testFile) runHook(c *script.Call) error {
	if err := f.loading(); err != nil {
		return err
	}
	f.hooks[c.Verb.Name] = append(f.hooks[c.Verb.Name], c.Value(0).(*lua.LFunction))
	return nil
}

// loading returns an error unless f is being loaded.
func (f *testFile) loading() error {
	if f.loaded {
		return &script.ArgumentError{Index: -1, Err: errors.New("the file has been loaded (expected at the top of the file; in a test, t:run)")}
	}
	return nil
}
