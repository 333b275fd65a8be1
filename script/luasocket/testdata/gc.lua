-- Forgotten sockets are closed once they are collected.
local socket = require "socket"
local s = socket.bind("127.0.0.1", 0)
local _, port = s:getsockname()
local c = socket.connect("127.0.0.1", port)
do
	local a = s:accept()
	a:send("last words\n")
end
print(c:receive())
c:settimeout(0.05)
local err
for i = 1, 200 do
	collectgarbage() collectgarbage()
	err = select(2, c:receive())
	if err == "closed" then break end
end
print(err)
-- used as keys, and kept by a table
local names = {}
for i = 1, 10 do
	local d = socket.connect("127.0.0.1", port)
	names[d] = "client " .. i
	s:accept()
end
local n = 0
for d, name in pairs(names) do if d:getfd() >= 0 and name:match("^client") then n = n + 1 end end
print(n)
