local smtp = require "socket.smtp"
local socket, ltn12, mime = require "socket", require "ltn12", require "mime"
print(smtp.SERVER, smtp.PORT, smtp.TIMEOUT, smtp.DOMAIN, smtp.ZONE, socket.smtp == smtp)
local function send(t)
	t.server, t.port = "127.0.0.1", SMTP_PORT
	print(smtp.send(t))
end
send{from = "<a@example.org>", rcpt = "<b@example.org>", source = ltn12.source.string("Subject: x\r\n\r\n.dot\r\nline\r\n..two")}
send{from = "<a@example.org>", rcpt = {"<b@example.org>", "<c@example.org>"}, source = smtp.message{headers = {Subject = "hello", FROM = "me"}, body = "text"}, domain = "me.example"}
send{from = "<a@example.org>", rcpt = {"<b@example.org>", "<refused@example.org>"}, source = ltn12.source.empty()}
send{from = "<a@example.org>", rcpt = "<b@example.org>", source = ltn12.source.string("x"), user = "user", password = "secret"}
send{from = "<a@example.org>", rcpt = "<b@example.org>", source = ltn12.source.string("x"), user = "other", password = "secret"}
print(smtp.send{from = "<a>", rcpt = "<b>", server = "127.0.0.1", port = 1, source = ltn12.source.empty()})
-- messages
local function text(t)
	local o = {}
	local src = smtp.message(t)
	while true do
		local chunk, err = src()
		if not chunk then o[#o + 1] = err break end
		o[#o + 1] = chunk
	end
	local s = table.concat(o):gsub("\r", "")
	s = s:gsub("Date: [^\n]*", "Date: masked")
	local bounds, n = {}, 0
	s = s:gsub("%d+==%d+", function(b)
		if not bounds[b] then n = n + 1 bounds[b] = "BOUND" .. n end
		return bounds[b]
	end)
	return (s:gsub("([^\n]+:[^\n]*\n)([^\n]+:[^\n]*\n[^\n]*:?[^\n]*\n?)", function(a, b) return a .. b end))
end
local function sorted(s)
	local head, body = s:match("^(.-)\n\n(.*)$")
	local lines = {}
	for l in (head .. "\n"):gmatch("(.-)\n") do lines[#lines + 1] = l end
	table.sort(lines)
	return table.concat(lines, "\n") .. "\n\n" .. body
end
print(sorted(text{headers = {subject = "s"}, body = "plain"}))
print(sorted(text{headers = {["content-type"] = "text/html", date = "given", ["x-mailer"] = "own"}, body = ltn12.source.string("from a source")}))
print(sorted(text{body = {preamble = "pre", epilogue = "post", {body = "one"}, {headers = {["Content-Type"] = "image/png"}, body = ltn12.source.chain(ltn12.source.string("\1\2\3"), mime.encode("base64"))}}}))
print(sorted(text{body = {{body = {{body = "inner"}}}}}))
print(text{headers = {a = "b"}, body = ltn12.source.error("broken")}:match("broken"))
