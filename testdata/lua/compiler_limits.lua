-- What a chunk may have, and what is said when it has more.
local function try(src, ...)
  local f, e = loadstring(src, "=s")
  if not f then print((e:gsub("near '(.-)'$", "near '%1'"))) return end
  print("ok", pcall(f, ...))
end
local function list(n, f, sep)
  local t = {}
  for i = 1, n do t[i] = f(i) end
  return table.concat(t, sep or ",")
end
local function name(i) return "a" .. i end
local function line(i) return "local a" .. i .. " = " .. i .. "\n" end
-- locals
try(list(200, line, "") .. "return a200")
try(list(201, line, "") .. "return a201")
try("local function f()\n" .. list(201, line, "") .. "end")
try("local x = 1\nfunction f()\n" .. list(200, line, "") .. "return a1 end return f()")
try(list(198, line, "") .. "for i = 1, 2 do end")
try(list(197, line, "") .. "for i = 1, 2 do end")
try(list(196, line, "") .. "for i = 1, 2 do end return a1")
try(list(197, line, "") .. "for k, v in pairs{} do end")
try(list(190, line, "") .. "do " .. list(10, function(i) return "local b" .. i .. " = a" .. i end, " ") .. " end\nlocal c return a190")
try("return type(function(" .. list(200, name) .. ") end)")
try("return function(" .. list(201, name) .. ") end")
-- upvalues
local function nested(n) return list(n, function(i) return "local a" .. i .. " = " .. i end, "\n") .. "\nlocal f = function()\n return " .. list(n, name, "+") .. "\nend\nreturn f()" end
try(nested(60))
try(nested(61))
try("local a61\n" .. list(60, line, "") .. "function g() return function() return " .. list(61, name, ",\n") .. " end end")
-- registers
try("return " .. list(100, function(i) return "x" .. i .. " " end, "..") .. "")
try("local a = f(" .. list(240, function() return "1" end) .. ")")
try("f(" .. list(260, function() return "1" end) .. ")")
try("local t = {" .. list(300, function(i) return i end) .. "} return #t, t[300]")
try("return " .. ("{"):rep(100) .. ("}"):rep(100) .. " ~= nil")
-- constants
try("local t = {} " .. list(600, function(i) return "t.k" .. i .. " = " .. i end, " ") .. " return t.k1, t.k300, t.k600, t.k599 + t.k2, t.k5 == 5, t.k600 == 600")
try("local o = {v = 4} function o:m700(x) return self.v + x end " .. list(300, function(i) return "g" .. i .. " = " .. i end, " ") .. " return o:m700(3), o:m700(-300), g300")
try("local x = 0 " .. list(3000, function(i) return "x = x + " .. i .. ".5" end, "\n") .. " return x")
-- breaks, ... and what else is refused
try("break")
try("x = 1\nif x then\n break\nend y = 2")
try("for i = 1, 2 do local f = function()\n break end end")
try("function f()\n return ...\nend")
try("function f(a, ...) return function() return ... end end")
try("while true do function f() break end end")
-- jumps
local body = list(66000, function() return "x=y" end, " ")
try("while true do " .. body .. " end")
try("for i = 1, 2 do " .. body .. " end")
try("repeat " .. body .. "\nuntil x")
body = list(1000, function() return "x=y" end, " ")
try("local n = 0 for i = 1, 3 do " .. body .. " n = n + i end return n")
