package script

import "sosh/sockets"

// The headings under which help lists the verbs.
const (
	groupCalls   = "calls"
	groupReceive = "receiving"
	groupOptions = "options and state"
	groupEvents  = "events"
	groupTasks   = "tasks and time"
	groupFaults  = "faults on purpose"
)

var timeoutOption = Param{Name: "timeout", Type: SecondsType, Doc: "give up after so many seconds, such as 0.5 or 500ms"}

// faultOptions are the faults that send takes.
var faultOptions = []Param{
	{Name: "chunk", Type: SizeType, Doc: "send so many bytes per system call"},
	{Name: "delay", Type: SecondsType, Doc: "wait between the chunks; without chunk=, wait before sending"},
	{Name: "cut", Type: SizeType, Doc: "send no more than the first so many bytes"},
}

var payloadOptions = []Param{
	{Name: "hex", Type: StringType, Doc: "the bytes in hexadecimal, blanks ignored"},
	{Name: "file", Type: FileType, Doc: "the bytes of a file; - is standard input"},
}

func handle(of Of) Param { return Param{Name: "h", Type: HandleType, Of: of} }

func optional(name string, t Type) Param { return Param{Name: name, Type: t, Optional: true} }

// Verbs returns the table of verbs, in the order in which the manual has them.
// Each has its line in the table, and its function in a file of its group.
func Verbs() []*Verb {
	return append([]*Verb{
		{
			Name: "socket", Group: groupCalls, Run: runSocket,
			Params:  []Param{{Name: "kind", Type: KindType}, optional("name", NameType)},
			Summary: "make a socket",
			Help: "socket(2). tcp and udp leave the address family open until the first bind or connect; tcp4, tcp6, udp4 and udp6 settle it. " +
				"unix, unixgram and unixpacket talk between processes of one machine; vsock between a virtual machine and its host, on Linux. tls and dtls are TLS on TCP and on UDP: help tls. Without a name the handle is called s1, s2...",
			Example: []string{"socket tcp c", "socket udp4"},
			Gives:   "the handle",
		},
		{
			Name: "bind", Group: groupCalls, Run: runBind,
			Params:  []Param{handle(Fresh), {Name: "address", Type: AddressType}},
			Summary: "give a socket its local address",
			Help: "bind(2). Port 0 takes a free port, which is shown at once. An empty host or * is every local IPv4 address; [::] is every address. " +
				"The address must be free now: EADDRINUSE comes from here, not from listen. A unix path must not exist; closing the handle removes it.",
			Example: []string{"socket tcp srv", "bind srv 127.0.0.1:0"},
			Gives:   "the handle",
		},
		{
			Name: "listen", Group: groupCalls, Run: runListen,
			Params:  []Param{handle(Idle), optional("backlog", IntType)},
			Options: withTLS(),
			Summary: "let connections come",
			Help: "listen(2). The kernel completes connections from now on, whether or not accept is ever called; up to backlog of them wait on the queue " +
				"(on Linux one more), and later ones get no answer until there is room.",
			Example: []string{"socket tcp srv", "bind srv 127.0.0.1:0", "listen srv 5"},
			Gives:   "the handle",
		},
		{
			Name: "accept", Group: groupCalls, Run: runAccept,
			Params:  []Param{handle(Listener), optional("name", NameType)},
			Options: []Param{timeoutOption},
			Summary: "take a connection off a listener's queue",
			Help: "accept(2). The connection is a new handle, called name or else srv.1, srv.2... after its listener srv; the listener goes on listening. " +
				"Waits while the queue is empty.",
			Example: []string{"accept srv timeout=5", "accept srv a"},
			Gives:   "the new handle, and the peer's address",
		},
		{
			Name: "connect", Group: groupCalls, Run: runConnect,
			Params:  []Param{handle(Fresh), {Name: "address", Type: AddressType}},
			Options: withTLS(timeoutOption),
			Summary: "connect a socket to an address",
			Help: "connect(2). Works from a bound socket too. A host name with several addresses is tried in the resolver's order. " +
				"On a tls or dtls handle it includes the handshake, with the options of TLS: help tls. " +
				"A datagram socket only remembers its peer, and then reports the ICMP errors that come back. In words the default timeout is 30 seconds; set timeout changes that.",
			Example: []string{"socket tcp c", "connect c 127.0.0.1:6379 timeout=2"},
			Gives:   "the handle",
		},
		{
			Name: "dial", Group: groupCalls, Run: runDial,
			Params:  []Param{{Name: "address", Type: AddressType}, optional("name", NameType)},
			Options: withTLS(timeoutOption),
			Summary: "socket and connect in one",
			Help:    "The address is tcp://HOST:PORT, udp://HOST:PORT, unix://PATH, tls://HOST:PORT, or any kind before ://; without one a path or @NAME is unix and all else is tcp.",
			Example: []string{"dial 127.0.0.1:6379 c", "dial udp://127.0.0.1:53 dns"},
			Gives:   "the connected handle",
		},
		{
			Name: "serve", Group: groupCalls, Run: runServe,
			Params: []Param{{Name: "address", Type: AddressType}, optional("fn", FunctionType), optional("name", NameType)},
			Options: withTLS(Param{Name: "backlog", Type: IntType, Doc: "how many connections may wait"},
				Param{Name: "peers", Type: IntType, Doc: "how many clients may be connected at once; default 10000"},
				Param{Name: "idle", Type: SecondsType, Doc: "end a client of a datagram socket after so long without a datagram; 0 for never; default 300 with a function"}),
			Summary: "socket, bind and listen in one, and accept every client",
			Help: "Clients become NAME.1, NAME.2... With a function, a task calls it for each client, and the client is closed when it returns. " +
				"On a datagram socket each new sender becomes such a handle. The address is as for dial. " +
				"Over the limit of peers=, a new connection is refused, and a new sender of datagrams replaces the one that has been silent longest, whose recv returns nil. " +
				"With tls:// and dtls:// a client appears once its handshake is done (limit: 10 seconds).",
			Example: []string{"serve 127.0.0.1:0 srv", "serve udp://127.0.0.1:0 dns"},
			Gives:   "the listener",
		},
		{
			Name: "starttls", Group: groupCalls, Run: runStarttls,
			Params: []Param{handle(Peered)},
			Options: withTLS(Param{Name: "server", Type: BoolType, Doc: "be the server of the handshake"},
				Param{Name: "keep", Type: BoolType, Doc: "keep unread plaintext readable"}, timeoutOption),
			Summary: "turn a connection into TLS",
			Help: "From here on a connected tcp or unix handle uses TLS, as after STARTTLS, or after CONNECT to a proxy. " +
				"If unread bytes came before it, an attacker in between could have sent them: it fails with code plaintext, and changes nothing. With keep=true they stay readable, up to what looks like a handshake. " +
				"A handshake that fails ends the stream. help tls tells more.",
			Example: []string{"starttls c verify=false"},
			Gives:   "the handle",
		},
		{
			Name: "relay", Group: groupCalls, Run: runRelay,
			Params: []Param{{Name: "listen", Type: AddressType}, {Name: "target", Type: AddressType}, optional("name", NameType)},
			Options: []Param{
				{Name: "on_client", Type: FunctionType, Doc: "called with each piece from a client, before it is sent to the target"},
				{Name: "on_server", Type: FunctionType, Doc: "called with each piece from the target, before it is sent back"},
				{Name: "serve", Type: AnyType, Doc: "a table of the options of serve for the listener, such as cert="},
				{Name: "dial", Type: AnyType, Doc: "a table of the options of dial for the target, such as trust="},
			},
			Summary: "stand in the middle: serve an address, and pass everything on to another and back",
			Help: "Clients become NAME.1, NAME.2..., and the connections made for them NAME.1-server... The functions get the data, and a table of the connection with client and server, in which they can store values. " +
				"They return the data to send instead, nil to pass it on unchanged, or false to drop it; a function that sleeps delays its direction. An end of the stream is passed on, and a failure as a reset; an error of a function resets both sides. " +
				"Each side can be tls://, with its own options: relay(\"tls://127.0.0.1:0\", \"tls://127.0.0.1:443\", {dial={verify=false}}).",
			Example: []string{"relay 127.0.0.1:0 127.0.0.1:6379 mid", `relay("127.0.0.1:0", "127.0.0.1:6379", {on_server=function(data) return data:upper() end})`},
			Gives:   "the listener, at once",
		},
		{
			Name: "send", Group: groupCalls, Run: runSend,
			Params:  []Param{handle(Peered), {Name: "data", Type: DataType}},
			Options: append(append([]Param{timeoutOption, {Name: "split", Type: BoolType, Doc: "cut what is too long for one datagram into several"}}, payloadOptions...), faultOptions...),
			Summary: "send bytes, or one datagram",
			Help: "send(2), until all bytes are sent. Words are joined by one blank each, and nothing is added: quotes and \\r\\n say exactly what is sent. " +
				"If it fails midway, the error says how much went out.",
			Example: []string{`send c "PING\r\n"`, `send c hex="de ad be ef"`, "send c file=request.bin"},
			Gives:   "the number of bytes sent; with split=true, then the number of datagrams",
		},
		{
			Name: "sendline", Group: groupCalls, Run: runSendline,
			Params:  []Param{handle(Peered), {Name: "data", Type: DataType}},
			Options: append([]Param{timeoutOption}, payloadOptions...),
			Summary: "send bytes and an end of line",
			Help:    "As send, with the handle's eol after the data: \\n unless setopt has set another.",
			Example: []string{`setopt c eol "\r\n"`, "sendline c EHLO localhost"},
			Gives:   "the number of bytes sent",
		},
		{
			Name: "sendto", Group: groupCalls, Run: runSendto,
			Params:  []Param{handle(Datagram), {Name: "address", Type: AddressType}, {Name: "data", Type: DataType}},
			Options: append([]Param{timeoutOption, {Name: "split", Type: BoolType, Doc: "cut what is too long for one datagram into several"}}, payloadOptions...),
			Summary: "send one datagram to an address",
			Help:    "sendto(2). Needs no connect, and no bind: the first datagram gives the socket a port of its own.",
			Example: []string{"socket udp u", "sendto u 127.0.0.1:9999 hello"},
			Gives:   "the number of bytes sent",
		},
		{
			Name: "shutdown", Group: groupCalls, Run: runShutdown,
			Params:  []Param{handle(Peered), {Name: "how", Type: ChoiceType, Optional: true, Values: []string{"write", "read", "both"}}},
			Summary: "end one direction of a connection",
			Help:    "shutdown(2). write, the default, sends the end of the stream: the peer's recv says so, while data still comes the other way.",
			Example: []string{"shutdown c write"},
			Gives:   "nothing",
		},
		{
			Name: "close", Group: groupCalls, Run: runClose,
			Params:  []Param{handle(AnyHandle)},
			Rest:    true,
			Summary: "close a handle, or several",
			Help: "close(2). The handle is gone and its name free. Connections that a listener accepted live on. " +
				"Whoever waits on the handle gets an error with code closed.",
			Example: []string{"close c", "close srv p"},
			Gives:   "nothing",
		},
		{
			Name: "abort", Group: groupCalls, Run: runAbort,
			Params:  []Param{handle(AnyHandle)},
			Summary: "close a connection by a reset",
			Help:    "close(2) after SO_LINGER with a time of 0: unsent data is discarded, and a TCP peer gets ECONNRESET.",
			Example: []string{"abort c"},
			Gives:   "nothing",
		},
		{
			Name: "recv", Group: groupReceive, Run: runRecv,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive what is there",
			Help: "recv(2): 1 to limit bytes of a stream (default limit 65536), or one datagram. Takes from the inbox first, and waits only while it is empty. " +
				"A datagram longer than the limit is cut, and says so; the rest of it is lost.",
			Example: []string{"recv c", "recv c 16 timeout=1"},
			Gives:   "the bytes, nil at the end of the stream; of a datagram as recvfrom",
		},
		{
			Name: "recvfrom", Group: groupReceive, Run: runRecvfrom,
			Params:  []Param{handle(Datagram), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive one datagram and its sender",
			Help:    "recvfrom(2), for udp and unixgram. On those, recv returns the same. A datagram longer than the limit is cut, and says so; the rest of it is lost.",
			Example: []string{"recvfrom u timeout=1"},
			Gives:   "the datagram, its sender's address, and true if it was cut",
		},
		{
			Name: "recvline", Group: groupReceive, Run: runRecvline,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive a line",
			Help:    "Up to LF, without it and without a CR before it; the rest stays in the inbox. The default limit is 1M.",
			Example: []string{"recvline c timeout=1"},
			Gives:   "the line; a stream that ends first raises code closed",
		},
		{
			Name: "recvuntil", Group: groupReceive, Run: runRecvuntil,
			Params:  []Param{handle(Peered), {Name: "bytes", Type: StringType}, optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive up to and with a delimiter",
			Help:    "The rest stays in the inbox. The default limit is 1M.",
			Example: []string{`recvuntil c "\r\n\r\n"`},
			Gives:   "the bytes with the delimiter; a stream that ends first raises code closed",
		},
		{
			Name: "recvexact", Group: groupReceive, Run: runRecvexact,
			Params:  []Param{handle(Peered), {Name: "n", Type: SizeType}},
			Options: []Param{timeoutOption},
			Summary: "receive exactly so many bytes",
			Help:    "The rest stays in the inbox.",
			Example: []string{"recvexact c 4"},
			Gives:   "n bytes; a stream that ends first raises code closed",
		},
		{
			Name: "recvall", Group: groupReceive, Run: runRecvall,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive everything to the end of the stream",
			Help:    "The default limit is 64M; more than that raises code limit, and all of it can still be received.",
			Example: []string{"recvall c"},
			Gives:   "the bytes",
		},
		{
			Name: "expect", Group: groupReceive, Run: runExpect,
			Params: []Param{handle(Peered), {Name: "pattern", Type: AnyType}},
			Options: []Param{
				timeoutOption,
				{Name: "plain", Type: BoolType, Doc: "the pattern is text, not a pattern of Lua"},
				{Name: "regex", Type: BoolType, Doc: "the pattern is a regular expression (RE2)"},
				{Name: "limit", Type: SizeType, Doc: "how many bytes may come without a match; default 64M"},
			},
			Summary: "receive until a pattern is found",
			Help: "Takes the received bytes up to the end of the first match; the rest stays in the inbox. The pattern is Lua's, and is tried again whenever more bytes come. So a pattern that can match early does: (.*) takes what is there. " +
				"A timeout, the end of the stream, or reaching the limit without a match is an error; it shows the bytes that came instead, and leaves them in the inbox. The timeout also holds while a pattern is tried. A pattern without %1 to %9 takes time proportional to the bytes received.\n" +
				"In Lua the pattern may be a table of alternatives: {{\"^%+OK (.*)\\r\\n\", fn}, {regex=\"...\", fn}, {plain=\"...\", fn}, eof=fn, timeout=fn}. The first in the list that matches wins; its function is called with the captures, and expect returns what it returns.",
			Example: []string{`expect c "PONG"`, `code = expect(c, "HTTP/1.1 (%d+)", {timeout=5})`},
			Gives:   "the captures, or the match; of alternatives without a function the number of the one that matched comes before them",
		},
		{
			Name: "frames", LuaOnly: true, Group: groupReceive, Run: runFrames,
			Params:  []Param{handle(Peered), {Name: "framing", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "iterate over the messages of a stream",
			Help: "A framing is \"line\" (a line without its LF or CRLF), \"crlf\", \"netstring\", \"reply\" (a reply of SMTP or FTP, of one or more lines), \"dot\" (text that ends with a line of one dot; a dot that begins another line is doubled), \"head\" (the lines before an empty one, as in HTTP), {delimiter=\"...\"}, {length=\"<I4\"} (the length as a binary number before the message, in the formats of pack, such as V for base 128; with includes_header=true it counts itself), or a codec of the script's own: " +
				"{decode=function(buffer) return message, used end, encode=function(message) return bytes end}, whose decode returns nothing, or raises code \"short\" as cursor and struct do, while it needs more bytes; the buffer begins with the message. A table also takes max=, the limit of a message, default 16M: {line=true, max=1000}.",
			Example: []string{`for line in frames(c, "line") do if line == "" then break end print(line) end`},
			Gives:   "an iterator, which calls recv_frame; timeout= is for each message",
		},
		{
			Name: "recv_frame", LuaOnly: true, Group: groupReceive, Run: runRecvFrame,
			Params:  []Param{handle(Peered), {Name: "framing", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "receive one message of a stream",
			Help:    "The framing is one of those of frames. The rest stays in the inbox.",
			Example: []string{`message = recv_frame(c, "line")`},
			Gives:   "the message; nil at the end of the stream, which raises code closed inside a message",
		},
		{
			Name: "send_frame", LuaOnly: true, Group: groupCalls, Run: runSendFrame,
			Params:  []Param{handle(Peered), {Name: "message", Type: AnyType}, {Name: "framing", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "send one message, framed",
			Help:    "The framing is one of those of frames.",
			Example: []string{`send_frame(c, "hello", {length=">I2"})`},
			Gives:   "the number of bytes sent, including the framing",
		},
		{
			Name: "setopt", Group: groupOptions, Run: runSetopt,
			Params:  []Param{handle(AnyHandle), {Name: "option", Type: OptionType}, {Name: "value", Type: AnyType}, optional("value2", AnyType)},
			Summary: "set an option",
			Help: "setsockopt(2), at any moment. The option is named without its prefix, and case and dashes do not count: SO_REUSEADDR is reuseaddr. " +
				"On-off options take 1 and 0, on and off, true and false. " +
				"setopt H LEVEL OPTION VALUE sets any option by number or C name. Two options are the shell's own: inbox, the bytes that the inbox holds (1M), and eol, what sendline adds. help options lists them all.",
			Example: []string{"setopt s reuseaddr 1", "setopt c keepidle 60", `setopt c eol "\r\n"`, "setopt u join 239.1.2.3 lo", "setopt c 6 1 1"},
			Gives:   "the handle",
		},
		{
			Name: "getopt", Group: groupOptions, Run: runGetopt,
			Params:  []Param{handle(AnyHandle), {Name: "option", Type: OptionType}, optional("value", AnyType)},
			Summary: "get an option",
			Help:    "getsockopt(2). getopt H LEVEL OPTION gets any option by number or C name.",
			Example: []string{"getopt s rcvbuf", "getopt s SOL_SOCKET SO_TYPE"},
			Gives:   "true or false for on-off options, a number for others, a string for names",
		},
		{
			Name: "getsockname", Group: groupOptions, Run: runGetsockname,
			Params:  []Param{handle(AnyHandle)},
			Summary: "the local address",
			Help:    "getsockname(2). A socket that is not bound yet has none. Of a unix socket the address is a path or @NAME, and nothing more is given.",
			Example: []string{"getsockname srv"},
			Gives:   "the address as HOST:PORT, the host, and the port",
		},
		{
			Name: "getpeername", Group: groupOptions, Run: runGetpeername,
			Params:  []Param{handle(Peered)},
			Summary: "the peer's address",
			Help:    "getpeername(2). Of a unix socket the address is a path or @NAME, and nothing more is given.",
			Example: []string{"getpeername c"},
			Gives:   "the address as HOST:PORT, the host, and the port",
		},
		{
			Name: "info", Group: groupOptions, Run: runInfo,
			Params:  []Param{handle(AnyHandle)},
			Summary: "all about a handle",
			Help: "State, addresses, family, options that differ from the default, counters, the queues of the inbox and the kernel, for TLS the version, the suite and the peer's certificates, and for TCP the kernel's measurements (tcp(7), TCP_INFO). " +
				"In counters: bytes_in, bytes_out, messages_in, messages_out, dropped (bytes removed to make room in the inbox), unseen (those of them that were never shown), lost, kernel_drops, refused, ended. " +
				"In queues: unread, inbox, recv, send, waiting, backlog. In tls: version, cipher, alpn, servername, verified, fingerprint, and chain, " +
				"a list whose items have subject, issuer, names, fingerprint, weak, from and to: a certificate expires at info(c).tls.chain[1].to, in seconds since 1970.",
			Example: []string{"info c"},
			Gives:   "a table: name, kind, state, family, laddr, raddr, options, counters, queues, tcp, tls",
		},
		{
			Name: "watch", Group: groupEvents, Run: runWatch,
			Params:  []Param{handle(AnyHandle), {Name: "how", Type: ChoiceType, Optional: true, Values: []string{"on", "off"}}},
			Summary: "start or end the background receiver",
			Help: "A watched handle reads data as it arrives, keeps it in its inbox, and reports it as an event. At a prompt every handle is watched; in scripts and in words from a pipe, only those that watch names. " +
				"A watched listener reports connections that wait.",
			Example: []string{"watch c", "watch c off"},
			Gives:   "the handle",
		},
		{
			Name: "wait", Group: groupEvents, Run: runWait,
			Params:  []Param{handle(AnyHandle), {Name: "event", Type: EventType}},
			Options: []Param{timeoutOption},
			Summary: "wait for an event",
			Help: "Takes the first event of that name that no earlier wait took, so one that came before counts. Starts the handle's receiver. " +
				"The events: connected, accepted, waiting, data, sent, eof, reset, icmp, error, closed.",
			Example: []string{"wait c eof timeout=5", "wait srv closed"},
			Gives:   "the handle, and the event: a table with name, data, peer, time",
		},
		{
			Name: "on", LuaOnly: true, Group: groupEvents, Run: runOn,
			Params:  []Param{handle(AnyHandle), {Name: "event", Type: ChoiceType, Values: append(sockets.EventTypes(), eventLine)}, {Name: "fn", Type: FunctionType}},
			Summary: "call a function for each event",
			Help: "fn(h, event) is called for one event at a time, in order, in a task of its own; event has name, data, peer and time, and for accepted the new handle. The bytes stay in the inbox unless fn takes them; when the inbox is full, bytes that fn was given are dropped to make room. " +
				"The events are those of wait, and line, for streams: a line as recvline returns it, removed from the inbox.",
			Example: []string{`on(c, "data", function(h, e) print(e.peer, #e.data) end)`, `on(c, "line", function(h, e) h:send(e.data:upper(), "\n") end)`},
			Gives:   "the handle",
		},
		{
			Name: "spawn", LuaOnly: true, Group: groupTasks, Run: runSpawn,
			Params:  []Param{{Name: "fn", Type: FunctionType}},
			Rest:    true,
			Summary: "start a task",
			Help:    "fn(...) runs concurrently; while it waits, other tasks run. The end of a script ends its tasks: join waits for one. The error of a task that nobody joins is printed, and makes the exit status 1.",
			Example: []string{"t = spawn(function() return recvline(c) end)"},
			Gives:   "the task, whose method is join",
		},
		{
			Name: "join", LuaOnly: true, Group: groupTasks, Run: runJoin,
			Params:  []Param{{Name: "task", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "wait for a task",
			Help:    "t:join() and join(t) are the same.",
			Example: []string{"t = spawn(function() return recvline(c) end)", "t:join()"},
			Gives:   "what the task's function returned; raises what it raised",
		},
		{
			Name: "wait_all", LuaOnly: true, Group: groupTasks, Run: runWaitAll,
			Params:  []Param{{Name: "tasks", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "wait for several tasks",
			Help:    "Takes a table of tasks. Raises the error of the first in order that failed, once all have ended.",
			Example: []string{`a, b = wait_all({spawn(now), spawn(now)})`},
			Gives:   "the first value of each task",
		},
		{
			Name: "wait_any", LuaOnly: true, Group: groupTasks, Run: runWaitAny,
			Params:  []Param{{Name: "list", Type: AnyType}},
			Summary: "wait for the first of several things",
			Help:    "The list holds channels, handles, tasks and numbers, which are seconds. A handle is ready when a receive or an accept would not wait. Nothing is taken from any of them.",
			Example: []string{`if wait_any({c, 0.5}) == 2 then print("nothing came") end`},
			Gives:   "its number in the list, and the thing",
		},
		{
			Name: "channel", LuaOnly: true, Group: groupTasks, Run: runChannel,
			Params:  []Param{optional("capacity", IntType)},
			Summary: "make a channel between tasks",
			Help:    "It carries any values, in order, and holds as many as its capacity. With capacity 0, the default, send waits until a task has received the value.",
			Example: []string{`ch = channel(10); ch:send("x"); print(ch:recv())`},
			Gives:   "a channel, with the methods send, recv and close",
		},
		{
			Name: "channel:send", LuaOnly: true, Group: groupTasks, Run: runChannelSend,
			Params:  []Param{{Name: "channel", Type: AnyType}, {Name: "value", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "send a value",
			Example: []string{`ch = channel(1); ch:send("x")`},
			Gives:   "nothing; a closed channel raises code closed",
		},
		{
			Name: "channel:recv", LuaOnly: true, Group: groupTasks, Run: runChannelRecv,
			Params:  []Param{{Name: "channel", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "receive a value",
			Example: []string{`ch = channel(1); ch:send("x"); value, ok = ch:recv({timeout=1})`},
			Gives:   "the value and true; once the channel is closed and empty, nil and false",
		},
		{
			Name: "channel:close", LuaOnly: true, Group: groupTasks, Run: runChannelClose,
			Params:  []Param{{Name: "channel", Type: AnyType}},
			Summary: "say that no more values will come",
			Example: []string{`ch = channel(); ch:close()`},
			Gives:   "nothing",
		},
		{
			Name: "barrier", LuaOnly: true, Group: groupTasks, Run: runBarrier,
			Params:  []Param{{Name: "n", Type: IntType}},
			Summary: "make a barrier, at which n tasks wait for each other",
			Example: []string{`b = barrier(2); spawn(function() b:wait() end); b:wait()`},
			Gives:   "a barrier, with the method wait",
		},
		{
			Name: "barrier:wait", LuaOnly: true, Group: groupTasks, Run: runBarrierWait,
			Params:  []Param{{Name: "barrier", Type: AnyType}},
			Options: []Param{timeoutOption},
			Summary: "wait until as many tasks wait as the barrier was made for",
			Example: []string{`b = barrier(1); b:wait()`},
			Gives:   "nothing",
		},
		{
			Name: "sleep", Group: groupTasks, Run: runSleep,
			Params:  []Param{{Name: "seconds", Type: SecondsType}},
			Summary: "wait for some time",
			Help:    "Seconds with fractions, or 500ms.",
			Example: []string{"sleep 0.5"},
			Gives:   "nothing",
		},
		{
			Name: "eventually", LuaOnly: true, Group: groupTasks, Run: runEventually,
			Params:  []Param{{Name: "fn", Type: FunctionType}},
			Options: []Param{{Name: "timeout", Type: SecondsType, Doc: "give up after so many seconds; default 5"}, {Name: "every", Type: SecondsType, Doc: "wait so long between the calls; default 20ms"}},
			Summary: "call a function until it succeeds",
			Help: "It succeeds when it raises no error, and returns nothing or a true value. A check of a test that fails in it counts only if it still fails at the end. " +
				"The error of code timeout has the last error, or the value last returned; a call that still waits then is cancelled.",
			Example: []string{`eventually(function() return #handles() > 0 end, {timeout=2})`},
			Gives:   "what the function returned",
		},
		{
			Name: "now", Group: groupTasks, Run: runNow,
			Summary: "the time, for measuring",
			Help:    "Seconds since some start, with fractions; it never goes back.",
			Example: []string{"now", `began = now(); recvline(c); print(now() - began)`},
			Gives:   "the seconds",
		},
		{
			Name: "stall", Group: groupFaults, Run: runStall,
			Params:  []Param{handle(Peered)},
			Summary: "stop reading, with a small receive buffer",
			Help:    "The peer's sends soon block, as with a program that hangs. recv still reads.",
			Example: []string{"stall c"},
			Gives:   "the handle",
		},
		{
			Name: "faulty", Group: groupFaults, Run: runFaulty,
			Params: []Param{handle(Datagram)},
			Options: []Param{
				{Name: "drop", Type: AnyType, Doc: "the probability that a datagram is not sent"},
				{Name: "duplicate", Type: AnyType, Doc: "that it is sent twice"},
				{Name: "reorder", Type: AnyType, Doc: "that it is held back and sent after the next one"},
				{Name: "corrupt", Type: AnyType, Doc: "that one bit of it is flipped"},
				{Name: "seed", Type: IntType, Doc: "the seed of the random numbers, so that a run can be repeated; default 1"},
			},
			Summary: "lose, repeat, reorder or corrupt the datagrams that a handle sends",
			Help:    "Each takes a probability from 0 to 1. Without options the faults end, and a datagram that was held back is sent.",
			Example: []string{"faulty u drop=0.5 seed=7", "faulty u"},
			Gives:   "the handle",
		},
	}, append(testVerbs(), processVerbs...)...)
}
