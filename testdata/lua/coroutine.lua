local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e, f = coroutine.yield(c * 2)
  print("got", d, e, f)
  return "done", nil
end)
print(coroutine.status(co))
print(coroutine.resume(co, 1, 2))
print(coroutine.status(co))
print(coroutine.resume(co, 10))
print(coroutine.resume(co, "x"))
print(coroutine.status(co))
print(coroutine.resume(co))
print(select("#", coroutine.resume(coroutine.create(function() end))))
print(select("#", coroutine.resume(coroutine.create(function() return nil end))))
print(select("#", coroutine.resume(coroutine.create(function() coroutine.yield() end))))
print(select("#", coroutine.resume(coroutine.create(function() coroutine.yield(nil, nil) end))))
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen())
print(pcall(gen))
print(coroutine.running())
local inner = coroutine.create(function() print(coroutine.running() ~= nil, coroutine.status(coroutine.running())) end)
print(coroutine.resume(inner))
local outer
outer = coroutine.create(function()
  local i = coroutine.create(function() print(coroutine.status(outer)) print(coroutine.resume(outer)) end)
  print(coroutine.resume(i))
  print(coroutine.resume(outer))
end)
print(coroutine.resume(outer))
print(coroutine.resume(coroutine.create(function() error("bad") end)))
print(coroutine.resume(coroutine.create(function() error({}) end)) == false)
print(coroutine.resume(coroutine.create(function() error() end)))
print(pcall(coroutine.wrap(function() error("wrapped") end)))
print(pcall(coroutine.wrap(function() error("plain", 0) end)))
print(pcall(coroutine.wrap(function() error({}) end)) == false)
print(pcall(coroutine.yield))
print(pcall(coroutine.create, 1))
print(pcall(coroutine.resume, 1))
print(pcall(coroutine.status, nil))
-- running in pcall is the coroutine's own
co = coroutine.create(function()
  local me = coroutine.running()
  print(pcall(function() return coroutine.running() == me, coroutine.status(me) end))
  print(pcall(function() return pcall(function() return coroutine.running() == me end) end))
end)
print(coroutine.resume(co))
print(pcall(coroutine.running))
-- yields where Lua 5.1 has none
local function try(f)
  local c = coroutine.create(f)
  local r = {coroutine.resume(c)}
  for i = 1, #r do r[i] = tostring(r[i]):gsub("^.-:%d+: ", "") end
  print(unpack(r))
  print(coroutine.status(c))
end
try(function() table.sort({2, 1}, function() coroutine.yield() end) end)
try(function() ("x"):gsub("x", function() coroutine.yield() end) end)
try(function() return setmetatable({}, {__index = function() coroutine.yield() end}).x end)
try(function() return setmetatable({}, {__add = function() coroutine.yield() end}) + 1 end)
try(function() for x in function() coroutine.yield() end do end end)
try(function() return tostring(setmetatable({}, {__tostring = function() coroutine.yield() return "" end})) end)
-- yields deep in calls, and with tail calls
local function leaf(n) if n == 0 then return coroutine.yield("leaf") end return leaf(n - 1) end
local function stem(n) if n == 0 then local r = coroutine.yield("stem") return r end return (stem(n - 1)) end
co = coroutine.wrap(function() print("a", leaf(10)) print("b", stem(10)) return "end" end)
print(co(), co(1, 2), co(3, 4))
-- producer, filter, consumer
local function producer() return coroutine.wrap(function() for i = 1, 3 do coroutine.yield("line" .. i) end end) end
local function filter(p) return coroutine.wrap(function() local n = 1 for x in p do coroutine.yield(n .. ":" .. x) n = n + 1 end end) end
for l in filter(producer()) do print(l) end
-- permutations
local function permgen(a, n)
  if n <= 1 then coroutine.yield(a) else
    for i = 1, n do a[n], a[i] = a[i], a[n] permgen(a, n - 1) a[n], a[i] = a[i], a[n] end
  end
end
for p in coroutine.wrap(function() permgen({1, 2, 3}, 3) end) do print(unpack(p)) end
-- C functions as bodies
local w = coroutine.wrap(function(...) return select("#", ...) end)
print(w(nil, nil, nil))
for i = 1, 3 do
  local a, b, c, d = coroutine.wrap(function() return coroutine.yield() end)()
  print(a, b, c, d)
end
