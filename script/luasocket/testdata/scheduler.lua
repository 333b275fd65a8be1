-- A scheduler as programs write them: coroutines that yield out of wrapped sockets, select over
-- those that wait, and a queue of timers.
local socket = require "socket"
local reading, writing, waiting, timers = {}, {}, {}, {}
local function wait(list, s)
	list[#list + 1] = s
	waiting[s] = coroutine.running()
	return coroutine.yield()
end
local wrapped = {}
wrapped.__index = wrapped
local function wrap(s)
	s:settimeout(0)
	return setmetatable({s = s}, wrapped)
end
function wrapped:receive(pattern, part)
	while true do
		local data, err
		data, err, part = self.s:receive(pattern, part)
		if data or err ~= "timeout" then return data, err, part end
		wait(reading, self.s)
	end
end
function wrapped:send(data)
	local at = 1
	while true do
		local last, err, part = self.s:send(data, at)
		if last or err ~= "timeout" then return last, err, part end
		at = part + 1
		wait(writing, self.s)
	end
end
function wrapped:accept()
	while true do
		local c, err = self.s:accept()
		if c or err ~= "timeout" then return c and wrap(c), err end
		wait(reading, self.s)
	end
end
function wrapped:connect(host, port)
	local ok, err = self.s:connect(host, port)
	while not ok and (err == "timeout" or err == "Operation already in progress") do
		wait(writing, self.s)
		ok, err = self.s:connect(host, port)
	end
	return ok or err == "already connected", err
end
function wrapped:close() return self.s:close() end
local ready, alive = {}, 0
local function add(f, ...)
	local args = {...}
	alive = alive + 1
	ready[#ready + 1] = coroutine.create(function() f(unpack(args)) alive = alive - 1 end)
end
local function sleep(t)
	timers[#timers + 1] = {at = socket.gettime() + t, co = coroutine.running()}
	coroutine.yield()
end
local function step()
	while #ready > 0 do
		local co = table.remove(ready, 1)
		local ok, err = coroutine.resume(co)
		if not ok then error(err, 0) end
	end
	if alive == 0 then return end
	local now, limit = socket.gettime(), 5
	for i = #timers, 1, -1 do
		local t = timers[i]
		if t.at <= now then
			table.remove(timers, i)
			ready[#ready + 1] = t.co
			limit = 0
		else
			limit = math.min(limit, t.at - now)
		end
	end
	local r, w = socket.select(reading, writing, limit)
	for _, list in ipairs{{r, reading}, {w, writing}} do
		for _, s in ipairs(list[1]) do
			for i, x in ipairs(list[2]) do
				if x == s then table.remove(list[2], i) break end
			end
			ready[#ready + 1] = waiting[s]
			waiting[s] = nil
		end
	end
end
-- an echo server, 200 clients, and a timer beside them
local listener = socket.bind("127.0.0.1", 0, 500)
local _, port = listener:getsockname()
local server = wrap(listener)
local served, checked, big, ticks = 0, 0, 0, 0
local clients = 200
add(function()
	for i = 1, clients do
		local c = server:accept()
		add(function()
			while true do
				local line = c:receive("*l")
				if not line then break end
				if line == "big" then
					local n = tonumber((c:receive("*l")))
					local data = c:receive(n)
					c:send(data)
				else
					c:send(line .. "\n")
				end
			end
			served = served + 1
			c:close()
		end)
	end
	server:close()
end)
for i = 1, clients do
	add(function()
		local c = wrap(socket.tcp())
		assert(c:connect("127.0.0.1", port))
		for j = 1, 5 do
			c:send("client " .. i .. " line " .. j .. "\n")
			if c:receive("*l") == "client " .. i .. " line " .. j then checked = checked + 1 end
		end
		if i % 50 == 0 then
			local data = ("x"):rep(300000)
			c:send("big\n300000\n" .. data)
			if c:receive(#data) == data then big = big + 1 end
		end
		c:close()
	end)
end
add(function() for i = 1, 5 do sleep(0.01) ticks = ticks + 1 end end)
while alive > 0 do step() end
print(served, checked, big, ticks)
