local http = require "socket.http"
local socket, ltn12, url = require "socket", require "ltn12", require "socket.url"
print(http.TIMEOUT, http.USERAGENT, http.PROXY, socket.http == http, http.schemes.http.port)
local base = "http://127.0.0.1:" .. HTTP_PORT
local function show(body, code, headers, status)
	local o = {}
	for k, v in pairs(headers or {}) do o[#o + 1] = k .. "=" .. v end
	table.sort(o)
	print(body, code, table.concat(o, "; "), status)
end
for _, path in ipairs{"/", "", "/chunked", "/closed", "/short", "/empty", "/missing", "/moved", "/relative", "/loop", "/continue", "/09", "/bad", "/badchunk", "/nothing", "/status", "/a%20b;p?q=1#f"} do
	io.write(path, " ")
	show(http.request(base .. path))
end
show(http.request(base .. "/echo", "a=1&b=2"))
show(http.request("http://user:pa%41ss@127.0.0.1:" .. HTTP_PORT .. "/"))
show(http.request{url = base .. "/", headers = {["X-Own"] = "1", HOST = "other"}, method = "HEAD"})
local t = {}
show(http.request{url = base .. "/chunked", sink = ltn12.sink.table(t)})
print(table.concat(t, "|"))
t = {}
show(http.request{url = base .. "/echo", method = "POST", source = ltn12.source.string("abc"), headers = {["content-length"] = 3}, sink = ltn12.sink.table(t)})
print(table.concat(t))
t = {}
show(http.request{url = base .. "/echo", method = "PUT", source = ltn12.source.string("in chunks"), sink = ltn12.sink.table(t), headers = {["transfer-encoding"] = "chunked"}})
print(table.concat(t))
show(http.request{url = base .. "/moved", redirect = false})
show(http.request{url = base .. "/moved", method = "POST", source = ltn12.source.string("x"), headers = {["content-length"] = 1}})
show(http.request{url = base .. "/loop", maxredirects = 2})
show(http.request{host = "127.0.0.1", port = HTTP_PORT, path = "/", scheme = "http"})
show(http.request{url = base .. "/", uri = "/given"})
t = {}
show(http.request{url = "http://example.invalid/path?x", proxy = base, sink = ltn12.sink.table(t)})
http.PROXY = "http://u:p@127.0.0.1:" .. HTTP_PORT
show(http.request("http://example.invalid:8080/path"))
http.PROXY = nil
print(http.request("http:///nothing"))
print((pcall(http.request, "")))
print((pcall(http.request, "gopher://x/")))
print((pcall(http.request)))
local n = 0
show(http.request{url = base .. "/", create = function() n = n + 1 return socket.tcp() end, step = function(src, snk) n = n + 100 return ltn12.pump.step(src, snk) end})
print(n)
local f = http.genericform(base .. "/x", "body")
print(f.method, f.url == base .. "/x", f.headers["content-length"], f.headers["content-type"], type(f.sink), type(f.source), type(f.target))
-- the parts
local h = http.open("127.0.0.1", HTTP_PORT, socket.tcp)
h:sendrequestline("GET", "/chunked")
h:sendheaders{host = "h", ["x-y"] = "z"}
local code, status = h:receivestatusline()
print(code, status)
local headers = h:receiveheaders()
t = {}
print(h:receivebody(headers, (ltn12.sink.table(t))), table.concat(t), headers["x-trailer"])
print(h:close())
local ok, err = pcall(http.open, "127.0.0.1", 1, socket.tcp)
print(ok, type(err), err[1])
