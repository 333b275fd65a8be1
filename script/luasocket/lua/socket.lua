-- socket: what LuaSocket adds to socket.core in Lua.
local socket = require("socket.core")
local string, table, math = string, table, math
local select, type, error, pcall, tostring, unpack = select, type, error, pcall, tostring, unpack
local setmetatable, ipairs = setmetatable, ipairs

-- What try raises: a table with the error, which protect knows by its metatable.
local raised = setmetatable({}, { __mode = "k" })
local mark = { __metatable = false }

local function none() end

function socket.newtry(fin)
	fin = fin or none
	return function(...)
		if (...) then return ... end
		local err = select(2, ...)
		fin()
		local e = setmetatable({ err }, mark)
		raised[e] = true
		error(e, 0)
	end
end

socket.try = socket.newtry()

local function results(ok, ...)
	if ok then return ... end
	local e = ...
	if type(e) == "table" and raised[e] then return nil, e[1] end
	error(e, 0)
end

function socket.protect(f)
	return function(...) return results(pcall(f, ...)) end
end

function socket.connect4(host, port, lhost, lport) return socket.connect(host, port, lhost, lport, "inet") end
function socket.connect6(host, port, lhost, lport) return socket.connect(host, port, lhost, lport, "inet6") end

function socket.bind(host, port, backlog)
	if host == "*" then host = "0.0.0.0" end
	local addresses, err = socket.dns.getaddrinfo(host)
	if not addresses then return nil, err end
	err = "no info on address"
	for _, address in ipairs(addresses) do
		local server, ok
		if address.family == "inet" then
			server, err = socket.tcp4()
		else
			server, err = socket.tcp6()
		end
		if not server then return nil, err end
		server:setoption("reuseaddr", true)
		ok, err = server:bind(address.addr, port)
		if ok then ok, err = server:listen(backlog) end
		if ok then return server end
		server:close()
	end
	return nil, err
end

function socket.choose(t)
	return function(name, a, b)
		if type(name) ~= "string" then name, a, b = "default", name, a end
		local f = t[name or "nil"]
		if not f then error("unknown key (" .. tostring(name) .. ")", 3) end
		return f(a, b)
	end
end

local sourcet, sinkt = {}, {}
socket.sourcet, socket.sinkt = sourcet, sinkt
socket.BLOCKSIZE = 2048

-- callable makes a table of a sink or source, which select and programs can ask for the
-- descriptor.
local function callable(sock, call)
	return setmetatable({
		getfd = function() return sock:getfd() end,
		dirty = function() return sock:dirty() end,
	}, { __call = call })
end

sinkt["close-when-done"] = function(sock)
	return callable(sock, function(_, chunk, err)
		if not chunk then
			sock:close()
			return 1
		end
		return sock:send(chunk)
	end)
end

sinkt["keep-open"] = function(sock)
	return callable(sock, function(_, chunk, err)
		if chunk then return sock:send(chunk) end
		return 1
	end)
end

sinkt.default = sinkt["keep-open"]
socket.sink = socket.choose(sinkt)

sourcet["by-length"] = function(sock, length)
	return callable(sock, function()
		if length <= 0 then return nil end
		local chunk, err = sock:receive(math.min(socket.BLOCKSIZE, length))
		if err then return nil, err end
		length = length - string.len(chunk)
		return chunk
	end)
end

sourcet["until-closed"] = function(sock)
	local done
	return callable(sock, function()
		if done then return nil end
		local chunk, err, part = sock:receive(socket.BLOCKSIZE)
		if not err then return chunk end
		if err == "closed" then
			sock:close()
			done = 1
			return part
		end
		return nil, err
	end)
end

sourcet.default = sourcet["until-closed"]
socket.source = socket.choose(sourcet)

return socket
