-- Many connections held and answered by one script:
-- sosh run handles.lua HOST:PORT N
local addr, n = arg[1], tonumber(arg[2])
local function rss()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmRSS:%s*(%d+)")
    if kb then return tonumber(kb) end
  end
end
local before = rss()
local conns = {}
local began = now()
for i = 1, n do conns[i] = dial(addr) end
for i, c in ipairs(conns) do c:send("hello " .. i) end
for i, c in ipairs(conns) do
  local want = "hello " .. i
  assert(c:recvexact(#want) == want)
end
print(string.format("%d handles answered in %.2f s, %.1f KB each", n, now() - began, (rss() - before) / n))
