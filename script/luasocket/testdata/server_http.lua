-- A server of HTTP in the program, whose answers another Lua would read: many clients in turn.
local socket, http, url = require "socket", require "socket.http", require "socket.url"
local s = socket.bind("127.0.0.1", 0)
local _, port = s:getsockname()
local function request(path)
	local c = socket.connect("127.0.0.1", port)
	c:send("GET " .. path .. " HTTP/1.0\r\nHost: x\r\nX-Test: 1\r\n\r\n")
	return c
end
local function serve()
	local c = s:accept()
	c:settimeout(5)
	local method, path = c:receive():match("^(%S+) (%S+)")
	local headers = {}
	for line in function() return c:receive() end do
		if line == "" then break end
		local name, value = line:match("^(.-):%s*(.*)$")
		headers[name:lower()] = value
	end
	local parsed = url.parse(path)
	local body = method .. " " .. parsed.path .. " " .. tostring(parsed.query) .. " " .. headers["x-test"]
	c:send("HTTP/1.0 200 OK\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
	c:close()
end
for _, path in ipairs{"/", "/a/b?c=d", "/%20?"} do
	local c = request(path)
	serve()
	print((c:receive("*a"):gsub("\r", "")))
end
