-- The sink and the source for bodies in chunks.
local socket, ltn12 = require "socket", require "ltn12"
require "socket.http"
local s = socket.bind("127.0.0.1", 0)
local function pair()
	local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
	return c, s:accept()
end
local c, a = pair()
assert(ltn12.pump.all(ltn12.source.cat(ltn12.source.string("one"), ltn12.source.string(("x"):rep(300))), socket.sink("http-chunked", c)))
c:close()
print((a:receive("*a"):gsub("x+", "X")))
local function read(text)
	local c, a = pair()
	c:send(text)
	c:close()
	local sink, t = ltn12.sink.table()
	print(ltn12.pump.all(socket.source("http-chunked", a), sink))
	print((table.concat(t, "|"):gsub("\r", "\\r"):gsub("\n", "\\n")))
end
read("3\r\nabc\r\n0\r\n\r\n")
read("A\r\n0123456789\r\n1;x=y\r\nz\r\n0\r\nTrailer: t\r\n\r\n")
read("zz\r\nabc\r\n")
read("5\r\nabc")
read("")
read("3\r\nabc\r\n")
print(type(socket.sinkt["http-chunked"]), type(socket.sourcet["http-chunked"]))
