-- integers far beyond the end, and keys that come and go
local function show(t)
  local list = {}
  for k, v in pairs(t) do list[#list + 1] = tostring(k) .. "=" .. tostring(v) end
  table.sort(list)
  return table.concat(list, " ")
end
local t = {1, 2, 3}
t[60000000] = "far"
t[2 ^ 40], t[-1], t[0], t[0.5] = "further", "before", "zero", "half"
print(#t, t[60000000], rawget(t, 2 ^ 40), t[-1], t[0], t[0.5], show(t))
print(table.maxn(t), unpack(t, 59999999, 60000001))
print(pcall(next, t, 59999999)) print(pcall(next, {}, 1)) print(pcall(next, {1, 2}, 3)) print(next({1, 2}, 2))
t[60000000] = nil
print(t[60000000], table.maxn(t))
rawset(t, 60000000, 1) t[60000000] = t[60000000] + 1 print(t[60000000])

-- metamethods, and the tables that they name
local far = {[60000000] = "inherited"}
local log = {}
local o = setmetatable({}, {__index = setmetatable({}, {__index = far}), __newindex = far})
o[70000000] = "passed on"
print(o[60000000], rawget(o, 60000000), rawget(o, 70000000), far[70000000], o[1])
o = setmetatable({[80000000] = 1}, {__index = function(_, k) return "for " .. k end, __newindex = function(_, k, v) log[#log + 1] = k .. v end})
o[80000000] = 2 o[80000001] = 3
print(o[80000000], o[80000001], log[1])
print(pcall(function() t[nil] = 1 end)) print(pcall(function() t[0 / 0] = 1 end)) print(t[nil], t[0 / 0])

-- arrays from the end, with gaps, and with fields
t = {} for i = 100, 1, -1 do t[i] = i end print(#t, t[1], t[100], #show(t))
t = {} for i = 2, 200, 2 do t[i] = i end for i = 1, 199, 2 do t[i] = i end print(#t)
t = {[3] = "c", [1] = "a", [2] = "b", [70000000] = "z", "A", nil, "C"} print(t[1], t[2], t[3], show(t))
t = {n = 1} for i = 1, 40 do t[i * 3] = i end for i = 1, 120 do t[i] = t[i] or 0 end print(#t, show(t):len())

-- a queue, whose indices only grow
t = {first = 1, last = 0}
for i = 1, 10000 do
  t.last = t.last + 1 t[t.last] = i
  if i > 10 then t[t.first] = nil t.first = t.first + 1 end
end
print(show(t))

-- removal in a traversal, and again
t = {} for i = 1, 50 do t[i], t["k" .. i], t[i * 1000000], t[-i] = i, i, i, i end
local n = 0
for k in pairs(t) do t[k] = nil n = n + 1 end
print(n, next(t), #t)
for i = 1, 50 do t["k" .. i] = i end
n = 0 for k, v in pairs(t) do if v % 2 == 0 then t[k] = nil else t[k] = v * 2 end n = n + 1 end
print(n) n = 0 for _, v in pairs(t) do n = n + v end print(n)
n = 0 for k, v in pairs(t) do t[k] = nil t[k] = v n = n + 1 end print(n)
while #t > 0 do t[#t] = nil end
for i = 1, 1000 do t[#t + 1] = i end for i = 1, 1000 do t[#t] = nil end print(#t, t[1])

-- the library on numbers as replacements
print(("abc"):gsub("()b", {[2] = "two"}))
