-- socket.ftp: a client of FTP (RFC 959), with EPSV (RFC 2428).
local socket = require("socket")
local url = require("socket.url")
local tp = require("socket.tp")
local ltn12 = require("ltn12")
local string, table, math = string, table, math
local tostring, type, ipairs, pairs, setmetatable = tostring, type, ipairs, pairs, setmetatable

local ftp = { TIMEOUT = 60, USER = "ftp", PASSWORD = "anonymous@anonymous.org" }
socket.ftp = ftp

local defaultPort = 21

local session = {}
session.__index = session

function ftp.open(server, port, create)
	local t = socket.try(tp.connect(server, port or defaultPort, ftp.TIMEOUT, create))
	local f = setmetatable({ tp = t }, session)
	f.try = socket.newtry(function() f:close() end)
	return f
end

-- dataConnection connects to where the server waits.
function session:dataConnection()
	self.data = self.try(socket.tcp())
	self.try(self.data:settimeout(ftp.TIMEOUT))
	self.try(self.data:connect(self.pasvt.address, self.pasvt.port))
end

function session:login(user, password)
	self.try(self.tp:command("user", user or ftp.USER))
	local code = self.try(self.tp:check { "2..", 331 })
	if code == 331 then
		self.try(self.tp:command("pass", password or ftp.PASSWORD))
		self.try(self.tp:check("2.."))
	end
	return 1
end

function session:pasv()
	self.try(self.tp:command("pasv"))
	local _, reply = self.try(self.tp:check("2.."))
	local a, b, c, d, p1, p2 = socket.skip(2, string.find(reply, "(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)%D(%d+)"))
	self.try(a and b and c and d and p1 and p2, reply)
	self.pasvt = { address = string.format("%d.%d.%d.%d", a, b, c, d), port = p1 * 256 + p2 }
	if self.server then
		self.server:close()
		self.server = nil
	end
	return self.pasvt.address, self.pasvt.port
end

function session:epsv()
	self.try(self.tp:command("epsv"))
	local _, reply = self.try(self.tp:check("229"))
	local _, _, _, port = string.match(reply, "%((.)(.-)%1(.-)%1(.-)%1%)")
	self.try(port, "invalid epsv response")
	self.pasvt = { address = self.tp:getpeername(), port = port }
	if self.server then
		self.server:close()
		self.server = nil
	end
	return self.pasvt.address, self.pasvt.port
end

-- listen opens a socket for the server to connect to, in place of pasv.
local function listen(f, address, port)
	f.pasvt = nil
	if address then return address, port end
	address = f.try(f.tp:getcontrol():getsockname())
	f.server = f.try(socket.bind(address, 0))
	local family
	address, port, family = f.try(f.server:getsockname())
	f.try(f.server:settimeout(ftp.TIMEOUT))
	return address, port, family
end

function session:port(address, port)
	address, port = listen(self, address, port)
	local high = math.floor(port / 256)
	local argument = string.gsub(string.format("%s,%d,%d", address, high, port - 256 * high), "%.", ",")
	self.try(self.tp:command("port", argument))
	self.try(self.tp:check("2.."))
	return 1
end

function session:eprt(family, address, port)
	local own
	if not address then address, port, own = listen(self) else self.pasvt = nil end
	family = (family or own) == "inet6" and 2 or 1
	self.try(self.tp:command("eprt", string.format("|%s|%s|%d|", family, address, port)))
	self.try(self.tp:check("2.."))
	return 1
end

-- argumentOf is the argument of a command: the path without its first slash.
local function argumentOf(req)
	local argument = req.argument or url.unescape(string.gsub(req.path or "", "^[/\\]", ""))
	if argument == "" then return nil end
	return argument
end

function session:send(req)
	self.try(self.pasvt or self.server, "need port or pasv first")
	if self.pasvt then self:dataConnection() end
	self.try(self.tp:command(req.command or "stor", argumentOf(req)))
	local code = self.try(self.tp:check { "2..", "1.." })
	if not self.pasvt then self:acceptData() end
	-- The server may answer before all is sent; the transfer ends then.
	local step = req.step or ltn12.pump.step
	local control = { self.tp }
	local function checked(src, snk)
		local ready = socket.select(control, nil, 0)
		if ready[self.tp] then code = self.try(self.tp:check("2..")) end
		return step(src, snk)
	end
	local sink = socket.sink("close-when-done", self.data)
	self.try(ltn12.pump.all(req.source, sink, checked))
	if string.find(code, "1..") then self.try(self.tp:check("2..")) end
	self.data:close()
	local sent = socket.skip(1, self.data:getstats())
	self.data = nil
	return sent
end

function session:acceptData()
	self.data = self.try(self.server:accept())
	self.try(self.data:settimeout(ftp.TIMEOUT))
end

function session:receive(req)
	self.try(self.pasvt or self.server, "need port or pasv first")
	if self.pasvt then self:dataConnection() end
	self.try(self.tp:command(req.command or "retr", argumentOf(req)))
	local code, reply = self.try(self.tp:check { "1..", "2.." })
	if code >= 200 and code <= 299 then
		req.sink(reply)
		return 1
	end
	if not self.pasvt then self:acceptData() end
	local source = socket.source("until-closed", self.data)
	self.try(ltn12.pump.all(source, req.sink, req.step or ltn12.pump.step))
	if string.find(code, "1..") then self.try(self.tp:check("2..")) end
	self.data:close()
	self.data = nil
	return 1
end

function session:cwd(dir)
	self.try(self.tp:command("cwd", dir))
	self.try(self.tp:check(250))
	return 1
end

function session:type(kind)
	self.try(self.tp:command("type", kind))
	self.try(self.tp:check(200))
	return 1
end

function session:greet()
	local code = self.try(self.tp:check { "1..", "2.." })
	if string.find(code, "1..") then self.try(self.tp:check("2..")) end
	return 1
end

function session:quit()
	self.try(self.tp:command("quit"))
	self.try(self.tp:check("2.."))
	return 1
end

function session:close()
	if self.data then self.data:close() end
	if self.server then self.server:close() end
	return self.tp:close()
end

-- override completes a request by its URL.
local function override(req)
	if not req.url then return req end
	local whole = url.parse(req.url)
	for name, value in pairs(req) do whole[name] = value end
	return whole
end

-- start opens a session for a request, up to the data connection.
local function start(req)
	socket.try(req.host, "missing hostname")
	local f = ftp.open(req.host, req.port, req.create)
	f:greet()
	f:login(req.user, req.password)
	if req.type then f:type(req.type) end
	f:epsv()
	return f
end

local function put(req)
	req = override(req)
	local f = start(req)
	local sent = f:send(req)
	f:quit()
	f:close()
	return sent
end

local function get(req)
	req = override(req)
	local f = start(req)
	f:receive(req)
	f:quit()
	return f:close()
end

-- parse makes a request of a URL.
local function parse(u)
	local req = socket.try(url.parse(u, { path = "/", scheme = "ftp" }))
	socket.try(req.scheme == "ftp", "wrong scheme '" .. req.scheme .. "'")
	socket.try(req.host, "missing hostname")
	if req.params then
		local kind = socket.skip(2, string.find(req.params, "^type=(.+)"))
		req.type = kind
		socket.try(kind == "a" or kind == "i", "invalid type '" .. tostring(kind) .. "'")
	end
	return req
end

ftp.put = socket.protect(function(req, body)
	if type(req) ~= "string" then return put(req) end
	req = parse(req)
	req.source = ltn12.source.string(body)
	return put(req)
end)

ftp.get = socket.protect(function(req)
	if type(req) ~= "string" then return get(req) end
	req = parse(req)
	local t = {}
	req.sink = ltn12.sink.table(t)
	get(req)
	return table.concat(t)
end)

ftp.command = socket.protect(function(cmdt)
	cmdt = override(cmdt)
	socket.try(cmdt.host, "missing hostname")
	socket.try(cmdt.command, "missing command")
	local f = ftp.open(cmdt.host, cmdt.port, cmdt.create)
	f:greet()
	f:login(cmdt.user, cmdt.password)
	if type(cmdt.command) == "table" then
		local arguments, checks = cmdt.argument or {}, cmdt.check or {}
		for i, command in ipairs(cmdt.command) do
			f.try(f.tp:command(command, arguments[i]))
			if checks[i] then f.try(f.tp:check(checks[i])) end
		end
	else
		f.try(f.tp:command(cmdt.command, cmdt.argument))
		if cmdt.check then f.try(f.tp:check(cmdt.check)) end
	end
	f:quit()
	return f:close()
end)

return ftp
