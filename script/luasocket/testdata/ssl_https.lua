-- Requests of HTTPS.
local https, ltn12, http = require "ssl.https", require "ltn12", require "socket.http"
print(https.PORT, https.TIMEOUT, type(https.tcp{mode = "client", protocol = "any"}))
local base = "https://127.0.0.1:" .. HTTPS_PORT
local function show(body, code, headers, status)
	local o = {}
	for k, v in pairs(headers or {}) do o[#o + 1] = k .. "=" .. v end
	table.sort(o)
	print(body, code, table.concat(o, "; "), status)
end
show(https.request(base .. "/"))
show(https.request(base .. "/chunked"))
show(https.request(base .. "/moved"))
show(https.request(base .. "/echo", "a=1"))
local t = {}
show(https.request{url = base .. "/closed", sink = ltn12.sink.table(t), verify = "none"})
print(table.concat(t))
show(https.request{url = base .. "/", verify = "peer", cafile = CERT, protocol = "tlsv1_2"})
print((https.request{url = base .. "/", verify = "peer"}))
print(https.request("https://127.0.0.1:1/"))
print(https.request{url = base, redirect = true})
print(https.request{url = base, proxy = "http://x"})
print(https.request{url = base, create = print})
show(http.request(base .. "/"))
