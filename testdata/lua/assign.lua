-- assignments to several places: all is evaluated before anything is stored
local a, b = 1, 2
a, b = b, a
print(a, b)
local c, d, e = 1, 2, 3
c, d, e = e, c, d
print(c, d, e)
local i, t = 1, {}
i, t[i] = i + 1, 20
print(i, t[1], t[2])
t, t.x = {}, t
print(t.x, next(t))
g1, g2 = 1, 2
g1, g2 = g2, g1
print(g1, g2)
local function f() local x, y = 1, 2; x, y = y, x; return x, y end
print(f())
local function up() a, b = b, a return a, b end
print(up())
local u = {1, 2, 3}
local k = 1
k, u[k], u[k + 1] = 2, "one", "two"
print(k, u[1], u[2], u[3])
u[1], u[2], u[3] = u[3], u[1], u[2]
print(u[1], u[2], u[3])
local x, y, z = (function() return 1, 2, 3 end)()
x, y, z = z, (function() return x, y end)()
print(x, y, z)
x, y = 1
print(x, y)
x, y = 1, 2, print("extra")
print(x, y)
x = 5, print("x is still", x)
print(x)
a, a = 1, 2
print(a)
local log = {}
local function place(n) log[#log + 1] = "p" .. n return u end
local function value(n) log[#log + 1] = "v" .. n return n end
place(1)[1], place(2)[2] = value(1), value(2)
print(table.concat(log, " "))
log = {}
local mt = setmetatable({}, {__newindex = function(_, k, v) log[#log + 1] = k .. "=" .. v end})
mt.a, mt.b, mt.c = 1, 2, 3
print(table.concat(log, " "))
-- in every block
do a, b = 1, 2; a, b = b, a print(a, b) end
for i = 1, 2 do a, b = b, a end print(a, b)
while true do a, b = b, a break end print(a, b)
repeat a, b = b, a until true print(a, b)
if a then a, b = b, a else a, b = 0, 0 end print(a, b)
for _, h in ipairs{function(p, q) p, q = q, p return p, q end} do print(h(1, 2)) end
local o = {n = 1}
function o:swap(m) self.n, m = m, self.n return self.n, m end
print(o:swap(9))
local function va(...) local p, q = ... p, q = q, ... return p, q end
print(va(1, 2))
print(loadstring("local a, b = 1, 2 a, b = b, a return a, b")())
-- one place, and what the compiler makes of its value
local v = 1
local r = {}
v = r.x and 5
print(v)
v = 1
v = not "s" and 3
print(v)
v = r.x or r.y or v
print(v)
v = 7
v = v and r.x
print(v)
local function one(p) p = (tostring(p)) return p end
print(one(5))
local function dots(...) local p, q, s = 1, 2, 3 p = (...) return p, q, s end
print(dots(9, 8))
local l1, l2, l3, l4 = 1, 2, 3, 4
local function set(...) l1 = (...) l2 = select(2, ...) return l1, l2, l3, l4 end
print(set("x", "y"))

-- the values of a for, made of calls
do
  local function f() return "a b" end
  for w in (f() .. " x"):gmatch("%a+") do io.write(w, ",") end print()
  for w in ("x" .. f() .. " x"):gmatch("%a+") do io.write(w, ",") end print()
  local t = {a = {x = 1}}
  local function g() return t end
  local function i() return "a" end
  for k, v in pairs(g()[i()]) do print(k, v) end
  for k, v in next, g()[i()] do print(k, v) end
  for k, v in g().n or next, g()[i()], nil do print(k, v) end
  local function h(...) for k, v in pairs((...)) do print(k, v) end for k, v in next, (...) do print(k, v) end  for k, v in next, ({...})[1] do print(k, v) end end
  h({7})
end
-- a field of a constant
local k1, k2 = 1, 2
print(pcall(function() ("x").y = 2 end))
print((pcall(function() local a, b = 3, 4; ("x")[a] = b; return a, b end)), k1, k2)
print((pcall(function() local t, u, v = {}, {}, {}; ("x").y = 2; return t.y, u.y, v.y end)))
