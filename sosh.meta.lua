---@meta

-- What sosh gives to Lua, for the Lua Language Server. sosh types writes it anew.

---@alias sosh.Seconds number|string # 0.5, or "500ms"
---@alias sosh.Size number|string # a number of bytes: 4096, "64k"
---@alias sosh.Kind "tcp"|"tcp4"|"tcp6"|"udp"|"udp4"|"udp6"|"unix"|"unixgram"|"unixpacket"|"vsock"|"tls"|"tls4"|"tls6"|"dtls"|"dtls4"|"dtls6" # a kind of socket
---@alias sosh.Event "connected"|"accepted"|"waiting"|"data"|"sent"|"eof"|"reset"|"icmp"|"error"|"closed" # what is told of a handle
---@class sosh.Handle A socket.
---@field [integer] sosh.Handle of a listener, the clients of serve
local Handle = {}

---@class sosh.EventTable
---@field name string
---@field data? string
---@field peer? string
---@field handle? sosh.Handle of accepted
---@field error? string
---@field code? string
---@field time number seconds since the start

---@class sosh.Task A task, of spawn.
local Task = {}

---The live handles by name.
---@type table<string, sosh.Handle>
handles = {}

---The variables of the environment.
---@type table<string, string>
env = {}

---@class sosh.TLSOptions
---@field verify? boolean verify the peer's certificate; default true
---@field servername? string host name to send (SNI) and to verify; default the host of the address
---@field trust? string PEM file with the CA certificates to trust, instead of the system's
---@field pin? string SHA-256 fingerprint of the peer's certificate; nothing else is verified
---@field cert? string PEM file with our certificate and its chain
---@field key? string PEM file with the private key, if it is not in the file of cert=
---@field clientcert? "demand"|"ask"|"none" whether a server requests a client certificate: demand, ask or none; default demand with trust= or pin=, else none
---@field alpn? string|string[] application protocols in order of preference, such as h2,http/1.1
---@field min? "1.0"|"1.1"|"1.2"|"1.3" lowest version, 1.0 to 1.3; default 1.2
---@field max? "1.0"|"1.1"|"1.2"|"1.3" highest version, 1.0 to 1.3
---@field ciphers? string|string[] cipher suites for TLS 1.2 and earlier, by their IANA or OpenSSL names
---@field keylog? string file to which session secrets are appended, for Wireshark; default the variable SSLKEYLOGFILE

---@class sosh.Channel
local Channel = {}

---@class sosh.Barrier
local Barrier = {}

---@class sosh.Process
local Process = {}

---@class sosh.Test
local Test = {}

---create a socket.
---
---socket(2). For tcp and udp, the first bind or connect chooses the address family; tcp4, tcp6, udp4 and udp6 fix it. unix, unixgram and unixpacket connect processes of one machine. vsock connects a virtual machine and its host, on Linux. tls and dtls are TLS over TCP and over UDP; see help tls. The default names are s1, s2...
---
---    socket tcp c
---    socket udp4
---@param kind sosh.Kind
---@param name? string
---@return sosh.Handle # the handle
function socket(kind, name) end

---give a socket its local address.
---
---bind(2). Port 0 takes a free port and shows it. An empty host or * means every local IPv4 address; [::] means every local address. If the address is in use, bind fails with EADDRINUSE, not listen. A unix path must not exist yet; closing the handle removes it.
---
---    socket tcp srv
---    bind srv 127.0.0.1:0
---@param address string
---@return sosh.Handle # the handle
function Handle:bind(address) end

---give a socket its local address.
---
---bind(2). Port 0 takes a free port and shows it. An empty host or * means every local IPv4 address; [::] means every local address. If the address is in use, bind fails with EADDRINUSE, not listen. A unix path must not exist yet; closing the handle removes it.
---
---    socket tcp srv
---    bind srv 127.0.0.1:0
---@param h sosh.Handle|string
---@param address string
---@return sosh.Handle # the handle
function bind(h, address) end

---@class sosh.listenOptions: sosh.TLSOptions

---listen for connections.
---
---listen(2). From now on the kernel completes connections, even if accept is never called. The queue holds backlog connections (one more on Linux); while it is full, new clients get no answer.
---
---    socket tcp srv
---    bind srv 127.0.0.1:0
---    listen srv 5
---@param backlog? integer
---@param options? sosh.listenOptions
---@return sosh.Handle # the handle
function Handle:listen(backlog, options) end

---listen for connections.
---
---listen(2). From now on the kernel completes connections, even if accept is never called. The queue holds backlog connections (one more on Linux); while it is full, new clients get no answer.
---
---    socket tcp srv
---    bind srv 127.0.0.1:0
---    listen srv 5
---@param h sosh.Handle|string
---@param backlog? integer
---@param options? sosh.listenOptions
---@return sosh.Handle # the handle
function listen(h, backlog, options) end

---@class sosh.acceptOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---accept a connection from a listener's queue.
---
---accept(2). The connection becomes a new handle; its default name comes from the listener: srv.1, srv.2... The listener keeps listening. While the queue is empty, accept waits.
---
---    accept srv timeout=5
---    accept srv a
---@param name? string
---@param options? sosh.acceptOptions
---@return sosh.Handle # the new handle, and the peer's address
---@return string
function Handle:accept(name, options) end

---accept a connection from a listener's queue.
---
---accept(2). The connection becomes a new handle; its default name comes from the listener: srv.1, srv.2... The listener keeps listening. While the queue is empty, accept waits.
---
---    accept srv timeout=5
---    accept srv a
---@param h sosh.Handle|string
---@param name? string
---@param options? sosh.acceptOptions
---@return sosh.Handle # the new handle, and the peer's address
---@return string
function accept(h, name, options) end

---@class sosh.connectOptions: sosh.TLSOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---connect a socket to an address.
---
---connect(2). The socket may already be bound. If a host name has several addresses, they are tried in the resolver's order. On a tls or dtls handle, connect includes the handshake and takes the TLS options; see help tls. A connected datagram socket remembers its peer and reports ICMP errors. At the prompt the default timeout is 30 seconds, which set timeout changes; sosh run has none.
---
---    socket tcp c
---    connect c 127.0.0.1:6379 timeout=2
---@param address string
---@param options? sosh.connectOptions
---@return sosh.Handle # the handle
function Handle:connect(address, options) end

---connect a socket to an address.
---
---connect(2). The socket may already be bound. If a host name has several addresses, they are tried in the resolver's order. On a tls or dtls handle, connect includes the handshake and takes the TLS options; see help tls. A connected datagram socket remembers its peer and reports ICMP errors. At the prompt the default timeout is 30 seconds, which set timeout changes; sosh run has none.
---
---    socket tcp c
---    connect c 127.0.0.1:6379 timeout=2
---@param h sosh.Handle|string
---@param address string
---@param options? sosh.connectOptions
---@return sosh.Handle # the handle
function connect(h, address, options) end

---@class sosh.dialOptions: sosh.TLSOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---create a socket and connect it.
---
---The address is KIND://ADDRESS: tcp://HOST:PORT, udp://HOST:PORT, unix://PATH, tls://HOST:PORT and so on. Without KIND://, a path or @NAME is a unix address, and any other address is tcp.
---
---    dial 127.0.0.1:6379 c
---    dial udp://127.0.0.1:53 dns
---@param address string
---@param name? string
---@param options? sosh.dialOptions
---@return sosh.Handle # the connected handle
function dial(address, name, options) end

---@class sosh.serveOptions: sosh.TLSOptions
---@field backlog? integer maximum number of connections in the queue
---@field peers? integer maximum number of connected clients; default 10000
---@field idle? sosh.Seconds drop a datagram client that has been silent for this time; 0 means never; default 300 if there is a function

---create, bind and listen, then accept every client.
---
---The address is spelled as for dial. Clients become the handles NAME.1, NAME.2... With a function, each client gets a task that calls it; when the function returns, the client is closed. On a datagram socket, each new sender becomes a client. When peers= clients are connected, a new connection is refused. A new datagram sender then replaces the client that has been silent longest, whose recv returns nil. With tls:// and dtls://, a client appears once its handshake is done (limit: 10 seconds).
---
---    serve 127.0.0.1:0 srv
---    serve udp://127.0.0.1:0 dns
---@param address string
---@param fn? fun(c: sosh.Handle)
---@param name? string
---@param options? sosh.serveOptions
---@return sosh.Handle # the listener
function serve(address, fn, name, options) end

---@class sosh.starttlsOptions: sosh.TLSOptions
---@field server? boolean act as the server in the handshake
---@field keep? boolean keep plaintext that was received before
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---start TLS on a connection.
---
---From now on, a connected tcp or unix handle uses TLS: for example after STARTTLS, or after CONNECT to a proxy. If there are unread plaintext bytes, starttls fails with code plaintext and changes nothing, since an attacker on the path could have sent them. With keep=true they stay readable, up to what looks like a handshake. A failed handshake ends the stream. See help tls.
---
---    starttls c verify=false
---@param options? sosh.starttlsOptions
---@return sosh.Handle # the handle
function Handle:starttls(options) end

---start TLS on a connection.
---
---From now on, a connected tcp or unix handle uses TLS: for example after STARTTLS, or after CONNECT to a proxy. If there are unread plaintext bytes, starttls fails with code plaintext and changes nothing, since an attacker on the path could have sent them. With keep=true they stay readable, up to what looks like a handshake. A failed handshake ends the stream. See help tls.
---
---    starttls c verify=false
---@param h sosh.Handle|string
---@param options? sosh.starttlsOptions
---@return sosh.Handle # the handle
function starttls(h, options) end

---@class sosh.relayOptions
---@field on_client? fun(data: string, connection: table): string|false|nil function that gets the data from a client before the target does
---@field on_server? fun(data: string, connection: table): string|false|nil function that gets the data from the target before the client does
---@field serve? any a table of serve's options for the listener, such as cert=
---@field dial? any a table of dial's options for the target, such as trust=

---forward the clients of one address to another address.
---
---Clients become the handles NAME.1, NAME.2..., and their connections to the target NAME.1-server, NAME.2-server... The functions can inspect, change, drop or delay data. They are called with the data and a table for the connection, which has the handles client and server and can store values. They return the data to send instead, nil to send it unchanged, or false to drop it. A function that sleeps delays its direction. The end of a stream is forwarded, and a failure is forwarded as a reset; an error in a function resets both sides. Each side can be tls://, with its own options: relay("tls://127.0.0.1:0", "tls://127.0.0.1:443", {dial={verify=false}}).
---
---    relay 127.0.0.1:0 127.0.0.1:6379 mid
---    relay("127.0.0.1:0", "127.0.0.1:6379", {on_server=function(data) return data:upper() end})
---@param listen string
---@param target string
---@param name? string
---@param options? sosh.relayOptions
---@return sosh.Handle # the listener, at once
function relay(listen, target, name, options) end

---@class sosh.sendOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms
---@field split? boolean split data that is too long for one datagram into several
---@field hex? string the data in hexadecimal; blanks are ignored
---@field file? string send the content of a file; - is standard input
---@field chunk? sosh.Size number of bytes to send per system call
---@field delay? sosh.Seconds time to wait between chunks; without chunk=, before sending
---@field cut? sosh.Size send only this many bytes, from the start

---send bytes, or one datagram.
---
---send(2), repeated until all bytes are sent. Several words are joined by single blanks. Nothing is added: quote the data, and write \r\n where the protocol needs it. If send fails midway, the error says how many bytes were sent.
---
---    send c "PING\r\n"
---    send c hex="de ad be ef"
---    send c file=request.bin
---@param data string
---@param options? sosh.sendOptions
---@return number # the number of bytes sent; with split=true, then the number of datagrams
function Handle:send(data, options) end

---send bytes, or one datagram.
---
---send(2), repeated until all bytes are sent. Several words are joined by single blanks. Nothing is added: quote the data, and write \r\n where the protocol needs it. If send fails midway, the error says how many bytes were sent.
---
---    send c "PING\r\n"
---    send c hex="de ad be ef"
---    send c file=request.bin
---@param h sosh.Handle|string
---@param data string
---@param options? sosh.sendOptions
---@return number # the number of bytes sent; with split=true, then the number of datagrams
function send(h, data, options) end

---@class sosh.sendlineOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms
---@field hex? string the data in hexadecimal; blanks are ignored
---@field file? string send the content of a file; - is standard input

---send a line.
---
---Like send, and adds the handle's end of line: \n, unless setopt H eol has changed it.
---
---    setopt c eol "\r\n"
---    sendline c EHLO localhost
---@param data string
---@param options? sosh.sendlineOptions
---@return number # the number of bytes sent
function Handle:sendline(data, options) end

---send a line.
---
---Like send, and adds the handle's end of line: \n, unless setopt H eol has changed it.
---
---    setopt c eol "\r\n"
---    sendline c EHLO localhost
---@param h sosh.Handle|string
---@param data string
---@param options? sosh.sendlineOptions
---@return number # the number of bytes sent
function sendline(h, data, options) end

---@class sosh.sendtoOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms
---@field split? boolean split data that is too long for one datagram into several
---@field hex? string the data in hexadecimal; blanks are ignored
---@field file? string send the content of a file; - is standard input

---send one datagram to an address.
---
---sendto(2). The socket needs no connect and no bind: the first datagram binds it to a free port.
---
---    socket udp u
---    sendto u 127.0.0.1:9999 hello
---@param address string
---@param data string
---@param options? sosh.sendtoOptions
---@return number # the number of bytes sent
function Handle:sendto(address, data, options) end

---send one datagram to an address.
---
---sendto(2). The socket needs no connect and no bind: the first datagram binds it to a free port.
---
---    socket udp u
---    sendto u 127.0.0.1:9999 hello
---@param h sosh.Handle|string
---@param address string
---@param data string
---@param options? sosh.sendtoOptions
---@return number # the number of bytes sent
function sendto(h, address, data, options) end

---shut down one or both directions of a connection.
---
---shutdown(2). write, the default, is a half-close: the peer reads the end of the stream, and can still send.
---
---    shutdown c write
---@param how? "write"|"read"|"both"
function Handle:shutdown(how) end

---shut down one or both directions of a connection.
---
---shutdown(2). write, the default, is a half-close: the peer reads the end of the stream, and can still send.
---
---    shutdown c write
---@param h sosh.Handle|string
---@param how? "write"|"read"|"both"
function shutdown(h, how) end

---close one or more handles.
---
---close(2). The handle's name becomes free. Closing a listener does not close the connections it accepted. A call that waits on the handle fails with code closed.
---
---    close c
---    close srv p
---@param ... any
function Handle:close(...) end

---close one or more handles.
---
---close(2). The handle's name becomes free. Closing a listener does not close the connections it accepted. A call that waits on the handle fails with code closed.
---
---    close c
---    close srv p
---@param h sosh.Handle|string
---@param ... any
function close(h, ...) end

---close a connection with a reset.
---
---close(2) with SO_LINGER set to 0: unsent data is discarded, and a TCP peer gets ECONNRESET.
---
---    abort c
function Handle:abort() end

---close a connection with a reset.
---
---close(2) with SO_LINGER set to 0: unsent data is discarded, and a TCP peer gets ECONNRESET.
---
---    abort c
---@param h sosh.Handle|string
function abort(h) end

---@class sosh.recvOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive available data.
---
---recv(2): 1 to limit bytes of a stream (default limit 65536), or one datagram. Data in the inbox comes first; recv waits only if there is none. A datagram longer than the limit is truncated: recv says so, and the rest is lost.
---
---    recv c
---    recv c 16 timeout=1
---@param limit? sosh.Size
---@param options? sosh.recvOptions
---@return string? # the bytes, nil at the end of the stream; of a datagram as recvfrom
function Handle:recv(limit, options) end

---receive available data.
---
---recv(2): 1 to limit bytes of a stream (default limit 65536), or one datagram. Data in the inbox comes first; recv waits only if there is none. A datagram longer than the limit is truncated: recv says so, and the rest is lost.
---
---    recv c
---    recv c 16 timeout=1
---@param h sosh.Handle|string
---@param limit? sosh.Size
---@param options? sosh.recvOptions
---@return string? # the bytes, nil at the end of the stream; of a datagram as recvfrom
function recv(h, limit, options) end

---@class sosh.recvfromOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive one datagram and its sender.
---
---recvfrom(2), for udp and unixgram handles, on which recv does the same. A datagram longer than the limit is truncated: recvfrom says so, and the rest is lost.
---
---    recvfrom u timeout=1
---@param limit? sosh.Size
---@param options? sosh.recvfromOptions
---@return string # the datagram, its sender's address, and true if it was cut
---@return string
---@return boolean?
function Handle:recvfrom(limit, options) end

---receive one datagram and its sender.
---
---recvfrom(2), for udp and unixgram handles, on which recv does the same. A datagram longer than the limit is truncated: recvfrom says so, and the rest is lost.
---
---    recvfrom u timeout=1
---@param h sosh.Handle|string
---@param limit? sosh.Size
---@param options? sosh.recvfromOptions
---@return string # the datagram, its sender's address, and true if it was cut
---@return string
---@return boolean?
function recvfrom(h, limit, options) end

---@class sosh.recvlineOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive a line.
---
---Receives up to LF, and removes the LF or CRLF from the line. Data after it stays in the inbox. The default limit is 1M.
---
---    recvline c timeout=1
---@param limit? sosh.Size
---@param options? sosh.recvlineOptions
---@return string # the line; a stream that ends first raises code closed
function Handle:recvline(limit, options) end

---receive a line.
---
---Receives up to LF, and removes the LF or CRLF from the line. Data after it stays in the inbox. The default limit is 1M.
---
---    recvline c timeout=1
---@param h sosh.Handle|string
---@param limit? sosh.Size
---@param options? sosh.recvlineOptions
---@return string # the line; a stream that ends first raises code closed
function recvline(h, limit, options) end

---@class sosh.recvuntilOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive up to and including a delimiter.
---
---Data after the delimiter stays in the inbox. The default limit is 1M.
---
---    recvuntil c "\r\n\r\n"
---@param bytes string
---@param limit? sosh.Size
---@param options? sosh.recvuntilOptions
---@return string # the bytes with the delimiter; a stream that ends first raises code closed
function Handle:recvuntil(bytes, limit, options) end

---receive up to and including a delimiter.
---
---Data after the delimiter stays in the inbox. The default limit is 1M.
---
---    recvuntil c "\r\n\r\n"
---@param h sosh.Handle|string
---@param bytes string
---@param limit? sosh.Size
---@param options? sosh.recvuntilOptions
---@return string # the bytes with the delimiter; a stream that ends first raises code closed
function recvuntil(h, bytes, limit, options) end

---@class sosh.recvexactOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive an exact number of bytes.
---
---Data after them stays in the inbox.
---
---    recvexact c 4
---@param n sosh.Size
---@param options? sosh.recvexactOptions
---@return string # n bytes; a stream that ends first raises code closed
function Handle:recvexact(n, options) end

---receive an exact number of bytes.
---
---Data after them stays in the inbox.
---
---    recvexact c 4
---@param h sosh.Handle|string
---@param n sosh.Size
---@param options? sosh.recvexactOptions
---@return string # n bytes; a stream that ends first raises code closed
function recvexact(h, n, options) end

---@class sosh.recvallOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive until the end of the stream.
---
---The default limit is 64M. Above it, recvall fails with code limit, and leaves the data in the inbox.
---
---    recvall c
---@param limit? sosh.Size
---@param options? sosh.recvallOptions
---@return string # the bytes
function Handle:recvall(limit, options) end

---receive until the end of the stream.
---
---The default limit is 64M. Above it, recvall fails with code limit, and leaves the data in the inbox.
---
---    recvall c
---@param h sosh.Handle|string
---@param limit? sosh.Size
---@param options? sosh.recvallOptions
---@return string # the bytes
function recvall(h, limit, options) end

---@class sosh.expectOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms
---@field plain? boolean the pattern is plain text
---@field regex? boolean the pattern is a regular expression (RE2)
---@field limit? sosh.Size maximum number of bytes without a match; default 64M

---receive until a pattern matches.
---
---Receives up to the end of the first match; data after it stays in the inbox. The pattern is a Lua pattern, and is tried again whenever more bytes arrive. It matches as early as it can: (.*) matches whatever has arrived. A timeout, the end of the stream, or reaching the limit without a match is an error. The error shows the bytes received instead, and they stay in the inbox. The timeout also ends a slow match. Matching takes time proportional to the bytes received, unless the pattern has %1 to %9.
---In Lua, the pattern may be a table of alternatives: {{"^%+OK (.*)\r\n", fn}, {regex="...", fn}, {plain="...", fn}, eof=fn, timeout=fn}. The first alternative in the list that matches is chosen. Its function is called with the captures, and expect returns what the function returns.
---
---    expect c "PONG"
---    code = expect(c, "HTTP/1.1 (%d+)", {timeout=5})
---@param pattern any
---@param options? sosh.expectOptions
---@return any ... # the captures, or the match; of alternatives without a function the number of the one that matched comes before them
function Handle:expect(pattern, options) end

---receive until a pattern matches.
---
---Receives up to the end of the first match; data after it stays in the inbox. The pattern is a Lua pattern, and is tried again whenever more bytes arrive. It matches as early as it can: (.*) matches whatever has arrived. A timeout, the end of the stream, or reaching the limit without a match is an error. The error shows the bytes received instead, and they stay in the inbox. The timeout also ends a slow match. Matching takes time proportional to the bytes received, unless the pattern has %1 to %9.
---In Lua, the pattern may be a table of alternatives: {{"^%+OK (.*)\r\n", fn}, {regex="...", fn}, {plain="...", fn}, eof=fn, timeout=fn}. The first alternative in the list that matches is chosen. Its function is called with the captures, and expect returns what the function returns.
---
---    expect c "PONG"
---    code = expect(c, "HTTP/1.1 (%d+)", {timeout=5})
---@param h sosh.Handle|string
---@param pattern any
---@param options? sosh.expectOptions
---@return any ... # the captures, or the match; of alternatives without a function the number of the one that matched comes before them
function expect(h, pattern, options) end

---@class sosh.framesOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---iterate over the messages of a stream.
---
---A framing says how a stream is divided into messages. It is one of:
---"line" (lines without their LF or CRLF), "crlf" (lines that end in CRLF), "netstring", "reply" (replies of SMTP or FTP, of one or more lines), "dot" (text that ends with a line containing one dot; a dot at the start of any other line is doubled), "head" (the lines up to an empty one, as in HTTP);
---{delimiter="..."};
---{length="<I4"}: the length before the message, in a format of pack, such as V for base 128. With includes_header=true, the length includes its own bytes;
---or your own codec: {decode=function(buffer) return message, used end, encode=function(message) return bytes end}. The buffer begins with the message. While decode needs more bytes, it returns nothing, or raises code "short" as cursor and struct do.
---The table form also takes max=, the limit of a message, default 16M: {line=true, max=1000}.
---
---    for line in frames(c, "line") do if line == "" then break end print(line) end
---@param framing any
---@param options? sosh.framesOptions
---@return fun(): ... # an iterator, which calls recv_frame; timeout= is for each message
function Handle:frames(framing, options) end

---iterate over the messages of a stream.
---
---A framing says how a stream is divided into messages. It is one of:
---"line" (lines without their LF or CRLF), "crlf" (lines that end in CRLF), "netstring", "reply" (replies of SMTP or FTP, of one or more lines), "dot" (text that ends with a line containing one dot; a dot at the start of any other line is doubled), "head" (the lines up to an empty one, as in HTTP);
---{delimiter="..."};
---{length="<I4"}: the length before the message, in a format of pack, such as V for base 128. With includes_header=true, the length includes its own bytes;
---or your own codec: {decode=function(buffer) return message, used end, encode=function(message) return bytes end}. The buffer begins with the message. While decode needs more bytes, it returns nothing, or raises code "short" as cursor and struct do.
---The table form also takes max=, the limit of a message, default 16M: {line=true, max=1000}.
---
---    for line in frames(c, "line") do if line == "" then break end print(line) end
---@param h sosh.Handle|string
---@param framing any
---@param options? sosh.framesOptions
---@return fun(): ... # an iterator, which calls recv_frame; timeout= is for each message
function frames(h, framing, options) end

---@class sosh.recv_frameOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive one message of a stream.
---
---help frames lists the framings. Data after the message stays in the inbox.
---
---    message = recv_frame(c, "line")
---@param framing any
---@param options? sosh.recv_frameOptions
---@return string? # the message; nil at the end of the stream, which raises code closed inside a message
function Handle:recv_frame(framing, options) end

---receive one message of a stream.
---
---help frames lists the framings. Data after the message stays in the inbox.
---
---    message = recv_frame(c, "line")
---@param h sosh.Handle|string
---@param framing any
---@param options? sosh.recv_frameOptions
---@return string? # the message; nil at the end of the stream, which raises code closed inside a message
function recv_frame(h, framing, options) end

---@class sosh.send_frameOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---send one framed message.
---
---help frames lists the framings.
---
---    send_frame(c, "hello", {length=">I2"})
---@param message any
---@param framing any
---@param options? sosh.send_frameOptions
---@return number # the number of bytes sent, including the framing
function Handle:send_frame(message, framing, options) end

---send one framed message.
---
---help frames lists the framings.
---
---    send_frame(c, "hello", {length=">I2"})
---@param h sosh.Handle|string
---@param message any
---@param framing any
---@param options? sosh.send_frameOptions
---@return number # the number of bytes sent, including the framing
function send_frame(h, message, framing, options) end

---set a socket option.
---
---setsockopt(2). Names are written without their prefix, and case and dashes are ignored: reuseaddr is SO_REUSEADDR. On-off options take 1 and 0, on and off, or true and false. setopt H LEVEL OPTION VALUE sets any option by number or C name. Two options belong to sosh itself: inbox, the size of the inbox in bytes (1M), and eol, the end of line that sendline adds. help options lists all options.
---
---    setopt s reuseaddr 1
---    setopt c keepidle 60
---    setopt c eol "\r\n"
---    setopt u join 239.1.2.3 lo
---    setopt c 6 1 1
---@param option string
---@param value any
---@param value2? any
---@return sosh.Handle # the handle
function Handle:setopt(option, value, value2) end

---set a socket option.
---
---setsockopt(2). Names are written without their prefix, and case and dashes are ignored: reuseaddr is SO_REUSEADDR. On-off options take 1 and 0, on and off, or true and false. setopt H LEVEL OPTION VALUE sets any option by number or C name. Two options belong to sosh itself: inbox, the size of the inbox in bytes (1M), and eol, the end of line that sendline adds. help options lists all options.
---
---    setopt s reuseaddr 1
---    setopt c keepidle 60
---    setopt c eol "\r\n"
---    setopt u join 239.1.2.3 lo
---    setopt c 6 1 1
---@param h sosh.Handle|string
---@param option string
---@param value any
---@param value2? any
---@return sosh.Handle # the handle
function setopt(h, option, value, value2) end

---get a socket option.
---
---getsockopt(2). getopt H LEVEL OPTION gets any option by number or C name.
---
---    getopt s rcvbuf
---    getopt s SOL_SOCKET SO_TYPE
---@param option string
---@param value? any
---@return boolean|number|string # true or false for on-off options, a number for others, a string for names
function Handle:getopt(option, value) end

---get a socket option.
---
---getsockopt(2). getopt H LEVEL OPTION gets any option by number or C name.
---
---    getopt s rcvbuf
---    getopt s SOL_SOCKET SO_TYPE
---@param h sosh.Handle|string
---@param option string
---@param value? any
---@return boolean|number|string # true or false for on-off options, a number for others, a string for names
function getopt(h, option, value) end

---show the local address.
---
---getsockname(2). An unbound socket has no address. For a unix socket, the only result is the address: a path or @NAME.
---
---    getsockname srv
---@return string # the address as HOST:PORT, the host, and the port
---@return string
---@return number
function Handle:getsockname() end

---show the local address.
---
---getsockname(2). An unbound socket has no address. For a unix socket, the only result is the address: a path or @NAME.
---
---    getsockname srv
---@param h sosh.Handle|string
---@return string # the address as HOST:PORT, the host, and the port
---@return string
---@return number
function getsockname(h) end

---show the peer's address.
---
---getpeername(2). For a unix socket, the only result is the address: a path or @NAME.
---
---    getpeername c
---@return string # the address as HOST:PORT, the host, and the port
---@return string
---@return number
function Handle:getpeername() end

---show the peer's address.
---
---getpeername(2). For a unix socket, the only result is the address: a path or @NAME.
---
---    getpeername c
---@param h sosh.Handle|string
---@return string # the address as HOST:PORT, the host, and the port
---@return string
---@return number
function getpeername(h) end

---show the state of a handle.
---
---Shows the state, addresses, family, changed options, counters, and the queues of the inbox and the kernel; for TLS also the version, the cipher suite and the peer's certificates, and for TCP the kernel's measurements (TCP_INFO in tcp(7)).
---In Lua, counters has bytes_in, bytes_out, messages_in, messages_out, dropped (bytes removed to make room in the inbox), unseen (dropped bytes that were never shown), lost, kernel_drops, refused and ended. queues has unread, inbox, recv, send, waiting and backlog. tls has version, cipher, alpn, servername, verified, fingerprint, and chain, a list of certificates with subject, issuer, names, fingerprint, weak, from and to. For example, info(c).tls.chain[1].to is the time at which the peer's certificate expires, in seconds since 1970.
---
---    info c
---@return table # a table: name, kind, state, family, laddr, raddr, options, counters, queues, tcp, tls
function Handle:info() end

---show the state of a handle.
---
---Shows the state, addresses, family, changed options, counters, and the queues of the inbox and the kernel; for TLS also the version, the cipher suite and the peer's certificates, and for TCP the kernel's measurements (TCP_INFO in tcp(7)).
---In Lua, counters has bytes_in, bytes_out, messages_in, messages_out, dropped (bytes removed to make room in the inbox), unseen (dropped bytes that were never shown), lost, kernel_drops, refused and ended. queues has unread, inbox, recv, send, waiting and backlog. tls has version, cipher, alpn, servername, verified, fingerprint, and chain, a list of certificates with subject, issuer, names, fingerprint, weak, from and to. For example, info(c).tls.chain[1].to is the time at which the peer's certificate expires, in seconds since 1970.
---
---    info c
---@param h sosh.Handle|string
---@return table # a table: name, kind, state, family, laddr, raddr, options, counters, queues, tcp, tls
function info(h) end

---start or stop the background receiver.
---
---The receiver reads data as it arrives, stores it in the inbox, and reports it as an event; on a listener, it reports waiting connections. At a prompt, every handle is watched. In scripts and in words from a pipe, a handle is watched only after watch, wait or on.
---
---    watch c
---    watch c off
---@param how? "on"|"off"
---@return sosh.Handle # the handle
function Handle:watch(how) end

---start or stop the background receiver.
---
---The receiver reads data as it arrives, stores it in the inbox, and reports it as an event; on a listener, it reports waiting connections. At a prompt, every handle is watched. In scripts and in words from a pipe, a handle is watched only after watch, wait or on.
---
---    watch c
---    watch c off
---@param h sosh.Handle|string
---@param how? "on"|"off"
---@return sosh.Handle # the handle
function watch(h, how) end

---@class sosh.waitOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait for an event.
---
---Each wait takes one event; an event that happened before the call counts too, unless an earlier wait took it. wait starts the handle's receiver. The events are connected, accepted, waiting, data, sent, eof, reset, icmp, error and closed; see help events.
---
---    wait c eof timeout=5
---    wait srv closed
---@param event sosh.Event
---@param options? sosh.waitOptions
---@return sosh.Handle # the handle, and the event: a table with name, data, peer, time
---@return sosh.EventTable
function Handle:wait(event, options) end

---wait for an event.
---
---Each wait takes one event; an event that happened before the call counts too, unless an earlier wait took it. wait starts the handle's receiver. The events are connected, accepted, waiting, data, sent, eof, reset, icmp, error and closed; see help events.
---
---    wait c eof timeout=5
---    wait srv closed
---@param h sosh.Handle|string
---@param event sosh.Event
---@param options? sosh.waitOptions
---@return sosh.Handle # the handle, and the event: a table with name, data, peer, time
---@return sosh.EventTable
function wait(h, event, options) end

---call a function for each event.
---
---A separate task calls fn(h, event) for one event at a time, in order. event has name, data, peer and time, and for accepted the new handle. The received bytes also stay in the inbox until a recv takes them; when it is full, bytes that fn has seen are dropped to make room. The events are those of wait, and for streams also line: a line as recvline returns it, which is removed from the inbox.
---
---    on(c, "data", function(h, e) print(e.peer, #e.data) end)
---    on(c, "line", function(h, e) h:send(e.data:upper(), "\n") end)
---@param event "connected"|"accepted"|"waiting"|"data"|"sent"|"eof"|"reset"|"icmp"|"error"|"closed"|"line"
---@param fn fun(h: sosh.Handle, event: sosh.EventTable)
---@return sosh.Handle # the handle
function Handle:on(event, fn) end

---call a function for each event.
---
---A separate task calls fn(h, event) for one event at a time, in order. event has name, data, peer and time, and for accepted the new handle. The received bytes also stay in the inbox until a recv takes them; when it is full, bytes that fn has seen are dropped to make room. The events are those of wait, and for streams also line: a line as recvline returns it, which is removed from the inbox.
---
---    on(c, "data", function(h, e) print(e.peer, #e.data) end)
---    on(c, "line", function(h, e) h:send(e.data:upper(), "\n") end)
---@param h sosh.Handle|string
---@param event "connected"|"accepted"|"waiting"|"data"|"sent"|"eof"|"reset"|"icmp"|"error"|"closed"|"line"
---@param fn fun(h: sosh.Handle, event: sosh.EventTable)
---@return sosh.Handle # the handle
function on(h, event, fn) end

---start a task.
---
---The task calls fn(...). While a task waits, others run. The end of the script ends all tasks; use join to wait for one. If a task fails and is never joined, its error is printed and the exit status is 1.
---
---    t = spawn(function() return recvline(c) end)
---@param fn function
---@param ... any
---@return sosh.Task # the task, whose method is join
function spawn(fn, ...) end

---@class sosh.joinOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait for a task.
---
---t:join() and join(t) are the same.
---
---    t = spawn(function() return recvline(c) end)
---    t:join()
---@param options? sosh.joinOptions
---@return any ... # what the task's function returned; raises what it raised
function Task:join(options) end

---wait for a task.
---
---t:join() and join(t) are the same.
---
---    t = spawn(function() return recvline(c) end)
---    t:join()
---@param task sosh.Task
---@param options? sosh.joinOptions
---@return any ... # what the task's function returned; raises what it raised
function join(task, options) end

---@class sosh.wait_allOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait for several tasks.
---
---The argument is a table of tasks. When all have ended, wait_all raises the error of the first task in the table that failed, if one did.
---
---    a, b = wait_all({spawn(now), spawn(now)})
---@param tasks any
---@param options? sosh.wait_allOptions
---@return any ... # the first value of each task
function wait_all(tasks, options) end

---wait until one of several things is ready.
---
---The list contains channels, handles, tasks, and numbers, which are timeouts in seconds. A handle is ready when a receive or an accept would not wait. wait_any takes no data from any of them.
---
---    if wait_any({c, 0.5}) == 2 then print("nothing came") end
---@param list any
---@return any ... # its number in the list, and the thing
function wait_any(list) end

---create a channel between tasks.
---
---A channel carries values of any type, in order, and buffers up to its capacity. With capacity 0, the default, send waits until another task has received the value.
---
---    ch = channel(10); ch:send("x"); print(ch:recv())
---@param capacity? integer
---@return sosh.Channel # a channel, with the methods send, recv and close
function channel(capacity) end

---@class sosh.channel_sendOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---send a value.
---
---    ch = channel(1); ch:send("x")
---@param value any
---@param options? sosh.channel_sendOptions
function Channel:send(value, options) end

---@class sosh.channel_recvOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---receive a value.
---
---    ch = channel(1); ch:send("x"); value, ok = ch:recv({timeout=1})
---@param options? sosh.channel_recvOptions
---@return any # the value and true; once the channel is closed and empty, nil and false
---@return boolean
function Channel:recv(options) end

---close a channel, so that receivers see its end.
---
---    ch = channel(); ch:close()
function Channel:close() end

---create a barrier, where n tasks wait for each other.
---
---    b = barrier(2); spawn(function() b:wait() end); b:wait()
---@param n integer
---@return sosh.Barrier # a barrier, with the method wait
function barrier(n) end

---@class sosh.barrier_waitOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait until all n tasks are at the barrier.
---
---    b = barrier(1); b:wait()
---@param options? sosh.barrier_waitOptions
function Barrier:wait(options) end

---wait for some time.
---
---The time is in seconds, such as 0.5, or has a unit: 500ms.
---
---    sleep 0.5
---@param seconds sosh.Seconds
function sleep(seconds) end

---@class sosh.eventuallyOptions
---@field timeout? sosh.Seconds time limit; default 5 seconds
---@field every? sosh.Seconds time between calls; default 20ms

---call a function until it succeeds.
---
---A call succeeds if it raises no error and returns nothing or a true value. A test's check that fails inside fn counts only if the last call fails too. At the timeout, a call that is still waiting is cancelled, and eventually fails with code timeout; the message contains fn's last error or result.
---
---    eventually(function() return #handles() > 0 end, {timeout=2})
---@param fn function
---@param options? sosh.eventuallyOptions
---@return any ... # what the function returned
function eventually(fn, options) end

---read a clock, to measure time.
---
---The clock is monotonic and counts seconds, with fractions, from an arbitrary start.
---
---    now
---    began = now(); recvline(c); print(now() - began)
---@return number # the seconds
function now() end

---stop reading, with a small receive buffer.
---
---The peer's sends soon block, as if this program had hung. recv still reads.
---
---    stall c
---@return sosh.Handle # the handle
function Handle:stall() end

---stop reading, with a small receive buffer.
---
---The peer's sends soon block, as if this program had hung. recv still reads.
---
---    stall c
---@param h sosh.Handle|string
---@return sosh.Handle # the handle
function stall(h) end

---@class sosh.faultyOptions
---@field drop? any the probability that a datagram is not sent
---@field duplicate? any the probability that it is sent twice
---@field reorder? any the probability that it is sent after the next one
---@field corrupt? any the probability that one of its bits is flipped
---@field seed? integer seed of the random numbers, to repeat a run; default 1

---drop, duplicate, reorder or corrupt the datagrams that a handle sends.
---
---Probabilities are from 0 to 1. Without options, the faults end, and a held back datagram is sent.
---
---    faulty u drop=0.5 seed=7
---    faulty u
---@param options? sosh.faultyOptions
---@return sosh.Handle # the handle
function Handle:faulty(options) end

---drop, duplicate, reorder or corrupt the datagrams that a handle sends.
---
---Probabilities are from 0 to 1. Without options, the faults end, and a held back datagram is sent.
---
---    faulty u drop=0.5 seed=7
---    faulty u
---@param h sosh.Handle|string
---@param options? sosh.faultyOptions
---@return sosh.Handle # the handle
function faulty(h, options) end

---@class sosh.execOptions
---@field port? integer wait until this port of 127.0.0.1 accepts a TCP connection
---@field line? string wait until the program's output matches this Lua pattern
---@field timeout? sosh.Seconds time limit for port= and line=; default 10 seconds
---@field dir? string working directory
---@field env? any changes to the environment: {NAME="VALUE"}, where false removes a variable; or a list of NAME=VALUE strings
---@field input? any standard input, by default empty; with true, process:send writes it

---start a program, such as the server under test.
---
---The program runs without a shell: each argument is passed on as it is. The last megabyte of its standard output and standard error is kept, and shown if the test fails.
---When the test or the script ends, the program and its children get SIGTERM, and SIGKILL 2 seconds later. On Linux this includes daemons, which have left the session, unless they have removed SOSH_EXEC from their environment. On Linux the program ends even if sosh is killed.
---free_port() finds a port for a server that can't report its own. line= proves that this program is ready; on port=, another program may answer. Arguments and options may be in one table: exec{"redis-server", "--port", port, port=port}.
---
---    p = exec("sh", "-c", "echo ready; cat", {line="ready"}); p:kill(); print(p:wait())
---@param program any
---@param ... any
---@return sosh.Process # the process, with the methods expect, output, send, close, wait, kill and pid
function exec(program, ...) end

---@class sosh.process_expectOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait until the output of a process matches a Lua pattern.
---
---The search begins after the previous match. The default timeout is 10 seconds.
---
---    p = exec("echo", "listening on 7000"); print(p:expect("listening on (%d+)"))
---@param pattern string
---@param options? sosh.process_expectOptions
---@return any ... # the captures, or what matched
function Process:expect(pattern, options) end

---return what a process has written so far.
---
---    p = exec("echo", "hello"); p:wait(); print(p:output())
---@return string # a string: standard output and standard error, in the order of arrival
function Process:output() end

---@class sosh.process_sendOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---write to the standard input of a process.
---
---The process must have been started with input=true. send returns when all data is written.
---
---    p = exec("cat", {input=true}); p:send("hello\n"); print(p:expect("hello"))
---@param data string
---@param options? sosh.process_sendOptions
---@return number # the number of bytes
function Process:send(data, options) end

---close the standard input of a process, which then reads end of file.
---
---    p = exec("sort", {input=true}); p:send("b\na\n"); p:close(); p:wait(); print(p:output())
function Process:close() end

---@class sosh.process_waitOptions
---@field timeout? sosh.Seconds time limit, in seconds or with a unit: 0.5, 500ms

---wait until a process has ended.
---
---    p = exec("sh", "-c", "exit 3"); print(p:wait({timeout=5}))
---@param options? sosh.process_waitOptions
---@return number? # its exit status; nil and the name of a signal, such as TERM, if that ended it
---@return string?
function Process:wait(options) end

---send a signal to a process, by default TERM.
---
---kill(2). The signal goes to the process, not to its children. If the process has ended, nothing happens.
---
---    p = exec("sleep", "60"); p:kill("INT"); print(p:wait())
---@param signal? string
function Process:kill(signal) end

---return the process ID.
---
---    p = exec("sleep", "60"); print(p:pid() > 0)
---@return number # a number
function Process:pid() end

---@class sosh.testOptions
---@field timeout? sosh.Seconds time limit of the test; default 10 seconds, or the value of --timeout
---@field tags? string|string[] words by which --tags selects tests
---@field retry? integer how often a failed test is tried again
---@field parallel? boolean run the test in its own Lua machine, in parallel with others

---define a test, a function that is called with t.
---
---For files that sosh test runs. Each test has its own handles, tasks and processes, which end with it. It fails if a check fails, if an error is not caught, if it exceeds its timeout, if it leaves a task running, or if a task has failed and was not joined. The options come before or after the function.
---
---    test("sum", {tags="quick", timeout=1}, function(t) t:eq(1 + 1, 2) end)
---@param name string
---@param options sosh.testOptions
---@param fn fun(t: sosh.Test)
---@overload fun(name: string, fn: fun(t: sosh.Test))
function test(name, options, fn) end

---run a function before each test of the file, with t as argument.
---
---    before(function() c = dial(address) end)
---@param fn fun(t: sosh.Test)
function before(fn) end

---run a function after each test of the file, even a failed one, with t as argument; limit: 5 seconds.
---
---    after(function() c:send("QUIT\r\n") end)
---@param fn fun(t: sosh.Test)
function after(fn) end

---run a function before the first test of the file.
---
---    before_all(function() srv = serve("127.0.0.1:0", function(c) send(c, recv(c)) end) end)
---@param fn fun()
function before_all(fn) end

---run a function after the last test of the file.
---
---    after_all(function() srv:close() end)
---@param fn fun()
function after_all(fn) end

---check that got equals want.
---
---Tables are compared by content. A failure shows the difference: for text by line, for bytes as two hexdumps side by side, for tables by path.
---
---    t:eq(c:recvline(), "+PONG")
---@param got any
---@param want any
---@param note? string
function Test:eq(got, want, note) end

---check that got differs from other.
---
---    t:ne(a, b)
---@param got any
---@param other any
---@param note? string
function Test:ne(got, other, note) end

---check that a value is true, that is, neither false nor nil.
---
---    t:ok(#data > 0, "some data")
---@param value any
---@param note? string
function Test:ok(value, note) end

---check that a string matches a Lua pattern.
---
---    local code = t:match(line, "^HTTP/1.1 (%d+)")
---@param s any
---@param pattern string
---@param note? string
---@return any ... # what string.match does
function Test:match(s, pattern, note) end

---check that a string contains a string, or a table a value.
---
---In a string, part is plain text, not a pattern. In a table, values are compared as eq does.
---
---    t:contains("Content-Length: 5\r\n", "Length: 5")
---@param got any
---@param part any
---@param note? string
function Test:contains(got, part, note) end

---check that got is less than other; both are numbers, 64-bit integers or strings.
---
---    t:lt(#data, 100)
---@param got any
---@param other any
---@param note? string
function Test:lt(got, other, note) end

---check that got is at most other; both are numbers, 64-bit integers or strings.
---
---    t:le(#data, 100)
---@param got any
---@param other any
---@param note? string
function Test:le(got, other, note) end

---check that got is greater than other; both are numbers, 64-bit integers or strings.
---
---    t:gt(#data, 0)
---@param got any
---@param other any
---@param note? string
function Test:gt(got, other, note) end

---check that got is at least other; both are numbers, 64-bit integers or strings.
---
---    t:ge(#data, 1)
---@param got any
---@param other any
---@param note? string
function Test:ge(got, other, note) end

---check that got differs from want by at most delta.
---
---    t:near(now() - began, 0.5, 0.5)
---@param got any
---@param want any
---@param delta any
---@param note? string
function Test:near(got, want, delta, note) end

---check that a function raises an error, with this code if one is given.
---
---Errors raised by error() have no code; their message must contain the text instead.
---
---    t:error(function() dial("127.0.0.1:1") end, "ECONNREFUSED")
---@param fn function
---@param code? string
---@return any ... # the error
function Test:error(fn, code) end

---@class sosh.test_closedOptions
---@field timeout? sosh.Seconds give up after so many seconds, such as 0.5 or 500ms

---check that the peer closes or resets the connection in time, and sends nothing before.
---
---    t:closed(c, 1)
---@param h sosh.Handle|string
---@param seconds? sosh.Seconds
---@param note? string
---@param options? sosh.test_closedOptions
function Test:closed(h, seconds, note, options) end

---@class sosh.test_quietOptions
---@field timeout? sosh.Seconds give up after so many seconds, such as 0.5 or 500ms

---check that nothing arrives for a time, by default 0.1 seconds.
---
---    t:quiet(c, 0.2)
---@param h sosh.Handle|string
---@param seconds? sosh.Seconds
---@param note? string
---@param options? sosh.test_quietOptions
function Test:quiet(h, seconds, note, options) end

---fail the test.
---
---    t:fail("no such answer")
---@param why string
function Test:fail(why) end

---end the test and report it as skipped.
---
---    t:skip("no redis-server here")
---@param why? string
function Test:skip(why) end

---mark a test as expected to fail: its failure does not count.
---
---    t:todo("the server does not pipeline yet")
---@param why? string
function Test:todo(why) end

---log values, which are shown if the test fails or with -v.
---
---    t:log("port", port)
---@param ... any
function Test:log(...) end

---@class sosh.test_runOptions
---@field timeout? sosh.Seconds give up after so many seconds, such as 0.5 or 500ms

---run a nested test, with its own handles and tasks.
---
---    t:run("empty", function(t) t:eq(#"", 0) end)
---@param name string
---@param options sosh.test_runOptions
---@param fn fun(t: sosh.Test)
---@overload fun(name: string, fn: fun(t: sosh.Test))
---@return boolean # true if it passed, else false; a failed nested test does not end the outer test, but fails it
function Test:run(name, options, fn) end

---encode values as bytes, in the formats of Lua 5.3's string.pack.
---
---Byte order: < little endian, > big endian, = native. !N limits alignment to N.
---Integers (small letters are signed): b B 1 byte, h H 2 bytes, i[N] I[N] N bytes (default 4), l L j J T 8 bytes. Floats: f 4 bytes, d n 8 bytes.
---Strings: sN has its length before it, in N bytes (default 8); z ends with a zero byte; cN has N bytes. x is one byte of padding, Xop padding to the alignment of op. Spaces are ignored.
---
---Beyond Lua 5.3, there are integers of variable length: V unsigned in base 128, low bits first (LEB128: protobuf, MQTT); v signed, as V with zigzag; w unsigned in base 128, high bits first (BER); Q as in QUIC (RFC 9000). sV, sw and sQ are strings with such a length.
---{1 3 4} divides bytes into bit fields of these widths, the highest first; each is a number. I2(...) is a list with its number of items before it, (...) a list up to the end of the bytes. An item with one value is that value, an item with several is a table: "(B s1)" is a list of type, length and value up to the end.
---
---    print(hex.encode(pack(">I2 s1 z", 443, "abc", "x"), " "))
---@param format any
---@param ... any
---@return string # a string of bytes
function pack(format, ...) end

---decode bytes, in the formats of pack; with a table, Lua 5.1's unpack.
---
---An integer of 8 bytes becomes a number up to 2^53, and above that an int64 or uint64, which can be mixed with numbers in arithmetic and comparisons. int64(n) converts a number. A list that claims more items than the remaining bytes can hold is an error before any item is read.
---
---    print(unpack(">I2 s1", "\1\187\3abc..."))
---    local list = unpack("B(I1 sV)", "\2\7\2ab\8\0")
---    print(#list, list[1][1], list[1][2], unpack("{1 3 4} V", "\146\172\2"))
---@param format any
---@param bytes any
---@param position? any
---@return any ... # the values, and the position after the last byte read
function unpack(format, bytes, position) end

---return the number of bytes of a format without s and z.
---
---    print(packsize("<I4 I2 c8"))
---@param format any
---@return number # a number of bytes
function packsize(format) end

---pack, under its name in Lua 5.3.
---
---    print(#string.pack("j", 1))
---@param format any
---@param ... any
---@return string # a string of bytes
function string.pack(format, ...) end

---unpack, under its name in Lua 5.3.
---
---    print(string.unpack("B", "A"))
---@param format any
---@param bytes any
---@param position? any
---@return any ... # the values, and the position after them
function string.unpack(format, bytes, position) end

---packsize, under its name in Lua 5.3.
---
---    print(string.packsize("!8 b d"))
---@param format any
---@return number # a number of bytes
function string.packsize(format) end

---create a struct: a format of pack with names, for packing tables.
---
---A name and a colon come before each option: "> id:I2 flags:B name:s1". Bit fields and the items of lists have names too: "{qr:1 opcode:4 rest:3} answers:I2(name:s1 ttl:I4)". The items of a list of single values need no name: "ids:B(I2)".
---Blanks and newlines are ignored.
---
---    local head = struct("> id:I2 {qr:1 opcode:4 aa:1 tc:1 rd:1} {ra:1 z:3 rcode:4} names:B(s1)")
---    local bytes = head:pack{id = 7, qr = 1, opcode = 0, aa = 0, tc = 0, rd = true, ra = 1, z = 0, rcode = 3, names = {"a", "bc"}}
---    print(hex.encode(bytes))
---    local h, next = head:unpack(bytes)
---    print(h.id, h.rcode, h.names[2], next)
---@param format any
---@return sosh.Struct # a struct
function struct(format) end

---@class sosh.Struct
local Struct = {}

---encode a table with a field for each name; an error names the field that is missing or does not fit.
---
---    print(pcall(function() struct("id:I2"):pack{id = 70000} end))
---@param table any
---@return string # a string of bytes
function Struct:pack(table) end

---decode bytes to a table, from a position on; if bytes are missing, it raises code "short".
---
---    print(pcall(function() struct("id:I2"):unpack("a") end))
---@param bytes any
---@param position? any
---@return table # a table, and the position after the last byte read
function Struct:unpack(bytes, position) end

---create a cursor, which reads a string step by step.
---
---Each read moves the position. If bytes are missing, the position does not change and the call raises code "short"; if a framing's decode function raises it, decode is called again when more bytes have arrived.
---
---    local r = cursor("\5helloGET /\r\n\1\2")
---    print(r:unpack("s1"), r:upto("\r\n"), r:left(), r:at())
---    print(hex.encode(r:peek(1)), hex.encode(r:rest()), r:left())
---@param bytes any
---@param position? any
---@return sosh.Cursor # a cursor
function cursor(bytes, position) end

---@class sosh.Cursor
local Cursor = {}

---decode values in a format of pack, or a table with a struct.
---
---    print(cursor("\1\2"):unpack("BB"))
---@param format any
---@return any ... # the values
function Cursor:unpack(format) end

---read the next n bytes.
---
---    print(cursor("abc"):take(2))
---@param n any
---@return string # a string
function Cursor:take(n) end

---return the next n bytes without moving the position.
---
---    print(cursor("abc"):peek(2))
---@param n any
---@return string # a string
function Cursor:peek(n) end

---skip n bytes.
---
---    print(cursor("abc"):skip(2):rest())
---@param n any
---@return sosh.Cursor # the cursor
function Cursor:skip(n) end

---read up to a delimiter, and skip the delimiter.
---
---    print(cursor("a: b"):upto(": "))
---@param bytes any
---@return string # a string
function Cursor:upto(bytes) end

---read all remaining bytes.
---
---    print(cursor("abc", 2):rest())
---@return string # a string
function Cursor:rest() end

---return the number of remaining bytes.
---
---    print(cursor("abc"):left())
---@return number # a number
function Cursor:left() end

---return the position of the next byte, counted from 1; with an argument, set it first.
---
---    local r = cursor("abc")
---    print(r:at(), r:at(3), r:rest())
---@param position? any
---@return number # a number
function Cursor:at(position) end

prefix = {}

---encode an integer as in HPACK (RFC 7541, 5.1): in the low bits of a byte whose high bits are flags, and in further bytes if needed.
---
---    print(hex.encode(prefix.encode(10, 5)), hex.encode(prefix.encode(1337, 5, 0x80)))
---@param n any
---@param bits any
---@param flags? any
---@return string # a string of bytes
function prefix.encode(n, bits, flags) end

---decode an integer of prefix.encode; if bytes are missing, it raises code "short".
---
---    print(prefix.decode(hex.decode("9f9a0a"), 5))
---@param bytes any
---@param bits any
---@param position? any
---@return any ... # the integer, the position after it, and the flags
function prefix.decode(bytes, bits, position) end

ber = {}

---encode an element of ASN.1 in BER, in the shortest form (lengths and integers as in DER).
---
---An element is {tag = 0x04, value = "bytes"}, or constructed: {tag = 0x30, element...}. The tag is the identifier byte (or bytes) as sent: 0x02 for an integer, 0x30 for a sequence, 0xa0 for a context tag.
---With any tag, a number or a 64-bit integer is encoded as an INTEGER, and true or false as a BOOLEAN. The value for tag 0x06 is an object identifier in digits: "1.3.6.1".
---
---    local bind = ber.encode{tag = 0x30, {tag = 0x02, value = 1}, {tag = 0x60, {tag = 0x02, value = 3}, {tag = 0x04, value = ""}, {tag = 0x80, value = ""}}}
---    print(hex.encode(bind))
---@param element any
---@return string # a string of bytes
function ber.encode(element) end

---decode the BER element that begins at a position; lengths may have any form.
---
---The result has the form that ber.encode takes. Values of the universal types 0x01, 0x02, 0x06 and 0x0a are decoded; integers of more than 64 bits and all other values remain bytes. If bytes are missing, it raises code "short"; if bytes are invalid, code "bad".
---
---    local e, next = ber.decode(hex.decode("300c020101600702010304008000"))
---    print(e.tag, e[1].value, e[2].tag, #e[2], next)
---@param bytes any
---@param position? any
---@return table # a table, and the position after the element
function ber.decode(bytes, position) end

---decode an integer that ber.decode returned as bytes, such as an SNMP counter.
---
---    print(ber.integer("\1\0"), ber.integer("\255"))
---@param bytes any
---@return number # a number, or a 64-bit integer
function ber.integer(bytes) end

bit = {}

---convert the low 32 bits of x to a signed number.
---
---    print(bit.tobit(0xffffffff), bit.tobit(2^32 + 5))
---@param x any
---@return number # a number
function bit.tobit(x) end

---convert x to n hex digits, upper case if n is negative; default 8, or 16 for a 64-bit integer.
---
---    print(bit.tohex(255), bit.tohex(255, 2), bit.tohex(255, -4))
---@param x any
---@param n? any
---@return string # a string
function bit.tohex(x, n) end

---invert all bits of x.
---
---    print(bit.bnot(0))
---@param x any
---@return number # a number
function bit.bnot(x) end

---bitwise and.
---
---    print(bit.band(0x1234, 0xff))
---@param x any
---@param ... any
---@return number # a number
function bit.band(x, ...) end

---bitwise or.
---
---    print(bit.bor(1, 2, 4))
---@param x any
---@param ... any
---@return number # a number
function bit.bor(x, ...) end

---bitwise exclusive or.
---
---    print(bit.bxor(0xff, 0x0f))
---@param x any
---@param ... any
---@return number # a number
function bit.bxor(x, ...) end

---shift x left by n bits.
---
---    print(bit.lshift(1, 10), bit.lshift(1, 31))
---@param x any
---@param n any
---@return number # a number
function bit.lshift(x, n) end

---shift x right by n bits, filling with zeros.
---
---    print(bit.rshift(-1, 28))
---@param x any
---@param n any
---@return number # a number
function bit.rshift(x, n) end

---shift x right by n bits, filling with the sign bit.
---
---    print(bit.arshift(-256, 4))
---@param x any
---@param n any
---@return number # a number
function bit.arshift(x, n) end

---rotate x left by n bits.
---
---    print(bit.tohex(bit.rol(0x12345678, 8)))
---@param x any
---@param n any
---@return number # a number
function bit.rol(x, n) end

---rotate x right by n bits.
---
---    print(bit.tohex(bit.ror(0x12345678, 8)))
---@param x any
---@param n any
---@return number # a number
function bit.ror(x, n) end

---reverse the bytes of x.
---
---    print(bit.tohex(bit.bswap(0x12345678)))
---@param x any
---@return number # a number
function bit.bswap(x) end

---convert a number, a string of digits (0x for hex) or another 64-bit integer to a signed 64-bit integer.
---
---Arithmetic between 64-bit integers, and with whole numbers, uses 64 bits and wraps around; / truncates toward zero. Comparison with numbers is exact: n == 5, n < 2^53. As a table key, and for rawequal, a 64-bit integer differs from the number of the same value.
---tonumber converts it to a number, which is exact up to 2^53.
---
---    local n = int64("9223372036854775807")
---    print(n, n - 1, n > 5)
---@param value any
---@return any ... # a signed integer of 64 bits
function int64(value) end

---convert a value to an unsigned 64-bit integer, as int64 does.
---
---    print(uint64("0xffffffffffffffff"), uint64(-1) / 2)
---@param value any
---@return any ... # an unsigned integer of 64 bits
function uint64(value) end

hex = {}

---encode bytes as hex, two digits each.
---
---    print(hex.encode("GET"), hex.encode("\1\2\255", " "))
---@param bytes any
---@param separator? any
---@return string # a string
function hex.encode(bytes, separator) end

---decode hex digits; white space and colons between bytes are ignored.
---
---    print(hex.decode("48 65 6c 6c 6f"))
---@param digits any
---@return string # the bytes
function hex.decode(digits) end

base64 = {}

---encode bytes as base64 (RFC 4648), padded; with "url" in the URL alphabet, without padding.
---
---    print(base64.encode("hello?>"), base64.encode("hello?>", "url"))
---@param bytes any
---@param url? any
---@return string # a string
function base64.encode(bytes, url) end

---decode base64; it accepts only what encode writes, and an error gives the position.
---
---    print(base64.decode("aGVsbG8="))
---    print(pcall(base64.decode, "aGV$"))
---@param text any
---@param url? any
---@return string # the bytes
function base64.decode(text, url) end

---combine bytes with a repeated key by exclusive or, from offset in the key.
---
---    local masked = xor("hello", "\1\2\3\4")
---    print(hex.encode(masked), xor(masked, "\1\2\3\4"))
---@param bytes any
---@param key any
---@param offset? any
---@return string # a string
function xor(bytes, key, offset) end

---format bytes as a hexdump: offset, digits, text.
---
---    print(hexdump("GET / HTTP/1.1\r\n"))
---@param bytes any
---@return string # a string of lines
function hexdump(bytes) end

---print values like print, with control characters escaped.
---
---Newlines, tabs and printable characters stay, and a backslash is doubled. Use it to print what a peer has sent: in sosh run, print writes bytes unescaped.
---
---    show("a\27[2Jb", 42)
---@param ... any
function show(...) end

hash = {}

---compute the md5 hash of bytes.
---
---    print(hex.encode(hash.md5("abc")))
---@param bytes any
---@return string # the raw bytes
function hash.md5(bytes) end

---compute the sha1 hash of bytes.
---
---    print(hex.encode(hash.sha1("abc")))
---@param bytes any
---@return string # the raw bytes
function hash.sha1(bytes) end

---compute the sha224 hash of bytes.
---
---    print(hex.encode(hash.sha224("abc")))
---@param bytes any
---@return string # the raw bytes
function hash.sha224(bytes) end

---compute the sha256 hash of bytes.
---
---    print(hex.encode(hash.sha256("abc")))
---@param bytes any
---@return string # the raw bytes
function hash.sha256(bytes) end

---compute the sha384 hash of bytes.
---
---    print(#hash.sha384("abc"))
---@param bytes any
---@return string # the raw bytes
function hash.sha384(bytes) end

---compute the sha512 hash of bytes.
---
---    print(#hash.sha512("abc"))
---@param bytes any
---@return string # the raw bytes
function hash.sha512(bytes) end

---compute an HMAC (RFC 2104) with the named hash function.
---
---    print(hex.encode(hash.hmac("md5", "Jefe", "what do ya want for nothing?")))
---@param name any
---@param key any
---@param bytes any
---@return string # the raw bytes
function hash.hmac(name, key, bytes) end

---derive a key from a password (PBKDF2, RFC 8018) with the HMAC of the named hash function; the default length is that of the hash.
---
---    print(hex.encode(hash.pbkdf2("sha1", "password", "salt", 2)))
---@param name any
---@param password any
---@param salt any
---@param iterations any
---@param length? any
---@return string # the raw bytes
function hash.pbkdf2(name, password, salt, iterations, length) end

---compute the CRC-32 of bytes (IEEE 802.3, as in gzip); crc is the result for the bytes before them.
---
---    print(crc32("123456789"), crc32("56789", crc32("1234")))
---@param bytes any
---@param crc? any
---@return number # a number from 0 to 2^32-1
function crc32(bytes, crc) end

json = {}

---decode JSON; an error gives the position of bad syntax or invalid UTF-8.
---
---null becomes json.null, which counts as true in a condition and equals only itself. Arrays are marked, so that encode writes an empty one as an array again.
---
---    local v = json.decode('{"id": 9007199254740993, "tags": ["a", null]}')
---    print(v.id, #v.tags, v.tags[2] == json.null)
---@param text any
---@return any ... # a value
function json.decode(text) end

---encode a value as JSON, on one line, or with indent as indentation.
---
---    print(json.encode({1, 2, {name = "x", none = json.null}}))
---@param value any
---@param indent? any
---@return string # a string
function json.encode(value, indent) end

---mark a table as an array, so that encode writes [] and not {} if it is empty.
---
---    print(json.encode({}), json.encode(json.array({})))
---@param table any
---@return table # the table
function json.array(table) end

regex = {}

---string.match with a regular expression.
---
---Expressions have the syntax of RE2: no back references, and matching takes time linear in the length of the text. Text is read as UTF-8. With (?b) at the start of the expression it is read as bytes: \xff is the byte 255, and . is any byte except newline.
---
---    print(regex.match("HTTP/1.1 404 Not Found", [[^HTTP/(\d\.\d) (\d{3})]]))
---@param text any
---@param expression any
---@param init? any
---@return any ... # the captures, or the whole match; nil without one
function regex.match(text, expression, init) end

---string.find with a regular expression.
---
---    print(regex.find("a: 12, b: 345", [[b: (\d+)]]))
---@param text any
---@param expression any
---@param init? any
---@return any ... # where it begins and ends, and the captures; nil without a match
function regex.find(text, expression, init) end

---string.gmatch with a regular expression.
---
---    for k, v in regex.gmatch("a=1; b=2", [[(\w)=(\d)]]) do print(k, v) end
---@param text any
---@param expression any
---@return fun(): ... # an iterator over the matches
function regex.gmatch(text, expression) end

---string.gsub with a regular expression.
---
---As in string.gsub, the replacement is a string with %0 to %9 for the captures, a table, or a function.
---
---    print(regex.gsub("2026-11-26", [[(\d+)-(\d+)-(\d+)]], "%3.%2.%1"))
---@param text any
---@param expression any
---@param replacement any
---@param n? any
---@return string # the new text, and how many matches there were
---@return number
function regex.gsub(text, expression, replacement, n) end

---os.date: format the current time, or seconds since 1970, with the format letters of C.
---
---    print(date("!%Y-%m-%dT%H:%M:%SZ", 0))
---@param format? any
---@param seconds? any
---@return string|table # a string, or a table for *t
function date(format, seconds) end

---math.random with a generator seeded at random; randomseed sets the seed, to repeat a run.
---
---    randomseed(7)
---    local a = random(1000)
---    randomseed(7)
---    print(a == random(1000), random() < 1)
---@param m? any
---@param n? any
---@return number # a number
function random(m, n) end

---set the seed of random, or return it.
---
---    print(randomseed(42))
---@param seed? any
---@return number # the seed
function randomseed(seed) end

---return n random bytes, the same for the same seed: for tests, not for secrets.
---
---    randomseed(7)
---    local a = randombytes(4)
---    randomseed(7)
---    print(#a, a == randombytes(4))
---@param n any
---@return string # a string
function randombytes(n) end

---read a whole file.
---
---    local dir = tempdir()
---    write_file(dir .. "/x", "one\ntwo\n")
---    print(#read_file(dir .. "/x"))
---@param path any
---@return string # a string
function read_file(path) end

---write data to a file, replacing its content.
---
---    local dir = tempdir()
---    write_file(dir .. "/x", "hello")
---    print(read_file(dir .. "/x"))
---@param path any
---@param data any
function write_file(path, data) end

---find a port that is free for TCP and UDP, and reserved from other sosh processes, for a server that can't use port 0.
---
---    print(free_port() > 0)
---@return number # a number
function free_port() end

---create a directory that is removed with its content when the script ends.
---
---    local dir = tempdir()
---    write_file(dir .. "/x", "")
---    print(io.open(dir .. "/x") ~= nil)
---@return string # a path
function tempdir() end

---create a self-signed certificate, for a server under test.
---
---The files can be given to cert= and key= and to a program under test; they are removed when the script ends. The file cert also fits trust=, and fingerprint (SHA-256 of the certificate) fits pin=.
---The options are hosts and days. hosts are names and IP addresses, in a table or separated by commas; default localhost, 127.0.0.1 and ::1. days is the period of validity, by default 30 days; with days = -1, the certificate expired yesterday.
---
---    local c = certificate{hosts = "example.org"}
---    local srv = serve("tls://127.0.0.1:0", function(s) s:send("hello") end, {cert = c.cert, key = c.key})
---    print(dial("tls://" .. srv:getsockname(), {trust = c.cert, servername = "example.org"}):recv())
---    print(dial("tls://" .. srv:getsockname(), {pin = c.fingerprint}):recv())
---    srv:close()
---@param options? any
---@return table # a table: cert and key, the paths of PEM files; cert_pem and key_pem, their texts; fingerprint
function certificate(options) end

---null of JSON.
---@type userdata
json.null = nil
