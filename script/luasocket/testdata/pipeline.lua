-- Filters and pumps between sockets, files and strings.
local socket, ltn12, mime = require "socket", require "ltn12", require "mime"
local s = socket.bind("127.0.0.1", 0)
local function pair()
	local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
	return c, s:accept()
end
local text = ("The quick brown fox = jumps\r\n.over the lazy dog \t\r\n"):rep(20) .. "\255\0end"
local c, a = pair()
assert(ltn12.pump.all(
	ltn12.source.chain(ltn12.source.string(text), ltn12.filter.chain(mime.encode("base64"), mime.wrap("base64"))),
	socket.sink("close-when-done", c)))
local sink, t = ltn12.sink.table()
assert(ltn12.pump.all(socket.source("until-closed", a), ltn12.sink.chain(mime.decode("base64"), sink)))
print(table.concat(t) == text)
local c, a = pair()
assert(ltn12.pump.all(
	ltn12.source.chain(ltn12.source.string(text), ltn12.filter.chain(mime.normalize(), mime.encode("quoted-printable"), mime.wrap("quoted-printable"), mime.stuff())),
	socket.sink("close-when-done", c)))
print((a:receive("*a")))
print((mime.b64("user:password")), (mime.unb64("dXNlcjpwYXNzd29yZA==")), mime.b64("a"), mime.b64("ab", ""), mime.b64("ab", "c"))
print((mime.qp("m\195\182gen = x ")), (mime.unqp("a=3Db=\r\nc=E9")), mime.wrp(10, "0123456789abc", 10))
print((mime.eol(0, "a\nb\rc\r\nd\n\re", "|")), mime.dot(2, ".a\r\n.b\r\n..c"))
for _, name in ipairs{"base64", "quoted-printable"} do
	print(name, type(mime.encodet[name]), type(mime.decodet[name]), type(mime.wrapt[name]))
end
print((pcall(mime.encode, "nothing")), (pcall(mime.decode)), type(mime.wrap()), type(mime.wrap(20)))
local counted = 0
local step = function(src, snk) counted = counted + 1 return ltn12.pump.step(src, snk) end
ltn12.pump.all(ltn12.source.string(("x"):rep(10000)), ltn12.sink.null(), step)
print(counted)
