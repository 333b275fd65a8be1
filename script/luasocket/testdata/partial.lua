-- Sends that stop in the middle, and go on; receives in pieces, with what came before.
local socket = require "socket"
local s = socket.bind("127.0.0.1", 0)
local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
local a = s:accept()
c:settimeout(0) a:settimeout(0)
local data = {}
for i = 1, 200000 do data[i] = string.char(32 + i % 90) end
data = table.concat(data):rep(30)
local sent, got, stops = 0, {}, 0
while sent < #data do
	local last, err, at = c:send(data, sent + 1)
	sent = last or at
	if err then stops = stops + 1 end
	repeat
		local piece, err, part = a:receive(65536)
		got[#got + 1] = piece or part
	until not piece
end
c:close()
a:settimeout(5)
got[#got + 1] = a:receive("*a")
print(stops > 0, sent == #data, table.concat(got) == data)
-- a line that comes in three pieces
local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
local a = s:accept()
a:settimeout(0.02)
local line, err, part
for _, piece in ipairs{"one ", "two ", "three\nfour"} do
	c:send(piece)
	line, err, part = a:receive("*l", part)
	print(line, err, part)
end
print(a:receive(10, "x"))
print(select("#", c:send("")), c:send("", 1, 0), c:send("abc", 4), c:send("abc", 2, 1), c:send("abc", -1))
