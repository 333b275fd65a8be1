-- Files through ltn12, to sockets and back.
local socket, ltn12 = require "socket", require "ltn12"
local name = TMP_DIR .. "/data"
local text = ("line of text\n"):rep(5000)
assert(ltn12.pump.all(ltn12.source.string(text), ltn12.sink.file(io.open(name, "wb"))))
local s = socket.bind("127.0.0.1", 0)
local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
local a = s:accept()
assert(ltn12.pump.all(ltn12.source.file(io.open(name, "rb")), socket.sink("close-when-done", c)))
assert(ltn12.pump.all(socket.source("until-closed", a), ltn12.sink.file(io.open(name .. "2", "wb"))))
local f = io.open(name .. "2", "rb")
print(f:read("*a") == text)
f:close()
print(ltn12.pump.all(ltn12.source.file(io.open("/nowhere/x")), ltn12.sink.null()))
print(ltn12.pump.all(ltn12.source.string("x"), ltn12.sink.file(io.open("/nowhere/x", "w"))))
local parts = {}
for chunk in ltn12.source.file(io.open(name, "rb")) do parts[#parts + 1] = #chunk end
print(#parts, parts[1], parts[#parts])
