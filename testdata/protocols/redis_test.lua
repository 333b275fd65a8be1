-- RESP, the protocol of Redis, against redis-server.
-- https://redis.io/docs/latest/develop/reference/protocol-spec/

local address

before_all(function()
  local port = free_port()
  exec("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", {line = "Ready to accept connections"})
  address = "127.0.0.1:" .. port
end)

local c
before(function() c = dial(address) end)

-- A command is an array of bulk strings.
local function command(...)
  local parts = {"*" .. select("#", ...) .. "\r\n"}
  for _, word in ipairs{...} do
    parts[#parts + 1] = "$" .. #word .. "\r\n" .. word .. "\r\n"
  end
  return table.concat(parts)
end

-- reply reads a reply: a string, a number, a table, nil, or {err = text}.
local function reply(h)
  local kind, rest = expect(h, "^([%+%-:%$%*])(.-)\r\n", {timeout = 2})
  if kind == "+" then return rest end
  if kind == "-" then return {err = rest} end
  if kind == ":" then return tonumber(rest) end
  local n = tonumber(rest)
  if n < 0 then return nil end
  if kind == "$" then return (recvexact(h, n + 2):sub(1, -3)) end
  local list = {}
  for i = 1, n do list[i] = reply(h) end
  return list
end

test("ping", function(t)
  send(c, command("PING"))
  t:eq(reply(c), "PONG")
end)

test("binary values are kept", function(t)
  local value = "a\r\n\0\255b"
  send(c, command("SET", "key", value))
  t:eq(reply(c), "OK")
  send(c, command("GET", "key"))
  t:eq(reply(c), value)
end)

test("an unknown command is refused", function(t)
  send(c, command("NONSENSE"))
  t:match(reply(c).err, "^ERR unknown command")
end)

test("pipelining: replies come in order", function(t)
  send(c, command("DEL", "n") .. command("INCR", "n") .. command("INCR", "n") .. command("MGET", "n", "missing"))
  reply(c)
  t:eq({reply(c), reply(c), reply(c)}, {1, 2, {"2"}})
end)

test("publish reaches the subscriber", function(t)
  local sub = dial(address)
  send(sub, command("SUBSCRIBE", "news"))
  t:eq(reply(sub), {"subscribe", "news", 1})
  send(c, command("PUBLISH", "news", "hello"))
  t:eq(reply(c), 1)
  t:eq(reply(sub), {"message", "news", "hello"})
  t:quiet(sub)
end)

test("a command that comes in pieces is one", function(t)
  send(c, command("ECHO", "hello"), {chunk = 3, delay = 0.001})
  t:eq(reply(c), "hello")
end)

test("a command that is cut gets no answer", function(t)
  send(c, command("ECHO", "hello"), {cut = 12})
  t:quiet(c)
  shutdown(c)
  t:closed(c, {timeout = 2})
end)

test("a length that is no number ends the connection", function(t)
  send(c, "*1\r\n$x\r\n")
  t:eq(reply(c), {err = "ERR Protocol error: invalid bulk length"})
  t:closed(c, {timeout = 2})
end)

-- These tests fail, to show failures: PING answers PONG; GET of a list is an error.
test("ping gives back its message", {tags = "failure"}, function(t)
  send(c, command("PING"))
  t:eq(reply(c), "hello")
end)

test("GET of a list", {tags = "failure"}, function(t)
  send(c, command("DEL", "list") .. command("RPUSH", "list", "a", "b") .. command("GET", "list"))
  t:eq({reply(c), reply(c), reply(c)}, {0, 2, {"a", "b"}})
end)
