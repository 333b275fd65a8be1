package repl

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sosh/repl/console"
)

func testShell(t testing.TB, out *output, live bool) *Shell {
	t.Helper()
	s, err := newShell(out, live, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// completionShell is a shell with a handle of each sort, without a terminal.
func completionShell(t testing.TB) *Shell {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := testShell(t, newOutput(null, null, null), true)
	t.Cleanup(func() {
		s.end()
		null.Close()
	})
	for _, line := range []string{
		"socket tcp lis; bind lis 127.0.0.1:0; listen lis",
		"addr = getsockname(lis)", "dial $addr con", "accept lis acc",
		"socket tcp fresh", "socket udp dgram", "bind dgram 127.0.0.1:0", "socket unix path",
		"alias myping send con ping", "mytable = {alpha = 1, beta = {gamma = 2}, [1] = 'x'}",
		"every 100 now",
	} {
		if err := s.exec(t.Context(), line, ""); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	// While the job runs it has the machine, and names are not known.
	for ran := false; !ran; runtime.Gosched() {
		s.jobs.mu.Lock()
		ran = s.jobs.list[0].runs > 0
		s.jobs.mu.Unlock()
	}
	return s
}

func TestCompletion(t *testing.T) {
	s := completionShell(t)
	t.Chdir(t.TempDir())
	for _, name := range []string{"data.bin", "dir/inner.txt", "two words.txt", ".hidden", "a\x1b[2J"} {
		os.MkdirAll(filepath.Dir(name), 0o700)
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// All that there are, where no other word is given; else at least these,
	// and none of those after a "-".
	for _, test := range []struct{ line, want string }{
		{"con", "connect con"}, // the command, and what is a name in Lua
		{"conn", "connect"},
		{"  liste", "listen"},
		{"ls; conn", "connect"},
		{"mypi", "myping"},
		{"", "socket connect ls help exit myping -con"},
		{"nosuch", ""},
		{"accept ", "lis -con -acc -fresh -dgram"},
		{"listen ", "fresh -con -lis -dgram"},
		{"send ", "con acc -lis -fresh"},
		{"send c", "con"},
		{"recv ", "con acc dgram -lis -fresh"},
		{"connect ", "fresh path -con -lis"},
		{"close ", "con acc lis fresh dgram path"},
		{"attach ", "con acc -lis -fresh"},
		{"view ", "con lis"},
		{"view con ", "auto text hex json none"},
		{"view con h", "hex"},
		{"socket ", "tcp tcp4 tcp6 udp udp4 udp6 unix unixgram unixpacket vsock"},
		{"socket unixg", "unixgram"},
		{"recv con t", "timeout="},
		{"recv con timeout=1 t", "-timeout="},
		{"shutdown con ", "read write both"},
		{"set ", "time view color timeout"},
		{"set time ", "clock delta off"},
		{"set view j", "json"},
		{"unalias ", "myping"},
		{"help conn", "connect"},
		{"help opt", "options"},
		{"setopt con nod", "nodelay"},
		{"setopt dgram nodel", ""},
		// Another case, then somewhere in it, then its letters in order.
		{"CONN", "connect"},
		{"send CO", "con -acc"},
		{"setopt con alive", "keepalive"},
		{"setopt con kpidl", "keepidle -keepalive"},
		{"send con # con", ""},
		{"ls -- con", ""},
		{"print('con", ""},
		{"-- con", ""},
		{"ls;", "connect"},
		{"ls; ", "connect"},
		{"dial ", "tcp:// localhost: udp://"},
		{"dial tc", "tcp://"},
		{"dial local", "localhost:"},
		{"dial tcp://local", "tcp://localhost:"},
		{"connect fresh ", "localhost: -tcp://"},
		{"dial localhost:htt", "localhost:http"},
		{"dial unix://d", "unix://dir/ unix://data.bin"},
		{"dial ./d", "./dir/ ./data.bin"},
		{"bind fresh :htt", ":http"},
		{"dial [::1", ""},
		{"send 'co", "con"},
		{`view "con" he`, "hex"},
		{`view con "he`, "hex"},
		{`send "no such`, ""},
		{`recv con timeout="`, ""},
		{"setopt con ", "nodelay keepalive eol inbox -broadcast"},
		{"setopt dgram ", "broadcast reuseaddr -nodelay"},
		{"setopt path ", "sndbuf -nodelay -ttl"},
		{"getopt con keepi", "keepidle keepintvl"},
		{"setopt con nodelay ", "on off -nodelay"},
		{"wait con ", "data eof closed"},
		{"source d", "data.bin dir/"},
		{"source dir/", "dir/inner.txt"},
		{"send con file=d", "data.bin dir/"},
		{"send con file=dir/i", "dir/inner.txt"},
		{"source tw", `"two words.txt"`},
		{`source "tw`, `"two words.txt"`},
		{"!cat d", "data.bin dir/"},
		{"log ./.h", "./.hidden"},
		{"source a", `"a\x1b[2J"`},
		{"send con $my", "mytable"},
		{"send con x$add", "addr"},
		{"send con ${my", "mytable -myping"},
		{"send con ${", "mytable con string print"},
		{"send con x${mytable.al", "alpha"},
		{"ls; dial ${lis:getsock", "getsockname"},
		{"time send con \"${con:getp", "getpeername"},
		{"send con ${f{con:getp", "getpeername"},
		{"con:se", "send sendline"},
		{"con:nosuch", ""},
		{"mytable.", "alpha beta"},
		{"mytable.beta.", "gamma"},
		{"print(mytable.al", "alpha"},
		{"string.for", "format"},
		{"x = st", "string"},
		{"print(co", "con connect coroutine"},
		{"return mytab", "mytable"},
		{"time conn", "connect"},
		{"time send c", "con"},
		{"every 2 send ", "con acc -lis"},
		{"alias x conn", "connect"},
		{"kill ", "1"},
		{"for i = 1, 2 do\n  con:se", "send sendline"},
		{"ls\nconn", "connect"},
		{"send con \"open quote con", ""},
	} {
		from, found := s.complete(test.line)
		if from < 0 || from > len(test.line) {
			t.Errorf("%q: from %d", test.line, from)
			continue
		}
		var got []string
		for _, c := range found {
			got = append(got, strings.TrimRight(c.Text, " "))
		}
		if test.want == "" && len(got) > 0 {
			t.Errorf("%q: %q, want none", test.line, got)
		}
		if strings.Contains(test.want, `"`) {
			if !slices.Contains(got, test.want) {
				t.Errorf("%q: %q, want %q", test.line, got, test.want)
			}
			continue
		}
		for _, w := range strings.Fields(test.want) {
			not, isNot := strings.CutPrefix(w, "-")
			if isNot && slices.Contains(got, not) {
				t.Errorf("%q: %q has %s", test.line, got, not)
			}
			if !isNot && !slices.Contains(got, w) {
				t.Errorf("%q: %q has no %s", test.line, got, w)
			}
		}
	}
}

// TestCompletionQuotes: a file's name is one word to this shell, whatever it has in it and
// however much of it was typed, in quotes or not.
func TestCompletionQuotes(t *testing.T) {
	s := completionShell(t)
	t.Chdir(t.TempDir())
	names := append(slices.Clone(hostileFiles), "x\";!touch X;\"", "y';!touch X;'", "${os.exit()}", "$addr", "z=1", "tail\\", "u\u202e")
	for _, name := range names {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		_, first := utf8.DecodeRuneInString(name)
		for _, command := range []string{"source ", "send con file=", "log ", "ls; source "} {
			for _, typed := range []string{`"`, "'", name[:first], `"` + name[:first], "'" + name[:first]} {
				if strings.ContainsAny(typed, "$\\") || typed == "''" {
					continue
				}
				line := command + typed
				from, found := s.complete(line)
				i := slices.IndexFunc(found, func(c console.Candidate) bool { return c.Name == name })
				if i < 0 {
					t.Errorf("%s: no %q among %d", line, name, len(found))
					continue
				}
				completed := line[:from] + found[i].Text
				var last statement
				for at := 0; ; {
					st, next, err := nextStatement(completed, at, s.isCommand, s.takesRest)
					if err != nil {
						t.Fatalf("%s: %s: %v", line, completed, err)
					}
					if st.empty() {
						break
					}
					last, at = st, next
				}
				if n := len(last.Words); n == 0 {
					t.Errorf("%s: %s ends in %+v", line, completed, last)
				} else if got, _ := valueOf(last).text(); got != name {
					t.Errorf("%s: %s is %q, want %q", line, completed, got, name)
				}
			}
		}
	}
}

// valueOf is the last word of st, without its key if it is an option.
func valueOf(st statement) word {
	w := st.Words[len(st.Words)-1]
	if st.Name == "send" {
		return w.value()
	}
	return w
}

func TestCompletionNotes(t *testing.T) {
	s := completionShell(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("big", make([]byte, 3<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	con, err := s.table.Get("", "con")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ line, name, note string }{
		{"send con", "con", "tcp connected " + con.PeerAddr().String()},
		{"close fres", "fresh", "tcp new"},
		{"close lis", "lis", "tcp listening at " + con.PeerAddr().String()},
		{"recv con timeo", "timeout", "time limit, in seconds or with a unit: 0.5, 500ms"},
		{"source bi", "big", "3.0 KiB"},
		{"mypi", "myping", "send con ping"},
		{"kill ", "1", "now"},
		{"connec", "connect", "connect a socket to an address"},
		{"dial " + con.PeerAddr().String()[:12], con.PeerAddr().String(), "lis, listening"},
		{"con:sen", "send", "send bytes, or one datagram"},
	} {
		_, found := s.complete(test.line)
		i := slices.IndexFunc(found, func(c console.Candidate) bool { return c.Name == test.name })
		if i < 0 {
			t.Errorf("%s: no %s among %v", test.line, test.name, found)
		} else if found[i].Note != test.note {
			t.Errorf("%s: the note of %s is %q, want %q", test.line, test.name, found[i].Note, test.note)
		}
	}
}

func TestLiveCompletion(t *testing.T) {
	l := startLive(t, liveConfig{})
	c := l.dial("client")
	l.write("file\x1b]0;owned\a.txt", "", t)
	l.write("filetwo.txt", "", t)
	l.clear()
	l.press("sen\td\t")
	l.wait("sendto, or the list", func(screen string) bool { return strings.Contains(screen, "sosh> send") })
	l.press("\x15send cl\thello\r")
	l.awaitPrompt()
	l.hears(c, "hello")
	l.press("view cl\the\t\r")
	l.awaitPrompt()
	l.sees("sosh> view client hex")
	// A list, with what each is; the line stays.
	l.clear()
	l.press("getopt client keep\t")
	l.sees("sosh> getopt client keep\n", "keepalive", "keepidle", "keepintvl", "keepcnt")
	l.press("\x15client:rec\t")
	l.sees("sosh> client:recv")
	l.press("\x15!cat fi\t\t")
	l.sees("sosh> !cat file", "filetwo.txt")
	l.press("\x15source fi\t\t")
	l.sees("sosh> source ", "filetwo.txt")
	l.press("\x03")
	l.awaitPrompt()
	if strings.Contains(l.vt.Title(), "owned") || strings.Contains(string(l.wrote.Bytes()), "\x1b]") {
		t.Error("the name of a file reached the terminal as it is")
	}
	l.quit()
}

// FuzzComplete: no line panics, and what is completed begins in it.
func FuzzComplete(f *testing.F) {
	s := completionShell(f)
	for _, line := range []string{
		"", " ", "send ", "send con \"", "con:", "con:.x", "mytable.beta.", "$", "send $", "${", "!", "!x y", "; ;", "a[\"b", "every", "every ",
		"alias a", "time time time s", "setopt con nodelay ", "setopt x ", "setopt  ", "x\ny\nz", "recv con timeout=", "send con file=/", "=", ".", ":", "é日 ", "view con\x00",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		from, found := s.complete(line)
		if from < 0 || from > len(line) {
			t.Fatalf("%q: from %d", line, from)
		}
		if len(found) > 0 && utf8.ValidString(line) && !utf8.ValidString(line[from:]) {
			t.Fatalf("%q: from %d is within a character", line, from)
		}
	})
}
