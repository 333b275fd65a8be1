-- closures keep their variables, whatever way a block is left
local f
while true do
  if true then local x = 1 f = function() return x end break end
end
local y, z = 5, 6
print(f())
for i = 1, 3 do
  if i == 2 then local q = i f = function() q = q + 1 return q end break end
end
local yy, zz, ww = 7, 8, 9
print(f(), f(), yy, zz, ww)
for k, v in pairs{1} do
  do local w = v f = function() return w, k end break end
end
local aa, bb, cc, dd = 1, 2, 3, 4
print(f())
repeat
  do do local w = "deep" f = function() return w end if w then break end end end
until false
local e1, e2, e3 = 1, 2, 3
print(f())
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
for i = 1, 3 do local j = i fs[i] = function() j = j + 1 return j end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
local n = 0
repeat n = n + 1 local k = n fs[n] = function() return k end until k >= 3
print(fs[1](), fs[2](), fs[3]())
local i = 0
while i < 3 do i = i + 1 local k = i fs[i] = function() k = k * 2 return k end end
print(fs[1](), fs[2](), fs[2](), fs[3]())
-- local f = function sees the outer f
local function g() return "outer" end
local g = function(n) if n then return g() end return "inner" end
print(g(true), g())
local print = function(...) return print("wrapped", ...) end
print(1)
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(10))
local function    -- a comment between
  odd(n) if n == 0 then return false end return not odd(n - 1) end
print(odd(7))
-- shared variables
local function counter() local c = 0 return function() c = c + 1 return c end, function() return c end end
local inc, get = counter()
inc() inc()
print(get())
-- for with few names or values
local function iter(s, c) c = (c or 0) + 1 if c <= 2 then return c end end
for k in iter do io.write(k, " ") end
for k in iter, nil do io.write(k, " ") end
for k, v in iter do io.write(k, " ", tostring(v), " ") end
for k in next, {10, 20} do io.write(k, " ") end
local function three() return iter, nil, 1 end
for k in three() do io.write(k, " ") end
for k in iter, three() do io.write(k, " ") break end
for a, b, c, d in three() do io.write(a, " ", tostring(d), "\n") end
local s = 0
for k, v in next, {1, 2, 3} do s = s + v end
print(s)
