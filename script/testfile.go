package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A TestProgram is a file of tests, compiled. It may be used concurrently.
type TestProgram struct {
	Path  string
	proto *lua.FunctionProto
}

// LoadTests compiles a file of tests. The error says what is wrong with the
// file, or that it can't be read.
func LoadTests(path string) (*TestProgram, error) {
	src, name, err := readScript(path)
	if err != nil {
		return nil, err
	}
	proto, err := compile(src, name)
	if err != nil {
		return nil, err
	}
	return &TestProgram{Path: path, proto: proto}, nil
}

// A TestInfo is what a file says of one of its tests.
type TestInfo struct {
	Name     string
	Place    string // FILE:LINE
	Tags     []string
	Timeout  time.Duration // 0: the one of the run
	Retry    int           // how many tries more it has
	Parallel bool          // it has a machine of its own
}

// A TestFile is a machine in which the file of tests was run, so that its tests
// can be. Its methods are called one at a time, but for [TestFile.EndLarge] and
// [TestFile.Stop].
type TestFile struct {
	m     *Machine
	Tests []TestInfo

	funcs   []*lua.LFunction
	hooks   map[string][]*lua.LFunction // of before, after, before_all, after_all
	loaded  bool                        // its top level has run
	stuck   bool                        // something in it does not end
	printed string                      // outside of its tests, and not told yet
	out     *testOutput
	record  *recorder
	current *test
	serving []*Task // of the clients of listeners that belong to no test
	seed    int64
	path    string // of the file
	keep    string // Limits.Keep

	mu sync.Mutex // guards results, and current
}

// Limits are those of a file's machine.
type Limits struct {
	Time   time.Duration // that the file may take to run
	Memory int64         // bytes of a single string, see [TestFile.EndLarge] for the rest; 0: as everywhere
	Keep   string        // the directory for strings that are too long for a report; "": they are cut
}

// Open makes a machine and runs the file in it. seed is what the seeds of its
// tests are made of. The error is an *Error where the file's own Lua failed.
func (p *TestProgram) Open(ctx context.Context, limits Limits, seed int64) (*TestFile, error) {
	f := &TestFile{hooks: make(map[string][]*lua.LFunction), out: new(testOutput), seed: seed, path: p.Path, keep: limits.Keep}
	f.m = New(Config{Table: sockets.NewTable(), Stdout: f.out, Stderr: f.out, Path: ModulePath()})
	f.m.testFile = f
	f.record = record(f.m.cfg.Table)
	setExit(f.m.l, func(int) {})
	interpOf(f.m.l).exit = func(code int) {
		raise(f.m.l.G.CurrentThread, 1, "os.exit(%d) was called in a test file", code)
	}
	interpOf(f.m.l).grouped = true
	if limits.Memory > 0 {
		interpOf(f.m.l).maxString = min(limits.Memory, maxString)
	}
	f.m.lock()
	f.m.setScript(p.Path, nil)
	f.m.mu.Unlock()
	err := f.bounded(ctx, limits.Time, f.m.l.NewFunctionFromProto(p.proto))
	if err == nil && len(f.Tests) == 0 {
		err = &Error{Message: p.Path + ": no tests", Hint: `test("name", function(t) ... end) makes one`}
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
func (f *TestFile) bounded(ctx context.Context, limit time.Duration, fn *lua.LFunction) error {
	ctx, cancel := sockets.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer f.m.enter(&Task{ctx: ctx})()
		done <- f.m.try(fn)
	}()
	select {
	case err := <-done:
		f.printed += f.out.take()
		return err
	case <-time.After(limit + cleanupTime + taskGrace):
		f.stuck = true
		return &Error{Message: fmt.Sprintf("does not end within %s", limit)}
	}
}

// All runs the functions that before_all or after_all registered, each for at
// most limit.
func (f *TestFile) All(ctx context.Context, which string, limit time.Duration) error {
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
func (f *TestFile) Run(ctx context.Context, i int, limit time.Duration) TestResult {
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
		f.m.cfg.Table.NumberFromOne() // whatever tests ran before
		f.printed += f.out.take()
		f.record.start(f.pastClients())
		marks := make(map[*process]int)
		for _, p := range f.m.processes {
			marks[p] = p.written()
		}
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
			r.Processes = append(r.Processes, outputs(f.m.processes, marks)...)
		}
		if !r.Failed() || !ended || tries > info.Retry || ctx.Err() != nil {
			return r
		}
	}
}

// pastClients are the connections that the servers of the file have accepted so
// far: those of earlier tests.
func (f *TestFile) pastClients() map[*sockets.Handle]bool {
	f.m.lock()
	defer f.m.mu.Unlock()
	past := make(map[*sockets.Handle]bool)
	for _, h := range f.m.cfg.Table.Handles() {
		if i := strings.LastIndexByte(h.Name(), '.'); i > 0 {
			if srv, err := f.m.cfg.Table.Get("", h.Name()[:i]); err == nil && f.m.served[srv] {
				past[h] = true
			}
		}
	}
	return past
}

func (f *TestFile) setCurrent(t *test) {
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
func (f *TestFile) Printed() string {
	s := f.printed
	f.printed = ""
	return s
}

// Stuck reports whether something in the machine does not end, so that it
// can't be used any more.
func (f *TestFile) Stuck() bool { return f.stuck }

// Stop ends the test that runs, with a reason. It may be called while Run runs.
func (f *TestFile) Stop(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.current != nil && f.current.scope != nil {
		f.current.scope.cancel(sockets.Cancelled(why))
	}
}

// running is the test that runs, or nil.
func (f *TestFile) running() *test {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// serverFailed makes the error of a task that serve or on started at the top of
// the file one of the test that it is about: the one that its client came in, or
// else the one that runs. It returns false where that has ended. The caller holds
// the lock.
func (f *TestFile) serverFailed(t *Task) bool {
	runs := f.running()
	if runs == nil || t.of != nil && t.of != runs {
		return false
	}
	runs.failed(t.err)
	return true
}

// servedGrace is how long the tasks may take to end that serve the clients of a
// test that has ended.
const servedGrace = 100 * time.Millisecond

// awaitServing waits a moment for the tasks that serve clients of t, which have
// left by now: an error of theirs is one of t. It must be called without the
// lock.
func (f *TestFile) awaitServing(t *test) {
	f.m.lock()
	var list []*Task
	f.serving = slices.DeleteFunc(f.serving, func(task *Task) bool { return task.ended() })
	for _, task := range f.serving {
		if task.of == t {
			list = append(list, task)
		}
	}
	f.m.mu.Unlock()
	timer := time.NewTimer(servedGrace)
	defer timer.Stop()
	for _, task := range list {
		select {
		case <-task.done:
		case <-timer.C:
			return
		}
	}
}

// Close ends what the file's top level has made. The errors are those of its
// tasks that nobody joined, and that were of no test.
func (f *TestFile) Close() []error {
	f.record.close()
	if f.stuck {
		f.m.cancel()
		f.m.cfg.Table.Close()
		return nil
	}
	if !f.m.endTasks() {
		f.stuck = true
		return []error{errors.New("a task of the file does not end")}
	}
	f.m.Close()
	f.m.lock()
	defer f.m.mu.Unlock()
	f.printed += f.out.take()
	var errs []error
	for _, t := range f.m.unjoined {
		if !t.joined {
			errs = append(errs, t.err)
		}
	}
	return errs
}

// newTest makes a test, with its value in Lua.
func (f *TestFile) newTest(name string, parent *test) *test {
	t := &test{file: f, parent: parent, result: &TestResult{Name: name}}
	if parent == nil {
		f.m.lock()
		defer f.m.mu.Unlock()
	}
	t.value = f.m.object("test", t)
	return t
}

// maxOutput is how much of what a test prints is kept.
const maxOutput = 1 << 20

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
	room := max(maxOutput-o.buf.Len(), 0)
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
		s += "\n(more was printed than is kept)\n"
	}
	o.buf.Reset()
	o.cut = false
	return s
}

// runTest registers a test of the file.
func runTest(c *Call) error {
	f, err := c.file()
	if err != nil {
		return err
	}
	place := trimPlace(where(c.l, 1))
	fn, err := c.lastFunction(1)
	if err != nil {
		return err
	}
	info := TestInfo{Name: c.String(0), Place: place, Retry: c.OptionInt("retry", 0), Parallel: c.OptionBool("parallel")}
	if a, ok := c.opts["timeout"]; ok {
		info.Timeout = max(seconds(a.num), time.Nanosecond)
	}
	if a, ok := c.opts["tags"]; ok {
		info.Tags = a.list
	}
	if info.Name == "" {
		return &ArgumentError{Index: 0, Err: errors.New("the name is empty (expected what the test is about)")}
	}
	for n, name := 2, info.Name; slices.ContainsFunc(f.Tests, func(o TestInfo) bool { return o.Name == info.Name }); n++ {
		info.Name = fmt.Sprintf("%s #%d", name, n)
	}
	f.Tests = append(f.Tests, info)
	f.funcs = append(f.funcs, fn)
	return nil
}

// lastFunction returns the function of a test, which follows i arguments; a
// table of options may stand before it.
func (c *Call) lastFunction(i int) (*lua.LFunction, error) {
	for n, v := range c.rest {
		switch v := v.(type) {
		case *lua.LFunction:
			if n == len(c.rest)-1 {
				return v, nil
			}
		case *lua.LTable:
			if n == 0 && c.opts == nil {
				if err := c.bindOptions(v); err != nil {
					return nil, err
				}
				continue
			}
		}
		return nil, &ArgumentError{Index: i + n, Err: fmt.Errorf("bad argument of type %s (expected options, if any, and a function)", v.Type()), Hint: "usage: " + c.usage()}
	}
	return nil, &ArgumentError{Index: i + len(c.rest), Err: errors.New("the function is missing (expected function(t) ... end)"), Hint: "usage: " + c.usage()}
}

// runHook registers what stands around tests.
func runHook(c *Call) error {
	f, err := c.file()
	if err != nil {
		return err
	}
	f.hooks[c.Verb.Name] = append(f.hooks[c.Verb.Name], c.args[0].value.(*lua.LFunction))
	return nil
}

// file returns the file of tests that is being loaded.
func (c *Call) file() (*TestFile, error) {
	f := c.Machine.testFile
	switch {
	case f == nil:
		return nil, &ArgumentError{Index: -1, Err: errors.New("this is no run of tests"), Hint: "sosh test FILE runs the tests of a file; sosh test those of every *_test.lua"}
	case f.loaded:
		return nil, &ArgumentError{Index: -1, Err: errors.New("the file has been loaded (expected at the top of the file; in a test, t:run)")}
	}
	return f, nil
}
