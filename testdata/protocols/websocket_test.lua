-- WebSocket (RFC 6455), both client and server.

-- A frame's length has 7 bits; 126 means that 16 bits follow, 127 that 64 bits do.
local head = struct("> {fin:1 rsv:3 opcode:4} {masked:1 length:7}")
local TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA

local websocket = {
  decode = function(buffer)
    local r = cursor(buffer)
    local m = r:unpack(head)
    if m.length == 126 then m.length = r:unpack(">I2") elseif m.length == 127 then m.length = r:unpack(">J") end
    local key = m.masked == 1 and r:take(4)
    local data = r:take(tonumber(m.length))
    return {opcode = m.opcode, masked = key ~= false, data = key and xor(data, key) or data}, r:at() - 1
  end,
  encode = function(m)
    local n, long, key = #m.data, "", ""
    if n > 65535 then n, long = 127, pack(">J", n) elseif n > 125 then n, long = 126, pack(">I2", n) end
    if m.masked then key = randombytes(4) end
    local data = m.masked and xor(m.data, key) or m.data
    return head:pack{fin = 1, rsv = 0, opcode = m.opcode, masked = m.masked or 0, length = n} .. long .. key .. data
  end,
}

local function accept_key(key)
  return base64.encode(hash.sha1(key .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
end

-- The server echoes texts, and answers a ping.
local function server(c)
  local request = recv_frame(c, "head")
  local key = request:match("Sec%-WebSocket%-Key: (%S+)")
  send_frame(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " .. accept_key(key), "head")
  for m in frames(c, websocket) do
    if not m.masked or m.opcode == CLOSE then return send_frame(c, {opcode = CLOSE, data = pack(">I2", m.masked and 1000 or 1002)}, websocket) end
    send_frame(c, {opcode = m.opcode == PING and PONG or m.opcode, data = m.data}, websocket)
  end
end

local address

before_all(function() address = serve("127.0.0.1:0", server):getsockname() end)

local function upgraded(t)
  local c, key = dial(address, "c"), base64.encode(randombytes(16))
  send_frame(c, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " .. key .. "\r\nSec-WebSocket-Version: 13", "head")
  local response = recv_frame(c, "head", {timeout = 2})
  t:match(response, "^HTTP/1.1 101 ")
  t:contains(response, "Sec-WebSocket-Accept: " .. accept_key(key))
  return c
end

test("the key of the RFC", function(t)
  t:eq(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
end)

test("texts of every form of length come back", function(t)
  local c = upgraded(t)
  for _, n in ipairs{0, 1, 125, 126, 65535, 65536, 300000} do
    local text = ("x"):rep(n)
    send_frame(c, {opcode = TEXT, masked = true, data = text}, websocket)
    local m = recv_frame(c, websocket, {timeout = 5})
    t:eq(m.opcode, TEXT)
    t:ok(m.data == text, n .. " bytes")
    t:ok(not m.masked, "a server does not mask")
  end
end)

test("frames that come byte by byte", function(t)
  local c = upgraded(t)
  c:send(websocket.encode{opcode = PING, masked = true, data = "are you there?"}, {chunk = 1})
  t:eq(recv_frame(c, websocket, {timeout = 5}), {opcode = PONG, masked = false, data = "are you there?"})
end)

test("a frame without a mask is a protocol error", function(t)
  local c = upgraded(t)
  send_frame(c, {opcode = TEXT, data = "clear"}, websocket)
  local m = recv_frame(c, websocket, {timeout = 5})
  t:eq(unpack(">I2", m.data), 1002)
  t:closed(c, {timeout = 5})
end)

-- This test fails, to show a failure: the RFC's example of an unmasked frame.
test("a server's frame is masked", {tags = "failure"}, function(t)
  t:eq(websocket.decode(hex.decode("810548656c6c6f")), {opcode = TEXT, masked = true, data = "Hello"})
end)
