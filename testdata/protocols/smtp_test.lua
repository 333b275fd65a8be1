-- SMTP (RFC 5321), against OpenSMTPD's smtpd, which needs root. The tests are on both
-- sides of it: they are the client that submits mail, and the next hop to which smtpd
-- sends it, over STARTTLS (RFC 3207).

local address

-- Mails received by the next hop: tables with tls and text.
local delivered = channel(10)

local function next_hop(h)
  send(h, "220 hop.example.org\r\n")
  for line in frames(h, "crlf") do
    local verb = line:match("^%a+")
    if verb == "EHLO" then
      send(h, "250-hop.example.org\r\n250 STARTTLS\r\n")
    elseif verb == "STARTTLS" then
      send(h, "220 go ahead\r\n")
      starttls(h, {server = true})
    elseif verb == "DATA" then
      send(h, "354 the mail\r\n")
      delivered:send({tls = info(h).tls, text = recvuntil(h, "\r\n.\r\n")})
      send(h, "250 taken\r\n")
    else
      send(h, "250 ok\r\n")
    end
  end
end

before_all(function()
  local dir, port = tempdir(), free_port()
  local _, _, hop = getsockname(serve("127.0.0.1:0", next_hop))
  local made = exec("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.example.org",
    "-addext", "subjectAltName=DNS:mx.example.org", "-keyout", dir .. "/key.pem", "-out", dir .. "/cert.pem")
  assert(made:wait() == 0, made:output())
  write_file(dir .. "/conf", table.concat({
    'pki mx.example.org cert "' .. dir .. '/cert.pem"',
    'pki mx.example.org key "' .. dir .. '/key.pem"',
    "listen on 127.0.0.1 port " .. port .. " tls pki mx.example.org hostname mx.example.org",
    'action "hop" relay host "smtp+tls://127.0.0.1:' .. hop .. '" tls no-verify',
    'match from any for domain "example.org" action "hop"',
    "",
  }, "\n"))
  -- -F: it logs to syslog. The queue is in memory, so that no mail outlives it.
  -- Another smtpd may be running: the control socket is in a /run of its own, where that can be.
  exec("sh", "-c", [[smtpd="smtpd -F -B queue=ram -f $0"
    unshare -m sh -c "mount -t tmpfs none /run" 2>/dev/null && exec unshare -m sh -c "mount -t tmpfs none /run && exec $smtpd"
    exec $smtpd]], dir .. "/conf", {port = port})
  address = "127.0.0.1:" .. port
end)

-- reply reads a reply: its code, and the text of its lines. smtpd greets a client
-- after it has looked up its name; that takes 5 seconds if DNS does not answer.
local function reply(h)
  local code, more, text
  local lines = {}
  repeat
    code, more, text = expect(h, "^(%d%d%d)([ %-])(.-)\r\n", {timeout = 15})
    lines[#lines + 1] = text
  until more == " "
  return tonumber(code), lines
end

local c
before(function(t)
  c = dial(address)
  t:eq(reply(c), 220)
end)

local function command(line)
  send(c, line .. "\r\n")
  return reply(c)
end

-- envelope starts a mail, up to the point where its text may follow.
local function envelope(t)
  t:eq(command("EHLO client.example.org"), 250)
  t:eq(command("MAIL FROM:<ann@example.com>"), 250)
  t:eq(command("RCPT TO:<bob@example.org>"), 250)
  t:eq(command("DATA"), 354)
end

test("EHLO lists what the server can do", function(t)
  local code, lines = command("EHLO client.example.org")
  t:eq(code, 250)
  local list = table.concat(lines, "\n")
  t:match(list, "^mx%.example%.org ")
  t:match(list, "\n8BITMIME")
  t:match(list, "\nSTARTTLS")
end)

test("HELO is answered by one line", function(t)
  local code, lines = command("HELO client.example.org")
  t:eq({code, #lines}, {250, 1})
end)

test("a mail reaches the next hop, over TLS and with its dots", {timeout = 30}, function(t)
  envelope(t)
  t:eq(command("Subject: dots\r\n\r\n..one\r\n...two\r\n."), 250)
  local mail = delivered:recv({timeout = 15})
  t:ok(mail.tls, "TLS to the next hop")
  t:match(mail.text, "^Received: from client%.example%.org ")
  t:match(mail.text, "\r\n\r\n%.%.one\r\n%.%.%.two\r\n%.\r\n$")
end)

test("commands in the wrong order are refused", function(t)
  t:eq(command("MAIL FROM:<ann@example.com>"), 503, "before EHLO")
  t:eq(command("EHLO client.example.org"), 250)
  t:eq(command("RCPT TO:<bob@example.org>"), 503, "before MAIL")
  t:eq(command("MAIL FROM:<ann@example.com>"), 250)
  t:eq(command("DATA"), 503, "before RCPT")
end)

test("mail for strangers is not relayed", function(t)
  t:eq(command("EHLO client.example.org"), 250)
  t:eq(command("MAIL FROM:<ann@example.com>"), 250)
  t:eq(command("RCPT TO:<eve@example.net>"), 550)
end)

test("RSET forgets the sender", function(t)
  t:eq(command("EHLO client.example.org"), 250)
  t:eq(command("MAIL FROM:<ann@example.com>"), 250)
  t:eq(command("RSET"), 250)
  t:eq(command("RCPT TO:<bob@example.org>"), 503)
end)

test("a command that is too long is refused", function(t)
  t:eq(command(("x"):rep(3000)), 500)
end)

test("STARTTLS makes the session a new one", function(t)
  t:todo("the smtpd of Debian 12 fails the handshake: it lost its private key to OpenSSL 3")
  t:eq(command("EHLO client.example.org"), 250)
  t:eq(command("STARTTLS"), 220)
  starttls(c, {verify = false})
  t:eq(command("MAIL FROM:<ann@example.com>"), 503, "before the second EHLO")
end)

-- These tests fail: smtpd accepts only one command at a time (no pipelining, RFC
-- 2920), and accepts a lone newline as the end of a line (RFC 5321, 2.3.8).
test("commands may be sent at once", {tags = "failure"}, function(t)
  t:eq(command("EHLO client.example.org"), 250)
  send(c, "MAIL FROM:<ann@example.com>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n")
  t:eq(reply(c), 250, "MAIL")
  t:eq(reply(c), 250, "RCPT")
end)

test("a newline alone ends no command", {tags = "failure"}, function(t)
  send(c, "NOOP\n")
  t:quiet(c, 2)
end)
