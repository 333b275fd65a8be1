local socket = require "socket"
local function names(t, map)
	local o = {}
	for i, v in ipairs(t) do o[#o + 1] = map[v] .. (t[v] == i and "" or "?") end
	return table.concat(o, ",")
end
local s = socket.bind("127.0.0.1", 0)
local ip, port = s:getsockname()
print(select("#", socket.select(nil, nil, 0.01)), select(3, socket.select(nil, nil, 0.01)))
local r, w, e = socket.select({s}, {s}, 0)
print(#r, #w, e)
local map = {[s] = "s"}
local cs, as = {}, {}
local both = {}
for i = 1, 5 do both[i] = {socket.connect("127.0.0.1", port), s:accept()} end
-- select lists by descriptor, and a later socket may get a lower one
table.sort(both, function(x, y) return x[1]:getfd() < y[1]:getfd() end)
for i = 1, 5 do
	cs[i], as[i] = both[i][1], both[i][2]
	map[cs[i]], map[as[i]] = "c" .. i, "a" .. i
end
r, w, e = socket.select(as, cs, 1)
print(names(r, map), names(w, map), e)
cs[4]:send("x")
r, w, e = socket.select(as, nil, 1)
print(names(r, map), names(w, map), e)
cs[2]:send("one\ntwo\n")
print(as[2]:receive(), as[2]:dirty())
r, w, e = socket.select(as, as, 5)
print(r[1] == as[2], #w, e)
cs[5]:close()
socket.sleep(0.05)
r, w, e = socket.select({as[5]}, nil, 1)
print(names(r, map), e, as[5]:receive())
as[5]:close()
r, w, e = socket.select({as[5]}, {as[5]}, 0.01)
print(#r, #w, e)
-- whatever has getfd
local like = {getfd = function() return as[4]:getfd() end}
r, w, e = socket.select({like, {}, "x", like}, nil, 1)
print(#r, r[1] == like, r[like], e)
like.dirty = function() return true end
r, w, e = socket.select({like}, nil)
print(#r, e)
-- a connect without time
local c = socket.tcp()
c:settimeout(0)
local ok, err = c:connect("127.0.0.1", port) print(ok, err)
r, w, e = socket.select(nil, {c}, 2)
print(#w, w[1] == c, e)
local ok, err = c:connect("127.0.0.1", port) print(ok, err)
local ok, err = c:connect("127.0.0.1", port) print(ok, err)
print(s:accept() ~= nil)
local free = socket.bind("127.0.0.1", 0)
local _, closed = free:getsockname()
free:close()
local c = socket.tcp()
c:settimeout(0)
local ok, err = c:connect("127.0.0.1", closed)
r, w, e = socket.select(nil, {c}, 2)
print(#w, e)
r, w, e = socket.select({s}, nil, 0)
print(#r, e)
