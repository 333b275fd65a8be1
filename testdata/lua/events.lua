-- Metamethods (2.8): what they are given, and what may be one.
local events = {"add", "sub", "mul", "div", "mod", "pow", "unm", "concat", "len", "eq", "lt", "le", "index", "newindex", "call"}
local function try(f, ...)
  local r = {pcall(f, ...)}
  print(r[1], type(r[2]) == "string" and r[2] or type(r[2]))
end
local function show(n)
  return function(...)
    local s = {}
    for i = 1, select("#", ...) do s[i] = type((select(i, ...))) end
    print(n, table.concat(s, " "))
    return n, 2
  end
end
local values = {nil, 1, "x", "10", true, {}, print}
local a, b, u = {}, {}, newproxy(true)
values[8], values[9], values[10] = setmetatable(a, {}), setmetatable(b, {}), u
for _, e in ipairs(events) do
  getmetatable(a)["__" .. e], getmetatable(b)["__" .. e], getmetatable(u)["__" .. e] = show("a" .. e), show("b" .. e), show("u" .. e)
end
for _, op in ipairs{"+", "%", "..", "<", "<=", ">", "==", "~="} do
  local f = loadstring("local x, y = ... return x " .. op .. " y", "=" .. op)
  for i = 1, 10 do for _, j in ipairs{1, 2, 3, 6, 8, 9, 10} do try(f, values[i], values[j]) end end
end
for i = 1, 10 do
  local v = values[i]
  try(function() return -v end)
  if v ~= b then try(function() return #v end) end
  try(function() return v.foo end)
  try(function() v.foo = 1 end)
  try(function() return v(1, 2) end)
end
print(#setmetatable({1, 2}, {__len = function() return 7 end}))

-- What is called need not be a function: anything that is there is called.
for _, e in ipairs(events) do
  for _, bad in ipairs{5, "str", {}, setmetatable({}, {__call = function(...) return select("#", ...) end})} do
    local x, y = setmetatable({}, {["__" .. e] = bad}), setmetatable({}, {["__" .. e] = bad})
    print(e, type(bad))
    for _, s in ipairs{"x + y", "1 - y", "x * 'a'", "-x", "x % y", "x .. y", "'a' .. x", "'a' .. 'b' .. x .. 'c'", "x < y", "x <= y", "x == y", "x.foo", "x(1)"} do
      try(setfenv(loadstring("return " .. s, "=" .. s), {x = x, y = y}))
    end
    try(function() x.foo = 1 return rawget(x, "foo") end)
    try(function() table.sort{x, y, x} end)
  end
end

-- The names in errors of .., which goes from right to left.
local t = setmetatable({}, {__concat = function() return {} end})
try(function() local l = 1 return l .. t .. "x" .. nil end)
try(function() local l = {} return l .. t .. "x" end)
try(function() local l = {} return "y" .. l .. t .. "x" end)
try(function() return undefined .. t end)
try(function() local l = {} return l.z .. "x" end)
try(function() local l = {} return 1 .. l.z .. "x" end)
try(function() return ("x"):rep(2) .. {} end)
try(function() return 2 .. {} .. {} end)
for k in pairs(getmetatable("")) do print(k) end
print(pcall(function() return "a" + 1 end))
print(select(2, xpcall(function() return "a" + 1 end, debug.traceback)))
