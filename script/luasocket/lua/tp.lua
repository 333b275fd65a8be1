-- socket.tp: the exchange of commands and replies that SMTP and FTP share.
local socket = require("socket")
local ltn12 = require("ltn12")
local string, table = string, table
local type, tonumber, tostring, ipairs, setmetatable = type, tonumber, tostring, ipairs, setmetatable

local tp = { TIMEOUT = 60 }
socket.tp = tp

-- What is taken from a server: a line of 64 KiB (the number is of sosh's receive), and a reply
-- of 1 MiB, where a line counts 32 bytes more.
local LINE, MAXREPLY = "*l65536", 1024 * 1024

-- readReply reads a reply, which may have several lines (RFC 959, 4.2).
local function readReply(sock)
	local line, err = sock:receive(LINE)
	if err then return nil, err end
	local lines, size = { line }, 0
	local code, separator = string.match(line, "^(%d%d%d)(.?)")
	if not code then return nil, "invalid server reply" end
	if separator == "-" then
		local current
		repeat
			line, err = sock:receive(LINE)
			if err then return nil, err end
			current, separator = string.match(line, "^(%d%d%d)(.?)")
			lines[#lines + 1] = line
			size = size + string.len(line) + 32
			if size > MAXREPLY then return nil, "reply too long" end
		until code == current and separator == " "
	end
	return code, table.concat(lines, "\n")
end

local connection = {}
connection.__index = connection

function connection:getpeername() return self.c:getpeername() end
function connection:getsockname() return self.c:getpeername() end

-- check reads a reply and compares its code with a pattern, a list of patterns, or asks a
-- function.
function connection:check(ok)
	local code, reply = readReply(self.c)
	if not code then return nil, reply end
	if type(ok) == "function" then return ok(tonumber(code), reply) end
	for _, pattern in ipairs(type(ok) == "table" and ok or { ok }) do
		if string.find(code, pattern) then return tonumber(code), reply end
	end
	return nil, reply
end

function connection:command(verb, argument)
	verb = string.upper(verb)
	if argument then return self.c:send(verb .. " " .. argument .. "\r\n") end
	return self.c:send(verb .. "\r\n")
end

function connection:sink(sink)
	local chunk, err = self.c:receive()
	return sink(chunk, err)
end

function connection:send(data) return self.c:send(data) end
function connection:receive(pattern) return self.c:receive(pattern) end
function connection:getfd() return self.c:getfd() end
function connection:dirty() return self.c:dirty() end
function connection:getcontrol() return self.c end

function connection:source(source, step)
	local sink = socket.sink("keep-open", self.c)
	local ok, err = ltn12.pump.all(source, sink, step or ltn12.pump.step)
	return ok, err
end

function connection:close()
	self.c:close()
	return 1
end

function tp.connect(host, port, timeout, create)
	local sock, err = (create or socket.tcp)()
	if not sock then return nil, err end
	sock:settimeout(timeout or tp.TIMEOUT)
	local ok
	ok, err = sock:connect(host, port)
	if not ok then
		sock:close()
		return nil, err
	end
	return setmetatable({ c = sock }, connection)
end

return tp
