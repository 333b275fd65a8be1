-- one.lua for lua5.1 with LuaSocket.
local socket = require "socket"
local host, port = arg[1]:match("^(.*):(%d+)$")
local n = tonumber(arg[2])
local c = assert(socket.connect(host, tonumber(port)))
c:setoption("tcp-nodelay", true)
local began = socket.gettime()
for i = 1, n do
  c:send("ping pong ping pong!")
  assert(c:receive(20) == "ping pong ping pong!")
end
print(string.format("%.0f", n / (socket.gettime() - began)))
