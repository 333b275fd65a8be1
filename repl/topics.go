package repl

import (
	"strings"

	"sosh/script"
	"sosh/sockets"
	"sosh/sockets/sockopt"
)

// A topic is a subject of help other than a verb.
type topic struct {
	name, summary string
	// prose has a paragraph on each line; lines that begin with two blanks are
	// examples.
	prose string
	rows  func() [][]string // names, and a line about each; may be nil
}

// text is the topic for a terminal.
func (t *topic) text(columns int) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(t.prose), "\n") {
		if strings.HasPrefix(line, "  ") {
			b.WriteString(line + "\n")
		} else {
			b.WriteString(wrap(line, "", columns))
		}
	}
	if t.rows != nil {
		b.WriteString("\n")
		for _, r := range t.rows() {
			b.WriteString(entry(r[0], r[1], 16, columns))
		}
	}
	return b.String()
}

// findTopic returns the topic of that name, or nil.
func findTopic(name string) *topic {
	for i := range topics {
		if topics[i].name == name {
			return &topics[i]
		}
	}
	return nil
}

var topics = []topic{
	{name: "words", summary: "how a line of words is spelled", prose: `
A line that begins with a verb or a command is words: NAME ARGUMENT... KEY=VALUE... It means the same as the call in Lua.
  connect c 127.0.0.1:6379 timeout=2
  connect(c, "127.0.0.1:6379", {timeout = 2})
A ; ends a command, -- begins a comment.
Double quotes take escapes: \r \n \t \0 \e \xHH \u{H} \" \\ \$. Single quotes take none. Without quotes a backslash stands for itself, except before $ ; " ' and a blank.
$name and ${expression} put a Lua value in, in bare words and in double quotes.
The words of data are joined by one blank each: send c hello world sends hello world. Quotes keep several blanks.
`},
	{name: "lua", summary: "Lua at the prompt and in scripts", prose: `
Every line that is not words is Lua 5.1; the value of an expression is printed. Unfinished Lua continues on the next line.
Verbs are functions, and methods of handles: c:send("x") is send(c, "x"). Live handles are global variables; srv[1] is the connection srv.1, and handles["srv.1"] reaches any.
#c is the number of unread bytes in the inbox.
An error of a verb is a table: op, handle, addr, code, message, hint. The code is the errno's name, or timeout, closed, cancelled, limit, resolve, argument, tls, plaintext. When a send fails midway, sent is the number of bytes that were sent.
  ok, e = pcall(connect, c, "127.0.0.1:1")
  e.code
spawn(fn) starts a task; while one task waits, the others run.
sosh run FILE runs a script by itself; there, handles are not global variables.
`},
	{name: "library", summary: "the functions that scripts have beside the verbs and Lua's own", rows: libraryRows, prose: `
For protocols and their tests. help NAME tells about one, with an example.
`},
	{name: "tests", summary: "tests of protocols, which sosh test runs", prose: `
A file whose name ends in _test.lua defines tests; each is a function that is called with t.
  test("ping is answered", function(t)
    local c = dial("127.0.0.1:6379")
    send(c, "PING\r\n")
    t:eq(recvline(c), "+PONG")
  end)
sosh test runs the tests in this directory and below; prove -e 'sosh test --format tap' runs such files too. A test has handles, tasks and processes of its own, which end with it. It fails at the first check that fails, and then shows what differed, the output of its programs, and the traffic of its sockets with times.
t:eq and t:ne compare, t:ok checks for a true value, t:match for a pattern, t:near for a number; t:error calls a function that must fail; t:closed checks that a peer closes, t:quiet that it sends nothing. t:run runs a nested test; t:skip, t:todo, t:fail and t:log do what they say. help eq or help t:eq explains one.
Options come before the function: test("name", {timeout=2, tags={"slow"}, retry=1, parallel=true}, fn). help test explains each.
before(fn), after(fn), before_all(fn) and after_all(fn) run around the tests of a file, but not around tests nested by t:run; before can skip a test with t:skip. exec starts the program under test, and free_port() finds a port for it.
The tests of a file run in turn and share its variables. A test with parallel=true has its own Lua machine, which loads the file again, and before_all and after_all run for it separately.
A server in the same file is serve(address, fn) in before_all, or in a test. An error of fn fails the test, unless the error is that its client has left.
sosh types writes annotations of all this for the Lua Language Server, so that editors can complete it.
`},
	{name: "options", summary: "the socket options", rows: optionRows, prose: `
setopt H OPTION VALUE sets one, getopt H OPTION reads it. The prefix, case and dashes of a name do not count: SO_REUSEADDR is reuseaddr. help OPTION explains one.
`},
	{name: "kinds", summary: "the kinds of socket", rows: kindRows, prose: `
socket KIND makes a socket of that kind; dial and serve take KIND:// before the address.
`},
	{name: "tls", summary: "TLS and DTLS", rows: tlsRows, prose: `
socket tls makes a TCP socket that speaks TLS, and dial and serve take tls:// before the address. The handshake is part of connect and of accept; after it, send and recv work as on a plain stream. TLS sets nodelay, which setopt can undo. starttls turns a connected tcp or unix handle into TLS in place.
  dial tls://example.org:443 c alpn=http/1.1
  serve tls://127.0.0.1:8443 srv cert=server.pem
  starttls c servername=mail.example.org
A client verifies the server's certificate against the system's authorities and the host of the address; an error says what is wrong with the certificate. trust= names other authorities, servername= another host, pin= one certificate by its fingerprint, and verify=false accepts any. info H shows the peer's certificates.
A server without cert= makes a temporary certificate, ECDSA on P-256; listen, serve and info show its fingerprint. serve drops a client whose handshake takes more than 10 seconds, and serves others meanwhile.
A server with trust= or clientcert=demand serves only clients with a certificate of an authority: that of trust=, or one of the system's. verify=false accepts any certificate.
In TLS 1.3 a client is connected before the server has seen its certificate, so the first recv reports that the server refused it.
shutdown H write sends close_notify, which ends this direction (half-close); the peer's close_notify is the end of the stream. A connection that ends without it may have been truncated: recv then raises code tls, and the data that had come can still be received.
dtls is DTLS 1.2, on UDP: each send is one datagram, of at most 8115 bytes. A server needs serve, as there is no accept; a handle has one peer, and there is no half-close. An alert of the peer after the handshake ends the connection, and is not shown by name.
The options of connect, dial, listen, serve and starttls:
`},
	{name: "addresses", summary: "how addresses are spelled", prose: `
TCP and UDP: HOST:PORT. The host is a name, an IPv4 address, or an IPv6 address in brackets: [::1]:80, [fe80::1%eth0]:80. The port is a number from 0 to 65535 or a service's name.
bind takes :PORT and *:PORT for every local IPv4 address, [::]:PORT for all; port 0 takes a free one.
unix: a path, or @NAME for a name of Linux's abstract namespace.
vsock, on Linux: CID:PORT. The CID is a number, or any (4294967295), local (1), host (2) or hypervisor (0); the port is a number up to 4294967295. bind takes any:0 for a free port.
dial and serve take a kind before it: udp://127.0.0.1:53, unix:///run/x.sock, tcp6://[::1]:80, vsock://host:5000.
`},
	{name: "events", summary: "the events of handles", prose: `
connected, accepted: a connection is there; accepted belongs to the new handle, and also ends a wait for it on the listener. waiting: a connection waits on a listener's queue. data: bytes or a datagram came. sent: bytes or a datagram were sent; in Lua the event's fault is what faulty did to it. eof: the peer ended its side of the stream. reset: the peer reset the connection. icmp: an ICMP error came back for a datagram. error: receiving or accepting failed otherwise. closed: the handle was closed here.
At a prompt they are shown as they come. wait H EVENT waits for one, on(h, event, fn) calls a function for each, and log FILE writes them down.
`},
	{name: "views", summary: "how bytes are shown", prose: `
auto shows JSON if it parses, text if it is mostly printable, else a hexdump. text, hex and json are always that view; full is auto without a limit on the size; none shows nothing.
Received bytes never reach the terminal unescaped: control characters and characters that change the direction of text are shown as escapes such as \x1b, and a backslash from the peer as two.
view H VIEW is for one handle, set view VIEW for all others.
`},
	{name: "keys", summary: "the keys of the prompt", prose: `
Up, Down: the history. Ctrl-R: search it. Tab: complete; twice: list all candidates. Ctrl-A, Ctrl-E, Home, End: to the ends of the line. Alt-B, Alt-F, Ctrl-Left, Ctrl-Right: by words. Ctrl-W, Ctrl-U, Ctrl-K: delete a word, to the start, to the end; Ctrl-Y puts it back. Ctrl-L: clear the screen.
Ctrl-C: stop the running command, or discard the line. Ctrl-D on an empty line: leave. Ctrl-]: come back from attach.
A paste is one edit, even of several lines.
`},
}

func tlsRows() [][]string {
	var rows [][]string
	for _, o := range script.TLSOptions() {
		rows = append(rows, []string{o.Name + "=", o.Doc})
	}
	return rows
}

func kindRows() [][]string {
	names, docs := sockets.Kinds()
	var rows [][]string
	for i := range names {
		rows = append(rows, []string{names[i], docs[i]})
	}
	return rows
}

func optionRows() [][]string {
	var rows [][]string
	for _, o := range sockopt.All() {
		rows = append(rows, []string{o.Name, o.Doc})
	}
	return append(rows,
		[]string{"inbox", "the shell's own: how many bytes the inbox holds, such as 64k"},
		[]string{"eol", "the shell's own: the bytes that sendline and attach add to a line"})
}

// libraryRows are the functions of the library, and a line about each.
func libraryRows() [][]string {
	var rows [][]string
	for _, f := range script.Functions() {
		rows = append(rows, []string{f.Usage(), f.Summary + "; gives " + f.Gives + "."})
	}
	return rows
}

// findFunction returns the function of the library of that name, or nil.
func findFunction(name string) *script.Function {
	for _, f := range script.Functions() {
		if f.Name == name {
			return &f
		}
	}
	return nil
}
