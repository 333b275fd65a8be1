-- Programs that patch the methods, and wrap sockets.
local socket = require "socket"
local s = socket.bind("127.0.0.1", 0)
local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
local a = s:accept()
local methods = getmetatable(c).__index
local send = methods.send
local count = 0
methods.send = function(self, data, ...)
	count = count + #data
	return send(self, data, ...)
end
c:send("12345")
a:send("123")
print(count, a:receive(5), c:receive(3))
methods.send = send
methods.sendline = function(self, line) return self:send(line .. "\r\n") end
print(c:sendline("a line"), a:receive())
local wrapper = setmetatable({}, {__index = function(_, name)
	return function(_, ...) return c[name](c, ...) end
end})
print(wrapper:send("through\n"), a:receive(), wrapper:getfd() == c:getfd())
print(getmetatable(c) == getmetatable(a), getmetatable(c) == getmetatable(s), c == c, c ~= a)
local old = socket.tcp
socket.tcp = function() return "mine" end
print(socket.tcp())
socket.tcp = old
print(socket.tcp().class, type(getmetatable(c).__tostring))
