-- DNS over UDP and over TCP, against dnsmasq.
-- https://www.rfc-editor.org/rfc/rfc1035

local A, CNAME, TXT = 1, 5, 16
local FORMERR, NXDOMAIN, NOTIMP, REFUSED = 1, 3, 4, 5
local recursion_desired, response, status_request = 0x0100, 0x8000, 0x1000 -- of the flags

local port
local long = {("x"):rep(200), ("y"):rep(200), ("z"):rep(200)} -- together more than a datagram holds

before_all(function()
  port = free_port()
  exec("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
    "--listen-address=127.0.0.1", "--bind-interfaces", "--port=" .. port, "--local=/test/",
    "--host-record=host.test,192.0.2.1", "--cname=alias.test,host.test",
    "--txt-record=long.test," .. table.concat(long, ","), {line = "cleared cache"}) -- the last that it says at its start
end)

local c
before(function() c = dial("udp://127.0.0.1:" .. port) end)

-- Over TCP, each message has its length before it.
local framing = {length = ">I2"}

-- A name is a list of labels, each after its length; an empty label ends it.
local function pack_name(name)
  return (name:gsub("([^.]+)%.?", function(label) return pack("s1", label) end)) .. "\0"
end

-- query returns a message with one question, for a record of class IN.
local function query(name, kind, flags)
  local header = pack(">I2 I2 I2 I2 I2 I2", 0x1234, flags or recursion_desired, 1, 0, 0, 0)
  return header .. pack_name(name) .. pack(">I2 I2", kind, 1)
end

-- unpack_name reads the name at a position, and returns the position after it. A
-- pointer can replace the last labels; it leads to another copy of them. It must
-- point backwards, so that pointers can't form a circle.
local function unpack_name(message, at)
  local labels, start, after = {}, at, nil
  while true do
    local length = message:byte(at) or error("a name goes on behind the end")
    if length == 0 then
      return table.concat(labels, "."), after or at + 1
    elseif length >= 0xC0 then
      local target = unpack(">I2", message, at) - 0xC000 + 1
      if target >= start then error("a pointer does not point backwards") end
      after = after or at + 2
      start, at = target, target
    else
      labels[#labels + 1], at = unpack("s1", message, at)
    end
  end
end

-- Decoders for the data of a record by type, from bytes between two positions.
local says = {
  [A] = function(message, from) return table.concat({message:byte(from, from + 3)}, ".") end,
  [CNAME] = function(message, from) return (unpack_name(message, from)) end,
  [TXT] = function(message, from, to)
    local texts = {}
    while from < to do texts[#texts + 1], from = unpack("s1", message, from) end
    return texts
  end,
}

-- decode converts a message to a table, with the name and the data of each answer.
local function decode(message)
  local id, flags, questions, answers, _, _, at = unpack(">I2 I2 I2 I2 I2 I2", message)
  local m = {id = id, rcode = bit.band(flags, 15), truncated = bit.band(flags, 0x0200) ~= 0}
  for _ = 1, questions do
    m.question, at = unpack_name(message, at)
    at = at + 4 -- its kind and class
  end
  for i = 1, answers do
    local name, kind, size, _
    name, at = unpack_name(message, at)
    kind, _, _, size, at = unpack(">I2 I2 I4 I2", message, at)
    m[i] = {name, says[kind](message, at, at + size)}
    at = at + size
  end
  return m
end

-- ask sends a query over UDP, and returns the answer.
local function ask(...)
  send(c, query(...))
  return decode((recv(c, {timeout = 2})))
end

test("the answer has the id and the question of the query", function(t)
  t:eq(ask("host.test", A), {id = 0x1234, rcode = 0, truncated = false, question = "host.test", {"host.test", "192.0.2.1"}})
end)

test("an alias comes with what it stands for", function(t)
  local m = ask("alias.test", A)
  t:eq({m[1], m[2]}, {{"alias.test", "host.test"}, {"host.test", "192.0.2.1"}})
end)

test("a name is found in capitals, and they are kept", function(t)
  t:eq(ask("HOST.test", A)[1], {"HOST.test", "192.0.2.1"})
end)

test("a name that is missing in its own zone does not exist", function(t)
  t:eq(ask("missing.test", A).rcode, NXDOMAIN)
end)

test("a name of another zone is refused", function(t)
  t:eq(ask("example.org", A).rcode, REFUSED)
end)

test("what is too long for a datagram is truncated, and whole over TCP", function(t)
  t:eq(ask("long.test", TXT).truncated, true)
  local tcp = dial("127.0.0.1:" .. port)
  send_frame(tcp, query("long.test", TXT), framing)
  t:eq(decode(recv_frame(tcp, framing))[1], {"long.test", long})
end)

test("a connection takes several queries, byte by byte too", function(t)
  local tcp = dial("127.0.0.1:" .. port)
  local q = pack(">s2", query("host.test", A))
  send(tcp, q .. q, {chunk = 1, delay = 0.0005})
  for _ = 1, 2 do t:eq(decode(recv_frame(tcp, framing))[1][2], "192.0.2.1") end
end)

test("a query that is cut gets no answer", function(t)
  send(c, query("host.test", A), {cut = 20})
  t:quiet(c)
end)

test("a response gets no answer", function(t)
  send(c, query("host.test", A, response))
  t:quiet(c)
end)

test("the decoder refuses a name that points to itself", function(t)
  local loop = pack(">I2 I2 I2 I2 I2 I2 I2", 1, response, 1, 0, 0, 0, 0xC000 + 12)
  t:error(function() decode(loop) end, "does not point backwards")
end)

-- RFC 1035 defines answers for these, which dnsmasq does not send.
test("a query that is cut is answered with FORMERR", {tags = "failure"}, function(t)
  send(c, query("host.test", A), {cut = 20})
  t:eq(decode((recv(c, {timeout = 0.2}))).rcode, FORMERR, "rcode")
end)

test("an opcode that is not served is answered with NOTIMP", {tags = "failure"}, function(t)
  t:eq(ask("host.test", A, status_request).rcode, NOTIMP, "rcode")
end)
