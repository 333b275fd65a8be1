-- One connection, round trips of 20 bytes: sosh run one.lua HOST:PORT N
local addr, n = arg[1], tonumber(arg[2])
local c = dial(addr)
local began = now()
for i = 1, n do
  c:send("ping pong ping pong!")
  assert(c:recv() == "ping pong ping pong!")
end
print(string.format("%.0f", n / (now() - began)))
