-- What the loop of instructions does itself, beside what it leaves to others.

-- calls across the pieces of the stack of calls, up and down
local function deep(n, ...) if n == 0 then return select("#", ...) end return (deep(n - 1, n, ...)) end
for n = 0, 40 do assert(deep(n) == n) end
local function down(n) if n == 0 then return 0 end local r = down(n - 1) return r + 1 end
print(down(5000), down(9), down(5000))

-- missing and surplus arguments and results
local function three(a, b, c) local d return c, b, a, d end
print(three(1), (three(1, 2)), three(1, 2, 3, 4, 5))
local x, y = three(1, 2, 3)
print(x, y, select("#", three()))

-- tail calls of functions whose locals are taken
local function take(n, fs) local v = n fs[#fs + 1] = function() v = v + 1 return v end
  if n == 0 then return fs end return take(n - 1, fs) end
local fs = take(3, {})
print(fs[1](), fs[1](), fs[2](), fs[4](), #fs)

-- closures of loops that are left in the middle
local kept = {}
for i = 1, 4 do local j = i * 10 kept[i] = function(d) j = j + d return i, j end if i == 3 then break end end
print(kept[1](1), kept[3](2), kept[1](1))

-- tables through __index, up to a loop of them
local t = {last = "found"}
for i = 1, 12 do t = setmetatable({["level" .. i] = i}, {__index = t}) end
print(t.level12, t.level5, t.level1, t.last, t.none)
local loop = {} setmetatable(loop, {__index = loop}) print(pcall(function() return loop.x end))
local seen = setmetatable({}, {__index = function(_, k) return k .. "!" end, __newindex = function(s, k, v) rawset(s, k, v * 2) end})
seen[1], seen.a = 5, 6
print(seen[1], seen.a, seen[2], seen.b)

-- iterators: holes, changes on the way, other tables and functions
local list = {1, 2, nil, 4}
for i, v in ipairs(list) do io.write(i, "=", v, " ") end print()
for i, v, more in ipairs({7, 8}) do io.write(i, "=", v, " ", tostring(more), " ") end print()
local grow = {1} for i in ipairs(grow) do if i < 5 then grow[i + 1] = i end end print(#grow)
local words = {a = 1, b = 2, c = 3} for k in pairs(words) do words[k] = nil end print(next(words))
print(pcall(function() for _ in ipairs() do end end))
print(pcall(function() for _ in next, 5 do end end))
print(pcall(function() for _ in 5 do end end))

-- where a yield is allowed, and where not
local function try(f) local co = coroutine.create(f) local ok, v = coroutine.resume(co) return ok, v, coroutine.status(co) end
print(try(function() coroutine.yield("plain") end))
print(try(function() return coroutine.yield("tail") end))
print(try(function() table.sort({2, 1}, function() coroutine.yield("sort") end) end))
print(try(function() return setmetatable({}, {__add = function() coroutine.yield("add") end}) + 1 end))
print(try(function() for _ in function() coroutine.yield("for") end do end end))

-- errors have their line and the variable
print(pcall(function()
  local n = nil
  return n + 1
end))
print(pcall(function() local q = {} q.r.s = 1 end))
print(pcall(function() return 1 < "2" end))
print(pcall(function() undefined() end))
