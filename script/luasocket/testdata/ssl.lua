-- TLS between a server and a client of one program.
local socket, ssl = require "socket", require "ssl"
local function show(t)
	if type(t) ~= "table" then return tostring(t) end
	local o = {}
	for k, v in pairs(t) do o[#o + 1] = tostring(k) .. "=" .. show(v) end
	table.sort(o)
	return "{" .. table.concat(o, ",") .. "}"
end
print(ssl._VERSION, ssl.config.protocols.tlsv1_3)
print(ssl.newcontext{mode = "client", protocol = "foo"})
print(ssl.newcontext{mode = "client", protocol = "any", verify = "foo"})
print(ssl.newcontext{mode = "client", protocol = "any", verify = {"peer", "foo"}})
print(ssl.newcontext{mode = "client", protocol = "any", options = "foo"})
print(ssl.newcontext{mode = "client", protocol = "any", alpn = 5})
print((ssl.newcontext{mode = "client", protocol = "any", cafile = "/none"}), (ssl.newcontext{mode = "client", protocol = "any", ciphers = "FOO"}))
local server = socket.bind("127.0.0.1", 0)
local _, port = server:getsockname()
local context = assert(ssl.newcontext{mode = "server", protocol = "any", key = KEY, certificate = CERT, verify = "none"})
print((tostring(context):gsub("0x.*", "")))
-- pair makes both ends, and lets them shake hands step by step
local function pair(params, name, other)
	local c = socket.connect("127.0.0.1", port)
	local a = server:accept()
	local sc, err = ssl.wrap(c, params)
	if not sc then return nil, err end
	local sa = ssl.wrap(a, other or context)
	if name then sc:sni(name) end
	sc:settimeout(0) sa:settimeout(0)
	local okc, oks, errc, errs
	for i = 1, 1e6 do
		if not okc then okc, errc = sc:dohandshake() end
		if not okc and errc ~= "wantread" and errc ~= "wantwrite" then return false, errc, sc, sa end
		if not oks then oks, errs = sa:dohandshake() end
		if not oks and errs ~= "wantread" and errs ~= "wantwrite" then
			if not okc then
				sc:settimeout(5)
				okc, errc = sc:dohandshake()
				if not okc then return false, errc, sc, sa end
			end
			return false, errs, sc, sa
		end
		if okc and oks then return sc, sa end
		socket.sleep(0.0005)
	end
	return nil, "too long"
end
local plain = socket.connect("127.0.0.1", port)
server:accept()
local wrapped = ssl.wrap(plain, {mode = "client", protocol = "any"})
print((tostring(wrapped):gsub("0x.*", "")), plain:getfd(), plain:receive(), wrapped:getfd() > 0)
wrapped:close()
local client = {mode = "client", protocol = "any", verify = "none", options = "all"}
local c, a = pair(client, "localhost")
print(c:info("protocol"), c:info("nothing"), a:getsniname(), c:getalpn())
print(c:getpeercertificate(2), a:getpeercertificate(), #c:getpeerchain(), c:getpeerverification())
print(c:send("hello\nrest"))
socket.select({a}, nil, 5)
print(a:receive(), a:dirty(), a:receive("*a"))
print(a:receive(2))
a:settimeout(0.05)
print(a:receive(2))
local big = ("0123456789"):rep(20000)
c:settimeout(5) a:settimeout(5)
local sent, got = 0, {}
while sent < #big do
	sent = c:send(big, sent + 1, sent + 20000)
	got[#got + 1] = a:receive(20000)
end
print(sent, table.concat(got) == big)
-- bytes that were decrypted make select return at once
c:send(("x"):rep(30000))
socket.select({a}, nil, 5)
print(#a:receive(1), #socket.select({a}, nil, 5), #a:receive(29999))
print(c:close(), a:receive(), a:close(), a:receive())
local c, a = pair({mode = "client", protocol = "tlsv1_2", verify = "none"})
print(c:info("protocol"), c:getpeerverification())
c:close() a:close()
local c, a = pair({mode = "client", protocol = "any", verify = "peer", cafile = CERT}, "other.example")
print(c:getpeerverification())
c:close() a:close()
print((select(2, pair({mode = "client", protocol = "any", verify = "peer"}))))
local c, a = pair({mode = "client", protocol = "any", verify = "none", alpn = {"h2", "http/1.1"}}, nil, {mode = "server", protocol = "any", key = KEY, certificate = CERT})
print(c:getalpn(), a:getalpn())
-- certificates
local x = ssl.loadcertificate(io.open(CERT):read("*a"))
print((tostring(x):gsub("0x.*", "")), x:digest() == x:digest("sha1"), x:digest("foo"))
print(show(x:subject()), show(x:issuer()), show(x:extensions()))
print(x:notbefore():gsub("%d", "0"), x:validat(os.time()), x:validat(0), x:serial() ~= "", x:pem() == io.open(CERT):read("*a"))
print(select(2, x:pubkey()), x:getsignaturename(), x:issued(x), c:getpeercertificate() == x or c:getpeercertificate():digest() == x:digest())
print(ssl.loadcertificate("x"))
