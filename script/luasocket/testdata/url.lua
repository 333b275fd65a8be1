-- URLs made of random parts.
local url = require "socket.url"
math.randomseed(7)
local parts = {"a","b",".","..","/","/",";","?","#",":","@","[","]","%41","%zz","http","x","1","80","//","é","-","+"," ","~","\\","host"}
local seed = 42
local function random(n)
	seed = (seed * 16807) % 2147483647
	return seed % n
end
local function make()
	local t = {}
	for i = 1, random(10) do t[i] = parts[random(#parts) + 1] end
	return table.concat(t)
end
local function show(t)
	if type(t) ~= "table" then return tostring(t) end
	local o = {}
	for k, v in pairs(t) do o[#o + 1] = tostring(k) .. "=" .. tostring(v) end
	table.sort(o)
	return "{" .. table.concat(o, ",") .. "}"
end
for i = 1, 700 do
	local a, b = make(), make()
	local p, err = url.parse(a)
	print("parse", a, show(p), err)
	if p then print("build", url.build(p)) end
	print("absolute", url.absolute("http://h/" .. a, b), url.absolute(a, b))
	print("escape", url.escape(a), url.unescape(a))
	print("path", show(url.parse_path(a)), url.build_path(url.parse_path(a)), url.build_path(url.parse_path(a), true))
end
print(url.absolute({scheme = "http", host = "h", path = "/a/b"}, "../c"))
print(url._VERSION, show(url.parse("x", {host = "d", scheme = "s"})))
