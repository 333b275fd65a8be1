package suite

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sosh/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m)) }

// kept is a report that keeps what it is told.
type kept struct {
	results []Result
	broken  []error
	summary Summary
}

func (k *kept) Begin(int)                  {}
func (k *kept) Start(string, string)       {}
func (k *kept) Test(_ string, r Result)    { k.results = append(k.results, r) }
func (k *kept) Printed(string, string)     {}
func (k *kept) Broken(_ string, err error) { k.broken = append(k.broken, err) }
func (k *kept) End(s Summary)              { k.summary = s }
func (k *kept) names() (names []string) {
	for _, r := range k.results {
		names = append(names, r.Name)
	}
	return names
}

// file writes a file of tests, and returns the options that run it.
func file(t testing.TB, src string) Options {
	path := filepath.Join(t.TempDir(), "a_test.lua")
	if err := os.WriteFile(path, []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	return Options{Paths: []string{path}, Timeout: 10 * time.Second, Memory: 1 << 30}
}

// run runs tests.
func run(t testing.TB, o Options) *kept {
	k := new(kept)
	if _, err := Run(t.Context(), o, k); err != nil {
		t.Fatal(err)
	}
	for _, err := range k.broken {
		t.Fatalf("does not load: %v", err)
	}
	return k
}

// What the examples of the verbs take as given: at the top of a file, and in a
// test.
const (
	exampleFile = `
local function echo(c) send(c, recv(c) or "") end
before_all(function() srv = serve("127.0.0.1:0", echo); address = getsockname(srv) end)
before(function() c = dial(address) end)
test("another", function(t) end)
`
	exampleTest = `
local srv = socket("tcp"); bind(srv, "127.0.0.1:0"); listen(srv)
local c = dial(getsockname(srv))
local p = accept(srv)
local port, began, data, a, b, line = 1, now() - 0.5, "x", 1, 2, "HTTP/1.1 200 OK"
`
)

// exampleNeeds come before the example of a method.
var exampleNeeds = map[string]string{"eq": `send(p, "+PONG\r\n") `, "closed": "close(p) "}

// The examples of the verbs that only files of tests have do what they say.
func TestExamplesRun(t *testing.T) {
	t.Parallel()
	n := 0
	for _, v := range Verbs() {
		n++
		t.Run(v.Name, func(t *testing.T) {
			for _, line := range v.Example {
				src := exampleFile + line
				_, method, ok := v.Object()
				if ok {
					src = "test('example', function(t)" + exampleTest + exampleNeeds[method] + line + "\nend)"
				}
				for _, r := range run(t, file(t, src)).results {
					if r.Failed() != (method == "fail") {
						t.Errorf("%s: failed is %t: %+v", line, r.Failed(), r.Failures)
					}
				}
			}
		})
	}
	if n < 10 {
		t.Errorf("only %d verbs are for files of tests", n)
	}
}

func TestShuffleIsToldBySeed(t *testing.T) {
	var src strings.Builder
	for c := 'a'; c <= 'z'; c++ {
		src.WriteString("test('" + string(c) + "', function(t) t:log(random(1000000)) end)\n")
	}
	o := file(t, src.String())
	plain := run(t, o).names()
	if !slices.IsSorted(plain) {
		t.Errorf("without shuffle the order is %v", plain)
	}
	o.Shuffle, o.Seed = true, 7
	first, second := run(t, o), run(t, o)
	if slices.IsSorted(first.names()) || !slices.Equal(first.names(), second.names()) {
		t.Errorf("a seed makes the orders %v and %v", first.names(), second.names())
	}
	for i, r := range first.results {
		if !slices.Equal(r.Log, second.results[i].Log) {
			t.Errorf("%s: a seed makes the random numbers %v and %v", r.Name, r.Log, second.results[i].Log)
		}
	}
}

// A test that grows without end is ended, and the others go on.
func TestMemory(t *testing.T) {
	o := file(t, `
test("before", function(t) end)
test("string", function(t) local s = "x" while true do s = s .. s end end)
test("table", function(t) local list = {} while true do list[#list + 1] = {1, 2, 3} end end)
test("after", function(t) t:eq(#("x"):rep(1000), 1000) end)
`)
	o.Memory, o.Parallel, o.Timeout = 64<<20, 1, time.Minute // the limit of memory ends them
	want := map[string]string{"before": "", "string": "limit 64.0 MiB", "table": "limit 64.0 MiB", "after": ""}
	for _, r := range run(t, o).results {
		message := ""
		if r.Failed() {
			message = r.Failures[0].Message
		}
		if (message == "") != (want[r.Name] == "") || !strings.Contains(message, want[r.Name]) {
			t.Errorf("%s: %q, want %q", r.Name, message, want[r.Name])
		}
		delete(want, r.Name)
	}
	if len(want) > 0 {
		t.Errorf("no results of %v", want)
	}
}

// What a file leaves behind is closed with it: leak counts at the end.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	o := file(t, `
local srv = serve("127.0.0.1:0", function(c) send(c, recvexact(c, 5)) end)
local at = getsockname(srv)
for i = 1, 20 do
  test("client " .. i, {parallel = i % 2 == 0}, function(t)
    local c = dial(at)
    send(c, "hello")
    t:eq(recvexact(c, 5), "hello")
    exec("sleep", "60")
    local u = socket("udp")
    spawn(function() pcall(recv, u) sleep(60) end)
  end)
end
`)
	o.Parallel = 4
	for _, r := range run(t, o).results {
		if len(r.Failures) != 1 || !strings.Contains(r.Failures[0].Message, "left a task running") {
			t.Errorf("%s: %+v, want the task that it leaves", r.Name, r.Failures)
		}
	}
}

// JUnit's XML has what the schema of the Ant task asks for, in its order.
func TestJUnit(t *testing.T) {
	var out strings.Builder
	o := file(t, `
test("passes <&>", function(t) print("\27[31m\0") end)
test("fails", function(t) t:run("inner", function(t) t:eq("\1", "\2") end) end)
test("skipped", function(t) t:skip("why") end)
`)
	if _, err := Run(t.Context(), o, &JUnit{W: &out}); err != nil {
		t.Fatal(err)
	}
	checkJUnit(t, out.String())
}

// bench runs a file of n tests.
func bench(b *testing.B, parallel int, src string) {
	o := file(b, src)
	o.Parallel = parallel
	for b.Loop() {
		if k := run(b, o); k.summary.Failed > 0 {
			b.Fatal(k.results)
		}
	}
}

// 1,000 tests with a pair of sockets each in less than 2 seconds.
func BenchmarkThousandPairs(b *testing.B) {
	bench(b, 2, `
local srv = socket("tcp"); bind(srv, "127.0.0.1:0"); listen(srv)
local at = getsockname(srv)
for i = 1, 1000 do
  test("pair " .. i, function(t)
    local c = dial(at)
    local p = accept(srv)
    send(c, "ping")
    t:eq(recvexact(p, 4), "ping")
  end)
end`)
}

// 500 tests that wait 100 ms each, 64 of them at once: 0.8 seconds are the least.
func BenchmarkFiveHundredWaits(b *testing.B) {
	bench(b, 64, `
for i = 1, 500 do
  test("wait " .. i, {parallel = true}, function(t) sleep(0.1) end)
end`)
}

// A table that would take more than the limit when it grows is an error at once.
func TestLargeTable(t *testing.T) {
	o := file(t, `
test("array", function(t) local list = {} for i = 1, 1e9 do list[i] = true end end)
test("hash", function(t) local set = {} for i = 1, 1e9 do set[i * 1000] = true end end)
test("caught", function(t) t:ok(not pcall(function() local l = {} for i = 1, 1e9 do l[i] = true end end)) end)
test("after", function(t) end)
`)
	o.Memory, o.Parallel = 64<<20, 1
	for _, r := range run(t, o).results {
		switch message := ""; {
		case r.Failed():
			message = r.Failures[0].Message
			if !strings.Contains(message, "limit 64.0 MiB") {
				t.Errorf("%s: %s", r.Name, message)
			}
		case r.Name == "array" || r.Name == "hash":
			t.Errorf("%s: no failure", r.Name)
		}
	}
}
