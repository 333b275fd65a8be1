package.path = "./?.lua;./?/init.lua"
package.cpath = ""
print(require("mod.plain").name, require("mod.plain") == require("mod.plain"), package.loaded["mod.plain"].name)
print(require("mod.sub").init)
print(pcall(require, "mod.none"))
print(pcall(require, "mod.bad") == false, (select(2, pcall(require, "mod.bad")):gsub("\n.*", "")))
print(pcall(require, "mod.fails"))
print(pcall(require, "mod.fails"))
print(pcall(require, "mod.loop"))
require("mod.old") print(mod.old.f(), mod.old.swapped, mod.old._M == mod.old, f)
package.preload["pre"] = function(n) return "preloaded " .. n end print(require("pre"))
package.preload["none"] = function() end print(require("none"), package.loaded.none)
package.preload["sets"] = function(n) package.loaded[n] = "set" end print(require("sets"))
table.insert(package.loaders, 1, function(n) if n == "mine" then return function() return "own loader" end end return "\n\tnot mine" end)
print(require("mine")) print(pcall(require, "mod.no2"))
table.remove(package.loaders, 1)
print(package.loaded.string == string, package.loaded._G == _G, package.config:sub(1, 1), type(package.cpath))
print(loadfile("mod/script.lua")("arg")) print(loadfile("mod/none.lua")) print(dofile("mod/script.lua"))
print(pcall(dofile, "mod/none.lua"))
print(loadfile("mod/bad.lua") == nil)
print(loadstring("return 1, 2")()) print(loadstring("return ...")(3, 4)) print(loadstring("x x") == nil, type(select(2, loadstring("x x"))))
print((select(2, loadstring("\n\n=", "=name")):match("^name:3:")), (select(2, loadstring("x =", "@file.lua")):match("^file.lua:1:")), (select(2, loadstring("x = \n= y")):match('^%[string "x = %.%.%."%]:2:')))
local parts = {"return ", "1 + ", "2"} local i = 0
print(load(function() i = i + 1 return parts[i] end)()) print(load(function() return nil end)())
print(pcall(load, function() return {} end))
print(pcall(load, "x")) print(pcall(load, function() error("reader", 0) end)) print(pcall(loadstring, {}))
local env = {} local g = setfenv(loadstring("a = 1 b = a"), env) g() print(env.a, env.b, a)
print(getfenv(g) == env, getfenv(1) == _G, getfenv() == _G, getfenv(print) == _G, getfenv(0) == _G)
local function h() return v end setfenv(h, {v = "in env"}) print(h())
local function lv() setfenv(2, setmetatable({v2 = 7}, {__index = _G})) end local function user() lv() return v2 end print(user(), v2)
print(pcall(setfenv, print, {}) == false, pcall(setfenv, 1, 2)) print(pcall(getfenv, -1)) print(pcall(setfenv, 50, {}))
print(pcall(module)) module("made.here", package.seeall) x = 5 print(made.here.x, _NAME, _PACKAGE)
print(loadstring("return\v1\f+\v\f2")())
-- What is no token, and how errors show one.
for _, s in ipairs{"x=1\0", "x=1\0\0 + 1", "x=1\0002e1", "x=1e\0005", "x\0y = 1", "x = \0", "\0", "--\0\nx=", "x = 'a\0b", "x = 'a\0b' y", "x = 5 'a\0b'", "\1", "x = \1 5", "x = \127", "x = \200", "x = 5 \27", "x = @", "x ~ 1", "x = a ! b",
  "[[ [[ ]]", "x = [[ [[ ]]", "x = [[\n\n[[\n]]", "--[[ [[ ]]", "x = [=[ [[ [=[ ]=]", "x = [[ [=[ ]]", "x = [[ [ [ ]]", "x = [[[ ]]", "x = [=[[[]=]", "x = [[]=]]", "x = [=", "x = [==a", "x = [=[ ]]", "--[==[ ]]", "--[=x\n", "--[==", "--[", "[[a\rb\n\rc\r\n]] = 1",
  "x = 5 [[\na\r\nb]]", "x = 5 [==[a\0b]==]", "x = 5 'a\\n\\65\\'b'", "x = 5 'a\\\nb'", "x = 'a\\300'", "x = 'a\\n\\256b'", "x = 'a\\", "x = 'a\\\n", "x = 'a\nb'", "x = 'a\\tb\\65\n'", "x = '\r'", "x = \r", "x = 'a\\\r\nb' y", "x = \"a'b\" y", "x = 08a", "x = 3..2", "x = 0x", "x = 0xg", "x = 3e", "x = 3e+", "x = .5.", "x = 1...2", "x = 1..2",
  "#!/bin/sh\nx=1", "#", "#x", "x = #", "\27Lua", "\27", "x =\n\n\n", "f(\n", "return return", "x = }", "::l::", "x = {1,2,,3}", "f\n(1)", "x:y\n(1)", "f\n'x'", "x = f\n(y).z = 1", "(f)\n(1)", "local x <const> = 1", "x = 1 // 2", "x = 1 & 2", "x = 1 ~= 2 ~ 3", "goto x", "goto = 1", "break", "x, y() = 1", "x = function(a b) end", "return 1,", "a.b:c = 1", "a:b", "x = y z"} do
  local f, e = loadstring(s)
  print((f and "ok" or e):gsub("%c", function(c) return "\\" .. c:byte() end), nil)
  f, e = loadstring(s, "@" .. s)
  print((f and "ok" or e):sub(-30):gsub("%c", function(c) return "\\" .. c:byte() end), nil)
end
for _, n in ipairs{"x", "=x", "@x", "a\nb", "a\rb", "a\0b", "=", "@", "", ("n"):rep(42), ("n"):rep(43), ("n"):rep(44), ("n"):rep(62), ("n"):rep(63), ("n"):rep(64), "=" .. ("n"):rep(58), "=" .. ("n"):rep(60), "=" .. ("n"):rep(80), ("n"):rep(30) .. "\n"} do
  print(select(2, loadstring("x =", n)), select(2, pcall(loadstring("error('e')", n))))
end
print(loadstring("return '\\a\\b\\f\\n\\r\\t\\v\\\\\\\"\\'\\x\\z\\1\\12\\123\\0019\\\n'")():byte(1, -1))
print(#loadstring("return [[\r\na\n\rb\r\rc\n]]")(), loadstring("return [=[\n]]]=]")(), loadstring("return [[]]")(), 0x10, 1e2, .5, 3., 0xA)
