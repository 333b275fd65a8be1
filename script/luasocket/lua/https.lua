-- ssl.https: requests of HTTPS, as LuaSec has them.
local socket = require("socket")
local ssl = require("ssl")
local ltn12 = require("ltn12")
local http = require("socket.http")
local url = require("socket.url")
local string, table = string, table
local type, pairs, rawget, getmetatable = type, pairs, rawget, getmetatable

local https = { _VERSION = ssl._VERSION, _COPYRIGHT = ssl._COPYRIGHT, PORT = 443, TIMEOUT = 60 }

-- What connections use unless the request says otherwise.
local default = { protocol = "any", options = { "all", "no_sslv2", "no_sslv3", "no_tlsv1" }, verify = "none" }

-- withPort completes a URL by the port of HTTPS.
local function withPort(u)
	return url.build(url.parse(u, { port = https.PORT }))
end

-- tcp makes a function that makes sockets, which do their handshake in connect.
function https.tcp(params)
	params = params or {}
	for name, value in pairs(default) do
		if params[name] == nil then params[name] = value end
	end
	params.mode = "client"
	return function()
		local conn = { sock = socket.try(socket.tcp()) }
		local timeout = getmetatable(conn.sock).__index.settimeout
		function conn:settimeout(...) return timeout(self.sock, https.TIMEOUT) end
		function conn:connect(host, port)
			socket.try(self.sock:connect(host, port))
			self.sock = socket.try(ssl.wrap(self.sock, params))
			self.sock:sni(host)
			self.sock:settimeout(https.TIMEOUT)
			socket.try(self.sock:dohandshake())
			-- The methods of the connection are those of this object from now on.
			for name, method in pairs(getmetatable(self.sock).__index) do
				if type(method) == "function" and not rawget(self, name) then
					self[name] = function(s, ...) return method(self.sock, ...) end
				end
			end
			return 1
		end
		function conn:close() return self.sock:close() end
		return conn
	end
end

-- refuse says what LuaSec refuses of a request.
local function refuse(reqt)
	if http.PROXY or reqt.proxy then return "proxy not supported" end
	if reqt.redirect then return "redirect not supported" end
	if reqt.create then return "create function not permitted" end
end

function https.request(reqt, body)
	local target = {}
	local simple = type(reqt) == "string"
	if simple then
		reqt = { url = reqt, target = target, sink = ltn12.sink.table(target) }
		if body then
			reqt.method, reqt.source = "POST", ltn12.source.string(body)
			reqt.headers = { ["content-length"] = #body, ["content-type"] = "application/x-www-form-urlencoded" }
		end
	end
	local why = refuse(reqt)
	if why then return nil, why end
	reqt.url = withPort(reqt.url)
	-- A redirect could lead to HTTP without TLS.
	if reqt.redirect ~= true then reqt.redirect = false end
	reqt.create = https.tcp(reqt)
	local result, code, headers, status = http.request(reqt)
	if simple and result then return table.concat(target), code, headers, status end
	return result, code, headers, status
end

return https
