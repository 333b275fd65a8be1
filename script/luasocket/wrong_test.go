package luasocket

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWrongArguments calls every function and method with every kind of value: each answers
// with results or an error of Lua, and none of them is one of the program's own.
func TestWrongArguments(t *testing.T) {
	t.Chdir(t.TempDir()) // some of the values become paths of sockets
	file := filepath.Join(t.TempDir(), "wrong.lua")
	if err := os.WriteFile(file, []byte(wrongArguments), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, file, globals(startServers(t), t.TempDir())); err != nil || out != "done\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

const wrongArguments = `
local socket, unix, mime, ltn12, url, ssl = require "socket", require "socket.unix", require "mime", require "ltn12", require "socket.url", require "ssl"
local server = socket.bind("127.0.0.1", 0)
local _, port = server:getsockname()
local function connected()
	local c = socket.connect("127.0.0.1", port)
	local a = server:accept()
	c:settimeout(0.001) a:settimeout(0.001)
	return c, a
end
local seed = 7
local function random(n)
	seed = (seed * 16807) % 2147483647
	return seed % n + 1
end
local function objects()
	local c, a = connected()
	local s = socket.bind("127.0.0.1", 0)
	s:settimeout(0.001)
	local u, v, d, m, y = socket.udp(), socket.udp4(), unix.dgram(), socket.tcp(), unix.stream()
	for _, o in ipairs{u, v, d, m, y} do o:settimeout(0.001) end
	local x = socket.connect("127.0.0.1", port)
	server:accept()
	local w = ssl.wrap(x, {mode = "client", protocol = "any"})
	w:settimeout(0.001)
	return {c, a, s, u, v, d, m, y, w}
end
local values = {
	function() return nil end, function() return true end, function() return 0 end, function() return -1 end,
	function() return 1e300 end, function() return 0/0 end, function() return 2^53 end, function() return 1.5 end,
	function() return "" end, function() return "x" end, function() return "*l" end, function() return "\0\255" end,
	function() return ("x"):rep(1000) end, function() return {} end, function() return {1, "x"} end, function() return {on = true, timeout = -5} end,
	function() return print end, function() return coroutine.create(print) end, function() return io.stdout end,
	function() return server end, function() return "127.0.0.1" end, function() return "::1" end, function() return "keepalive" end,
	function() return {multiaddr = "x", interface = {}} end, function() return {verify = 5, mode = "client", protocol = "any", key = 7} end,
}
-- functions that wait, or that change the machine
local skip = {sleep = true, select = true, __unload = true, connect = true, connect4 = true, connect6 = true, setfd = true, settimeout = true, protect = true, newtry = true}
local function call(name, f, self)
	local args = {}
	local n = random(5) - 1
	for i = 1, n do args[i] = values[random(#values)]() end
	local ok, err
	if self then ok, err = pcall(f, self, unpack(args, 1, n)) else ok, err = pcall(f, unpack(args, 1, n)) end
	if not ok and (tostring(err):find("runtime error", 1, true) or tostring(err):find("nil pointer", 1, true) or tostring(err):find("goroutine", 1, true)) then
		print(name, err)
	end
end
for round = 1, 20 do
	for _, lib in ipairs{socket, socket.dns, mime, ltn12.source, ltn12.sink, ltn12.filter, url, ssl} do
		for name, f in pairs(lib) do
			if type(f) == "function" and not skip[name] and lib ~= socket.dns then call(name, f) end
		end
	end
	local all = objects()
	for _, o in ipairs(all) do
		for name, f in pairs(getmetatable(o).__index) do
			if type(f) == "function" and not skip[name] then call(name, f, o) end
		end
	end
	for _, o in ipairs(all) do pcall(o.close, o) end
	socket.select({values[random(#values)]() and {} or nil}, nil, 0)
end
print("done")
`
