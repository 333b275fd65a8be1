-- MQTT 3.1.1, against mosquitto.
-- https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html

local address

before_all(function()
  local dir, port = tempdir(), free_port()
  write_file(dir .. "/conf", "listener " .. port .. " 127.0.0.1\nallow_anonymous true\nlog_type none\n")
  exec("mosquitto", "-c", dir .. "/conf", {port = port})
  address = "127.0.0.1:" .. port
end)

-- The first byte of each packet: its type in the upper four bits, flags below.
local CONNECT, CONNACK, PUBLISH, PUBACK = 0x10, 0x20, 0x30, 0x40
local SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 0x82, 0x90, 0xC0, 0xD0
local QOS1, DUP = 0x02, 0x08 -- flags of PUBLISH

-- varint encodes the remaining length: seven bits in each byte, the lowest first.
local function varint(n)
  local bytes = ""
  while n >= 128 do
    bytes = bytes .. string.char(n % 128 + 128)
    n = math.floor(n / 128)
  end
  return bytes .. string.char(n)
end

local function packet(first, body) return string.char(first) .. varint(#body) .. body end

local function read(h, n) return recvexact(h, n, {timeout = 1}) end

-- receive reads a packet: its first byte, and its body.
local function receive(h)
  local first, length, scale = read(h, 1):byte(), 0, 1
  repeat
    local byte = read(h, 1):byte()
    length = length + byte % 128 * scale
    scale = scale * 128
  until byte < 128
  return first, read(h, length)
end

-- answers checks the first byte of the next packet, and returns its body.
local function answers(t, h, want)
  local first, body = receive(h)
  t:eq(first, want, "type and flags")
  return body
end

-- connect_as connects, and returns the handle, and whether the server has a stored
-- session. A will is {topic, message}.
local function connect_as(t, id, keep_session, will)
  local flags, rest = keep_session and 0 or 0x02, ""
  if will then flags, rest = flags + 0x04, pack(">s2s2", will[1], will[2]) end
  local h = dial(address, id)
  send(h, packet(CONNECT, pack(">s2BBI2s2", "MQTT", 4, flags, 60, id) .. rest))
  local present, code = unpack("BB", answers(t, h, CONNACK))
  t:eq(code, 0, "code of CONNACK")
  return h, present == 1
end

local function subscribe(t, h, filter, qos)
  send(h, packet(SUBSCRIBE, pack(">I2s2B", 1, filter, qos)))
  t:eq({unpack(">I2B", answers(t, h, SUBACK))}, {1, qos, 4})
end

-- ping returns when the server has processed everything before it.
local function ping(t, h)
  send(h, packet(PINGREQ, ""))
  t:eq(answers(t, h, PINGRESP), "")
end

test("a message reaches the subscriber", function(t)
  local sub, pub = connect_as(t, "sub"), connect_as(t, "pub")
  subscribe(t, sub, "news/+", 0)
  send(pub, packet(PUBLISH, pack(">s2", "news/today") .. "hello"))
  t:eq(answers(t, sub, PUBLISH), pack(">s2", "news/today") .. "hello")
end)

test("a long message has a remaining length of three bytes", function(t)
  local c, text = connect_as(t, "c"), ("x"):rep(20000)
  subscribe(t, c, "long", 0)
  send(c, packet(PUBLISH, pack(">s2", "long") .. text))
  t:eq(#answers(t, c, PUBLISH), 2 + #"long" + #text)
end)

test("QoS 1 is acknowledged by the packet's identifier", function(t)
  local c = connect_as(t, "c")
  send(c, packet(PUBLISH + QOS1, pack(">s2I2", "news", 77) .. "hello"))
  t:eq(answers(t, c, PUBACK), pack(">I2", 77))
end)

test("QoS 1 without PUBACK comes again after a reconnect", function(t)
  local sub, pub = connect_as(t, "keeper", true), connect_as(t, "pub")
  subscribe(t, sub, "kept", 1)
  send(pub, packet(PUBLISH + QOS1, pack(">s2I2", "kept", 1) .. "hello"))
  local sent = answers(t, sub, PUBLISH + QOS1)
  abort(sub)
  local again, present = connect_as(t, "keeper", true)
  t:ok(present, "the session is kept")
  t:eq(answers(t, again, PUBLISH + QOS1 + DUP), sent)
  local _, id = unpack(">s2I2", sent)
  send(again, packet(PUBACK, pack(">I2", id)))
  ping(t, again)
  close(again)
  ping(t, (connect_as(t, "keeper", true))) -- with nothing before its answer
end)

test("the will of a client that is cut off is published", function(t)
  local sub = connect_as(t, "sub")
  subscribe(t, sub, "wills", 0)
  abort((connect_as(t, "c", false, {"wills", "c is gone"})))
  t:eq(answers(t, sub, PUBLISH), pack(">s2", "wills") .. "c is gone")
end)

test("a malformed packet closes the connection", function(t)
  local malformed = {
    ["a length of five bytes"] = hex.decode("30 ff ff ff ff 01"),
    ["SUBSCRIBE with the wrong flags"] = packet(SUBSCRIBE - 2, pack(">I2s2B", 1, "news", 0)),
    ["QoS 3"] = packet(PUBLISH + 0x06, pack(">s2I2", "news", 1)),
    ["a wildcard in a topic"] = packet(PUBLISH, pack(">s2", "news/#")),
    ["a second CONNECT"] = packet(CONNECT, pack(">s2BBI2s2", "MQTT", 4, 2, 60, "c")),
  }
  for what, bytes in pairs(malformed) do
    t:run(what, function(t)
      local c = connect_as(t, "c")
      send(c, bytes)
      t:closed(c, {timeout = 5})
    end)
  end
end)

-- These tests fail. mosquitto accepts the reserved flags of a PINGREQ (2.2.2 says
-- that it must not), and retransmits only after a reconnect (4.4).
test("PINGREQ with the wrong flags closes the connection", {tags = "failure"}, function(t)
  local c = connect_as(t, "c")
  send(c, packet(PINGREQ + 1, ""))
  t:closed(c, {timeout = 5})
end)

test("QoS 1 without PUBACK comes again in a second", {tags = "failure"}, function(t)
  local sub, pub = connect_as(t, "sub"), connect_as(t, "pub")
  subscribe(t, sub, "news", 1)
  send(pub, packet(PUBLISH + QOS1, pack(">s2I2", "news", 77) .. "hello"))
  answers(t, sub, PUBLISH + QOS1)
  answers(t, sub, PUBLISH + QOS1 + DUP)
end)
