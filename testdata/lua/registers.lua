-- What instructions leave in the registers after a call that returned nothing.
local mt = setmetatable({}, {
  __add = function(a, b) return "add" end, __concat = function() return "cat" end, __index = function(_, k) return k end,
  __lt = function() return true end, __call = function(_, x) return x end, __unm = function() return "unm" end, __mod = function() return "mod" end,
})
local function nothing() end
local a, b, t, s = 17, 5, {1, 2, 3}, "x"
do nothing() local y = a % b local z = mt + 1 print(y, z) end
do nothing() local y = #t local z = mt + 1 print(y, z) end
do nothing() local y = #s local z = mt .. 1 print(y, z) end
do nothing() local y = a .. b local z = -mt print(y, z) end
do nothing() local y = a % b local z = mt[y] print(y, z) end
do nothing() local y = #t % 2 local z = mt < mt print(y, z) end
do nothing() local y = #t local z = mt % y local w = mt(y) print(y, z, w) end
do nothing() local y = mt .. 1 local z = mt + y print(y, z) end
for i = 1, 2 do end
do local y = #t local z = mt + 1 print(y, z) end
for k in pairs(t) do end
do local y = a % b local z, w = mt + 1, mt .. y print(y, z, w) end
-- # after items were taken away, and in loops
local n = {}
for i = 1, 1000 do n[i] = i end
while #n > 0 do n[#n] = nil end
print(#n, next(n))
for i = 1, 100 do n[i] = i end
n.x, n.y = 1, 2
local seen = 0
for k in pairs(n) do n[k] = nil seen = seen + 1 local border = #n end
print(seen, next(n), #n)
for i = 1, 100 do n[i] = i end
n.z = 3
seen = 0
for k in pairs(n) do for i = 100, 1, -1 do n[i] = nil end seen = seen + #n + 1 end
print(seen, n.z)
for i = 1, 200 do n[i] = i end
for i = 200, 50, -1 do n[i] = nil end
print(#n, n[49], n[50], n[100])
n[50], n[51] = 50, 51
print(#n, table.concat(n, " ", 48, 51))
table.insert(n, "end") print(#n, table.remove(n), table.remove(n), #n, select("#", unpack(n)))
local big = {}
for i = 1, 200000 do big[i] = i end
while #big > 0 do big[#big] = nil end
print(#big)
