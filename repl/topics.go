package repl

import (
	"strings"

	"sosh/script"
	"sosh/sockets"
)

// A topic is what help tells about that is no verb.
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
Double quotes take escapes: \r \n \t \0 \e \xHH \u{H} \" \\ \$. Single quotes take nothing. Without quotes a backslash is itself, but before $ ; " ' and a blank.
$name and ${expression} put a Lua value in, in bare words and in double quotes.
The words of data are joined by one blank each: send c hello world sends hello world. Quotes keep more.
`},
	{name: "lua", summary: "Lua at the prompt and in scripts", prose: `
Every line that is not words is Lua 5.1; the value of an expression is printed. Unfinished Lua goes on on the next line.
Verbs are functions, and methods of handles: c:send("x") is send(c, "x"). Live handles are global variables; srv[1] is the connection srv.1, and handles["srv.1"] reaches any.
#c is what is unread in the inbox.
An error of a verb is a table: op, handle, addr, code, message, hint. The code is the errno's name, or timeout, closed, cancelled, limit, resolve, argument, tls, plaintext. Where a send fails midway, sent is how many bytes went out.
  ok, e = pcall(connect, c, "127.0.0.1:1")
  e.code
spawn(fn) starts a task; whatever waits in one lets the others run.
sosh run FILE runs a script by itself; there, handles are no globals.
`},
	{name: "library", summary: "the functions that scripts have beside the verbs and Lua's own", rows: libraryRows, prose: `
For protocols and their tests. help NAME tells about one, with an example.
`},
	{name: "tests", summary: "tests of protocols, which sosh test runs", prose: `
A file whose name ends in _test.lua makes tests, each of a function that is called with t.
  test("ping is answered", function(t)
    local c = dial("127.0.0.1:6379")
    send(c, "PING\r\n")
    t:eq(recvline(c), "+PONG")
  end)
sosh test runs those in this directory and below; prove -e 'sosh test --format tap' takes their files, too. A test has handles, tasks and processes of its own, which end with it. It fails at the first check that does, and then shows what differed, what its programs wrote, and what went over its sockets and when.
t:eq and t:ne compare, t:ok asks for what is true, t:match for a pattern, t:near for a number; t:error calls a function that is to fail; t:closed and t:quiet ask what a peer does, or does not. t:run nests a test; t:skip, t:todo, t:fail and t:log are what they say. help eq or help t:eq tells about one.
Options stand before the function: test("name", {timeout=2, tags={"slow"}, retry=1, parallel=true}, fn). help test tells of each.
before(fn), after(fn), before_all(fn) and after_all(fn) stand around the tests of a file, but not around those that t:run nests; before can skip with t:skip. exec starts the program under test, and free_port() finds a port for it.
The tests of a file run in turn and share its variables. One with parallel=true has a machine of its own, in which the file is loaded anew, and before_all and after_all run around it alone.
A server in the same file is serve(address, fn) in before_all, or in a test. An error of fn is one of the test, unless it is that its client has left.
sosh types writes annotations of all this for the Lua Language Server, which editors complete with.
`},
	{name: "options", summary: "the socket options", rows: optionRows, prose: `
setopt H OPTION VALUE sets one, getopt H OPTION reads it. The prefix, case and dashes of a name do not count: SO_REUSEADDR is reuseaddr. help OPTION tells more of one.
`},
	{name: "kinds", summary: "the kinds of socket", rows: kindRows, prose: `
socket KIND makes a socket of that kind; dial and serve take KIND:// before the address.
`},
	{name: "tls", summary: "TLS and DTLS", rows: tlsRows, prose: `
socket tls makes a TCP socket that speaks TLS, and dial and serve take tls:// before the address. The handshake is part of connect and of accept; what is sent and received after it is what a plain stream would carry. It sets nodelay, which setopt can take back. starttls turns a connected tcp or unix handle into TLS in place.
  dial tls://example.org:443 c alpn=http/1.1
  serve tls://127.0.0.1:8443 srv cert=server.pem
  starttls c servername=mail.example.org
A client verifies the server's certificate against the system's authorities and the host of the address; an error says what is wrong with it. trust= names other authorities, servername= another host, pin= one certificate by its fingerprint, and verify=false takes any. info H shows the certificates that the peer has shown.
A server without cert= makes itself a certificate, of ECDSA on P-256, which ends with it; its fingerprint is told by listen and serve, and by info. Clients that serve has not finished the handshake with within 10 seconds are dropped, and hold up no others.
A server with trust= or clientcert=demand serves clients with a certificate of an authority alone: that of trust=, or one of the system's. verify=false takes any certificate.
In TLS 1.3 a client is connected before the server has seen its certificate: that it is refused comes with the first recv.
shutdown H write sends close_notify, the end of this side; the peer's is the end of the stream. A connection that ends without one may be cut short: recv raises code tls then, and what had come can still be received.
dtls is DTLS 1.2, on UDP: each send is one datagram, of at most 8115 bytes. A server is served, and has no accept; a handle has one peer, and the end of one direction can't be sent. An alert of the peer after the handshake ends the connection, and is not told by name.
The options of connect, dial, listen, serve and starttls:
`},
	{name: "addresses", summary: "how addresses are spelled", prose: `
TCP and UDP: HOST:PORT. The host is a name, an IPv4 address, or an IPv6 address in brackets: [::1]:80, [fe80::1%eth0]:80. The port is a number from 0 to 65535 or a service's name.
bind takes :PORT and *:PORT for every local IPv4 address, [::]:PORT for all; port 0 takes a free one.
unix: a path, or @NAME for a name of Linux's abstract namespace.
vsock, on Linux: CID:PORT. The CID is a number, or any (4294967295), local (1), host (2) or hypervisor (0); the port is a number up to 4294967295. bind takes any:0 for a free port.
dial and serve take a kind before it: udp://127.0.0.1:53, unix:///run/x.sock, tcp6://[::1]:80, vsock://host:5000.
`},
	{name: "events", summary: "what is told of handles", prose: `
connected, accepted: a connection is there; accepted is told of the new handle, and to whoever waits for it on its listener. waiting: a connection waits on a listener's queue. data: bytes or a datagram came. sent: they went out; in Lua the event's fault is what faulty did to it. eof: the peer ended its side of the stream. reset: it broke the connection off. icmp: an ICMP error came back for a datagram. error: receiving or accepting failed otherwise. closed: the handle was closed here.
At a prompt they are shown as they come. wait H EVENT waits for one, on(h, event, fn) calls a function for each, and log FILE writes them down.
`},
	{name: "views", summary: "how bytes are shown", prose: `
auto shows JSON if it parses, text if it is mostly printable, else a hexdump. text, hex and json are what they say; none shows nothing.
What a peer sends never reaches the terminal as it is: control characters and what would change the direction of text are shown as escapes, \x1b, and a backslash of the peer's own as two.
view H VIEW is for one handle, set view VIEW for all others.
`},
	{name: "keys", summary: "the keys of the prompt", prose: `
Up, Down: the history. Ctrl-R: search it. Tab: complete; twice: all there is. Ctrl-A, Ctrl-E, Home, End: to the ends of the line. Alt-B, Alt-F, Ctrl-Left, Ctrl-Right: by words. Ctrl-W, Ctrl-U, Ctrl-K: delete a word, to the start, to the end; Ctrl-Y puts it back. Ctrl-L: clear the screen.
Ctrl-C: stop the command that runs, or drop the line. Ctrl-D on an empty line: leave. Ctrl-]: come back from attach.
What is pasted is one edit, even over several lines.
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
	for _, o := range sockets.Options() {
		rows = append(rows, []string{o.Name, o.Doc})
	}
	return append(rows,
		[]string{"inbox", "the shell's own: how many bytes the inbox holds, such as 64k"},
		[]string{"eol", "the shell's own: what sendline and attach put after a line"})
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
