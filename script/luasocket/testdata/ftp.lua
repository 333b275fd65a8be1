local ftp = require "socket.ftp"
local socket, ltn12 = require "socket", require "ltn12"
print(ftp.TIMEOUT, ftp.USER, ftp.PASSWORD, socket.ftp == ftp)
local base = "ftp://127.0.0.1:" .. FTP_PORT
print(ftp.get(base .. "/dir/a%20file;type=i"))
print(ftp.get("ftp://me:secret@127.0.0.1:" .. FTP_PORT .. "/x;type=a"))
print(ftp.get("ftp://me:wrong@127.0.0.1:" .. FTP_PORT .. "/x"))
print(ftp.get(base .. "/missing"))
print(ftp.get(base .. "/x;type=q"))
print(ftp.get("http://x/"))
print(ftp.get("ftp:///x"))
print(ftp.put(base .. "/up", "some data"))
local t = {}
print(ftp.get{host = "127.0.0.1", port = FTP_PORT, command = "nlst", argument = "dir", sink = ltn12.sink.table(t)}, table.concat(t))
print(ftp.put{host = "127.0.0.1", port = FTP_PORT, command = "appe", argument = "log", source = ltn12.source.string("more"), type = "i"})
print(ftp.command{host = "127.0.0.1", port = FTP_PORT, command = "dele", argument = "x", check = 200})
print(ftp.command{host = "127.0.0.1", port = FTP_PORT, command = {"rnfr", "rnto"}, argument = {"a", "b"}, check = {200, 350}})
print(ftp.command{host = "127.0.0.1", port = FTP_PORT})
print(ftp.get("ftp://127.0.0.1:1/x"))
-- tp
local tp = require "socket.tp"
print(tp.TIMEOUT, socket.tp == tp, tp.connect("127.0.0.1", 1))
local c = tp.connect("127.0.0.1", SMTP_PORT)
print(c:check("2.."))
print(c:command("noop"))
print(c:check{"3..", "2.."})
print(c:command("ehlo", "me"))
print(c:check("3.."))
print(c:command("noop"), c:check(function(code, reply) return code, reply end))
print(c:getfd() >= 0, c:dirty(), c:getcontrol():getfd() == c:getfd(), (c:getpeername()))
print(c:send("noop\r\n"), c:receive())
print(c:source(ltn12.source.string("noop\r\n")), c:receive(), c:close())
