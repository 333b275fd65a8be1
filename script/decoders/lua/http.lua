-- HTTP/1.0 and 1.1 (RFC 9112): requests, responses, bodies, chunks
--
-- A request is {method, target, version, headers, fields, body}, a response {status, reason, version, ...}:
-- headers is a list of {NAME, VALUE}, fields has the values by the lower-case names. For view, a
-- long or chunked body comes as further messages: {part = bytes}.

local max_head, long = 65536, 65536

local function bad(format, ...) error("byte 0: " .. format:format(...), 0) end
local function head(buffer, at)
  local stop, after = buffer:find("\r?\n\r?\n", at)
  if not stop and #buffer > max_head then bad("a head of more than %d bytes", max_head) end
  if stop then return buffer:sub(at, stop - 1), after + 1 end
end
local function headers(lines, m)
  m.headers, m.fields = {}, {}
  for line in lines:gmatch("[^\r\n]+") do
    local name, value = line:match("^([^%s:]+):%s*(.-)%s*$")
    m.headers[#m.headers + 1] = {name or bad("bad header %s", inspect(line, 60)), value}
    m.fields[name:lower()] = m.fields[name:lower()] and m.fields[name:lower()] .. ", " .. value or value
  end
end

-- chunk returns the chunk at a position, and the position after it; the last is empty.
local function chunk(buffer, at)
  local size, after = buffer:match("^(%x+)[^\r\n]*\r?\n()", at)
  if not size and (#buffer - at > 200 or not buffer:match("^%x*[^\n]*$", at) or buffer:match("^[^%x]", at)) then
    bad("bad chunk %s", inspect(buffer:sub(at, at + 20)))
  elseif not size then return end
  local n = #size < 9 and tonumber(size, 16) or bad("a chunk of 0x%s bytes", size:sub(1, 20))
  if n == 0 then
    local stop = buffer:match("^\r?\n()", after) or select(2, head(buffer, after)) -- trailers
    return stop and "", stop
  end
  if #buffer < after + n then return nil, after + n end
  local stop = buffer:match("^\r?\n()", after + n)
  if not stop and (#buffer > after + n or buffer:byte(after + n) ~= 13) then bad("no end of line after a chunk of %d bytes", n) end
  return stop and buffer:sub(after, after + n - 1), stop
end

-- start reads a head; m.length, m.chunked and m.to_end say how the body ends.
local function start(buffer, state)
  local server = buffer:match("^HTTP/") or state.from == "server"
  if server and ("HTTP/"):sub(1, #buffer) ~= buffer:sub(1, 5) or not server and not buffer:match("^[%a_-]+ ") and not buffer:match("^[%a_-]*$") then
    bad("%s begins no %s", inspect(buffer:sub(1, 20)), server and "response" or "request")
  end
  local text, at = head(buffer, 1)
  if not text then return end
  local m, first, lines = {}, text:match("^([^\r\n]*)\r?\n?(.*)$")
  m.method, m.target, m.version = first:match("^(%S+) (%S+) HTTP/(%d%.%d)$")
  if not m.method then
    m.version, m.status, m.reason = first:match("^HTTP/(%d%.%d) (%d%d%d) ?(.*)$")
    m.status = tonumber(m.status) or bad("bad first line %s", inspect(first, 80))
  end
  headers(lines, m)
  local asked, length = nil, m.fields["content-length"]
  if not m.status then
    if #state.asked < 1000 then table.insert(state.asked, m.method) end
  elseif m.status >= 200 or m.status == 101 then
    asked = table.remove(state.asked, 1)
  end
  if m.status == 101 or asked == "CONNECT" and m.status and m.status < 300 then
    state.upgraded = true
  elseif m.status and (m.status < 200 or m.status == 204 or m.status == 304 or asked == "HEAD") then
  elseif (m.fields["transfer-encoding"] or ""):lower():match("chunked%s*$") then
    m.chunked = true
  elseif length then
    m.length = #length < 15 and length:match("^%d+$") and tonumber(length) or bad("bad content-length %s", inspect(length, 40))
  elseif m.status then
    m.to_end = true
  end
  return m, at
end
local function decode(buffer, state)
  local flow = state.flow
  if flow.left then -- the next part of a long body
    local n = math.min(flow.left, long)
    if #buffer < n then return nil, n end
    flow.left = flow.left > n and flow.left - n or nil
    return {part = buffer:sub(1, n), last = not flow.left}, n
  elseif flow.chunks then
    local data, after = chunk(buffer, 1)
    if not data then return nil, after end
    flow.chunks = data ~= "" or nil
    return {part = data, last = data == ""}, after - 1
  elseif flow.to_end then
    return {part = buffer}, #buffer
  elseif state.upgraded then
    error("the connection no longer speaks HTTP", 0)
  end
  state.asked = state.asked or {} -- methods of requests that have no response yet
  local before = {unpack(state.asked)}
  local m, at = start(buffer, state)
  if not m then return end
  if state.parts and (m.chunked or m.to_end or (m.length or 0) > long) then
    flow.chunks, flow.to_end, flow.left = m.chunked, m.to_end, m.length
    return m, at - 1
  end
  local body, after = "", at
  if m.chunked then
    local chunks, data = {}
    repeat
      data, after = chunk(buffer, after)
      chunks[#chunks + 1] = data
    until not data or data == ""
    body = data and table.concat(chunks)
  elseif m.length then
    body, after = #buffer >= at + m.length - 1 and buffer:sub(at, at + m.length - 1), at + m.length
  elseif m.to_end then
    body, after = state.ended and buffer:sub(at), #buffer + 1
  end
  if not body then state.asked = before return nil, after and after - 1 end
  m.body = body
  return m, after - 1
end

return {
  decode = function(buffer, state) return decode(buffer, state or {flow = {}, ended = true}) end,

  -- headers may be a list of {NAME, VALUE} or a table by name. content-length is added;
  -- with chunked = true the body is one chunk.
  encode = function(m, state)
    if m.part then return m.part == "" and "0\r\n\r\n" or ("%x\r\n%s\r\n"):format(#m.part, m.part) end
    local lines, has = {}, {}
    local function add(name, value) has[name:lower()] = true lines[#lines + 1] = name .. ": " .. value end
    for k, v in pairs(m.headers or {}) do if type(k) == "number" then add(v[1], v[2]) else add(k, v) end end
    local body = m.body or ""
    if m.chunked then
      if not has["transfer-encoding"] then add("Transfer-Encoding", "chunked") end
      body = (body ~= "" and ("%x\r\n%s\r\n"):format(#body, body) or "") .. "0\r\n\r\n"
    elseif not has["content-length"] and (#body > 0 or (m.status or 0) >= 200 and m.status ~= 204 and m.status ~= 304) then
      add("Content-Length", #body)
    end
    table.insert(lines, 1, m.status and ("HTTP/%s %d %s"):format(m.version or "1.1", m.status, m.reason or "") or
      ("%s %s HTTP/%s"):format(m.method or "GET", m.target or "/", m.version or "1.1"))
    return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
  end,
  show = function(m)
    local function bytes(n) return n .. (n == 1 and " byte" or " bytes") end
    if m.part then return m.part == "" and "last chunk" or "... " .. bytes(#m.part) .. " " .. inspect(m.part, 100) end
    local out = {m.status and ("HTTP/%s %d %s"):format(m.version, m.status, m.reason):gsub(" $", "") or ("%s %s HTTP/%s"):format(m.method, m.target, m.version)}
    for _, name in ipairs{"host", "content-type", "location", "upgrade"} do
      out[#out + 1] = m.fields[name] and name .. "=" .. m.fields[name] or nil
    end
    if m.body and m.body ~= "" then out[#out + 1] = bytes(#m.body) .. " " .. inspect(m.body, 200) end
    if not m.body then out[#out + 1] = m.length and bytes(m.length) .. " follow" or m.chunked and "chunks follow" or "the body follows" end
    return table.concat(out, " ")
  end,
}
