local socket = require "socket"
local s = socket.bind("127.0.0.1", 0)
local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
for _, name in ipairs{"keepalive", "reuseaddr", "reuseport", "tcp-nodelay"} do
	print(name, c:getoption(name), c:setoption(name, true), c:getoption(name), c:setoption(name, false), c:getoption(name))
end
for _, name in ipairs{"tcp-keepidle", "tcp-keepcnt", "tcp-keepintvl"} do
	print(name, c:getoption(name), c:setoption(name, 17), c:getoption(name))
end
local l = c:getoption("linger")
print(l.on, l.timeout, c:setoption("linger", {on = true, timeout = 3}))
l = c:getoption("linger")
print(l.on, l.timeout)
print(c:getoption("error"))
print(c:setoption("recv-buffer-size", 20000), c:getoption("recv-buffer-size"))
print(c:setoption("tcp-keepcnt", -5))
print(s:getoption("reuseaddr"))
print(socket.tcp6():setoption("ipv6-v6only", false), socket.tcp6():getfamily())
print(c:setoption("tcp-defer-accept", 1), s:setoption("tcp-fastopen", 5))
c:setstats(10, 20, 5)
local r, w, age = c:getstats()
print(r, w, age >= 5 and age < 6)
-- what programs patch
local index = getmetatable(c).__index
print(type(index), index.class, type(index.send))
index.hello = function(self) return "hello from " .. self.class end
print(c:hello())
