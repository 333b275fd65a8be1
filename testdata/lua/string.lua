local function p(...) print(pcall(...)) end
print(("hello"):byte(), ("hello"):byte(2), ("hello"):byte(-1), ("hello"):byte(1, -1))
print(("hello"):byte(10), ("").byte(""), ("abc"):byte(0), ("abc"):byte(-10, 2), ("abc"):byte(3, 1))
print(string.char(), string.char(104, 105), #string.char(0, 1, 255))
p(string.char, 256) p(string.char, -1) p(string.char, "x")
print(("Hello"):lower(), ("Hello"):upper(), ("\228\246"):upper() == "\228\246", ("abc"):reverse(), (""):reverse(), ("a\0b"):len(), #"a\0b")
print(("ab"):rep(3), ("ab"):rep(0), ("ab"):rep(-1), (""):rep(100), ("x"):rep(1))
print(("hello"):sub(2, 4), ("hello"):sub(-3), ("hello"):sub(2), ("hello"):sub(0), ("hello"):sub(10), ("hello"):sub(-100, 2), ("hello"):sub(3, 2), ("hello"):sub(2, -2), ("hello"):sub(-2, -1), ("hello"):sub(5, 100))
p(string.sub) p(string.sub, "x") p(string.rep, "x") p(string.upper) p(string.byte) p(string.len, nil) p(string.reverse, {})
print(#("x"):rep(100000), select("#", ("x"):rep(5000):byte(1, -1)))
print("a" .. "b" .. 1 .. 2, "x" .. 1 .. "y", ("a"):rep(3, "ignored"))
print(("x"):len(), ("abc").len("ab"), #"", "\65\066\x", "\'\"\\\a" == "'\"\\\a", "a\
b", 'z\z')
print([[
first newline is skipped]], [==[a]]b]=]c]==], #[[

]])
print(("abc"):find("b", 1, true), ("x"):format(), ("%s"):format("q"))
local t = {} for i = 1, 10 do t[i] = ("c"):rep(i) end print(table.concat(t, ","))
print(getmetatable("").__index == string, pcall(function() return ("x").y end), pcall(function() return #5 end) == false)
--[[ long
comment ]] print("after long comment")
--[==[ level
]] ]==] print("after level comment")
--[=not long
print("after odd comment")
print(1)--comment at end
print("\0491\50", "tab\tend", "nl\nend", "\r" == "\13")
