-- socket.http: a client of HTTP/1.1 (RFC 7230, 7231).
local socket = require("socket")
local url = require("socket.url")
local ltn12 = require("ltn12")
local mime = require("mime")
local headers = require("socket.headers")
local string, table, math, coroutine = string, table, math, coroutine
local tonumber, tostring, type, pairs, setmetatable, require = tonumber, tostring, type, pairs, setmetatable, require

local http = { TIMEOUT = 60, USERAGENT = socket._VERSION }
socket.http = http

-- The schemes: their port, and a function that makes the function which makes a socket.
http.schemes = {
	http = { port = 80, create = function() return socket.tcp end },
	https = { port = 443, create = function(t) return require("ssl.https").tcp(t) end },
}

-- What is taken from a server: a line of 64 KiB (the number is of sosh's receive), header
-- fields of 256 KiB, where a line counts 32 bytes more, and this many answers 100.
local LINE, MAXHEADERS, MAXCONTINUE = "*l65536", 256 * 1024, 20
-- A longer chunk comes in pieces.
local MAXCHUNK = 256 * 1024

-- readHeaders reads header fields up to the empty line into the table.
local function readHeaders(sock, into)
	into = into or {}
	local size = 0
	local function receive()
		local line, err = sock:receive(LINE)
		if err then return nil, err end
		size = size + string.len(line) + 32
		if size > MAXHEADERS then return nil, "headers too long" end
		return line
	end
	local line, err = receive()
	if err then return nil, err end
	while line ~= "" do
		local name, value = socket.skip(2, string.find(line, "^(.-):%s*(.*)"))
		if not (name and value) then return nil, "malformed reponse headers" end
		name = string.lower(name)
		line, err = receive()
		if err then return nil, err end
		while string.find(line, "^%s") do
			value = value .. line
			line, err = receive()
			if err then return nil, err end
		end
		if into[name] then into[name] = into[name] .. ", " .. value else into[name] = value end
	end
	return into
end

-- A body in chunks (RFC 7230, 4.1). Trailers are read into the table, if there is one.
socket.sourcet["http-chunked"] = function(sock, trailers)
	local left = 0 -- of the chunk
	return setmetatable({
		getfd = function() return sock:getfd() end,
		dirty = function() return sock:dirty() end,
	}, { __call = function()
		if left == 0 then
			local line, err = sock:receive(LINE)
			if err then return nil, err end
			left = tonumber(string.match(string.gsub(line, ";.*", ""), "^%s*(%x+)%s*$") or "", 16)
			if not left then return nil, "invalid chunk size" end
		end
		if left > 0 then
			local chunk, err = sock:receive(math.min(left, MAXCHUNK))
			if not chunk then return nil, err end
			left = left - string.len(chunk)
			if left == 0 then sock:receive(LINE) end
			return chunk
		end
		local err
		trailers, err = readHeaders(sock, trailers)
		if not trailers then return nil, err end
	end })
end

socket.sinkt["http-chunked"] = function(sock)
	return setmetatable({
		getfd = function() return sock:getfd() end,
		dirty = function() return sock:dirty() end,
	}, { __call = function(_, chunk)
		if not chunk then return sock:send("0\r\n\r\n") end
		return sock:send(string.format("%X\r\n", string.len(chunk)) .. chunk .. "\r\n")
	end })
end

local connection = {}
connection.__index = connection

function http.open(host, port, create)
	local sock = socket.try((create or socket.tcp)())
	local h = setmetatable({ c = sock }, connection)
	h.try = socket.newtry(function() h:close() end)
	h.try(sock:settimeout(http.TIMEOUT))
	h.try(sock:connect(host, port))
	return h
end

function connection:sendrequestline(method, uri)
	return self.try(self.c:send(string.format("%s %s HTTP/1.1\r\n", method or "GET", uri)))
end

function connection:sendheaders(fields)
	local lines = {}
	for name, value in pairs(fields) do
		lines[#lines + 1] = (headers.canonic[name] or name) .. ": " .. value .. "\r\n"
	end
	lines[#lines + 1] = "\r\n"
	self.try(self.c:send(table.concat(lines)))
	return 1
end

function connection:sendbody(fields, source, step)
	local mode = fields["content-length"] and "keep-open" or "http-chunked"
	return self.try(ltn12.pump.all(source or ltn12.source.empty(), socket.sink(mode, self.c), step or ltn12.pump.step))
end

-- receivestatusline returns nil and the first bytes where the answer is HTTP/0.9.
function connection:receivestatusline()
	local status, err = self.c:receive(5)
	if not status then self.try(nil, err) end
	if status ~= "HTTP/" then return nil, status end
	status = self.try(self.c:receive(LINE, status))
	local code = string.match(status, "HTTP/%d*%.%d* (%d%d%d)")
	return self.try(tonumber(code), status)
end

function connection:receiveheaders()
	return self.try(readHeaders(self.c))
end

function connection:receivebody(fields, sink, step)
	local length, encoding = tonumber(string.match(fields["content-length"] or "", "^%d+$")), fields["transfer-encoding"]
	local mode, extra = "default", length
	if encoding and encoding ~= "identity" then
		mode, extra = "http-chunked", nil
	elseif length then
		mode = "by-length"
	end
	return self.try(ltn12.pump.all(socket.source(mode, self.c, extra), sink or ltn12.sink.null(), step or ltn12.pump.step))
end

function connection:receive09body(status, sink, step)
	local source = ltn12.source.rewind(socket.source("until-closed", self.c))
	source(status)
	return self.try(ltn12.pump.all(source, sink, step))
end

function connection:close()
	return self.c:close()
end

-- target is what the request line asks for: the whole URL under a proxy.
local function target(req)
	local parts = req
	if not req.proxy and not http.PROXY then
		parts = { path = socket.try(req.path, "invalid path 'nil'"), params = req.params, query = req.query, fragment = req.fragment }
	end
	return url.build(parts)
end

-- basic is the value of a header for the scheme Basic (RFC 7617).
local function basic(user, password)
	return "Basic " .. (mime.b64(user .. ":" .. url.unescape(password)))
end

local function fieldsOf(req)
	local host = req.host
	if req.port and tonumber(req.port) ~= http.schemes[req.scheme].port then host = host .. ":" .. req.port end
	local fields = {
		["user-agent"] = http.USERAGENT, host = host, connection = "close, TE", te = "trailers",
	}
	if req.user and req.password then fields.authorization = basic(req.user, req.password) end
	local proxy = req.proxy or http.PROXY
	if proxy then
		proxy = url.parse(proxy)
		if proxy.user and proxy.password then
			fields["proxy-authorization"] = basic(proxy.user, proxy.password)
		end
	end
	for name, value in pairs(req.headers or {}) do fields[string.lower(name)] = value end
	return fields
end

local default = { path = "/", scheme = "http" }

-- adjust completes a request: from its URL, and what the request has itself.
local function adjust(reqt)
	local req = reqt.url and url.parse(reqt.url, default) or {}
	for name, value in pairs(reqt) do req[name] = value end
	if req.port == "" then req.port = nil end
	local scheme = http.schemes[req.scheme]
	local port = scheme.port -- which raises where there is no such scheme
	if not (req.host and req.host ~= "") then
		socket.try(nil, "invalid host '" .. tostring(req.host) .. "'")
	end
	local proxy = req.proxy or http.PROXY
	req.port = req.port or port
	req.uri = reqt.uri or target(req)
	req.headers = fieldsOf(req)
	req.create = req.create or scheme.create(reqt)
	if proxy then
		proxy = url.parse(proxy)
		req.host, req.port = proxy.host, proxy.port or 3128
	end
	return req
end

local function redirects(req, code, fields)
	local location = fields.location
	if not location then return false end
	location = string.gsub(location, "%s", "")
	if location == "" then return false end
	local scheme = url.parse(location).scheme
	if scheme and not http.schemes[scheme] then return false end
	return req.redirect ~= false and (code == 301 or code == 302 or code == 303 or code == 307)
		and (not req.method or req.method == "GET" or req.method == "HEAD")
		and (req.nredirects or 0) < (req.maxredirects or 5)
end

local function hasBody(req, code)
	return req.method ~= "HEAD" and code ~= 204 and code ~= 304 and not (code >= 100 and code < 200)
end

local request

local function redirect(req, location)
	local result, code, fields, status = request {
		url = url.absolute(req.url, location), source = req.source, sink = req.sink, headers = req.headersGiven,
		proxy = req.proxy, maxredirects = req.maxredirects, nredirects = (req.nredirects or 0) + 1,
		create = req.create, method = req.method, step = req.step, user = req.user, password = req.password,
	}
	fields = fields or {}
	fields.location = fields.location or location
	return result, code, fields, status
end

-- request makes a request of a table. It raises as try does.
function request(reqt)
	local req = adjust(reqt)
	req.headersGiven, req.create = reqt.headers, req.create
	local h = http.open(req.host, req.port, req.create)
	h:sendrequestline(req.method, req.uri)
	h:sendheaders(req.headers)
	if req.source then h:sendbody(req.headers, req.source, req.step) end
	local code, status = h:receivestatusline()
	if not code then
		h:receive09body(status, req.sink, req.step)
		return 1, 200
	end
	local continues = 0
	while code == 100 do
		continues = continues + 1
		h.try(continues <= MAXCONTINUE, "too many answers 100")
		h:receiveheaders()
		code, status = h:receivestatusline()
	end
	local fields = h:receiveheaders()
	if redirects(req, code, fields) and not req.source then
		h:close()
		req.create = reqt.create
		return redirect(req, fields.location)
	end
	if hasBody(req, code) then h:receivebody(fields, req.sink, req.step) end
	h:close()
	return 1, code, fields, status
end

-- genericform returns the table of a simple request, whose target gets the body.
function http.genericform(u, body)
	local target = {}
	local reqt = { url = u, sink = ltn12.sink.table(target), target = target }
	if body then
		reqt.source = ltn12.source.string(body)
		reqt.headers = {
			["content-length"] = string.len(body), ["content-type"] = "application/x-www-form-urlencoded",
		}
		reqt.method = "POST"
	end
	return reqt
end

http.request = socket.protect(function(reqt, body)
	if type(reqt) ~= "string" then return request(reqt) end
	reqt = http.genericform(reqt, body)
	local _, code, fields, status = request(reqt)
	return table.concat(reqt.target), code, fields, status
end)

return http
