-- an error closes only what failed
local n = 0
local function up() n = n + 1 end
pcall(error, "x") up()
print(n)
local m = 0
local g = function() m = m + 1 return m end
print(pcall(function() error("y") end)) g()
print(m)
local function outer() local k = 0 local function inc() k = k + 1 end
  pcall(function() inc() error("z") end) inc() return k end
print(outer())
local function nest() local k = 0 local function inc() k = k + 1 end
  pcall(function() pcall(error, "a") inc() error("b") end) inc() return k end
print(nest())
-- closures of what failed live on by themselves
local kept
print(pcall(function() local v = 1 kept = function() v = v + 1 return v end kept() error("gone") end))
print(kept(), kept())
local list = {}
for i = 1, 3 do pcall(function() local v = i list[i] = function() v = v + 1 return v end error(i) end) end
print(list[1](), list[1](), list[2](), list[3]())
-- results
print(pcall(function() end))
print(select("#", pcall(function() end)), select("#", pcall(function() return nil end)), select("#", pcall(function() return nil, nil end)))
print(pcall(function(...) return select("#", ...), ... end, 1, nil, nil))
print(pcall(pcall, error, "e"))
print(pcall(error))
print(pcall(error, nil))
local e = {}
print(select(2, pcall(error, e)) == e)
print(pcall(error, "msg", 0), pcall(error, "msg", 1), pcall(error, "msg", 2))
print(pcall(function() error("l1", 1) end))
print(pcall(function() error("l2", 2) end))
local function lvl() error("l2b", 2) end
print(pcall(function() lvl() end))
print(pcall(function() local function h() error("l3", 3) end local function i() h() end i() end))
print(pcall(function() pcall(function() end) error("after") end))
print(pcall(nil))
print(pcall(5))
print(pcall(setmetatable({}, {__call = function(self, a) return a end}), 7))
print((pcall(pcall)))
-- xpcall
print(xpcall(function() return 1, 2 end, print))
print(xpcall(function() error("E", 0) end, function(m) return m .. "!" end))
print(xpcall(function() error({}) end, function(m) return type(m) end))
print(xpcall(function() local x = nil; x() end, function(m) return "handled" end))
print(xpcall(error, function() return "h" end))
print(xpcall(function() error("x", 0) end, function() return 1, 2 end))
print(xpcall(function() error("x", 0) end, function() end))
print(xpcall(function() pcall(error, "in") return "fine" end, print))
print(xpcall(function() xpcall(error, function() error("again") end) return "out" end, print))
print((xpcall(function() error("x") end, function() error("y") end)))
local where
xpcall(function() local function deep() error("d") end deep() end, function(m) where = debug.traceback(m) end)
print(where)
local count = 0
local function add() count = count + 1 end
xpcall(function() add() error("x") end, function() add() end) add()
print(count)
-- callbacks
print(pcall(table.sort, {3, 2, 1}, function(a, b) add() error("sort", 0) end)) add()
print(count)
print(pcall(string.gsub, "abc", "%w", function() add() error("gsub", 0) end)) add()
print(count)
local mt = setmetatable({}, {__index = function() add() error("index", 0) end})
print(pcall(function() return mt.x end)) add()
print(count)
print(pcall(function() for k in function() add() error("iter", 0) end do end end)) add()
print(count)
-- coroutines
local co = coroutine.wrap(function() local c = 0 local function bump() c = c + 1 return c end
  while true do pcall(error, "x") coroutine.yield(bump()) end end)
print(co(), co(), co())
local function pd(n) if n == 0 then return 0 end local ok, r = pcall(pd, n - 1) return r + 1 end
print(pcall(pd, 100))
print(pcall(string.rep))
print(pcall(function() return ("x"):rep() end))
print(pcall(function() return ("x"):rep({}) end))
print(pcall(function() string.rep() end))
print(pcall(ipairs))
print(pcall(setmetatable, 1))
local ok, err = pcall(function() local a = 1 + nil end)
print(ok, (err:gsub(":.*", "")))
-- the environment
setfenv(0, setmetatable({mark = "env"}, {__index = _G}))
print(pcall(loadstring("return mark")))
do local n = 0 local function p() n = n + 1 return pcall(p) end print(select("#", p()), n) end
