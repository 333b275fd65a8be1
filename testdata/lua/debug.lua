local function f() local i = debug.getinfo(1, "nSl") return i.name, i.namewhat, i.short_src, i.currentline, i.linedefined, i.lastlinedefined, i.what end
print(f())
function globalf() return (debug.getinfo(1, "n").namewhat) end print((globalf()))
local t = {field = f, m = function(self) local i = debug.getinfo(1, "n") return i.name, i.namewhat end}
print((t.field())) print(t:m())
local i = debug.getinfo(print) print(i.what, i.short_src, i.source, i.currentline, i.linedefined, i.func == print, i.nups)
i = debug.getinfo(f) print(i.what, i.short_src, i.source, i.linedefined, i.lastlinedefined, i.func == f)
print(debug.getinfo(1, "S").what, debug.getinfo(1, "l").currentline, debug.getinfo(100), debug.getinfo(1, "f").func ~= nil)
print(pcall(debug.getinfo, 1, "X")) print(pcall(debug.getinfo, {})) print(pcall(debug.getinfo))
print(debug.getinfo(loadstring("return 1", "=named")).source, debug.getinfo(loadstring("return 1")).source, debug.getinfo(loadstring("return 1")).short_src)
print(debug.traceback("msg"))
local function deep(n) if n == 0 then return debug.traceback("deep") end return (deep(n - 1)) end
print(deep(3)) print(deep(40))
print(debug.traceback(nil)) print(debug.traceback({}) ~= nil, type(debug.traceback({})), debug.traceback(12))
local function tail() return deep(0) end print(tail())
print((pcall(function() print(debug.traceback("in pcall")) end)))
local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end)
coroutine.resume(co) print(debug.traceback(co)) print(debug.traceback(co, "with")) print(debug.traceback(co, nil, 1))
local cw = coroutine.wrap(function() print(debug.traceback("in co")) end) cw()
local bad = coroutine.create(function() local function thrower() error("x") end thrower() end)
print(coroutine.resume(bad))
print(xpcall(function() local x = {} ; x.y.z = 1 end, function(m) return (debug.traceback("h"):gsub("\n.*", "")) end))
local mt = {} print(debug.getmetatable("").__index == string, debug.setmetatable(10, mt), getmetatable(5) == mt) debug.setmetatable(10, nil)
print(debug.getmetatable(setmetatable({}, {__metatable = "x"})) ~= "x")
local up = 5 local function closure() return up end
print(debug.getupvalue(closure, 1)) print(debug.setupvalue(closure, 1, 6), closure()) print(debug.getupvalue(closure, 2))
print(debug.gethook()) print(type(debug.getregistry()))
print(pcall(error, "lvl0", 0))
local function lvl2() error("lvl2", 2) end
print(pcall(function()
  lvl2()
end))
local ok, e = pcall(function()
  local a = {}
  a.b.c = 1
end) print(e:match("^debug.lua:%d+:"))
ok, e = pcall(function()
  undefined()
end) print(e:match("^debug.lua:%d+:"))

-- locals, in blocks and after them
local function dump(what)
  local s = {}
  for i = 1, 20 do
    local n, v = debug.getlocal(2, i)
    if not n then break end
    s[#s+1] = n .. "=" .. tostring(type(v))
  end
  print(what, table.concat(s, " "))
end
local function f(a, b)
  dump(1)
  do local x, y = 1, "y" dump(2) end
  local z = {}
  dump(3)
  for i = 1, 1 do local w = true dump(4) end
  dump(5)
  for k, v in pairs{1} do dump(6) end
  local q = 1
  while q == 1 do local r = 2 q = r dump(7) end
  repeat local s = 1 dump(8) until s
  if a then local t = 1 dump(9) else local u dump(10) end
  dump(11)
  local function g() end
  dump(12)
end
f(1)
local function v(a, ...) local b = ... dump(13) end
v(1, 2, 3)
