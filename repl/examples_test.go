package repl

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sosh/internal/leak"
	"sosh/script"
)

// Every example of the table parses, and is of the verb that it stands at or
// leads up to it.
func TestExamplesParse(t *testing.T) {
	s := exampleShell(t)
	for _, v := range s.machine.Verbs() {
		shows := len(v.Example) == 0
		for _, line := range v.Example {
			list, err := parseLine(line, s.isCommand, s.takesRest)
			if err != nil {
				t.Errorf("%s: %s: %v", v.Name, line, err)
				continue
			}
			for _, st := range list {
				if st.Lua != "" {
					called := v.Name
					if _, name, ok := v.Object(); ok {
						called = ":" + name
					}
					shows = shows || strings.Contains(st.Lua, called+"(")
					continue
				}
				used := s.machine.Verb(st.Name)
				shows = shows || used == v
				args, opts, _, err := s.arguments(t.Context(), line, "", used, st)
				if err != nil {
					t.Errorf("%s: %s: %v", v.Name, line, err)
				}
				if least, most := arity(used, opts); len(args) < least || len(args) > most {
					t.Errorf("%s: %s: %d arguments, expected %d to %d", v.Name, line, len(args), least, most)
				}
			}
		}
		if !shows {
			t.Errorf("no example of %s shows it", v.Name)
		}
		if len(v.Example) == 0 {
			t.Errorf("%s has no example", v.Name)
		}
	}
}

// arity is how many arguments a verb takes in words, at least and at most.
func arity(v *script.Verb, opts map[string]script.Arg) (least, most int) {
	for _, p := range v.Params {
		_, isHex := opts["hex"]
		_, isFile := opts["file"]
		switch {
		case p.Type == script.FunctionType:
			continue
		case !p.Optional && !(p.Type == script.DataType && (isHex || isFile)):
			least++
		}
		most++
	}
	if v.Rest {
		most = 1 << 10
	}
	return least, most
}

// exampleShell returns a shell that says nothing and has no prompt.
func exampleShell(t *testing.T) *Shell {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := testShell(t, &output{stdout: null, stderr: null}, false)
	t.Cleanup(func() { s.end(); null.Close() })
	return s
}

// What the examples of a verb take as given: the usual connection, datagram
// sockets, or nothing, as they make it themselves.
const (
	connection = `socket tcp srv; bind srv 127.0.0.1:0; listen srv; dial ${getsockname(srv)} c; accept srv p
send p "line\r\n\r\n and more"; socket tcp s`
	datagrams = `socket udp u; bind u 127.0.0.1:0; socket udp x; sendto x ${getsockname(u)} hello`
)

var exampleNeeds = map[string]string{
	"socket": "", "bind": "", "listen": "", "connect": "", "dial": "", "serve": "", "sendto": "", "sleep": "",
	"accept":   connection + "; dial ${getsockname(srv)} d; dial ${getsockname(srv)} e",
	"recv":     connection + "; spawn(function() sleep(0.1) send(p, 'x') end)",
	"expect":   connection + `; send p "+PONG\r\nHTTP/1.1 200 OK\r\n"`,
	"recvall":  connection + "\nclose p",
	"recvfrom": datagrams,
	"faulty":   datagrams,
	"setopt":   connection + "\n" + datagrams,
	"starttls": "serve 127.0.0.1:0 srv; dial ${getsockname(srv)} c; p = wait('srv.1', 'accepted'); spawn(function() starttls(p, {server = true}) end)",
	"wait":     connection + "; spawn(function() shutdown(p) sleep(0.2) close(srv) end)",
}

// The examples of the verbs do what they say, with real sockets.
func TestExamplesRun(t *testing.T) {
	if leak.Alone(t) {
		return
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "request.bin"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	recorded := `{"recording":1}
{"type":"connected","handle":"c","kind":"tcp","local":"127.0.0.1:2","peer":"127.0.0.1:1"}
`
	if err := os.WriteFile(filepath.Join(dir, "session.jsonl"), []byte(recorded), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addresses := strings.NewReplacer("127.0.0.1:6379", l.Addr().String())
	for _, v := range script.Verbs() {
		t.Run(v.Name, func(t *testing.T) {
			s := exampleShell(t)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			needs, ok := exampleNeeds[v.Name]
			if !ok {
				needs = connection
			}
			if err := s.exec(ctx, needs, "needs"); err != nil {
				t.Fatal(err)
			}
			for _, line := range v.Example {
				if err := s.exec(ctx, addresses.Replace(line), ""); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
		})
	}
}
