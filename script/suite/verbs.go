package suite

import (
	"sosh/script"

	"sosh/internal/luadoc"
)

// testParam is the t of a test function.
var testParam = script.Param{Name: "t", Type: script.ObjectType, Object: "test"}

// Verbs returns the verbs that files of tests have, in the order in which the
// manual lists them. Elsewhere they are in the manual only.
func Verbs() []*script.Verb { return verbsOf(nil) }

// verbsOf returns the verbs for the machine of f; nil is a machine without tests.
func verbsOf(f *testFile) []*script.Verb {
	optional := func(name string, t script.Type) script.Param {
		return script.Param{Name: name, Type: t, Optional: true}
	}
	note := optional("note", script.StringType)
	peer := script.Param{Name: "h", Type: script.HandleType, HandleFilter: script.Peered}
	timeout := script.Param{Name: "timeout", Type: script.SecondsType, Doc: "time limit, in seconds or with a unit: 0.5, 500ms"}
	order := func(name, words, example string, holds func(order int) bool) *script.Verb {
		return &script.Verb{
			Name: "test:" + name, Run: runTestOrder(words, holds), Params: []script.Param{testParam, {Name: "got", Type: script.AnyType}, {Name: "other", Type: script.AnyType}, note},
			Summary: "check that got is " + words + " other; both are numbers, 64-bit integers or strings",
			Example: []string{"t:" + name + "(" + example + ")"},
		}
	}
	list := []*script.Verb{
		{
			Name: "test", Run: f.runTest,
			Params: []script.Param{{Name: "name", Type: script.StringType}}, Rest: true,
			Options: []script.Param{
				{Name: "timeout", Type: script.SecondsType, Doc: "time limit of the test; default 10 seconds, or the value of --timeout"},
				{Name: "tags", Type: script.ListType, Doc: "words by which --tags selects tests"},
				{Name: "retry", Type: script.IntType, Doc: "how often a failed test is tried again"},
				{Name: "parallel", Type: script.BoolType, Doc: "run the test in its own Lua machine, in parallel with others"},
			},
			Summary: "define a test, a function that is called with t",
			Help: "For files that sosh test runs. Each test has its own handles, tasks and processes, which end with it. It fails if a check fails, if an error " +
				"is not caught, if it exceeds its timeout, if it leaves a task running, or if a task has failed and was not joined. The options come before or after the function.",
			Example: []string{`test("sum", {tags="quick", timeout=1}, function(t) t:eq(1 + 1, 2) end)`},
		},
		{Name: "before", Run: f.runHook, Params: []script.Param{{Name: "fn", Type: script.FunctionType}},
			Summary: "run a function before each test of the file, with t as argument",
			Example: []string{`before(function() c = dial(address) end)`}},
		{Name: "after", Run: f.runHook, Params: []script.Param{{Name: "fn", Type: script.FunctionType}},
			Summary: "run a function after each test of the file, even a failed one, with t as argument; limit: 5 seconds",
			Example: []string{`after(function() c:send("QUIT\r\n") end)`}},
		{Name: "before_all", Run: f.runHook, Params: []script.Param{{Name: "fn", Type: script.FunctionType}},
			Summary: "run a function before the first test of the file",
			Example: []string{`before_all(function() srv = serve("127.0.0.1:0", function(c) send(c, recv(c)) end) end)`}},
		{Name: "after_all", Run: f.runHook, Params: []script.Param{{Name: "fn", Type: script.FunctionType}},
			Summary: "run a function after the last test of the file",
			Example: []string{`after_all(function() srv:close() end)`}},
		{Name: "test:eq", Run: runTestEq, Params: []script.Param{testParam, {Name: "got", Type: script.AnyType}, {Name: "want", Type: script.AnyType}, note},
			Summary: "check that got equals want",
			Help:    "Tables are compared by content. A failure shows the difference: for text by line, for bytes as two hexdumps side by side, for tables by path.",
			Example: []string{`t:eq(c:recvline(), "+PONG")`}},
		{Name: "test:ne", Run: runTestNe, Params: []script.Param{testParam, {Name: "got", Type: script.AnyType}, {Name: "other", Type: script.AnyType}, note},
			Summary: "check that got differs from other", Example: []string{`t:ne(a, b)`}},
		{Name: "test:ok", Run: runTestOK, Params: []script.Param{testParam, {Name: "value", Type: script.AnyType}, note},
			Summary: "check that a value is true, that is, neither false nor nil", Example: []string{`t:ok(#data > 0, "some data")`}},
		{Name: "test:match", Run: runTestMatch, Params: []script.Param{testParam, {Name: "s", Type: script.AnyType}, {Name: "pattern", Type: script.StringType}, note},
			Summary: "check that a string matches a Lua pattern", Returns: []luadoc.Result{{Name: "results of string.match", Type: "any", Many: true}}, Example: []string{`local code = t:match(line, "^HTTP/1.1 (%d+)")`}},
		{Name: "test:contains", Run: runTestContains, Params: []script.Param{testParam, {Name: "got", Type: script.AnyType}, {Name: "part", Type: script.AnyType}, note},
			Summary: "check that a string contains a string, or a table a value",
			Help:    "In a string, part is plain text, not a pattern. In a table, values are compared as eq does.",
			Example: []string{`t:contains("Content-Length: 5\r\n", "Length: 5")`}},
		order("lt", "less than", "#data, 100", func(o int) bool { return o < 0 }),
		order("le", "at most", "#data, 100", func(o int) bool { return o <= 0 }),
		order("gt", "greater than", "#data, 0", func(o int) bool { return o > 0 }),
		order("ge", "at least", "#data, 1", func(o int) bool { return o >= 0 }),
		{Name: "test:near", Run: runTestNear, Params: []script.Param{testParam, {Name: "got", Type: script.AnyType}, {Name: "want", Type: script.AnyType}, {Name: "delta", Type: script.AnyType}, note},
			Summary: "check that got differs from want by at most delta", Example: []string{`t:near(now() - began, 0.5, 0.5)`}},
		{Name: "test:error", Run: runTestError, Params: []script.Param{testParam, {Name: "fn", Type: script.FunctionType}, optional("code", script.StringType)},
			Summary: "check that a function raises an error, with this code if one is given",
			Help:    "Errors raised by error() have no code; their message must contain the text instead.",
			Returns: []luadoc.Result{{Name: "error", Type: "any"}}, Example: []string{`t:error(function() dial("127.0.0.1:1") end, "ECONNREFUSED")`}},
		{Name: "test:closed", Run: runTestClosed, Params: []script.Param{testParam, peer, optional("seconds", script.SecondsType), note}, Options: []script.Param{timeout},
			Summary: "check that the peer closes or resets the connection in time, and sends nothing before", Example: []string{`t:closed(c, 1)`}},
		{Name: "test:quiet", Run: runTestQuiet, Params: []script.Param{testParam, peer, optional("seconds", script.SecondsType), note}, Options: []script.Param{timeout},
			Summary: "check that nothing arrives for a time, by default 0.1 seconds", Example: []string{`t:quiet(c, 0.2)`}},
		{Name: "test:fail", Run: runTestFail, Params: []script.Param{testParam, {Name: "why", Type: script.StringType}},
			Summary: "fail the test", Note: "the test ends", Example: []string{`t:fail("no such answer")`}},
		{Name: "test:skip", Run: runTestSkip, Params: []script.Param{testParam, optional("why", script.StringType)},
			Summary: "end the test and report it as skipped", Note: "the test ends", Example: []string{`t:skip("no redis-server here")`}},
		{Name: "test:todo", Run: runTestTodo, Params: []script.Param{testParam, optional("why", script.StringType)},
			Summary: "mark a test as expected to fail: its failure does not count", Example: []string{`t:todo("the server does not pipeline yet")`}},
		{Name: "test:log", Run: runTestLog, Params: []script.Param{testParam}, Rest: true,
			Summary: "log values, which are shown if the test fails or with -v", Example: []string{`t:log("port", port)`}},
		{Name: "test:run", Run: runTestRun, Params: []script.Param{testParam, {Name: "name", Type: script.StringType}}, Rest: true, Options: []script.Param{timeout},
			Summary: "run a nested test, with its own handles and tasks", Returns: []luadoc.Result{{Type: "boolean", Doc: "true if it passed, else false"}}, Note: "a failed nested test does not end the outer test, but fails it",
			Example: []string{`t:run("empty", function(t) t:eq(#"", 0) end)`}},
	}
	for _, v := range list {
		v.Group, v.LuaOnly, v.TestOnly = "tests", true, true
	}
	return list
}
