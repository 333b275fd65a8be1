package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sosh/internal/show"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A TestResult is what became of a test, or of one nested in it.
type TestResult struct {
	Name       string
	Place      string // FILE:LINE of the call of test or run
	Failures   []Failure
	Skipped    bool
	Todo       bool   // its failures do not count
	Why        string // of Skipped and Todo
	Tries      int    // how often it ran; more than 1 where it has retry
	Duration   time.Duration
	Output     string   // what it printed
	Log        []string // what it logged
	Transcript string   // of its sockets, in whole lines
	Processes  []ProcessOutput
	Seed       int64 // of random; meant only if Drawn
	Drawn      bool  // the test took random numbers
	Nested     []TestResult
}

// Failed reports whether the test, or one nested in it, failed in a way that
// counts.
func (r *TestResult) Failed() bool {
	if r.Todo {
		return false
	}
	if len(r.Failures) > 0 {
		return true
	}
	for i := range r.Nested {
		if r.Nested[i].Failed() {
			return true
		}
	}
	return false
}

// bad reports whether anything failed, also where it does not count.
func (r *TestResult) bad() bool {
	for i := range r.Nested {
		if r.Nested[i].bad() {
			return true
		}
	}
	return len(r.Failures) > 0
}

// Unexpected reports whether the test is marked as one to do, and yet passed.
func (r *TestResult) Unexpected() bool { return r.Todo && !r.bad() }

// A test is one that runs: the t of its function.
type test struct {
	file   *TestFile
	parent *test
	scope  *scope
	main   *Task // that runs its function
	value  *lua.LUserData
	began  time.Time
	result *TestResult
	logged int // bytes
}

// A checkError is a check that failed or a test that is skipped: it ends the
// test. The test knows of it already.
type checkError struct {
	code string // "check" or "skip"
	text string
}

func (e *checkError) Error() string { return e.text }

// run runs function f of t, between what before and after registered, and
// notes what it leaves. It reports whether Lua came to an end; it must be
// called without the lock.
func (t *test) run(ctx context.Context, f *lua.LFunction, limit time.Duration) (ended bool) {
	m := t.file.m
	t.begin(ctx, limit)
	done := make(chan struct{})
	go func() {
		defer close(done)
		task := &Task{ctx: t.scope.ctx, scope: t.scope}
		leave := m.enter(task)
		t.main = task
		seedRandom(m.l, t.result.Seed)
		var err error
		for _, before := range t.file.hooks["before"] {
			if err = m.try(before, t.value); err != nil {
				break
			}
		}
		if err == nil {
			err = m.try(f, t.value)
		}
		t.failed(err)
		handles := slices.Clone(t.scope.handles)
		leave()
		t.unread(handles)
	}()
	overtime := t.scope.ctx.Done()
	var timer <-chan time.Time
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		case <-overtime:
			overtime, timer = nil, time.After(cleanupTime+taskGrace)
		case <-timer:
			t.stuck()
			return false
		}
	}
	if !t.after(ctx) {
		t.stuck()
		return false
	}
	t.judge()
	m.lock()
	t.result.Drawn = randomUsed(m.l)
	m.mu.Unlock()
	return t.end()
}

// begin makes the scope of the test.
func (t *test) begin(ctx context.Context, limit time.Duration) {
	t.began = time.Now()
	s := t.file.m.newScope(ctx, t, limit)
	t.file.mu.Lock() // who weighs the file looks at it
	defer t.file.mu.Unlock()
	t.scope = s
}

// unread has the transcript of a test that failed show what came for handles
// and was not received. It must be called without the lock.
func (t *test) unread(handles []*sockets.Handle) {
	if !t.bad() {
		return
	}
	for _, h := range handles {
		i, err := h.Info()
		switch {
		case err != nil || i.RecvQueue <= 0:
		case h.Kind().Datagram():
			t.file.record.note(h, fmt.Sprintf("<- datagram of %s, which the test did not receive", show.Count(i.RecvQueue, "byte")))
		default:
			t.file.record.late(h, func() {
				ctx, cancel := sockets.WithTimeout(t.scope.ctx, unreadTime)
				defer cancel()
				h.Peek(ctx, i.Unread)
			})
		}
	}
}

// unreadTime is how long it may take to read what the kernel has: a task of the
// test may be reading.
const unreadTime = 20 * time.Millisecond

// after runs what after registered, the last first, each with a time of its
// own, and reports whether all came to an end.
func (t *test) after(ctx context.Context) bool {
	m := t.file.m
	hooks := t.file.hooks["after"]
	for i := len(hooks) - 1; i >= 0; i-- {
		ctx, cancel := sockets.WithTimeout(ctx, afterGrace)
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer m.enter(&Task{ctx: ctx, scope: t.scope})()
			t.failed(m.try(hooks[i], t.value))
		}()
		select {
		case <-done:
			cancel()
		case <-time.After(afterGrace + cleanupTime + taskGrace):
			cancel()
			return false
		}
	}
	return true
}

// afterGrace is how long each function that after registered may take.
const afterGrace = 5 * time.Second

// judge fails the test for errors that nobody joined, and for the tasks that it
// leaves: what has failed was on its way to join them.
func (t *test) judge() {
	var left []*Task
	if !t.bad() {
		left = t.scope.left()
	}
	m := t.file.m
	m.lock()
	defer m.mu.Unlock()
	overtime := t.scope.ctx.Err() != nil
	for _, task := range t.scope.unjoined {
		if !task.joined {
			t.failed(task.err)
		}
	}
	if overtime {
		if !t.bad() && !t.skips() { // its Lua has caught that, or did not wait for anything
			t.fail(Failure{Message: sockets.ContextCause(t.scope.ctx, t.began).Error()})
		}
		return
	}
	for _, task := range left {
		t.fail(Failure{
			Place:   task.place,
			Message: "the test ends, and leaves a task running that was started here",
			Hint:    "join the task, or have it end: closing what it waits for does",
		})
	}
}

// end closes the scope, and reports whether all that was in it has ended.
func (t *test) end() bool {
	if t.bad() { // before they are told to end, of which they may tell
		t.result.Processes = outputs(t.scope.processes, nil)
	}
	if t.parent == nil { // what follows is the closing of what the test left open
		t.file.record.stop()
	}
	ended := t.scope.close()
	if t.parent == nil {
		t.file.awaitServing(t)
	}
	if !ended {
		t.stuck()
	}
	t.result.Duration = time.Since(t.began)
	return ended
}

// stuck fails the test for something that does not end.
func (t *test) stuck() {
	t.file.stuck = true
	t.scope.cancel(nil)
	t.result.Duration = time.Since(t.began)
	t.fail(Failure{
		Message: fmt.Sprintf("the test does not end: it was told to %s ago", taskGrace),
		Hint:    "it waits for a program, or reads a file, where it can't be told to end",
	})
}

// failed notes an error, unless it is a check's, which is noted already.
func (t *test) failed(err error) {
	var e *Error
	if err == nil {
		return
	}
	if !errors.As(err, &e) {
		e = &Error{Message: err.Error()}
	}
	if e.Code == "skip" && t.skips() || e.Code == "check" && t.bad() {
		return
	}
	t.fail(failureOf(e))
}

func (t *test) fail(f Failure) {
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	f.Message, f.Detail = cutText(f.Message, maxMessage), cutText(f.Detail, maxDetail)
	t.result.Failures = append(t.result.Failures, f)
}

// How much is kept of the message of a failure, of its detail, and of all that a
// test logs, in bytes: what is compared may be large.
const (
	maxMessage = 4 << 10
	maxDetail  = 8 << 10
	maxLog     = 64 << 10
)

// cutText cuts a text that is too long, and says so.
func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	at := limit
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + fmt.Sprintf("... and %s more", show.Count(len(s)-at, "byte"))
}

// log keeps what the test logs.
func (t *test) log(line string) {
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	room := maxLog - t.logged
	if room <= 0 {
		return
	}
	line = cutText(line, min(room, maxMessage))
	if t.logged += len(line); t.logged >= maxLog {
		line += "\n(more was logged than is kept)"
	}
	t.result.Log = append(t.result.Log, line)
}

func (t *test) bad() bool {
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	return t.result.bad()
}

func (t *test) skips() bool {
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	return t.result.Skipped
}

// try calls f on a thread of its own. The caller holds the lock.
func (m *Machine) try(f *lua.LFunction, args ...lua.LValue) error {
	caller := m.l.G.CurrentThread
	defer func() { m.l.G.CurrentThread = caller }()
	return m.call(newThread(m.l), f, args)
}

// runNested runs f as a test nested in t, on the goroutine that holds the
// lock.
func (t *test) runNested(c *Call, name string, limit time.Duration, f *lua.LFunction) *TestResult {
	m := c.Machine
	n := t.file.newTest(name, t)
	n.result.Place = strings.TrimSuffix(where(c.l, 1), ": ")
	n.begin(t.scope.ctx, limit)
	task := m.current
	m.current = &Task{ctx: n.scope.ctx, scope: n.scope}
	err := m.try(f, n.value)
	m.current = task
	n.failed(err)
	handles := slices.Clone(n.scope.handles)
	m.block(func() {
		n.unread(handles)
		n.judge()
		n.end()
	})
	n.result.Transcript = ""
	if n.result.bad() {
		n.result.Transcript = t.file.record.since(n.began)
	}
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	t.result.Nested = append(t.result.Nested, *n.result)
	return n.result
}
