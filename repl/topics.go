package repl

import (
	"strings"

	"sosh/internal/recording/forms"
	"sosh/script"
	"sosh/script/decoders"
	"sosh/script/luasocket"
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
			b.WriteString(entry(r[0], r[1], 18, columns))
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
	{name: "words", summary: "the syntax of words", prose: `
A line that begins with the name of a verb or a command is a line of words: NAME ARGUMENT... KEY=VALUE... It does the same as the call in Lua:
  connect c 127.0.0.1:6379 timeout=2
  connect(c, "127.0.0.1:6379", {timeout = 2})
; ends a command, and -- begins a comment.
Double quotes allow the escapes \r \n \t \0 \e \xHH \u{H} \" \\ \$; single quotes allow none. Outside quotes, a backslash escapes $ ; " ' and a blank, and is an ordinary character before anything else.
$name and ${expression} insert a Lua value, outside quotes and in double quotes.
Several words of data are joined by single blanks: send c hello world sends hello world. Quotes preserve blanks.
`},
	{name: "lua", summary: "Lua at the prompt and in scripts", prose: `
Any line that is not words is Lua 5.1. The value of an expression is printed. An unfinished statement continues on the next row, as one entry of the history; Up and Down move within it.
Verbs are functions, and methods of handles: c:send("x") is send(c, "x"). Open handles are global variables; srv[1] is the connection srv.1, and handles["srv.1"] finds a handle by any name.
#c is the number of unread bytes in the inbox.
A verb that fails raises an error, a table with op, handle, addr, code, message and hint. The code is the name of the errno (ECONNREFUSED), or one of timeout, closed, cancelled, limit, resolve, argument, tls and plaintext. If a send fails midway, the field sent is the number of bytes that were sent.
  ok, e = pcall(connect, c, "127.0.0.1:1")
  e.code
spawn(fn) starts a task. While one task waits, the others run.
In a program of sosh run FILE, handles are not global variables.
`},
	{name: "library", summary: "library functions for protocols and tests", rows: libraryRows, prose: `
Lua has these functions besides the verbs and the library of Lua 5.1. help NAME explains one, with an example.
`},
	{name: "luasocket", summary: "programs written for LuaSocket", rows: luasocketRows, prose: `
Programs for LuaSocket 3.1 (https://lunarmodules.github.io/luasocket) and LuaSec 1.2 (https://github.com/lunarmodules/luasec) run unchanged. require finds the modules listed below, with the same functions, results and error messages. A module is loaded when it is first required.
Their sockets are handles: ls and info show them, and recordings and the transcripts of tests contain their traffic. While a call waits, other tasks run. A program can use the verbs as well. select has no limit on descriptor numbers.
ssl does not support DANE, Finished messages, several contexts for one server, or keys with a password.
A module found in package.path takes precedence over a built-in module of the same name.
`},
	{name: "tests", summary: "how to write protocol tests for sosh test", prose: `
A file whose name ends in _test.lua defines tests. Each test is a function that is called with t.
  test("ping is answered", function(t)
    local c = dial("127.0.0.1:6379")
    send(c, "PING\r\n")
    t:eq(recvline(c), "+PONG")
  end)
sosh test runs all tests in the current directory and below; prove -e 'sosh test --format tap' runs them too. Each test has its own handles, tasks and processes, which end with it. It ends at the first check that fails. The report then shows the difference, the output of its programs, and the traffic of its sockets with times.
t:eq and t:ne compare values, t:ok checks for a true value, t:match for a pattern, t:near for a number; t:error checks that a function fails; t:closed checks that the peer closes, and t:quiet that it sends nothing. t:run runs a nested test. t:skip, t:todo and t:fail set the outcome, and t:log adds to the report. help eq or help t:eq explains one.
Options come before the function: test("name", {timeout=2, tags={"slow"}, retry=1, parallel=true}, fn). help test explains each.
before(fn), after(fn), before_all(fn) and after_all(fn) run around the tests of a file, but not around tests nested by t:run. A before function can skip a test with t:skip. exec starts the program under test, and free_port() finds a port for it.
The tests of a file run one after the other and share its variables. A test with parallel=true has its own Lua machine: it loads the file again, and runs before_all and after_all again.
To run a server in the same file, call serve(address, fn) in before_all or in a test. An error in fn fails the test, unless the error is that the client has disconnected.
sosh types writes annotations of all this for the Lua Language Server, so that editors can complete it.
`},
	{name: "options", summary: "the socket options", rows: optionRows, prose: `
setopt H OPTION VALUE sets an option, getopt H OPTION reads it. Names are written without their prefix, and case and dashes are ignored: reuseaddr is SO_REUSEADDR. help OPTION explains one.
`},
	{name: "kinds", summary: "the kinds of socket", rows: kindRows, prose: `
socket KIND creates a socket of that kind; dial and serve take KIND:// before the address.
`},
	tcpTopic, udpTopic, icmpTopic,
	{name: "tls", summary: "TLS and DTLS", rows: tlsRows, prose: `
socket tls creates a TCP socket that uses TLS; dial and serve take tls:// before the address. The handshake is part of connect and accept. After it, send and recv work as on a plain stream. TLS handles have nodelay set, which setopt can undo. starttls starts TLS on a connected tcp or unix handle.
  dial tls://example.org:443 c alpn=http/1.1
  serve tls://127.0.0.1:8443 srv cert=server.pem
  starttls c servername=mail.example.org
A client checks that the server's certificate is signed by one of the system's CAs and is valid for the host in the address. trust= sets other CAs, servername= another host name, and pin= accepts only the certificate with this fingerprint. verify=false accepts any certificate. info H shows the peer's certificates.
A server without cert= creates a temporary certificate (ECDSA, P-256). listen, serve and info show its fingerprint. serve drops a client whose handshake takes more than 10 seconds; other clients do not wait for it.
With trust= or clientcert=demand, a server accepts only clients whose certificate is signed by a CA in trust=, or by one of the system's CAs if there is no trust=. With verify=false it accepts any client certificate.
In TLS 1.3, connect succeeds before the server has checked the client's certificate. If the server refuses it, the first recv fails.
shutdown H write sends close_notify, a half-close; the peer's close_notify is the end of the stream. If a connection ends without close_notify, data may be missing: at the end, recv fails with code tls, and the data received before can still be read.
dtls is DTLS 1.2 over UDP. Each send is one datagram, of at most 8115 bytes. A DTLS server uses serve, since DTLS has no accept. A handle has one peer, and there is no half-close. An alert after the handshake ends the connection; its name is not shown.
The options of connect, dial, listen, serve and starttls:
`},
	{name: "addresses", summary: "the syntax of addresses", prose: `
TCP and UDP: HOST:PORT. The host is a name, an IPv4 address, or an IPv6 address in brackets: [::1]:80, [fe80::1%eth0]:80. The port is a number from 0 to 65535 or a service's name.
For bind, :PORT and *:PORT mean every local IPv4 address, and [::]:PORT every local address. Port 0 means any free port.
unix: a path, or @NAME for a name in Linux's abstract namespace.
vsock (Linux): CID:PORT. The CID is a number, or any (4294967295), local (1), host (2) or hypervisor (0). The port is a number up to 4294967295. For bind, any:0 means any free port.
For dial and serve, a kind may come before the address: udp://127.0.0.1:53, unix:///run/x.sock, tcp6://[::1]:80, vsock://host:5000.
`},
	{name: "events", summary: "the events of handles", rows: eventRows, prose: `
At a prompt, events are shown when they happen. wait H EVENT waits for one, on(h, event, fn) calls a function for each, and log FILE writes them to a file.
`},
	{name: "recordings", summary: "record the events of sockets in a file", rows: recordingRows, prose: `
A recording contains every event of the handles, with its time: how each handle was created and connected, what it sent and received, and how it ended. record FILE starts one, and save FILE writes the events so far. The file's extension selects the format.
  record session.jsonl
  save session.html
On the command line, sosh (a prompt, -c or a file), sosh run, sosh nc and sosh ncat take --record FILE. nc and ncat are slower with it, since they cannot use splice and sendfile. sosh test --record DIR writes a .html and a .jsonl file for each test that fails, and --format html -o FILE.html a timeline of the whole run. sosh convert IN... OUT converts recordings, and captures of other programs, to another format.
A file whose name ends in _test.lua is a test that repeats the session: it sends the same data and checks the answers. Dates and ids become patterns, and values that are sent back later become variables. sosh convert A.jsonl B.jsonl x_test.lua compares recordings to find what varies.
sosh replay FILE ADDRESS plays the clients of a recording against a server, and sosh replay --serve ADDRESS FILE plays the server for clients. It shows the first divergence. In Lua and in tests, use replay(file, {address=, serve=, mask=}).
If writing to the file is slow, the session waits. If a write is blocked for a second, as by a FIFO without a reader, events are dropped, and the recording contains their number. An error of the file is reported once and does not end the session. Files have mode 0600, since they contain the data in the clear and the TLS secrets. doc/recordings.md describes the JSON format.
`},
	{name: "views", summary: "how bytes are shown", prose: `
auto shows an event in one row where it fits: the text, or the bytes of a short hexdump. Otherwise it shows JSON if the data parses as JSON, text if it is mostly printable, and else a hexdump. text, hex and json always use that view; json also indents each line that is JSON. full is auto without a size limit. none shows nothing.
An event shows up to 4096 bytes, and 16 rows of a hexdump (set dump ROWS); show H prints the rest. Only bytes that were drawn count as shown.
The number after the arrow is the size in bytes. The peer's address is shown only with the first datagram, and when the peer changes. Each handle's name has a colour of its own.
mute H, only H and grep PATTERN choose which events are shown; hold, or Ctrl-S, keeps all of them back. What a command has printed stays on the screen for 2 seconds: events fill the rest of the screen, and then wait. What is held is shown later, in order.
Received bytes are always escaped on the terminal: control characters, and characters that change the direction of text, are shown as escapes such as \x1b, and a received backslash is doubled.
view H VIEW sets the view of one handle, or of the clients of a listener. view VIEW sets the view of all others.
`},
	{name: "decoders", summary: "codecs, which show messages in place of bytes", rows: codecRows, prose: `
view H CODEC shows what a handle sends and receives as messages, one a row. decoders NAME prints the source of a codec, which is in Lua.
  view c resp
  view c ./my.lua
Bytes that the codec cannot decode are shown undecoded, with the reason; the next data to arrive is taken as the beginning of a message. recv and show still give all bytes. Data that comes faster than the terminal can show it is only counted. doc/decoders.md explains how to write a codec.
`},
	{name: "keys", summary: "the keys of the prompt", rows: keyRows, prose: `
These are the keys of emacs, as readline has them. set editing vi chooses those of vi, which help vi lists; the same line in init.sosh does so for every session.
A word is letters and digits for all keys but Ctrl-W, which kills back to a blank. Kills that follow one another are one entry of the kill ring, which keeps 60. A paste counts as one edit, even if it has several lines.
Tab inserts the candidate if there is only one, or else the text that all candidates begin with. If that adds nothing, it opens a menu. In the menu, Tab, Shift-Tab and the arrows move, Enter takes the candidate, Esc and Ctrl-G leave, and typing narrows it. The candidates are the names that begin with the word. If there are none, case is ignored; then names that contain the word count, and then names that contain its letters in this order.
The dim text after the cursor is a suggestion: the newest line of the history that begins with what was typed, preferably one that was entered in this directory or for the same peer. Lines with a password are not suggested.
A search through the history finds the entries that contain each word that is typed, or the letters of the word in this order. Case counts only if there is an upper-case letter. The keys of a search come last in the list.
All sessions share the history, which keeps 50,000 lines; the lines of this session come first. Passwords in URLs, and the values of options such as password=, psk= and secret=, are replaced by *** in the file; so is a value of key= that is not a file. This session can still recall the lines as they were typed. A line that begins with a blank is not kept at all.
`},
	{name: "vi", summary: "the keys of the prompt with set editing vi", rows: viRows, prose: `
A line begins in insert mode. The row below the line shows the mode, and the keys of an unfinished command. A count goes before a command, a motion, or both: 2d3w deletes six words.
In insert mode, the keys that help keys lists work too, except those with Alt: Alt with a key means Escape and then the key. Escape alone takes effect after 50 ms.
`},
}

func codecRows() [][]string {
	var rows [][]string
	for _, name := range decoders.Names() {
		rows = append(rows, []string{name, decoders.Summary(name)})
	}
	return rows
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
		if kind := sockets.Kind(names[i]); kind == sockets.TLS || kind == sockets.DTLS {
			docs[i] += "; see help tls"
		}
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
		[]string{"inbox", "sosh's own: size of the inbox in bytes, such as 64k"},
		[]string{"eol", "sosh's own: the end of line that sendline and attach add"})
}

// recordingRows are the forms of recordings.
func recordingRows() [][]string {
	return append(forms.Table(), []string{"-", "on the command line: write a capture to standard output"})
}

// eventRows are the events of handles, and a line about each.
func eventRows() [][]string {
	return [][]string{
		{"connected", "the connection is established"},
		{"accepted", "a connection was accepted; the event belongs to the new handle, and also ends a wait on the listener"},
		{"waiting", "a connection waits on the listener's queue"},
		{"data", "bytes or a datagram were received"},
		{"sent", "bytes or a datagram were sent; in Lua the event's field fault says what faulty did to it"},
		{"eof", "the peer ended its side of the stream"},
		{"reset", "the peer reset the connection"},
		{"icmp", "an ICMP error came back for a datagram; for a socket that is not connected, only with setopt H recverr on (Linux)"},
		{"error", "receiving or accepting failed for another reason"},
		{"closed", "the handle was closed here"},
	}
}

// luasocketRows are the modules of LuaSocket, and a line about each.
func luasocketRows() [][]string {
	var rows [][]string
	for _, m := range luasocket.Modules() {
		rows = append(rows, []string{m.Name, m.Summary})
	}
	return rows
}

// libraryRows are the functions of the library, and a line about each.
func libraryRows() [][]string {
	var rows [][]string
	for _, f := range script.Functions() {
		rows = append(rows, []string{f.Usage(), f.Summary + "; returns " + f.ReturnsText() + "."})
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
