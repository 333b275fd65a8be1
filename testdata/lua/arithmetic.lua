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
