local socket = require "socket"
local a, b, c = socket.udp(), socket.udp(), socket.udp()
for _, u in ipairs{a, b, c} do
	u:setsockname("127.0.0.1", 0)
	u:settimeout(0)
end
local function port(u) return (select(2, u:getsockname())) end
print(a:receive())
local r, w = socket.select({a, b, c}, {a, b, c}, 0)
print(#r, #w)
a:sendto("to b", "127.0.0.1", port(b))
a:sendto("to c", "127.0.0.1", port(c))
socket.select({b}, nil, 5) socket.select({c}, nil, 5)
r = socket.select({a, b, c}, nil, 5)
print(#r, r[b] ~= nil, r[c] ~= nil, r[a])
for _, u in ipairs{b, c} do
	local data, ip, p = u:receivefrom()
	print(data, ip, tostring(p) == tostring(port(a)))
	u:sendto(data:upper(), ip, p)
end
local got = {}
for i = 1, 2 do
	socket.select({a}, nil, 5)
	got[i] = a:receive()
end
table.sort(got)
print(got[1], got[2], a:receive())
print(a:getoption("broadcast"), a:getoption("reuseaddr"), (pcall(a.getpeername, a)))
