-- socket.smtp: sends mail (RFC 5321), and makes messages of it (RFC 2045).
local socket = require("socket")
local tp = require("socket.tp")
local ltn12 = require("ltn12")
local mime = require("mime")
local headers = require("socket.headers")
local string, os, coroutine, math = string, os, coroutine, math
local type, error, ipairs, pairs, setmetatable = type, error, ipairs, pairs, setmetatable

local smtp = {
	TIMEOUT = 60, SERVER = "localhost", PORT = 25, DOMAIN = os.getenv("SERVER_NAME") or "localhost", ZONE = "-0000",
}
socket.smtp = smtp

local connection = {}
connection.__index = connection

function connection:greet(domain)
	self.try(self.tp:check("2.."))
	self.try(self.tp:command("EHLO", domain or smtp.DOMAIN))
	return socket.skip(1, self.try(self.tp:check("2..")))
end

function connection:mail(from)
	self.try(self.tp:command("MAIL", "FROM:" .. from))
	return self.try(self.tp:check("2.."))
end

function connection:rcpt(to)
	self.try(self.tp:command("RCPT", "TO:" .. to))
	return self.try(self.tp:check("2.."))
end

function connection:data(source, step)
	self.try(self.tp:command("DATA"))
	self.try(self.tp:check("3.."))
	self.try(self.tp:source(source, step))
	self.try(self.tp:send("\r\n.\r\n"))
	return self.try(self.tp:check("2.."))
end

function connection:quit()
	self.try(self.tp:command("QUIT"))
	return self.try(self.tp:check("2.."))
end

function connection:close() return self.tp:close() end

function connection:login(user, password)
	self.try(self.tp:command("AUTH", "LOGIN"))
	self.try(self.tp:check("3.."))
	self.try(self.tp:send(mime.b64(user) .. "\r\n"))
	self.try(self.tp:check("3.."))
	self.try(self.tp:send(mime.b64(password) .. "\r\n"))
	return self.try(self.tp:check("2.."))
end

function connection:plain(user, password)
	self.try(self.tp:command("AUTH", "PLAIN " .. mime.b64("\0" .. user .. "\0" .. password)))
	return self.try(self.tp:check("2.."))
end

-- auth chooses by what the server offered to EHLO.
function connection:auth(user, password, offered)
	if not user or not password then return 1 end
	if string.find(offered, "AUTH[^\n]+LOGIN") then return self:login(user, password) end
	if string.find(offered, "AUTH[^\n]+PLAIN") then return self:plain(user, password) end
	self.try(nil, "authentication not supported")
end

-- send sends a message to each receiver.
function connection:send(mail)
	self:mail(mail.from)
	if type(mail.rcpt) == "table" then
		for _, to in ipairs(mail.rcpt) do self:rcpt(to) end
	else
		self:rcpt(mail.rcpt)
	end
	self:data(ltn12.source.chain(mail.source, mime.stuff()), mail.step)
end

function smtp.open(server, port, create)
	local t = socket.try(tp.connect(server or smtp.SERVER, port or smtp.PORT, smtp.TIMEOUT, create))
	local s = setmetatable({ tp = t }, connection)
	s.try = socket.newtry(function() s:close() end)
	return s
end

-- lowered returns headers with their names in lower case.
local function lowered(fields)
	local low = {}
	for name, value in pairs(fields or {}) do low[string.lower(name)] = value end
	return low
end

local boundaries = 0

-- newBoundary returns what stands between the parts of a message.
local function newBoundary()
	boundaries = boundaries + 1
	return string.format("%s%05d==%05u", os.date("%d%m%Y%H%M%S"), math.random(0, 99999), boundaries)
end

local sendMessage

local function yieldHeaders(fields)
	local text = "\r\n"
	for name, value in pairs(fields) do
		text = (headers.canonic[name] or name) .. ": " .. value .. "\r\n" .. text
	end
	coroutine.yield(text)
end

local function yieldMultipart(mesgt)
	local boundary = newBoundary()
	local fields = lowered(mesgt.headers)
	fields["content-type"] = (fields["content-type"] or "multipart/mixed") .. '; boundary="' .. boundary .. '"'
	yieldHeaders(fields)
	if mesgt.body.preamble then
		coroutine.yield(mesgt.body.preamble)
		coroutine.yield("\r\n")
	end
	for _, part in ipairs(mesgt.body) do
		coroutine.yield("\r\n--" .. boundary .. "\r\n")
		sendMessage(part)
	end
	coroutine.yield("\r\n--" .. boundary .. "--\r\n\r\n")
	if mesgt.body.epilogue then
		coroutine.yield(mesgt.body.epilogue)
		coroutine.yield("\r\n")
	end
end

local function yieldOne(mesgt)
	local fields = lowered(mesgt.headers)
	fields["content-type"] = fields["content-type"] or 'text/plain; charset="iso-8859-1"'
	yieldHeaders(fields)
	if type(mesgt.body) ~= "function" then
		coroutine.yield(mesgt.body)
		return
	end
	while true do
		local chunk, err = mesgt.body()
		if err then
			coroutine.yield(nil, err)
		elseif chunk then
			coroutine.yield(chunk)
		else
			return
		end
	end
end

function sendMessage(mesgt)
	if type(mesgt.body) == "table" then yieldMultipart(mesgt) else yieldOne(mesgt) end
end

-- message returns a source of the message, which is made piece by piece.
function smtp.message(mesgt)
	local fields = lowered(mesgt.headers)
	fields.date = fields.date or (os.date("!%a, %d %b %Y %H:%M:%S ") .. (mesgt.zone or smtp.ZONE))
	fields["x-mailer"] = fields["x-mailer"] or socket._VERSION
	fields["mime-version"] = "1.0"
	mesgt.headers = fields
	local co = coroutine.create(function() sendMessage(mesgt) end)
	return function()
		local ok, chunk, err = coroutine.resume(co)
		if ok then return chunk, err end
		return nil, chunk
	end
end

smtp.send = socket.protect(function(mail)
	local s = smtp.open(mail.server, mail.port, mail.create)
	local offered = s:greet(mail.domain)
	s:auth(mail.user, mail.password, offered)
	s:send(mail)
	s:quit()
	return s:close()
end)

return smtp
