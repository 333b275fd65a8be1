-- A hundred connections, a task each: sosh run hundred.lua HOST:PORT N
local addr, n = arg[1], tonumber(arg[2])
local began = now()
local tasks = {}
for t = 1, 100 do
  tasks[t] = spawn(function()
    local c = dial(addr)
    for i = 1, n / 100 do
      c:send("ping pong ping pong!")
      assert(c:recv() == "ping pong ping pong!")
    end
    c:close()
  end)
end
for _, t in ipairs(tasks) do t:join() end
print(string.format("%.0f", n / (now() - began)))
