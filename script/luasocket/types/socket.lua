---@meta socket

-- LuaSocket 3.1, for the Lua Language Server. sosh types overwrites this file.

---@alias socket.Error string "timeout", "closed", "connection refused", ...
---@alias socket.Pattern "*l"|"*a"|integer|string

---@class socket.Object
---@field class string tcp{client}, udp{connected}, ...
local Object = {}
---@return 1
function Object:close() end
---@return boolean # the buffer has unread data
function Object:dirty() end
---@return integer # the descriptor, or -1
function Object:getfd() end
---@param fd integer
function Object:setfd(fd) end
---@param seconds? number nil or negative: no limit
---@param mode? "b"|"t" b limits each wait, t the whole call
---@return 1
function Object:settimeout(seconds, mode) end
---@return number block, number total # -1 for none
function Object:gettimeout() end
---@return string? ip, string|socket.Error port, string? family
function Object:getsockname() end
---@return "inet4"|"inet6"
function Object:getfamily() end
---@param name string keepalive, reuseaddr, tcp-nodelay, linger, ...
---@return any value, socket.Error?
function Object:getoption(name) end
---@param name string
---@param value any
---@return 1?, socket.Error?
function Object:setoption(name, value) end

---@class socket.TCP: socket.Object
local TCP = {}
---@return socket.TCP? client, socket.Error?
function TCP:accept() end
---@param host string "*" is any address
---@param port integer|string
---@return 1?, socket.Error?
function TCP:bind(host, port) end
---@param backlog? integer default 32
---@return 1?, socket.Error?
function TCP:listen(backlog) end
---@param host string
---@param port integer|string
---@return 1?, socket.Error?
function TCP:connect(host, port) end
---@param data string
---@param i? integer first byte
---@param j? integer last byte
---@return integer? last, socket.Error?, integer? sent # the index of the last byte sent
function TCP:send(data, i, j) end
---@param pattern? socket.Pattern default "*l"
---@param prefix? string
---@return string? data, socket.Error?, string? partial
function TCP:receive(pattern, prefix) end
---@param how? "both"|"send"|"receive"
---@return 1
function TCP:shutdown(how) end
---@return string? ip, integer|socket.Error port, string? family
function TCP:getpeername() end
---@return integer received, integer sent, number age
function TCP:getstats() end
---@param received? integer
---@param sent? integer
---@param age? number
---@return 1
function TCP:setstats(received, sent, age) end

---@class socket.UDP: socket.Object
local UDP = {}
---@param host string
---@param port integer|string
---@return 1?, socket.Error?
function UDP:setsockname(host, port) end
---@param host string "*" disconnects
---@param port? integer|string
---@return 1?, socket.Error?
function UDP:setpeername(host, port) end
---@param data string
---@return integer? bytes, socket.Error?
function UDP:send(data) end
---@param data string
---@param ip string numeric
---@param port integer
---@return integer? bytes, socket.Error?
function UDP:sendto(data, ip, port) end
---@param size? integer default 8192
---@return string? data, socket.Error?
function UDP:receive(size) end
---@param size? integer default 8192
---@return string? data, string|socket.Error ip, integer? port
function UDP:receivefrom(size) end
---@return string? ip, string|socket.Error port, string? family
function UDP:getpeername() end

---@class socket
---@field _VERSION string
---@field BLOCKSIZE integer
---@field sinkt table<string, function>
---@field sourcet table<string, function>
local socket = {}
---@return socket.TCP
function socket.tcp() end
---@return socket.TCP?, socket.Error?
function socket.tcp4() end
---@return socket.TCP?, socket.Error?
function socket.tcp6() end
---@return socket.UDP
function socket.udp() end
---@return socket.UDP?, socket.Error?
function socket.udp4() end
---@return socket.UDP?, socket.Error?
function socket.udp6() end
---@param host string "*" is 0.0.0.0
---@param port integer|string
---@param backlog? integer default 32
---@return socket.TCP? server, socket.Error?
function socket.bind(host, port, backlog) end
---@param host string
---@param port integer|string
---@param lhost? string
---@param lport? integer|string
---@param family? "unspec"|"inet"|"inet6"
---@return socket.TCP? client, socket.Error?
function socket.connect(host, port, lhost, lport, family) end
---@param r table? sockets to read from
---@param w table? sockets to write to
---@param seconds? number nil or negative: for ever
---@return table readable, table writable, "timeout"?
function socket.select(r, w, seconds) end
---@return number seconds since 1970
function socket.gettime() end
---@param seconds number
function socket.sleep(seconds) end
---@param n integer
---@param ... any
---@return any ... # the arguments after the first n
function socket.skip(n, ...) end
---@generic T
---@param v T
---@param ... any
---@return T, any ...
function socket.try(v, ...) end
---@param fin? function
---@return fun(...: any): ...
function socket.newtry(fin) end
---@param f function
---@return function
function socket.protect(f) end
---@param mode any "keep-open", "close-when-done", "http-chunked", or the socket
---@param sock? socket.TCP
---@return ltn12.Sink
function socket.sink(mode, sock) end
---@param mode any "until-closed", "by-length", "http-chunked", or the socket
---@param sock? socket.TCP
---@param n? integer
---@return ltn12.Source
function socket.source(mode, sock, n) end

socket.dns = {}
---@param name string
---@return string? ip, table|socket.Error
function socket.dns.toip(name) end
---@param ip string
---@return string? name, table|socket.Error
function socket.dns.tohostname(ip) end
---@param name string
---@return {family: "inet"|"inet6", addr: string}[]?, socket.Error?
function socket.dns.getaddrinfo(name) end
---@return string
function socket.dns.gethostname() end

return socket
