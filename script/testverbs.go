package script

// groupTests is the heading of what files of tests have.
const groupTests = "tests"

// testParam is the t of a test's function.
var testParam = Param{Name: "t", Type: AnyType}

// testVerbs are what files of tests have: they are for sosh test alone.
func testVerbs() []*Verb {
	note := optional("note", StringType)
	order := func(name, words, example string, holds func(order int) bool) *Verb {
		return &Verb{
			Name: "test:" + name, Run: runTestOrder(words, holds), Params: []Param{testParam, {Name: "got", Type: AnyType}, {Name: "other", Type: AnyType}, note},
			Summary: "check that got is " + words + " other: numbers, 64-bit integers or strings",
			Gives:   "nothing", Example: []string{"t:" + name + "(" + example + ")"},
		}
	}
	list := []*Verb{
		{
			Name: "test", Run: runTest,
			Params: []Param{{Name: "name", Type: StringType}}, Rest: true,
			Options: []Param{
				{Name: "timeout", Type: SecondsType, Doc: "time limit of the test; default 10 seconds, or what --timeout says"},
				{Name: "tags", Type: ListType, Doc: "words that --tags picks tests by"},
				{Name: "retry", Type: IntType, Doc: "how many tries more the test has if it fails"},
				{Name: "parallel", Type: BoolType, Doc: "the test has a machine of its own, and may run beside others"},
			},
			Summary: "make a test of a function, which is called with t",
			Help: "For files that sosh test runs. The test has handles, tasks and processes of its own, which end with it. It fails if a check does, if an error " +
				"is not caught, if it takes longer than its timeout, or if it leaves a task running or an error unread. The options may stand before the function.",
			Example: []string{`test("sum", {tags="quick", timeout=1}, function(t) t:eq(1 + 1, 2) end)`},
			Gives:   "nothing",
		},
		{Name: "before", Run: runHook, Params: []Param{{Name: "fn", Type: FunctionType}},
			Summary: "call a function, with t, before each test of the file", Gives: "nothing",
			Example: []string{`before(function() c = dial(address) end)`}},
		{Name: "after", Run: runHook, Params: []Param{{Name: "fn", Type: FunctionType}},
			Summary: "call a function, with t, after each test of the file, however it ended; it may take 5 seconds", Gives: "nothing",
			Example: []string{`after(function() c:send("QUIT\r\n") end)`}},
		{Name: "before_all", Run: runHook, Params: []Param{{Name: "fn", Type: FunctionType}},
			Summary: "call a function before the first test of the file", Gives: "nothing",
			Example: []string{`before_all(function() srv = serve("127.0.0.1:0", function(c) send(c, recv(c)) end) end)`}},
		{Name: "after_all", Run: runHook, Params: []Param{{Name: "fn", Type: FunctionType}},
			Summary: "call a function after the last test of the file", Gives: "nothing",
			Example: []string{`after_all(function() srv:close() end)`}},
		{Name: "test:eq", Run: runTestEq, Params: []Param{testParam, {Name: "got", Type: AnyType}, {Name: "want", Type: AnyType}, note},
			Summary: "check that got is what is wanted",
			Help:    "Tables are compared by what is in them. The failure shows the difference: texts by line, bytes as hexdumps side by side, tables by the paths that differ.",
			Gives:   "nothing", Example: []string{`t:eq(c:recvline(), "+PONG")`}},
		{Name: "test:ne", Run: runTestNe, Params: []Param{testParam, {Name: "got", Type: AnyType}, {Name: "other", Type: AnyType}, note},
			Summary: "check that got is anything but other", Gives: "nothing", Example: []string{`t:ne(a, b)`}},
		{Name: "test:ok", Run: runTestOK, Params: []Param{testParam, {Name: "value", Type: AnyType}, note},
			Summary: "check that a value is neither false nor nil", Gives: "nothing", Example: []string{`t:ok(#data > 0, "some data")`}},
		{Name: "test:match", Run: runTestMatch, Params: []Param{testParam, {Name: "s", Type: AnyType}, {Name: "pattern", Type: StringType}, note},
			Summary: "check that a string matches a Lua pattern", Gives: "what string.match does", Example: []string{`local code = t:match(line, "^HTTP/1.1 (%d+)")`}},
		{Name: "test:contains", Run: runTestContains, Params: []Param{testParam, {Name: "got", Type: AnyType}, {Name: "part", Type: AnyType}, note},
			Summary: "check that a string has a part, or that a table has a value",
			Help:    "Of a string the part is found as it stands, not as a pattern; values of a table are compared as eq does.",
			Gives:   "nothing", Example: []string{`t:contains("Content-Length: 5\r\n", "Length: 5")`}},
		order("lt", "less than", "#data, 100", func(o int) bool { return o < 0 }),
		order("le", "at most", "#data, 100", func(o int) bool { return o <= 0 }),
		order("gt", "greater than", "#data, 0", func(o int) bool { return o > 0 }),
		order("ge", "at least", "#data, 1", func(o int) bool { return o >= 0 }),
		{Name: "test:near", Run: runTestNear, Params: []Param{testParam, {Name: "got", Type: AnyType}, {Name: "want", Type: AnyType}, {Name: "delta", Type: AnyType}, note},
			Summary: "check that a number is no further than delta from another", Gives: "nothing", Example: []string{`t:near(now() - began, 0.5, 0.5)`}},
		{Name: "test:error", Run: runTestError, Params: []Param{testParam, {Name: "fn", Type: FunctionType}, optional("code", StringType)},
			Summary: "check that a function raises an error, of a code where one is given",
			Help:    "An error without a code, as error() raises it, is to have that text in its message.",
			Gives:   "the error", Example: []string{`t:error(function() dial("127.0.0.1:1") end, "ECONNREFUSED")`}},
		{Name: "test:closed", Run: runTestClosed, Params: []Param{testParam, handle(Peered), optional("seconds", SecondsType), note}, Options: []Param{timeoutOption},
			Summary: "check that the peer closes or resets within some time, and sends nothing before", Gives: "nothing", Example: []string{`t:closed(c, 1)`}},
		{Name: "test:quiet", Run: runTestQuiet, Params: []Param{testParam, handle(Peered), optional("seconds", SecondsType), note}, Options: []Param{timeoutOption},
			Summary: "check that nothing arrives for some time, by default 0.1 seconds", Gives: "nothing", Example: []string{`t:quiet(c, 0.2)`}},
		{Name: "test:fail", Run: runTestFail, Params: []Param{testParam, {Name: "why", Type: StringType}},
			Summary: "fail the test", Gives: "nothing; the test ends", Example: []string{`t:fail("no such answer")`}},
		{Name: "test:skip", Run: runTestSkip, Params: []Param{testParam, optional("why", StringType)},
			Summary: "end the test without an outcome", Gives: "nothing; the test ends", Example: []string{`t:skip("no redis-server here")`}},
		{Name: "test:todo", Run: runTestTodo, Params: []Param{testParam, optional("why", StringType)},
			Summary: "go on with a test whose failure does not count yet", Gives: "nothing", Example: []string{`t:todo("the server does not pipeline yet")`}},
		{Name: "test:log", Run: runTestLog, Params: []Param{testParam}, Rest: true,
			Summary: "note something, which is shown if the test fails or with -v", Gives: "nothing", Example: []string{`t:log("port", port)`}},
		{Name: "test:run", Run: runTestRun, Params: []Param{testParam, {Name: "name", Type: StringType}}, Rest: true, Options: []Param{timeoutOption},
			Summary: "run a nested test, with handles and tasks of its own", Gives: "true if it passed; the outer test goes on, and fails, if not",
			Example: []string{`t:run("empty", function(t) t:eq(#"", 0) end)`}},
	}
	for _, v := range list {
		v.Group, v.LuaOnly, v.TestOnly = groupTests, true, true
	}
	return list
}
