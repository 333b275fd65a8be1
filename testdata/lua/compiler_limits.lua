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
-- Jumps that are too long, and where that is found out.
body = list(66000, function() return "x=y" end, " ")
try("while true do " .. body .. "\n f() end\nz = 1")
try("while a do if a then break end\n" .. body .. "f() end\nz = 1")
try("for i = 1, 2 do " .. body .. "\n f() end\nz = 1")
try("for k in x do " .. body .. "\n f() end\nz = 1")
try("repeat local z function f() return z end " .. body .. "\nf() until x\nz = 1")
try("if a then " .. body .. "\nf() else f() end")
try("function g() if a then " .. body .. "\n end end z = 1")
body = nil
-- A level is a call of C in Lua: there are 200 of them, with those that are open.
local function shapes(n)
  local a = ("a,"):rep(n)
  return {
    "x = " .. ("("):rep(n) .. "1" .. (")"):rep(n), "x = " .. ("{"):rep(n) .. "1" .. ("}"):rep(n), ("do "):rep(n) .. "x=1 " .. ("end "):rep(n),
    "x = " .. ("1 .. "):rep(n) .. "1", "x = " .. ("1 ^ "):rep(n) .. "1", "x = " .. ("- "):rep(n) .. "y", "x = " .. ("not "):rep(n) .. "y",
    "x = " .. ("f("):rep(n) .. "1" .. (")"):rep(n), "x = " .. ("a["):rep(n) .. "1" .. ("]"):rep(n), ("function f() "):rep(n) .. "x=1 " .. ("end "):rep(n),
    ("x = function() "):rep(n) .. "x=1 " .. ("end "):rep(n), ("if x then "):rep(n) .. "x=1 " .. ("end "):rep(n), "if x then " .. ("elseif y then "):rep(n) .. "x=1 end",
    ("while x do "):rep(n) .. "x=1 " .. ("end "):rep(n), ("for i=1,2 do "):rep(n) .. ("end "):rep(n), ("for i in x do "):rep(n) .. ("end "):rep(n),
    ("repeat "):rep(n) .. "x=1 " .. ("until y "):rep(n), a .. "x=1", ("a.b,"):rep(n) .. "x=1", "do " .. a .. "x=1 end", "function f() " .. a .. "\nx=1 end", "local " .. a .. "x=1", "function f(" .. a .. "x) end", "function f(" .. a .. "x\n) end",
    "function f(" .. a .. "...\n) end", "function o:f(" .. a .. "\n...) end", "for " .. a .. "x\n in y do end", "return " .. a .. "x\n ", "f(" .. a .. "x\n )", "x = " .. a .. "x\n ", "x = {" .. a .. "x}\n ",
  }
end
local function refused(f, e) return f and "ok" or e end
for _, n in ipairs{190, 195, 196, 197, 198, 199, 200, 250} do
  for i, s in ipairs(shapes(n)) do print(n, i, refused(loadstring(s))) end
end
for _, s in ipairs(shapes(197)) do print(refused(loadstring(s, "=" .. ("n"):rep(90)))) end
print(pcall(function() return refused(loadstring(shapes(196)[1])) end))
print(pcall(pcall, function() return refused(loadstring(shapes(195)[1])) end))
print(coroutine.wrap(function() return refused(loadstring(shapes(197)[1])) end)())
print(coroutine.wrap(function() return refused(loadstring(shapes(198)[1])) end)())
-- What does not nest may be of any length.
for _, s in ipairs{".y", "(1)", "['y']", ":y()", "'y'", "{}", ".y(x.z):y(x)"} do print(s, refused(loadstring("return x" .. (s):rep(20000)))) end
for _, op in ipairs{"+", "*", "<", "==", "and", "or"} do
  for _, s in ipairs{"local x = ... return x " .. (op .. " x "):rep(10500), "x = 1 " .. (op .. " 2 "):rep(10500), "if x " .. (op .. " x "):rep(10500) .. "then end"} do
    print(op, refused(loadstring(s)))
  end
end
for _, op in ipairs{"+", "-", "*", "/", "%", "<", "<=", "==", "~=", ">", "and", "or", "and 1 or", "and not", "or not", ".. 1 +"} do
  for _, s in ipairs{"return x ", "return 3 ", "local y = x ", "return not x ", "if x ", "while not x "} do
    for _, operand in ipairs{" x ", " 3 ", " z.y "} do
      local e = s .. (op .. operand):rep(9)
      if s:find("^if") then e = e .. "then return 'then' end return 'else'" elseif s:find("^while") then e = e .. "do return 'body' end return 'end'" elseif s:find("^local") then e = e .. "return y, not y" end
      print(op, s, operand, pcall(loadstring("local x = ... local z = {y = 5} " .. e, "=s"), 3))
    end
  end
end
local o = setmetatable({}, {__index = function(t) return t end, __call = function(t) return t end})
print(loadstring("local o = ... return o" .. (".x():y()'z'{}[1].w"):rep(100))(o) == o)
-- constants, functions and locals of one function
do
  local t = {}
  for i = 1, 262143 do t[i] = i .. ".5" end
  local first, all = refused(loadstring("x = {" .. table.concat(t, ",") .. "}")), table.concat(t, ",") .. ",0.25"
  print(first:match("^[^\n]*"), refused(loadstring("x = {" .. all .. "}")):match("^[^\n]*"))
  t[262143] = nil
  print(refused(loadstring("x = {" .. table.concat(t, ",") .. "}")))
  t = ("do local a, b, c, d, e, f, g, h, i, j end "):rep(3276)
  print(refused(loadstring(t .. "local a, b, c, d, e, f, g")), refused(loadstring(t .. "local a, b, c, d, e, f, g, h")):match("^[^\n]*"))
end
-- The first error is told: too many upvalues, in a chunk that is not whole.
do
  local s = "function foo ()\n  local " for j = 1, 70 do s = s .. "a" .. j .. ", " end s = s .. "b\n"
  local one, nested = s, s
  for j = 1, 70 do nested = nested .. "function foo" .. j .. " ()\n a" .. j .. "=3\n" end
  one = one .. "function g()\n" for j = 1, 70 do one = one .. "a" .. j .. "=\n" .. j .. "\n" end
  print(refused(loadstring(nested, "=s"))) print(refused(loadstring(one, "=s"))) print(refused(loadstring(one .. " end end", "=s")))
  print(refused(loadstring(s .. "return function() return function() return " .. list(60, name, "+") .. " end end end", "=s")))
  print(refused(loadstring(s .. "return function() return function() return " .. list(61, name, "+\n") .. " end end end", "=s")))
end
