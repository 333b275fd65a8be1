-- HTTP/1.1 against nginx: where a message ends, and which requests it refuses.
-- https://www.rfc-editor.org/rfc/rfc9112

local address

-- One process, so that it has the rights of the user who runs the tests. With
-- info in place of warn, it logs why it refuses a request.
local conf = [[
  daemon off;
  master_process off;
  pid nginx.pid;
  error_log stderr warn;
  events {}
  http {
    access_log off;
    server_tokens off;
    default_type text/html;
    client_body_temp_path body;
    client_header_timeout 500ms;
    server {
      listen 127.0.0.1:PORT;
      root .;
      absolute_redirect off;
      location / { dav_methods PUT; }
      location = /hello { return 200 "hello"; }
      location = /page { ssi on; }
    }
  }
]]

before_all(function()
  local dir, port = tempdir(), free_port()
  write_file(dir .. "/conf", (conf:gsub("PORT", port)))
  write_file(dir .. "/page", '<p><!--#include virtual="/hello" --></p>')
  exec("nginx", "-p", dir, "-e", "stderr", "-c", "conf", {port = port})
  address = "127.0.0.1:" .. port
end)

local c
before(function() c = dial(address) end)

-- A chunk is its size in hex, CR LF, that many bytes, and CR LF. The last chunk is
-- empty.
local chunk = {
  decode = function(buffer)
    local size, start = buffer:match("^(%x+)[^\r\n]*\r\n()")
    if not size then return end
    local stop = start + tonumber(size, 16)
    if #buffer > stop then return buffer:sub(start, stop - 1), stop + 1 end
  end,
  encode = function(data) return ("%x\r\n%s\r\n"):format(#data, data) end,
}

-- request joins a first line, header lines, and an empty line.
local function request(line, ...)
  return table.concat({line .. " HTTP/1.1", "Host: test", ...}, "\r\n") .. "\r\n\r\n"
end

-- response reads a response: a table with status, fields (names in lower case) and body.
local function response(h)
  local status = expect(h, "^HTTP/1.1 (%d%d%d) .-\r\n", {timeout = 2})
  local r = {status = tonumber(status), fields = {}, body = ""}
  for line in frames(h, "crlf", {timeout = 2}) do
    if line == "" then break end
    local name, value = line:match("^(.-): *(.*)$")
    r.fields[name:lower()] = value
  end
  if r.fields["transfer-encoding"] ~= "chunked" then
    r.body = recvexact(h, tonumber(r.fields["content-length"] or 0), {timeout = 2})
    return r
  end
  for data in frames(h, chunk, {timeout = 2}) do
    if data == "" then break end
    r.body = r.body .. data
  end
  return r
end

test("a connection is kept for the next request", function(t)
  for i = 1, 2 do
    send(c, request("GET /hello"))
    t:eq(response(c).body, "hello")
  end
end)

test("pipelined requests are answered in order", function(t)
  send(c, request("GET /hello") .. request("GET /missing") .. request("GET /hello"))
  t:eq({response(c).status, response(c).status, response(c).status}, {200, 404, 200})
end)

test("a body whose length is not known comes in chunks", function(t)
  send(c, request("GET /page"))
  local r = response(c)
  t:eq(r.fields["content-length"], nil)
  t:eq(r.body, "<p>hello</p>")
end)

test("the chunks of a request are one body", function(t)
  send(c, request("PUT /words", "Transfer-Encoding: chunked"))
  for _, data in ipairs{"some ", "words", ""} do send_frame(c, data, chunk) end
  t:eq(response(c).status, 201)
  send(c, request("GET /words"))
  t:eq(response(c).body, "some words")
end)

-- If two servers disagree where a request ends, a client can smuggle a request past
-- the first one. So an ambiguous request must be refused, and all data after it.
local doubtful = {
  {"Content-Length beside Transfer-Encoding", "Content-Length: 5", "Transfer-Encoding: chunked"},
  {"Content-Length twice", "Content-Length: 5", "Content-Length: 0"},
  {"a Content-Length with a sign", "Content-Length: +5"},
  {"a blank before the colon", "Transfer-Encoding : chunked"},
  {"a field that goes on on a second line", "Transfer-Encoding:", " chunked"},
}
for _, case in ipairs(doubtful) do
  test(case[1] .. " is refused", function(t)
    send(c, request("PUT /doubtful", unpack(case, 2)) .. "0\r\n\r\n" .. request("GET /hello"))
    t:eq(response(c).status, 400)
    t:closed(c, {timeout = 2})
  end)
end

test("a line of the head may end in a bare LF", function(t)
  send(c, (request("GET /hello"):gsub("\r", "")))
  t:eq(response(c).body, "hello")
end)

test("a head that comes byte by byte is one", function(t)
  send(c, request("GET /hello"), {chunk = 1, delay = 0.001})
  t:eq(response(c).body, "hello")
end)

test("a head that does not end in time ends the connection", function(t)
  send(c, request("GET /hello"), {cut = 30})
  t:closed(c, {timeout = 2})
end)

-- Where nginx differs from the RFCs.
test("a head that does not end in time is answered with 408", {tags = "failure"}, function(t)
  send(c, request("GET /hello"), {cut = 30})
  t:eq(response(c).status, 408)
end)

test("a chunk's size that ends in a bare LF is refused", {tags = "failure"}, function(t)
  send(c, request("PUT /bare", "Transfer-Encoding: chunked") .. "5\nwords\r\n0\r\n\r\n")
  t:eq(response(c).status, 400)
end)
