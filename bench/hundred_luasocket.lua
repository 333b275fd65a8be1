-- hundred.lua for lua5.1 with LuaSocket: one loop over select.
local socket = require "socket"
local host, port = arg[1]:match("^(.*):(%d+)$")
local n = tonumber(arg[2])
local conns, left = {}, {}
local began = socket.gettime()
for i = 1, 100 do
  local c = assert(socket.connect(host, tonumber(port)))
  c:setoption("tcp-nodelay", true)
  c:settimeout(0)
  conns[i], left[c] = c, n / 100
  c:send("ping pong ping pong!")
end
while #conns > 0 do
  local ready = socket.select(conns)
  for _, c in ipairs(ready) do
    assert(c:receive(20) == "ping pong ping pong!")
    left[c] = left[c] - 1
    if left[c] > 0 then
      c:send("ping pong ping pong!")
    else
      c:close()
      for i, x in ipairs(conns) do
        if x == c then table.remove(conns, i) break end
      end
    end
  end
end
print(string.format("%.0f", n / (socket.gettime() - began)))
