package script

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/sockets"
)

// soon is how long what ends at once may take on a busy machine.
const soon = 10 * time.Second

// written is what a machine wrote, which may be read while it writes.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// newMachine returns a machine, which is closed after the test, and what it
// writes.
func newMachine(t *testing.T, interactive bool) (*Machine, *written) {
	t.Helper()
	w := new(written)
	m, err := New(Config{Table: sockets.NewTable(), Stdout: w, Stderr: w, Interactive: interactive})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m, w
}

// eval returns the values of an expression, as they are displayed.
func eval(t *testing.T, m *Machine, src string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	values, err := m.Eval(ctx, src, "=test")
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, m.Display(ctx, v))
	}
	return strings.Join(texts, " ")
}

func TestMachineKeepsGlobals(t *testing.T) {
	m, w := newMachine(t, true)
	eval(t, m, "x = 2")
	if got := eval(t, m, "x + 1, {x}"); got != "3 {2}" {
		t.Errorf("got %s", got)
	}
	if eval(t, m, "print(x)"); w.String() != "2\n" {
		t.Errorf("printed %q", w.String())
	}
	if _, err := m.Eval(context.Background(), "error('no')", "=test"); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("error: %v", err)
	}
	if got := eval(t, m, "x"); got != "2" {
		t.Errorf("after an error x is %s", got)
	}
}

// TestMachineRun is how a script ends: its tasks with it, its handles closed.
func TestMachineRun(t *testing.T) {
	for _, c := range []struct{ src, want, printed string }{
		{"print(arg[0], ...)", "", "test\ta\tb\n"},
		{"socket('tcp', 'c') spawn(function() sleep(1e6) end) spawn(function() while true do end end) sleep(0.01)", "", ""},
		{"error('E', 0)", "E", ""},
		{"local t = spawn(error, 'E', 0) repeat sleep(0.001) until tostring(t) == 'task: ended'", ErrTask.Error(), "task: E"},
		{"pcall(function() spawn(error, 'E', 0):join() end)", "", ""},
		{"x =", "near", ""},
	} {
		m, w := newMachine(t, false)
		err := m.Run(context.Background(), c.src, "=test", []string{"a", "b"})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.src, err, c.want)
		}
		if !strings.HasPrefix(w.String(), c.printed) || c.printed == "" && w.String() != "" {
			t.Errorf("%s printed %q, want %q", c.src, w.String(), c.printed)
		}
		if n := len(m.Table().Handles()); n > 0 && c.want != "near" {
			t.Errorf("%s: %d handles are left", c.src, n)
		}
	}
}

// TestMachineClose ends what waits and what loops, and may be called again.
func TestMachineClose(t *testing.T) {
	m, _ := newMachine(t, true)
	eval(t, m, "socket('udp', 'u')")
	eval(t, m, "spawn(function() while true do end end)")
	eval(t, m, "spawn(function() while true do pcall(sleep, 1e6) end end)")
	began := time.Now()
	if n := m.Close(); n != 1 {
		t.Errorf("closed %d handles, want 1", n)
	}
	if d := time.Since(began); d > soon {
		t.Errorf("took %v", d)
	}
	if n := m.Close(); n != 0 {
		t.Errorf("closed %d handles again", n)
	}
}

// TestTurns is a task that never waits, beside which others go on.
func TestTurns(t *testing.T) {
	m, _ := newMachine(t, true)
	eval(t, m, "n = 0")
	eval(t, m, "spawn(function() while true do n = n + 1 end end)")
	eval(t, m, "other = spawn(function() sleep(0.01) return 'ran' end)")
	if got := eval(t, m, "other:join()"); got != "ran" {
		t.Errorf("join gave %s", got)
	}
	if !m.Defined("other") {
		t.Error("other is not defined")
	}
	// The loop goes on, and no coroutine or pcall of another is mixed up in it.
	eval(t, m, "spawn(function() local f = coroutine.wrap(function() while true do pcall(coroutine.yield, 1) end end) while true do assert(f() == 1) end end)")
	before := eval(t, m, "n")
	for range 5 {
		if got := eval(t, m, "(function() local s = 0 for i = 1, 1e5 do s = s + i end return s end)()"); got != "5000050000" {
			t.Errorf("the sum is %s", got)
		}
	}
	if after := eval(t, m, "n"); after == before {
		t.Error("the task stands still")
	}
}

// TestEvalEnds ends, with its context, whatever Lua does not wait, and in any
// place where Lua runs.
func TestEvalEnds(t *testing.T) {
	m, _ := newMachine(t, true)
	for _, src := range []string{
		"while true do end",
		"pcall(function() while true do end end) while true do end",
		"while true do pcall(function() while true do end end) end",
		"while true do pcall(sleep, 1e6) end",
		"tostring(setmetatable({}, {__tostring = function() while true do end end}))",
		"error(setmetatable({}, {__tostring = function() while true do end end}))",
		"setmetatable({}, {__index = function() while true do end end}).x",
	} {
		ctx, cancel := context.WithCancel(context.Background())
		stop := time.AfterFunc(20*time.Millisecond, cancel)
		began := time.Now()
		_, err := m.Eval(ctx, src, "=test")
		if err == nil {
			t.Errorf("%s: no error", src)
		}
		if d := time.Since(began); d > soon {
			t.Errorf("%s: took %v", src, d)
		}
		stop.Stop()
		cancel()
	}
	if got := eval(t, m, "pcall(function() return 1 end)"); got != "true 1" {
		t.Errorf("afterwards: %s", got)
	}
}

// TestCleanup is what Lua may do that catches the error of its end.
func TestCleanup(t *testing.T) {
	m, w := newMachine(t, true)
	ctx, cancel := context.WithCancel(context.Background())
	stop := time.AfterFunc(20*time.Millisecond, cancel)
	defer stop.Stop()
	_, err := m.Eval(ctx, "local ok, e = pcall(function() while true do end end) for i = 1, 1000 do end print(ok, e.code)", "=test")
	if err != nil || w.String() != "false\tcancelled\n" {
		t.Errorf("%v, printed %q", err, w.String())
	}
}

// TestDisplayEnds is a __tostring without an end, at a prompt.
func TestDisplayEnds(t *testing.T) {
	m, _ := newMachine(t, true)
	values, err := m.Eval(context.Background(), "setmetatable({}, {__tostring = function() while true do end end})", "=test")
	if err != nil {
		t.Fatal(err)
	}
	for name, show := range map[string]func(context.Context) string{
		"Display": func(ctx context.Context) string { return m.Display(ctx, values[0]) },
		"Text":    func(ctx context.Context) string { return m.Text(ctx, Arg{Value: values[0]}) },
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		began := time.Now()
		if got := show(ctx); !strings.HasPrefix(got, "table: ") {
			t.Errorf("%s gave %q", name, got)
		}
		if d := time.Since(began); d > soon {
			t.Errorf("%s took %v", name, d)
		}
		cancel()
	}
}

// TestDeepTask is recursion in a task, which ends when it has none.
func TestDeepTask(t *testing.T) {
	m, _ := newMachine(t, true)
	eval(t, m, "function rec(n) if n == 0 then return 0 end return 1 + rec(n - 1) end")
	if got := eval(t, m, "spawn(rec, 15000):join()"); got != "15000" {
		t.Errorf("gave %s", got)
	}
	if got := eval(t, m, "spawn(function() return coroutine.wrap(rec)(15000) end):join()"); got != "15000" {
		t.Errorf("in a coroutine: gave %s", got)
	}
	_, err := m.Eval(context.Background(), "spawn(rec, -1):join()", "=test")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "stack overflow") {
		t.Errorf("endless: %v", err)
	}
}
