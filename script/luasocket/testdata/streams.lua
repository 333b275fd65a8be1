-- Sources and sinks of sockets.
local socket, ltn12 = require "socket", require "ltn12"
local function pair()
	local s = socket.bind("127.0.0.1", 0)
	local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
	local a = s:accept()
	s:close()
	return c, a
end
local c, a = pair()
print(ltn12.pump.all(ltn12.source.string(("0123456789"):rep(1000)), socket.sink("close-when-done", c)))
local snk, t = ltn12.sink.table()
print(ltn12.pump.all(socket.source("until-closed", a), snk))
print(#table.concat(t), a:getfd())
local c, a = pair()
print(ltn12.pump.all(ltn12.source.string("abcdefghij"), socket.sink("keep-open", c)), c:getfd() >= 0)
local snk, t = ltn12.sink.table()
print(ltn12.pump.all(socket.source("by-length", a, 7), snk), table.concat(t))
c:close()
local snk, t = ltn12.sink.table()
print(ltn12.pump.all(socket.source("by-length", a, 7), snk), table.concat(t))
local c, a = pair()
local src = socket.source(a)
print(type(src), src.getfd() == a:getfd(), src.dirty())
a:close()
print(src())
local c, a = pair()
c:settimeout(0)
local sent = 0
repeat
	local n, err, last = c:send(("x"):rep(100000))
	sent = sent + (n or last)
until not n
a:settimeout(0.2)
local _, err, part = a:receive(100000000)
print(err, #part == sent)
print(type(socket.sinkt.default), type(socket.sourcet["until-closed"]))
