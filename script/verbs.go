package script

import (
	"slices"

	"sosh/internal/luadoc"
	"sosh/sockets"
)

// The headings under which help lists the verbs.
const (
	groupCalls    = "calls"
	groupReceive  = "receiving"
	groupOptions  = "options and state"
	groupEvents   = "events"
	groupTasks    = "tasks and time"
	groupFaults   = "injected faults"
	groupPrograms = "programs"
)

var timeoutOption = Param{Name: "timeout", Type: SecondsType, Doc: "time limit, in seconds or with a unit: 0.5, 500ms"}

// returnsHandle is what verbs return that give back the handle that they are called with.
var returnsHandle = []luadoc.Result{{Name: "handle", Type: "handle"}}

const noteEarlyEnd = "a stream that ends first raises code closed"

// faultOptions are the faults that send takes.
var faultOptions = []Param{
	{Name: "chunk", Type: SizeType, Doc: "number of bytes to send per system call"},
	{Name: "delay", Type: SecondsType, Doc: "time to wait between chunks; without chunk=, before sending"},
	{Name: "cut", Type: SizeType, Doc: "send only this many bytes, from the start"},
}

var payloadOptions = []Param{
	{Name: "hex", Type: StringType, Doc: "the data in hexadecimal; blanks are ignored"},
	{Name: "file", Type: FileType, Doc: "send the content of a file; - is standard input"},
}

func handle(which HandleFilter) Param {
	return Param{Name: "h", Type: HandleType, HandleFilter: which}
}

func optional(name string, t Type) Param { return Param{Name: name, Type: t, Optional: true} }

// Verbs returns the table of verbs, in the order in which the manual has them.
// Each has its line in the table, and its function in a file of its group.
func Verbs() []*Verb {
	return slices.Concat([]*Verb{
		{
			Name: "socket", Group: groupCalls, Run: runSocket,
			Params:  []Param{{Name: "kind", Type: KindType}, optional("name", NameType)},
			Summary: "create a socket",
			Help: "socket(2). For tcp and udp, the first bind or connect chooses the address family; tcp4, tcp6, udp4 and udp6 fix it. " +
				"unix, unixgram and unixpacket connect processes of one machine. vsock connects a virtual machine and its host, on Linux. tls and dtls are TLS over TCP and over UDP; see help tls. The default names are s1, s2...",
			Example: []string{"socket tcp c", "socket udp4"},
			Returns: returnsHandle,
		},
		{
			Name: "bind", Group: groupCalls, Run: runBind,
			Params:  []Param{handle(Fresh), {Name: "address", Type: AddressType}},
			Summary: "give a socket its local address",
			Help: "bind(2). Port 0 takes a free port and shows it. An empty host or * means every local IPv4 address; [::] means every local address. " +
				"If the address is in use, bind fails with EADDRINUSE, not listen. A unix path must not exist yet; closing the handle removes it.",
			Example: []string{"socket tcp srv", "bind srv 127.0.0.1:0"},
			Returns: returnsHandle,
		},
		{
			Name: "listen", Group: groupCalls, Run: runListen,
			Params:  []Param{handle(Idle), optional("backlog", IntType)},
			Options: withTLS(),
			Summary: "listen for connections",
			Help: "listen(2). From now on the kernel completes connections, even if accept is never called. The queue holds backlog connections " +
				"(one more on Linux); while it is full, new clients get no answer.",
			Example: []string{"socket tcp srv", "bind srv 127.0.0.1:0", "listen srv 5"},
			Returns: returnsHandle,
		},
		{
			Name: "accept", Group: groupCalls, Run: runAccept,
			Params:  []Param{handle(Listener), optional("name", NameType)},
			Options: []Param{timeoutOption},
			Summary: "accept a connection from a listener's queue",
			Help: "accept(2). The connection becomes a new handle; its default name comes from the listener: srv.1, srv.2... The listener keeps listening. " +
				"While the queue is empty, accept waits.",
			Example: []string{"accept srv timeout=5", "accept srv a"},
			Returns: []luadoc.Result{{Name: "new handle", Type: "handle"}, {Name: "peer's address", Type: "string"}},
		},
		{
			Name: "connect", Group: groupCalls, Run: runConnect,
			Params:  []Param{handle(Fresh), {Name: "address", Type: AddressType}},
			Options: withTLS(timeoutOption),
			Summary: "connect a socket to an address",
			Help: "connect(2). The socket may already be bound. If a host name has several addresses, they are tried in the resolver's order. " +
				"On a tls or dtls handle, connect includes the handshake and takes the TLS options; see help tls. " +
				"A connected datagram socket remembers its peer and reports ICMP errors. At the prompt the default timeout is 30 seconds, which set timeout changes; sosh run has none.",
			Example: []string{"socket tcp c", "connect c 127.0.0.1:6379 timeout=2"},
			Returns: returnsHandle,
		},
		{
			Name: "dial", Group: groupCalls, Run: runDial,
			Params:  []Param{{Name: "address", Type: AddressType}, optional("name", NameType)},
			Options: withTLS(timeoutOption),
			Summary: "create a socket and connect it",
			Help:    "The address is KIND://ADDRESS: tcp://HOST:PORT, udp://HOST:PORT, unix://PATH, tls://HOST:PORT and so on. Without KIND://, a path or @NAME is a unix address, and any other address is tcp.",
			Example: []string{"dial 127.0.0.1:6379 c", "dial udp://127.0.0.1:53 dns"},
			Returns: []luadoc.Result{{Name: "connected handle", Type: "handle"}},
		},
		{
			Name: "serve", Group: groupCalls, Run: runServe,
			Params: []Param{{Name: "address", Type: AddressType}, optional("fn", FunctionType), optional("name", NameType)},
			Options: withTLS(Param{Name: "backlog", Type: IntType, Doc: "maximum number of connections in the queue"},
				Param{Name: "peers", Type: IntType, Doc: "maximum number of connected clients; default 10000"},
				Param{Name: "idle", Type: SecondsType, Doc: "drop a datagram client that has been silent for this time; 0 means never; default 300 if there is a function"},
				Param{Name: "keep", Type: BoolType, Doc: "keep all clients whose stream has ended, not only 100"}),
			Summary: "create, bind and listen, then accept every client",
			Help: "The address is spelled as for dial. Clients become the handles NAME.1, NAME.2... With a function, each client gets a task that calls it; when the function returns, the client is closed. " +
				"Without one, clients stay until they are closed; but of those whose stream has ended and whose data was received or shown, only the latest 100 stay. " +
				"On a datagram socket, each new sender becomes a client. " +
				"When peers= clients are connected, a new connection is refused. A new datagram sender then replaces the client that has been silent longest, whose recv returns nil. " +
				"With tls:// and dtls://, a client appears once its handshake is done (limit: 10 seconds).",
			Example: []string{"serve 127.0.0.1:0 srv", "serve udp://127.0.0.1:0 dns"},
			Returns: []luadoc.Result{{Name: "listener", Type: "handle"}},
		},
		{
			Name: "starttls", Group: groupCalls, Run: runStarttls,
			Params: []Param{handle(Peered)},
			Options: withTLS(Param{Name: "server", Type: BoolType, Doc: "act as the server in the handshake"},
				Param{Name: "keep", Type: BoolType, Doc: "keep plaintext that was received before"}, timeoutOption),
			Summary: "start TLS on a connection",
			Help: "From now on, a connected tcp or unix handle uses TLS: for example after STARTTLS, or after CONNECT to a proxy. " +
				"If there are unread plaintext bytes, starttls fails with code plaintext and changes nothing, since an attacker on the path could have sent them. With keep=true they stay readable, up to what looks like a handshake. " +
				"A failed handshake ends the stream. See help tls.",
			Example: []string{"starttls c verify=false"},
			Returns: returnsHandle,
		},
		{
			Name: "relay", Group: groupCalls, Run: runRelay,
			Params: []Param{{Name: "listen", Type: AddressType}, {Name: "target", Type: AddressType}, optional("name", NameType)},
			Options: []Param{
				{Name: "on_client", Type: FunctionType, Doc: "function that gets the data from a client before the target does"},
				{Name: "on_server", Type: FunctionType, Doc: "function that gets the data from the target before the client does"},
				{Name: "serve", Type: AnyType, Doc: "a table of serve's options for the listener, such as cert="},
				{Name: "dial", Type: AnyType, Doc: "a table of dial's options for the target, such as trust="},
			},
			Summary: "forward the clients of one address to another address",
			Help: "Clients become the handles NAME.1, NAME.2..., and their connections to the target NAME.1-server, NAME.2-server... The functions can inspect, change, drop or delay data. They are called with the data and a table for the connection, which has the handles client and server and can store values. " +
				"They return the data to send instead, nil to send it unchanged, or false to drop it. A function that sleeps delays its direction. The end of a stream is forwarded, and a failure is forwarded as a reset; an error in a function resets both sides. " +
				"Each side can be tls://, with its own options: relay(\"tls://127.0.0.1:0\", \"tls://127.0.0.1:443\", {dial={verify=false}}).",
			Example: []string{"relay 127.0.0.1:0 127.0.0.1:6379 mid", `relay("127.0.0.1:0", "127.0.0.1:6379", {on_server=function(data) return data:upper() end})`},
			Returns: []luadoc.Result{{Name: "listener", Type: "handle", Doc: ", without waiting for clients"}},
		},
		replayVerb,
		{
			Name: "send", Group: groupCalls, Run: runSend,
			Params:  []Param{handle(Peered), {Name: "data", Type: DataType}},
			Options: append(append([]Param{timeoutOption, {Name: "split", Type: BoolType, Doc: "split data that is too long for one datagram into several"}}, payloadOptions...), faultOptions...),
			Summary: "send bytes, or one datagram",
			Help: "send(2), repeated until all bytes are sent. Several words are joined by single blanks. Nothing is added: quote the data, and write \\r\\n where the protocol needs it. " +
				"If send fails midway, the error says how many bytes were sent.",
			Example: []string{`send c "PING\r\n"`, `send c hex="de ad be ef"`, "send c file=request.bin"},
			Returns: []luadoc.Result{{Name: "number of bytes sent", Type: "integer"}}, Note: "with split=true, then the number of datagrams",
		},
		{
			Name: "sendline", Group: groupCalls, Run: runSendline,
			Params:  []Param{handle(Peered), {Name: "data", Type: DataType}},
			Options: append([]Param{timeoutOption}, payloadOptions...),
			Summary: "send a line",
			Help:    "Like send, and adds the handle's end of line: \\n, unless setopt H eol has changed it.",
			Example: []string{`setopt c eol "\r\n"`, "sendline c EHLO localhost"},
			Returns: []luadoc.Result{{Name: "number of bytes sent", Type: "integer"}},
		},
		{
			Name: "sendto", Group: groupCalls, Run: runSendto,
			Params:  []Param{handle(Datagram), {Name: "address", Type: AddressType}, {Name: "data", Type: DataType}},
			Options: append([]Param{timeoutOption, {Name: "split", Type: BoolType, Doc: "split data that is too long for one datagram into several"}}, payloadOptions...),
			Summary: "send one datagram to an address",
			Help:    "sendto(2). The socket needs no connect and no bind: the first datagram binds it to a free port. If nobody listens at the address, an ICMP error comes back. The system reports it for a connected socket only; setopt H recverr on reports it for others, too (Linux).",
			Example: []string{"socket udp u", "sendto u 127.0.0.1:9999 hello"},
			Returns: []luadoc.Result{{Name: "number of bytes sent", Type: "integer"}},
		},
		{
			Name: "send_frame", LuaOnly: true, Group: groupCalls, Run: runSendFrame,
			Params:  []Param{handle(Peered), {Name: "message", Type: AnyType}, optional("framing", AnyType)},
			Options: []Param{timeoutOption},
			Summary: "send one framed message",
			Help:    "help frames lists the framings.",
			Example: []string{`send_frame(c, "hello", {length=">I2"})`},
			Returns: []luadoc.Result{{Name: "number of bytes sent", Type: "integer", Doc: ", including the framing"}},
		},
		{
			Name: "shutdown", Group: groupCalls, Run: runShutdown,
			Params:  []Param{handle(Peered), {Name: "how", Type: ChoiceType, Optional: true, Values: []string{"write", "read", "both"}}},
			Summary: "shut down one or both directions of a connection",
			Help:    "shutdown(2). write, the default, is a half-close: the peer reads the end of the stream, and can still send.",
			Example: []string{"shutdown c write"},
		},
		{
			Name: "close", Group: groupCalls, Run: runClose,
			Params:  []Param{handle(AnyHandle)},
			Rest:    true,
			Summary: "close one or more handles",
			Help: "close(2). The handle's name becomes free. Closing a listener does not close the connections it accepted. " +
				"A call that waits on the handle fails with code closed.",
			Example: []string{"close c", "close srv p"},
		},
		{
			Name: "abort", Group: groupCalls, Run: runAbort,
			Params:  []Param{handle(AnyHandle)},
			Summary: "close a connection with a reset",
			Help:    "close(2) with SO_LINGER set to 0: unsent data is discarded, and a TCP peer gets ECONNRESET.",
			Example: []string{"abort c"},
		},
		{
			Name: "recv", Group: groupReceive, Run: runRecv,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive available data",
			Help: "recv(2): 1 to limit bytes of a stream (default limit 65536), or one datagram. Data in the inbox comes first; recv waits only if the inbox is empty. " +
				"A datagram longer than the limit is truncated: recv says so, and the rest is lost.",
			Example: []string{"recv c", "recv c 16 timeout=1"},
			Returns: []luadoc.Result{{Name: "bytes", Type: "string?", Doc: ", nil at the end of the stream"}}, Note: "for a datagram, the results of recvfrom",
		},
		{
			Name: "recvfrom", Group: groupReceive, Run: runRecvfrom,
			Params:  []Param{handle(Datagram), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive one datagram and its sender",
			Help:    "recvfrom(2), for udp and unixgram handles, on which recv does the same. A datagram longer than the limit is truncated: recvfrom says so, and the rest is lost.",
			Example: []string{"recvfrom u timeout=1"},
			Returns: []luadoc.Result{{Name: "datagram", Type: "string"}, {Type: "string", Doc: "its sender's address"}, {Type: "boolean?", Doc: "true if it was truncated"}},
		},
		{
			Name: "recvline", Group: groupReceive, Run: runRecvline,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive a line",
			Help:    "Receives up to LF, and removes the LF or CRLF from the line. Data after it stays in the inbox. The default limit is 1M.",
			Example: []string{"recvline c timeout=1"},
			Returns: []luadoc.Result{{Name: "line", Type: "string"}}, Note: noteEarlyEnd,
		},
		{
			Name: "recvuntil", Group: groupReceive, Run: runRecvuntil,
			Params:  []Param{handle(Peered), {Name: "bytes", Type: StringType}, optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive up to and including a delimiter",
			Help:    "Data after the delimiter stays in the inbox. The default limit is 1M.",
			Example: []string{`recvuntil c "\r\n\r\n"`},
			Returns: []luadoc.Result{{Name: "bytes with the delimiter", Type: "string"}}, Note: noteEarlyEnd,
		},
		{
			Name: "recvexact", Group: groupReceive, Run: runRecvexact,
			Params:  []Param{handle(Peered), {Name: "n", Type: SizeType}},
			Options: []Param{timeoutOption},
			Summary: "receive an exact number of bytes",
			Help:    "Data after them stays in the inbox.",
			Example: []string{"recvexact c 4"},
			Returns: []luadoc.Result{{Type: "string", Doc: "n bytes"}}, Note: noteEarlyEnd,
		},
		{
			Name: "recvall", Group: groupReceive, Run: runRecvall,
			Params:  []Param{handle(Peered), optional("limit", SizeType)},
			Options: []Param{timeoutOption},
			Summary: "receive until the end of the stream",
			Help:    "The default limit is 64M. Above it, recvall fails with code limit, and leaves the data in the inbox.",
			Example: []string{"recvall c"},
			Returns: []luadoc.Result{{Name: "bytes", Type: "string"}},
		},
		{
			Name: "expect", Group: groupReceive, Run: runExpect,
			Params: []Param{handle(Peered), {Name: "pattern", Type: AnyType}},
			Options: []Param{
				timeoutOption,
				{Name: "plain", Type: BoolType, Doc: "the pattern is plain text"},
				{Name: "regex", Type: BoolType, Doc: "the pattern is a regular expression (RE2)"},
				{Name: "limit", Type: SizeType, Doc: "maximum number of bytes without a match; default 64M"},
			},
			Summary: "receive until a pattern matches",
			Help: "Receives up to the end of the first match; data after it stays in the inbox. The pattern is a Lua pattern, and is tried again whenever more bytes arrive. It matches as early as it can: (.*) matches whatever has arrived. " +
				"A timeout, the end of the stream, or reaching the limit without a match is an error. The error shows the bytes received instead, and they stay in the inbox. The timeout also ends a slow match. Matching takes time proportional to the bytes received, unless the pattern has %1 to %9.\n" +
				"In Lua, the pattern may be a table of alternatives: {{\"^%+OK (.*)\\r\\n\", fn}, {regex=\"...\", fn}, {plain=\"...\", fn}, eof=fn, timeout=fn}. The first alternative in the list that matches is chosen. Its function is called with the captures, and expect returns what the function returns.",
			Example: []string{`expect c "PONG"`, `code = expect(c, "HTTP/1.1 (%d+)", {timeout=5})`},
			Returns: []luadoc.Result{{Name: "captures, or the whole match if there are none", Type: "any", Many: true}}, Note: "if an alternative without a function matched, its number comes first",
		},
		{
			Name: "use", Group: groupReceive, Run: runUse,
			Params:  []Param{handle(Peered), optional("codec", AnyType)},
			Summary: "set the codec of a handle",
			Help:    "After use, frames, recv_frame and send_frame need no framing, and send encodes a table. The codec is a framing, or the name of one of sosh's codecs; help frames and help decoders list them. Without a codec, use removes that of the handle.",
			Example: []string{`use(c, "resp")`},
			Returns: returnsHandle,
		},
		{
			Name: "frames", LuaOnly: true, Group: groupReceive, Run: runFrames,
			Params:  []Param{handle(Peered), optional("framing", AnyType)},
			Options: []Param{timeoutOption},
			Summary: "iterate over the messages of a stream",
			Help: "A framing says how a stream is divided into messages. It is one of:\n" +
				"\"line\" (lines without their LF or CRLF), \"crlf\" (lines that end in CRLF), \"netstring\", \"reply\" (replies of SMTP or FTP, of one or more lines), \"dot\" (text that ends with a line containing one dot; a dot at the start of any other line is doubled), \"head\" (the lines up to an empty one, as in HTTP);\n" +
				"{delimiter=\"...\"};\n" +
				"{length=\"<I4\"}: the length before the message, in a format of pack, such as V for base 128. With includes_header=true, the length includes its own bytes;\n" +
				"a codec: the name of one that sosh has, such as \"mqtt\" (help decoders), a schema, or your own, {decode=function(buffer, state) return message, used end, encode=function(message, state) return bytes end}. The buffer begins with the message. While decode needs more bytes, it returns nothing, or raises code \"short\" as cursor and struct do. In place of the number of bytes used it can return the rest of the bytes. state is a table of the codec's own for each handle, with the fields from (\"client\" or \"server\", who sends the bytes), flow (a table for this direction alone), ended (no more bytes will come) and datagram.\n" +
				"Without a framing it is the codec that use has set. The table form also takes max=, the limit of a message, default 16M: {line=true, max=1000}.",
			Example: []string{`for line in frames(c, "line") do if line == "" then break end print(line) end`},
			Returns: []luadoc.Result{{Type: "function", Doc: "an iterator, which calls recv_frame"}}, Note: "timeout= is for each message",
		},
		{
			Name: "recv_frame", LuaOnly: true, Group: groupReceive, Run: runRecvFrame,
			Params:  []Param{handle(Peered), optional("framing", AnyType)},
			Options: []Param{timeoutOption},
			Summary: "receive one message of a stream",
			Help:    "help frames lists the framings. Data after the message stays in the inbox.",
			Example: []string{`message = recv_frame(c, "line")`},
			Returns: []luadoc.Result{{Name: "message", Type: "any", Doc: ", nil at the end of the stream"}}, Note: "a stream that ends inside a message raises code closed",
		},
		{
			Name: "setopt", Group: groupOptions, Run: runSetopt,
			Params:  []Param{handle(AnyHandle), {Name: "option", Type: OptionType}, {Name: "value", Type: AnyType}, optional("value2", AnyType)},
			Summary: "set a socket option",
			Help: "setsockopt(2). Names are written without their prefix, and case and dashes are ignored: reuseaddr is SO_REUSEADDR. " +
				"On-off options take 1 and 0, on and off, or true and false. " +
				"setopt H LEVEL OPTION VALUE sets any option by number or C name. Two options belong to sosh itself: inbox, the size of the inbox in bytes (1M), and eol, the end of line that sendline adds. help options lists all options.",
			Example: []string{"setopt s reuseaddr 1", "setopt c keepidle 60", `setopt c eol "\r\n"`, "setopt u join 239.1.2.3 lo", "setopt c 6 1 1"},
			Returns: returnsHandle,
		},
		{
			Name: "getopt", Group: groupOptions, Run: runGetopt,
			Params:  []Param{handle(AnyHandle), optional("option", OptionType), optional("value", AnyType)},
			Summary: "get a socket option, or all of them",
			Help:    "getsockopt(2). Without an option, getopt lists all that can be read, with their values. getopt H LEVEL OPTION gets any option by number or C name.",
			Example: []string{"getopt s", "getopt s rcvbuf", "getopt s SOL_SOCKET SO_TYPE"},
			Returns: []luadoc.Result{{Type: "boolean|number|string|table", Doc: "true or false for on-off options, a number for others, a string for names; without an option, a table of all by name"}},
		},
		{
			Name: "getsockname", Group: groupOptions, Run: runGetsockname,
			Params:  []Param{handle(AnyHandle)},
			Summary: "show the local address",
			Help:    "getsockname(2). An unbound socket has no address. For a unix socket, the only result is the address: a path or @NAME.",
			Example: []string{"getsockname srv"},
			Returns: []luadoc.Result{{Name: "address as HOST:PORT", Type: "string"}, {Name: "host", Type: "string"}, {Name: "port", Type: "integer"}},
		},
		{
			Name: "getpeername", Group: groupOptions, Run: runGetpeername,
			Params:  []Param{handle(Peered)},
			Summary: "show the peer's address",
			Help:    "getpeername(2). For a unix socket, the only result is the address: a path or @NAME.",
			Example: []string{"getpeername c"},
			Returns: []luadoc.Result{{Name: "address as HOST:PORT", Type: "string"}, {Name: "host", Type: "string"}, {Name: "port", Type: "integer"}},
		},
		{
			Name: "info", Group: groupOptions, Run: runInfo,
			Params:  []Param{handle(AnyHandle)},
			Summary: "show the state of a handle",
			Help: "Shows the state, addresses, family, changed options, counters, and the queues of the inbox and the kernel; for TLS also the version, the cipher suite and the peer's certificates, and for TCP the kernel's measurements (TCP_INFO in tcp(7)).\n" +
				"In Lua, counters has bytes_in, bytes_out, messages_in, messages_out, dropped (bytes removed to make room in the inbox), unseen (dropped bytes that were never shown), lost, kernel_drops, refused and ended. " +
				"queues has unread, inbox, recv, send, waiting and backlog. tls has version, cipher, alpn, servername, verified, fingerprint, and chain, " +
				"a list of certificates with subject, issuer, names, fingerprint, weak, from and to. For example, info(c).tls.chain[1].to is the time at which the peer's certificate expires, in seconds since 1970. " +
				"ended says why the peer's stream has ended: eof, or the code of an error, such as ECONNRESET. tcp has what the system tells of state, rtt (the round-trip time), rttvar, minrtt, rto (the retransmission timeout), cwnd (the congestion window), ssthresh, mss, pmtu, sndwnd, rcvwnd, unacked, lost, retrans, total_retrans (retransmissions), out_of_order, bytes_sent, bytes_acked, bytes_received and others; times are in seconds.",
			Example: []string{"info c"},
			Returns: []luadoc.Result{{Type: "table", Doc: ": name, kind, state, ended, family, laddr, raddr, options, counters, queues, tcp, tls"}},
		},
	}, machineVerbs(), []*Verb{
		{
			Name: "watch", Group: groupEvents, Run: runWatch,
			Params:  []Param{handle(AnyHandle), {Name: "how", Type: ChoiceType, Optional: true, Values: []string{"on", "off"}}},
			Summary: "start or stop the background receiver",
			Help:    "The receiver reads data as it arrives, stores it in the inbox, and reports it as an event; on a listener, it reports waiting connections. At a prompt, every handle is watched. In scripts and in words from a pipe, a handle is watched only after watch, wait or on.",
			Example: []string{"watch c", "watch c off"},
			Returns: returnsHandle,
		},
		{
			Name: "wait", Group: groupEvents, Run: runWait,
			Params:  []Param{{Name: "h", Type: HandleType, ClosedToo: true}, {Name: "event", Type: EventType}},
			Options: []Param{timeoutOption},
			Summary: "wait for an event",
			Help: "Each wait takes one event; an event that happened before the call counts too, unless an earlier wait took it. wait starts the handle's receiver. " +
				"The events are connected, accepted, waiting, data, sent, eof, reset, icmp, error and closed; see help events. If the handle is closed already, a wait for closed returns at once.",
			Example: []string{"wait c eof timeout=5", "wait srv closed"},
			Returns: []luadoc.Result{{Name: "handle", Type: "handle?", Doc: ", nil if only the name of a closed handle was given"}, {Name: "event", Type: "event", Doc: ": a table with name, data, peer, time"}},
		},
		{
			Name: "on", LuaOnly: true, Group: groupEvents, Run: runOn,
			Params:  []Param{handle(AnyHandle), {Name: "event", Type: ChoiceType, Values: append(sockets.EventTypes(), eventLine)}, {Name: "fn", Type: FunctionType}},
			Summary: "call a function for each event",
			Help: "A separate task calls fn(h, event) for one event at a time, in order. event has name, data, peer and time, and for accepted the new handle. The received bytes also stay in the inbox until a recv takes them; when it is full, bytes that fn has seen are dropped to make room. " +
				"The events are those of wait, and for streams also line: a line as recvline returns it, which is removed from the inbox.",
			Example: []string{`on(c, "data", function(h, e) print(e.peer, #e.data) end)`, `on(c, "line", function(h, e) h:send(e.data:upper(), "\n") end)`},
			Returns: returnsHandle,
		},
	}, recordVerbs(), taskVerbs(), faultVerbs(), processVerbs)
}
