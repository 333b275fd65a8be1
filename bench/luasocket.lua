-- What a program of LuaSocket does most, timed: run by lua5.1 and by sosh (luasocket.sh).
local socket = require "socket"
local server = socket.bind("127.0.0.1", 0, 600)
local _, port = server:getsockname()
local c = socket.connect("127.0.0.1", port)
local a = server:accept()

local function time(name, f)
	local cpu, wall = os.clock(), socket.gettime()
	f()
	print(string.format("%s %.4f %.4f", name, socket.gettime() - wall, os.clock() - cpu))
end

local block = (("x"):rep(39) .. "\n"):rep(100)
time("receive-line", function()
	for _ = 1, 2000 do
		c:send(block)
		for _ = 1, 100 do a:receive("*l") end
	end
end)
time("receive-n", function()
	for _ = 1, 2000 do
		c:send(block)
		for _ = 1, 100 do a:receive(40) end
	end
end)
local big = ("y"):rep(100000)
time("send-large", function()
	for _ = 1, 600 do
		c:send(big)
		a:receive(#big)
	end
end)
time("round-trip", function()
	for _ = 1, 20000 do
		c:send("x\n")
		a:receive()
		a:send("y\n")
		c:receive()
	end
end)
time("receive-all", function()
	for _ = 1, 100 do
		local d = socket.connect("127.0.0.1", port)
		local e = server:accept()
		d:send(big)
		d:close()
		e:receive("*a")
		e:close()
	end
end)
local list, keep = { a }, {}
for i = 1, 499 do
	keep[i] = socket.connect("127.0.0.1", port)
	list[#list + 1] = server:accept()
end
time("select-500", function()
	for _ = 1, 3000 do
		c:send("x")
		socket.select(list, nil, 1)[1]:receive(1)
	end
end)
