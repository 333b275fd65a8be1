-- Every method of a socket that is closed, and of one that has no descriptor.
local socket, unix = require "socket", require "socket.unix"
local function try(name, s, method, ...)
	local f = s[method]
	if not f then print(name, method, "none") return end
	local r = {pcall(f, s, ...)}
	for i = 1, 3 do r[i] = tostring(r[i]):gsub("0x%x+", ""):gsub("^[^:]*:%d+: ", "") end
	print(name, method, unpack(r, 1, 3))
end
local server = socket.bind("127.0.0.1", 0)
local _, port = server:getsockname()
local client = socket.connect("127.0.0.1", port)
client:close()
for _, m in ipairs{"send", "receive", "getpeername", "getsockname", "shutdown", "dirty", "getfd", "close", "getstats", "settimeout", "gettimeout"} do
	try("client", client, m, m == "send" and "x" or nil)
end
try("client", client, "setoption", "keepalive", true)
try("client", client, "getoption", "keepalive")
server:close()
for _, m in ipairs{"accept", "getsockname", "listen", "close", "dirty", "getfd"} do try("server", server, m) end
local master = socket.tcp()
for _, m in ipairs{"getsockname", "getpeername", "dirty", "getfd", "close", "getfamily"} do try("master", master, m) end
local u = socket.udp()
for _, m in ipairs{"receive", "receivefrom", "getsockname", "getfd", "dirty", "close", "receive"} do try("udp", u, m) end
local d = unix.dgram()
d:close()
for _, m in ipairs{"receive", "getsockname", "getfd", "dirty", "close"} do try("dgram", d, m) end
local st = unix.stream()
st:close()
for _, m in ipairs{"getsockname", "getfd", "dirty", "close"} do try("stream", st, m) end
