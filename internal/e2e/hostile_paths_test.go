package e2e

import (
	"bytes"
	"encoding/json"
	"strings"
)

// typed tries a path by lines that are typed at a prompt.
func typed(lines ...string) func(*hostileFixture) {
	return func(r *hostileFixture) { r.prompt(lines...) }
}

// hostilePaths are the paths by which foreign text can reach a terminal, a log, a
// transcript or a report.
var hostilePaths = []struct {
	name string
	run  func(*hostileFixture)
}{
	{"event in the view auto", typed("dial $TCP c", "wait c data")},
	{"event in the view text", typed("set view text", "dial $TCP c", "wait c data")},
	{"event in the view json", typed(`set view json`, `dial $TCP c`, `wait c data`)},
	{"event in the view full", typed("set view full", "dial $TCP c", "wait c data")},
	{"event without colour", typed("set color off", "dial $TCP c", "wait c data")},
	{"event without a time", typed("set time off", "dial $TCP c", "wait c data")},
	{"recv", typed("set view none", "dial $TCP c", "recvuntil c EVIL", "recv c")},
	{"recvline", typed("set view none", "dial $TCP c", "recvline c")},
	{"peek and show", typed("dial $TCP c", "wait c data", "show c")},
	{"print", typed("print(x)", "print(wide)", "io.write(x)", "io.stderr:write(x)")},
	{"value", typed("x", "wide", "{x, [x] = x}", "{wide, wide}", "x, 1", "setmetatable({}, {__tostring = function() return x end})")},
	{"show of Lua", typed("show(x)", "show(name, wide)")},
	{"error of Lua", typed("error(x)", "error(x, 0)", "error(wide, 0)", "error({x})", "error(setmetatable({}, {__tostring = function() return x end}))")},
	{"traceback", typed("function f(n) if n == 0 then error(x) end f(n - 1) end", "local ok = f(9)", "load('error()', '@' .. x)()", "load(x, name)")},
	{"hint", typed("print('EVIL') load(x)()", "frobnicate(x)", "x()", "x.y.z()", "connect c $wide")},
	{"error of a task", typed("spawn(function() error(x, 0) end)", "spawn(function() local ok = error(wide, 0) end)", "sleep 0.1")},
	{"error of words", typed("send $x hi", "view c $x", "connect c $x", "dial $x", "dial $wide", "socket tcp $x", "setopt c $x 1", "set $x", "help $x", "apropos $x",
		"alias $x y", "every $x ls", "load(x)", "require(x)", "unalias $x", "unalias $wide")},
	{"error of an address", typed("socket unix u", "connect u ${'/nowhere/' .. name}", "connect u ${'@' .. name}", "bind u ${'/nowhere/' .. wide}")},
	{"file names", typed("source $name", "source $wide", "run $name", "log $name", "log", "log off", "save $name", "send c file=$wide", "!cat \"$name\" EVIL")},
	{"own address", typed("socket unix u", "bind u ${'@' .. name}", "listen u", "getsockname u", "info u", "ls", "u", "close u")},
	{"peer's address", typed("dial $UNIX c", "getpeername c", "info c", "ls", "c", "close c")},
	{"accepted", hostileAccepted},
	{"names of every width", hostileWidths},
	{"datagrams", hostileDatagrams},
	{"relay and serve", typed("serve ${'unix://@' .. name} s", "relay 127.0.0.1:0 ${'unix://@' .. name}", "relay 127.0.0.1:0 $wide")},
	{"attach", hostileAttach},
	{"history", typed("y = 'EVIL \x1b[200~\x1b]0;owned\x07"+forged+"\n"+forged+"\x1b[201~'", "history", "history 3")},
	{"jobs and aliases", typed("alias evil print EVIL\u202e"+forged, "alias", "every 9s print('EVIL') --\u202e"+forged, "jobs", "help evil")},
	{"completion menu", hostileMenu},
	{"log file", hostileLog},
	{"words of -c", func(r *hostileFixture) {
		r.run("-c", "dial "+r.tcp()+" c; recvuntil c EVIL; print(c:recv()); error(c:recv())")
		r.runPiped("-c", "dial "+r.tcp()+" c; error(c:recvuntil('EVIL'), 0)")
	}},
	{"names in words of -c", func(r *hostileFixture) {
		r.write("n.sosh", "name = '@' .. "+hostileLua(strangeName)+"\nserve ${'unix://' .. name} s\nls\ninfo s\ngetsockname s\ndial ${'unix://' .. name} c\nrelay 127.0.0.1:0 $name\nconnect c $name\n")
		r.run("n.sosh")
		r.runPiped("n.sosh")
	}},
	{"sosh run", func(r *hostileFixture) {
		r.write("task.lua", "local x = "+hostileLua(hostileBytes())+"\nspawn(function() error(x, 0) end)\nsleep(0.05)\nerror(x)\n")
		r.run("run", "task.lua")
		r.runPiped("run", "task.lua")
		r.write("raised.lua", "error("+hostileLua(hostileBytes())+", 0)\n")
		r.run("run", "raised.lua")
	}},
	{"command line", func(r *hostileFixture) {
		for _, args := range [][]string{{evil + "\x1b[2J\u202e"}, {"--" + evil + "\x1b[2J"}, {"test", "--format", evil + "\x1b[2J"}, {"test", evil + "\x1b[2J\u009b/none"}, {"run", evil + "\x1b[2J\u009b"}, {evil + "\u202e.sosh"}} {
			r.run(args...)
			r.runPiped(args...)
		}
	}},
	{"sosh replay", func(r *hostileFixture) {
		text, _ := json.Marshal(hostileBytes())
		name, _ := json.Marshal(strangeName)
		first := `{"recording":1,"start":"2026-01-01T00:00:00Z"}` + "\n"
		event := func(typ, more string) string {
			return `{"type":"` + typ + `","handle":` + string(name) + `,"kind":"tcp","local":"127.0.0.1:1","peer":` + string(name) + more + "}\n"
		}
		r.write("want.jsonl", first+event("connected", "")+event("data", `,"text":`+string(text)))
		r.write("other.jsonl", first+event("connected", "")+event("data", `,"text":`+strings.Replace(string(text), evil, evil+"x", 3)))
		r.write("bad.jsonl", first+event("connected", "")+`{"type":"data","handle":"c","kind":"EVIL\u001b[2J","peer":"EVIL\u001b[2J\u202e:1","text":"x"}`+"\n")
		r.run("replay", "other.jsonl", r.tcp())
		r.run("replay", "want.jsonl")
		r.run("replay", "--serve", "127.0.0.1:0", "bad.jsonl")
		r.run("replay", "--only", "9", "bad.jsonl")
	}},
	{"record and save", typed("record ${name .. '.jsonl'}", "record $name", "record $wide", "record", "record off", "save ${name .. '.jsonl'}", "save ${'/nowhere/' .. name .. '.html'}")},
	{"sosh convert", func(r *hostileFixture) {
		strange := evil + "\x1b[2J\u202e"
		r.write("bad.jsonl", `{"recording":1,"start":"2026-01-01T00:00:00Z","program":"EVIL\u001b[2J"}`+"\n"+`{"type":"EVIL\u001b[2J\u202e"}`+"\n{EVIL\x1b[2J\n")
		for _, args := range [][]string{{"bad.jsonl", strange}, {strange + ".jsonl", "x.pcapng"}} {
			r.run(append([]string{"convert"}, args...)...)
		}
		r.run("--record", "/nowhere/"+strange+".jsonl", "-c", "ls")
		r.run("--record", strange, "-c", "ls")
	}},
	{"report pretty", hostileReport("pretty")},
	{"report TAP", hostileReport("tap")},
	{"report JUnit", hostileReport("junit")},
	{"report JSON", hostileReport("json")},
	{"ncat -v", func(r *hostileFixture) {
		r.unix()
		r.runStderr("ncat", "-v", "--recv-only", "-U", "@"+strangeName)
	}},
	{"ncat -v --ssl", func(r *hostileFixture) {
		host, port, _ := strings.Cut(r.tls(), ":")
		r.runStderr("ncat", "-v", "--recv-only", "--ssl", host, port)
		r.runStderr("ncat", "-v", "--recv-only", "--ssl-verify", host, port)
	}},
	{"certificate", func(r *hostileFixture) {
		r.prompt("dial tls://"+r.tls()+" c", "dial tls://"+r.tls()+" d verify=false", "info d", "d", "print(info(d).tls.chain[1].subject)")
	}},
	{"ncat -v -lU", hostileNcat("ncat", "-v", "-lU")},
	{"ncat --chat", hostileNcat("ncat", "--chat", "-v", "-lU")},
}

func hostileAccepted(r *hostileFixture) {
	s := r.begin("serve unix://s s", "on(s, 'accepted', function(h, e) print(e.peer) end)")
	r.visit("unix", r.path("s"), "@"+strangeName)
	s.Wait("the event", func(screen string) bool { return strings.Contains(screen, "s.1 <-") })
	s.Press("ls\rinfo s.1\rrecv s.1\rs.1\r")
	s.Wait("its end", func(screen string) bool { return s.Paste.On.Load() >= 8 })
	r.end(s)
}

// hostileWidths has names that the terminal would break in each of its columns.
func hostileWidths(r *hostileFixture) {
	s := r.begin("socket unix s", "bind s s", "listen s 100")
	for i := range hostileColumns {
		r.visit("unix", r.path("s"), "@"+evil+strings.Repeat("w", i)+forged+forged)
		s.Press("accept s\r")
		s.WaitFor("the accepted one", func() bool { return int(s.Paste.On.Load()) >= 6+i })
	}
	r.end(s)
}

func hostileDatagrams(r *hostileFixture) {
	s := r.begin("socket unixgram u", "bind u u")
	r.visit("unixgram", r.path("u"), "@"+strangeName)
	s.Wait("the event", func(screen string) bool { return strings.Contains(screen, evil) })
	s.Press("recvfrom u\rview u none\r")
	s.WaitFor("recvfrom", func() bool { return s.Paste.On.Load() >= 6 })
	r.visit("unixgram", r.path("u"), "@2"+strangeName)
	s.Press("recvfrom u\rls\rinfo u\r")
	s.WaitFor("recvfrom", func() bool { return s.Paste.On.Load() >= 9 })
	r.end(s)
}

// hostileAttach waits until the end of the peer's stream returns it to the prompt. It types
// nothing before: the terminal would echo the keys in the middle of the shell's output.
func hostileAttach(r *hostileFixture) {
	s := r.begin("set view none", "dial $TCP c", "view c auto", "view c none", "dial $TCP d")
	attach := func(line string) {
		before := bytes.Count(s.Wrote.Bytes(), []byte(evil))
		n := len(s.Wrote.Bytes())
		s.Press(line + "\r")
		came := func() []byte {
			wrote := s.Wrote.Bytes()
			if bytes.Count(wrote, []byte(evil)) == before {
				return nil
			}
			return wrote[n:]
		}
		s.WaitFor("the peer and its end", func() bool {
			return bytes.Contains(came(), []byte("detached: ")) || bytes.Contains(came(), []byte("ended its stream already"))
		})
		if !bytes.Contains(came(), []byte("detached: ")) {
			s.Press("\x1d") // the stream had ended before
		}
		s.WaitFor("the prompt", func() bool {
			_, after, back := bytes.Cut(came(), []byte("detached"))
			return back && bytes.Contains(after, []byte("sosh>")) && s.Paste.On.Load() > s.Paste.Off.Load()
		})
	}
	attach("attach d")
	attach("set view auto; dial " + r.tcp() + " e; attach e")
	r.end(s)
}

func hostileMenu(r *hostileFixture) {
	r.write("a"+evil+"\x1b]0;owned\x07\u202e", "")
	r.write("aa\n"+forged, "")
	r.write(forged+evil, "")
	s := r.begin()
	for _, line := range []string{"source ", "!cat ", "source a"} {
		s.Press(line + "\t\t") // the beginning that names have in common, and the menu
		s.Wait("a menu", func(screen string) bool { return strings.Contains(screen, evil) })
		s.Press("\x07\x15")
		s.Wait("an empty line", func(screen string) bool { return !strings.Contains(screen, evil) })
	}
	s.Press("\x03")
	s.WaitFor("the prompt", func() bool { return s.Paste.On.Load() >= 3 })
	r.end(s)
}

func hostileLog(r *hostileFixture) {
	s := r.begin("log log", "serve unix://s s")
	r.visit("unix", r.path("s"), "@"+strangeName)
	s.Wait("the event", func(screen string) bool { return strings.Contains(screen, "s.1 <-") })
	r.end(s)
	r.checkFile("log")
}

// hostileReport shows a failed test in a format of sosh test.
func hostileReport(format string) func(*hostileFixture) {
	return func(r *hostileFixture) {
		x, name := hostileLua(hostileBytes()), hostileLua(strangeName)
		r.write("e_test.lua", `
local x, name = `+x+`, `+name+`
test("sockets", function(t)
	local s = socket("unix"):bind("@"..name):listen()
	local c = dial("unix://@"..name)
	send(c, x)
	local p = accept(s)
	t:log(x)
	print(x)
	t:eq(recv(p), x.."y")
end)
test("name "..name, function(t) error(x, 0) end)
test("nested", function(t) t:run(name, function(t) t:check(false, x) end) end)
test("skipped", function(t) t:skip(x) end)
test("todo", function(t) t:todo(x) t:eq(x, "") end)
test("process", function(t) local p = exec("printf", "%s\n", x) p:wait() t:fail(name) end)
test("task", function(t) spawn(function() error(x) end) sleep(0.05) end)
test("expect", function(t)
	local s = socket("tcp"):bind("127.0.0.1:0"):listen()
	local c = dial((s:getsockname()))
	local p = accept(s)
	send(p, x)
	expect(c, "never", {timeout = 0.1})
end)
`)
		r.write("b_test.lua", "error("+x+", 0)\n")
		r.run("test", "-v", "--format", format)
		c := r.command("test", "-v", "--format", format, "-o", "report")
		if err := c.Start(); err != nil {
			r.Fatal(err)
		}
		defer r.limit(c)()
		c.Wait()
		r.checkFile("report")
	}
}

// hostileNcat has a listener in a terminal that peers of all names visit.
func hostileNcat(args ...string) func(*hostileFixture) {
	return func(r *hostileFixture) {
		c := r.command(append(args, "s")...)
		s := r.terminal(c)
		r.visitQuietly("unix", r.path("s"), "@"+strangeName)
		s.Wait("the name", func(screen string) bool { return strings.Contains(screen, evil) })
		c.Process.Kill()
		c.Wait()
		s.WaitEnd()
		r.check(s)
	}
}
