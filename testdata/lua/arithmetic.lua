-- Numbers in .., and %.
print(0.1 + 0.2 .. "", 1e14 .. "", 2^53 .. "|" .. 1/0 .. -1/0, 1e13, 1e14, 99999999999999, 2^53, 123456789012345, -1e14, 1e100 .. "", 5 .. 6 .. 7.25)
local mt = setmetatable({}, {__concat = function(a, b) return tostring(type(a)) .. type(b) end})
print(1 .. 2 .. mt, mt .. 1 .. 2, "a" .. mt .. "b" .. 1.5, 1.5 .. mt, mt .. mt)
local list = setmetatable({}, {__concat = function(a, b)
  local s = {}
  for i, v in ipairs{a, b} do s[i] = type(v) == "table" and "list" or type(v) .. " " .. v end
  return table.concat(s, "+")
end})
print(1 .. 2 .. list .. 3 .. "x", list .. "x" .. 0.5)
local function p(f, ...) print(pcall(f, ...)) end
p(function() return "a" .. 1 .. {} end)
p(function() return {} .. 1 end)
p(function() return 1 .. nil .. 2 end)
p(function(a, b) return a .. b .. "c" end, "x")
p(function(a, b) return a .. b .. "c" end, true, 1)
for _, a in ipairs{5, -5, 5.5, -5.5, 0.3, 1e15, 5.3, 0, 7} do
  local s = {}
  for i, b in ipairs{3, -3, 0.1, -0.1, 2.5, 1e10, 7, 1/0, -1/0} do
    local v = a % b
    s[i] = v ~= v and "nan" or v == 0 and "0" or ("%.14g"):format(v)
  end
  print(a, table.concat(s, " "))
end
print(5 % 0 ~= 5 % 0, "7" % "4", 7 % "2.5", "-1" % 3, (-7) % 256, 1000 % 256, 256 % 512)
p(function() return {} % 2 end)
p(function() return 2 % nil end)
-- Minus zero, as the results have it.
local z = 0
local function sign(v)
  if v ~= v then return "nan" end
  return v == 0 and (1 / v > 0 and "+0" or "-0") or tostring(v)
end
local numbers = {z, -z, z * -1, 1, -1, 0.5, -0.5, 3, -3, 127, 128, 255, 256, 1 / z, -1 / z, z / z, 1e14, -1e14, 99999999999999, 1e15, 2^53, -2^63, 1e-320, 1e-5, 1e300, "10", "-0", " 0x10 ", "1e1"}
for _, a in ipairs(numbers) do
  local s = {sign(-a)}
  for _, b in ipairs(numbers) do
    s[#s + 1] = table.concat({sign(a + b), sign(a - b), sign(a * b), sign(a / b), sign(a % b), sign(a ^ b), a .. b}, " ")
  end
  print(a, table.concat(s, "; "))
end
for i = 2, -2, -1 do print(i, i * 0, i / -1, -i, i % 2, i % -2) end
for i = z * -1, 0 do print(i) end
print(({[z * -1] = 5})[0], #"abc" * -z, -"0", z - 0, z - z, -z + 0, -z - 0, -z + -z, math.abs(-z), math.floor(-z), math.ceil(-0.5))
