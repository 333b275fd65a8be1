package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"sosh/internal/recording"
	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// A Result is the result of a test or of a nested test.
type Result struct {
	Name       string
	Place      string // FILE:LINE of the call of test or run
	Failures   []Failure
	Skipped    bool
	Todo       bool   // its failures do not count
	Why        string // of Skipped and Todo
	Tries      int    // how often it ran; more than 1 only with retry
	Duration   time.Duration
	Output     string   // what it printed
	Log        []string // what it logged
	Transcript string   // of its sockets, in whole lines
	Processes  []script.ProcessOutput
	Seed       int64 // of random; set only if RandomUsed
	RandomUsed bool  // the test took random numbers
	Nested     []Result
	Recordings []string // the files of its recording
}

// Failed reports whether the test, or one nested in it, failed in a way that
// counts.
func (r *Result) Failed() bool {
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

// bad reports whether anything failed, even if the failure does not count.
func (r *Result) bad() bool {
	for i := range r.Nested {
		if r.Nested[i].bad() {
			return true
		}
	}
	return len(r.Failures) > 0
}

// Unexpected reports whether a test marked todo has passed.
func (r *Result) Unexpected() bool { return r.Todo && !r.bad() }

// A test is a test that is running: the t of its function.
type test struct {
	file   *testFile
	parent *test
	scope  *script.Scope
	value  *lua.LUserData
	began  time.Time
	result *Result
	logged int // bytes
}

// run runs f, the function of t, with the hooks of before and after around it, and
// fails the test for what it leaves running. It reports whether all Lua has ended. The
// caller must not hold the machine's lock.
func (t *test) run(ctx context.Context, f *lua.LFunction, limit time.Duration) (ended bool) {
	m := t.file.m
	t.begin(ctx, limit)
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.Seed(t.result.Seed)
		m.Do(t.scope.Context(), t.scope, func() {
			t.value = m.NewObject("test", t)
			for _, fn := range append(slices.Clone(t.file.hooks["before"]), f) {
				if err := m.Try(fn, t.value); err != nil {
					t.failed(err)
					break
				}
			}
		})
		t.unread(t.scope.Handles())
	}()
	overtime := t.scope.Context().Done()
	var timer <-chan time.Time
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		case <-overtime:
			overtime, timer = nil, time.After(script.EndGrace)
		case <-timer:
			t.stuck()
			return false
		}
	}
	if !t.after(ctx) {
		t.stuck()
		return false
	}
	t.evaluate()
	t.result.RandomUsed = m.RandomUsed()
	return t.end()
}

// begin makes the scope of the test.
func (t *test) begin(ctx context.Context, limit time.Duration) {
	t.began = time.Now()
	s := t.file.m.NewScope(ctx, limit, "the test", t)
	t.file.mu.Lock() // enforceMemory reads the scope
	defer t.file.mu.Unlock()
	t.scope = s
}

// unread adds to the transcript of a failed test what arrived on handles and was not
// received. The caller must not hold the machine's lock.
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
				ctx, cancel := sockets.WithTimeout(t.scope.Context(), unreadTime)
				defer cancel()
				h.Peek(ctx, i.Unread)
			})
		}
	}
}

// unreadTime limits the read of what the kernel has, since a task of the test may be
// reading from the handle.
const unreadTime = 20 * time.Millisecond

// after runs the hooks of after, the last one first, each with its own time limit, and
// reports whether all have ended.
func (t *test) after(ctx context.Context) bool {
	m := t.file.m
	hooks := t.file.hooks["after"]
	for i := len(hooks) - 1; i >= 0; i-- {
		ctx, cancel := sockets.WithTimeout(ctx, afterGrace)
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.Do(ctx, t.scope, func() { t.failed(m.Try(hooks[i], t.value)) })
		}()
		select {
		case <-done:
			cancel()
		case <-time.After(afterGrace + script.EndGrace):
			cancel()
			return false
		}
	}
	return true
}

// afterGrace is the time limit of each hook of after.
const afterGrace = 5 * time.Second

// evaluate fails the test for errors of tasks that were not joined, and for tasks
// still running. A test that has already failed may leave tasks running, since it might
// have joined them later.
func (t *test) evaluate() {
	var left []*script.Task
	if !t.bad() {
		left = t.scope.Left()
	}
	overtime := t.scope.Context().Err() != nil
	for _, err := range t.scope.Unjoined() {
		t.failed(err)
	}
	if overtime {
		if !t.bad() && !t.skips() { // its Lua caught the error, or never waited
			t.fail(Failure{Message: sockets.ContextCause(t.scope.Context(), t.began).Error()})
		}
		return
	}
	for _, task := range left {
		t.fail(Failure{
			Place:   task.Place(),
			Message: "the test ended and left a task running, which was started here",
			Hint:    "join the task, or close what it waits for",
		})
	}
}

// end closes the scope, and reports whether everything in it has ended.
func (t *test) end() bool {
	if t.bad() { // before SIGTERM, on which they may write more
		t.result.Processes = t.scope.Output()
	}
	if t.parent == nil { // leave out the closing of what the test left open
		t.file.record.stop()
	}
	ended := t.scope.Close()
	if t.parent == nil {
		t.file.awaitServing(t)
	}
	if !ended {
		t.stuck()
	}
	t.result.Duration = time.Since(t.began)
	return ended
}

// stuck fails the test because something in it does not end.
func (t *test) stuck() {
	t.file.stuck = true
	t.scope.Cancel(nil)
	t.result.Duration = time.Since(t.began)
	t.fail(Failure{
		Message: fmt.Sprintf("the test has not ended, %s after it was stopped", script.EndGrace),
		Hint:    "it waits for a program or reads a file, which can't be interrupted",
	})
}

// failed records an error. The errors of checks and of skip are recorded already.
func (t *test) failed(err error) {
	var e *script.Error
	if err == nil {
		return
	}
	if !errors.As(err, &e) {
		e = &script.Error{Message: err.Error()}
	}
	if e.Code == "skip" && t.skips() || e.Code == "check" && t.bad() {
		return
	}
	t.fail(failureOf(e))
}

// TaskFailed fails the test for an error of a task that serves a client, since such a
// task is never joined.
func (t *test) TaskFailed(task *script.Task) bool {
	if task.Serves() {
		t.failed(task.Err())
	}
	return task.Serves()
}

// TimedOut adds the timeout to the transcript.
func (t *test) TimedOut(h *sockets.Handle, text string) { t.file.record.note(h, "-- "+text) }

// Serves does nothing: the test's scope has such tasks already.
func (t *test) Serves(*script.Task) {}

func (t *test) fail(f Failure) {
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	f.Message, f.Detail = cutText(f.Message, maxMessage), cutText(f.Detail, maxDetail)
	t.result.Failures = append(t.result.Failures, f)
	t.file.tape.add(recording.Event{Type: recording.Check, Test: t.result.Name, Error: f.text()})
}

// Limits of a failure's message and detail and of a test's log, in bytes: the compared
// values may be large.
const (
	maxMessage = 4 << 10
	maxDetail  = 8 << 10
	maxLog     = 64 << 10
)

// cutText truncates a text that is too long, and appends a note.
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

// log records a line of t:log.
func (t *test) log(line string) {
	t.file.tape.add(recording.Event{Type: recording.Note, Test: t.result.Name, Text: line})
	t.file.mu.Lock()
	defer t.file.mu.Unlock()
	room := maxLog - t.logged
	if room <= 0 {
		return
	}
	line = cutText(line, min(room, maxMessage))
	if t.logged += len(line); t.logged >= maxLog {
		line += "\n(further log lines were not kept)"
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

// runNested runs f as a test nested in t. The caller holds the machine's lock.
func (t *test) runNested(c *script.Call, name string, limit time.Duration, f *lua.LFunction) *Result {
	m := c.Machine
	n := t.file.newTest(name, t)
	n.value = m.NewObject("test", n)
	n.result.Place = c.Place()
	n.begin(t.scope.Context(), limit)
	n.failed(m.Within(n.scope, f, n.value))
	m.Block(func() {
		n.unread(n.scope.Handles())
		n.evaluate()
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
