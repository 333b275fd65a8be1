package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// smtpdMutex is held by a test that runs smtpd, which must be the only one on the machine.
var smtpdMutex sync.Mutex

func smtpd(t *testing.T) string {
	path := lookOrSkip(t, "smtpd")
	if os.Getuid() != 0 {
		t.Skip("smtpd can be run by root only")
	}
	smtpdMutex.Lock()
	t.Cleanup(smtpdMutex.Unlock)
	conf := filepath.Join(t.TempDir(), "conf")
	return serverOn(t, func(port int) *exec.Cmd {
		text := fmt.Sprintf("listen on 127.0.0.1 port %d hostname mx.example.org\naction hop relay host \"smtp://127.0.0.1:9\"\n"+
			"match from any for domain \"example.org\" action hop\n", port)
		if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(path, "-F", "-B", "queue=ram", "-f", conf)
	})
}

func mosquitto(t *testing.T) string {
	path := lookOrSkip(t, "mosquitto")
	conf := filepath.Join(t.TempDir(), "conf")
	return serverOn(t, func(port int) *exec.Cmd {
		if err := os.WriteFile(conf, fmt.Appendf(nil, "listener %d 127.0.0.1\nallow_anonymous true\nlog_type none\n", port), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(path, "-c", conf)
	})
}

// calculator is the server of testdata/protocols/calc_test.lua, in a few lines.
func calculator(t *testing.T) string {
	return soshServer(t, `
local srv = serve("127.0.0.1:0", function(c)
	local total = 0
	for request in frames(c, {length = ">I2"}) do
		local name, number = unpack(">c1 d", request)
		total = name == "+" and total + number or total * number
		send_frame(c, pack(">B d", 0, total), {length = ">I2"})
	end
end)
`)
}

// soshServer starts a program that makes a listener srv, and returns its address.
func soshServer(t *testing.T, source string) string {
	t.Helper()
	address, _ := startSosh(t, source)
	return address
}

// startSosh is soshServer with arguments of sosh. It also returns a function that ends the program
// and waits for it.
func startSosh(t *testing.T, source string, args ...string) (address string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	file, said := filepath.Join(dir, "server.lua"), filepath.Join(dir, "address")
	source += fmt.Sprintf("\nwrite_file(%q, (getsockname(srv)))\nos.rename(%[1]q, %q)\n", said+".new", said)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sosh", append(args, file)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	ended := start(t, cmd)
	address, err := awaitFile(said, ended)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return address, func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the server does not end")
		}
	}
}

// between returns the address of a relay to a server that replaces one text in its answers by
// another, in datagrams too.
func between(t *testing.T, address, old, new string) string {
	if scheme, rest, ok := strings.Cut(address, "://"); ok {
		return scheme + "://" + soshServer(t, fmt.Sprintf(`
local srv = serve("udp://127.0.0.1:0", function(c)
	local up = dial(%q)
	while true do
		send(up, (recv(c)))
		local answer = recv(up)
		send(c, (regex.gsub(answer, %q, %q)))
	end
end)`, "udp://"+rest, old, new))
	}
	return soshServer(t, fmt.Sprintf(`local srv = relay("127.0.0.1:0", %q, {on_server = function(data) return (regex.gsub(data, %q, %q)) end})`, address, old, new))
}

// runIn runs sosh in a directory, and returns all that it wrote, and its exit status.
func runIn(t *testing.T, dir string, env []string, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command("sosh", args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	timer := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer timer.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// recorded are sessions with servers: what is recorded, and an answer of the server that is
// changed then.
var recorded = []struct {
	name     string
	server   func(*testing.T) string
	scheme   string
	words    string // after dial
	masks    []string
	old, new string
	failure  string // of the test
}{
	{"redis", redis, "", `send c "PING\r\n"; recvline c; send c "SET k v\r\n"; recvline c; send c "*2\r\n\$3\r\nGET\r\n\$1\r\nk\r\n"; recvline c; recvline c; close c`,
		nil, "v", "w", `eq: got "w", want "v"`},
	{"smtp", smtpd, "", `recvline c; send c "EHLO localhost\r\n"; recvuntil c "HELP\r\n"; send c "MAIL FROM:<a@example.com>\r\n"; recvline c; ` +
		`send c "RCPT TO:<b@example.org>\r\n"; recvline c; send c "DATA\r\n"; recvline c; send c "Subject: hi\r\n\r\nHello.\r\n.\r\n"; recvline c; send c "QUIT\r\n"; recvline c; recvall c`,
		[]string{`2.0.0: \w+ Message|2.0.0 \w+ Message`}, "Recipient ok", "Recipient gone", `want "250 2.1.5 Destination address valid: Recipient ok"`},
	{"http", nginx, "", `send c "GET /hello.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"; recvall c`,
		[]string{`Date: .*`}, "200 OK", "200 No", `eq: got "HTTP/1.1 200 No", want "HTTP/1.1 200 OK"`},
	{"dns", dnsmasq, "udp://", `send c hex="0007 0100 0001 0000 0000 0000 04 736f7368 04 74657374 00 0001 0001"; recv c`,
		nil, `\x07$`, "\x08", "! 00000028"},
	{"mqtt", mosquitto, "", `send c hex="10 10 0004 4d515454 04 02 003c 0004 736f7368"; recv c; send c hex="82 0b 0001 0006 6e6577732f2b 00"; recv c; ` +
		`send c hex="30 0c 0005 6e6577732f 68656c6c6f"; recv c; send c hex="e000"; close c`,
		nil, "hello", "hullo", "! 00000008"},
	{"calc", calculator, "", `send c hex="0009 2b 4018000000000000"; recv c; send c hex="0009 2a 401c000000000000"; recv c; close c`,
		nil, "@E", "@F", "! 00000000"},
}

// A recorded session becomes a test that passes with the same server, and so does the session
// played again; with another answer, both fail and say which.
func TestRecorded(t *testing.T) {
	t.Parallel()
	// A line of SMTP whose id, of random digits in hex, has no letters or nothing else (1 in
	// 40): a test that is made takes it for a word or a number that stays.
	wordOrNumber := regexp.MustCompile(`"250 2\.0\.0:? ([0-9]+|[a-f]+) Message`)
	for _, c := range recorded {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			address, dir := c.server(t), t.TempDir()
			var text []byte
			for { // again, where an id by chance does not look like one
				out, status := runIn(t, dir, nil, "--record", "x.jsonl", "-c", "dial "+c.scheme+address+" c; "+c.words)
				if status != 0 {
					t.Fatalf("recording: status %d\n%s", status, out)
				}
				if out, status := runIn(t, dir, nil, "convert", "x.jsonl", "x_test.lua"); status != 0 {
					t.Fatalf("convert: status %d\n%s", status, out)
				}
				var err error
				if text, err = os.ReadFile(filepath.Join(dir, "x_test.lua")); err != nil {
					t.Fatal(err)
				}
				if !wordOrNumber.Match(text) {
					break
				}
				os.Remove(filepath.Join(dir, "x.jsonl"))
				os.Remove(filepath.Join(dir, "x_test.lua"))
			}
			replay := []string{"replay", "--timeout", "2"}
			for _, m := range c.masks {
				replay = append(replay, "--mask", m)
			}
			if out, status := runIn(t, dir, nil, "test", "x_test.lua"); status != 0 {
				t.Errorf("the test, with the same server: status %d\n%s\n%s", status, out, text)
			}
			if out, status := runIn(t, dir, nil, append(replay, "x.jsonl", address)...); status != 0 {
				t.Errorf("the replay, with the same server: status %d\n%s", status, out)
			}
			other := strings.TrimPrefix(between(t, c.scheme+address, c.old, c.new), "udp://")
			if out, status := runIn(t, dir, []string{"ADDRESS=" + other}, "test", "x_test.lua"); status != 1 || !strings.Contains(out, c.failure) {
				t.Errorf("the test, with another answer: status %d, want 1 and %s\n%s\n%s", status, c.failure, out, text)
			}
			if out, status := runIn(t, dir, nil, append(replay, "x.jsonl", other)...); status != 1 || !strings.Contains(out, "connection 1: the server 127.0.0.1:") {
				t.Errorf("the replay, with another answer: status %d, want 1\n%s", status, out)
			}
		})
	}
}

// played are clients of other projects, whose server is played.
var played = []struct {
	name   string
	server func(*testing.T) string
	scheme string
	args   func(host, port string) []string
	masks  []string
}{
	{"redis-cli", redis, "", func(_, port string) []string { return []string{"-p", port, "SET", "k", "a b"} }, nil},
	{"curl", nginx, "", func(_, port string) []string {
		return []string{"-sS", "http://127.0.0.1:" + port + "/hello.txt", "http://localhost:" + port + "/hello.txt"}
	}, nil},
	{"dig", dnsmasq, "udp://", func(_, port string) []string {
		return []string{"@127.0.0.1", "-p", port, "+short", "+nocookie", "sosh.test"}
	}, []string{`(?s)^..`}},
	{"swaks", smtpd, "", func(_, port string) []string {
		return []string{"--server", "127.0.0.1:" + port, "--helo", "localhost", "--from", "a@example.com", "--to", "b@example.org"}
	}, []string{`(?m)^(Date|Message-Id|Subject): .*`}},
	{"mosquitto_pub", mosquitto, "", func(_, port string) []string {
		return []string{"-p", port, "-i", "sosh", "-t", "news", "-q", "1", "-m", "hello"}
	}, nil},
}

// The server of a recording, played for the same client, satisfies it.
func TestPlayedServer(t *testing.T) {
	t.Parallel()
	for _, c := range played {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := lookOrSkip(t, c.name)
			dir := t.TempDir()
			client := func(address string) string {
				host, port, _ := strings.Cut(address, ":")
				out, err := exec.Command(path, c.args(host, port)...).CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return string(out)
			}
			recording := filepath.Join(dir, "x.jsonl")
			via, stop := recordedRelay(t, c.scheme+c.server(t), recording)
			first := client(via)
			if c.scheme == "" { // the relay may not have read the client's last bytes yet
				text, err := os.ReadFile(recording)
				if err != nil {
					t.Fatal(err)
				}
				accepted := strings.Count(string(text), `"type":"accepted"`)
				if err := awaitMatches(recording, regexp.MustCompile(`"type":"closed","handle":"[a-z0-9]+\.[0-9]+"`), accepted); err != nil {
					t.Fatal(err)
				}
			}
			stop() // only then is the recording whole
			cmd := exec.Command("sosh", "replay", "--serve", "127.0.0.1:0", "--port-file", "port", "--only", via)
			for _, m := range c.masks {
				cmd.Args = append(cmd.Args, "--mask", m)
			}
			cmd.Args, cmd.Dir = append(cmd.Args, recording), dir
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			ended := start(t, cmd)
			port, err := awaitFile(filepath.Join(dir, "port"), ended)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			again := client("127.0.0.1:" + port)
			select {
			case <-ended:
			case <-time.After(patience):
				t.Fatal("the replay does not end")
			}
			if cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("status %d\n%s", cmd.ProcessState.ExitCode(), out.String())
			}
			if c.name != "swaks" && first != again { // swaks prints the date
				t.Errorf("the client got:\n%s\nand at first:\n%s", again, first)
			}
		})
	}
}

// recordedRelay starts a relay to a server that is recorded in a file. It returns its address and
// a function that ends it.
func recordedRelay(t *testing.T, address, file string) (string, func()) {
	t.Helper()
	if strings.HasPrefix(address, "udp://") {
		return startSosh(t, fmt.Sprintf(`
local srv = serve("udp://127.0.0.1:0", function(c)
	local up = dial(%q)
	while true do
		send(up, (recv(c)))
		send(c, (recv(up)))
	end
end)`, address), "run", "--record", file)
	}
	return startSosh(t, fmt.Sprintf(`local srv = relay("127.0.0.1:0", %q)`, address), "run", "--record", file)
}
