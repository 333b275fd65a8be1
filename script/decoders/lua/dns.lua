-- DNS (RFC 1035): messages over UDP, and over TCP with a length prefix
--
-- A message is {id, qr, opcode, aa, tc, rd, ra, ad, cd, rcode, questions, answers, authorities, additional}:
-- lists of {name, type, class, ttl, data}. The form of data depends on the type; for an unknown type, it is the bytes.

local types = {A = 1, NS = 2, CNAME = 5, SOA = 6, PTR = 12, MX = 15, TXT = 16, AAAA = 28, SRV = 33, OPT = 41, DS = 43,
  RRSIG = 46, NSEC = 47, DNSKEY = 48, SVCB = 64, HTTPS = 65, IXFR = 251, AXFR = 252, ANY = 255, CAA = 257}
local type_names, classes_by_name = {}, {}
local classes = {[1] = "IN", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY"}
for name, n in pairs(types) do type_names[n] = name end
for n, name in pairs(classes) do classes_by_name[name] = n end
local opcodes, rcodes = {[0] = "query", [2] = "status", [4] = "notify", [5] = "update"}, {[0] = "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}
local header = schema{
  {"id", "u16"}, {"{qr:1 opcode:4 aa:1 tc:1 rd:1 ra:1 z:1 ad:1 cd:1 rcode:4}"},
  {"qd", "u16"}, {"an", "u16"}, {"ns", "u16"}, {"ar", "u16"},
}
local function bad(at, ...) error(("byte %d: "):format(at - 1) .. string.format(...), 0) end

-- name returns the name at a position, and the position after it. Each pointer must lead
-- further to the front, so that names end.
local function name(s, at)
  local labels, after, least, length = {}, nil, at, 0
  while true do
    local n = s:byte(at) or bad(at, "the message ends within a name")
    if n == 0 then return #labels > 0 and table.concat(labels, ".") or ".", after or at + 1 end
    if n >= 192 then
      local low = s:byte(at + 1) or bad(at, "the message ends within a name")
      after = after or at + 2
      at = (n - 192) * 256 + low + 1
      if at >= least then bad(at, "a name points to its own bytes, or behind them") end
      least = at
    else
      length = length + n + 1
      if n > 63 or length > 255 or #s < at + n then bad(at, "a label of %d bytes, a name of %d", n, length) end
      labels[#labels + 1], at = (s:sub(at + 1, at + n):gsub("[%.\\]", "\\%0")), at + n + 1
    end
  end
end
local function write_name(text)
  local out = {}
  for label in (text == "." and "" or text):gsub("\\(.)", function(c) return ("\1%03d"):format(c:byte()) end):gmatch("[^%.]+") do
    label = label:gsub("\1(%d%d%d)", function(n) return string.char(tonumber(n)) end)
    if #label > 63 then error("a label of more than 63 bytes: " .. inspect(label, 80), 0) end
    out[#out + 1] = string.char(#label) .. label
  end
  return table.concat(out) .. "\0"
end

-- data of the types that are more than bytes: how it is read and written.
local function a_name(s, at) return (name(s, at)) end
local texts = schema{{"list", {"bytes", prefix = "u8"}, list = true}}
local read = {
  A = function(s, at, n) return n == 4 and ip.text(s:sub(at, at + 3)) or bad(at, "an A of %d bytes", n) end,
  AAAA = function(s, at, n) return n == 16 and ip.text(s:sub(at, at + 15)) or bad(at, "an AAAA of %d bytes", n) end,
  NS = a_name, CNAME = a_name, PTR = a_name,
  TXT = function(s, at, n) return texts:decode(s:sub(at, at + n - 1)).list end,
}
local write = {
  A = ip.bytes, AAAA = ip.bytes,
  NS = write_name, CNAME = write_name, PTR = write_name,
  TXT = function(d) return texts:encode{list = type(d) == "table" and d or {d}} end,
}
for kind, layout in pairs{MX = "2preference name", SRV = "2priority 2weight 2port name", SOA = "name mail 4serial 4refresh 4retry 4expire 4minimum"} do
  read[kind] = function(s, at)
    local d = {}
    for size, field in layout:gmatch("(%d?)(%a+)") do
      if size == "" then d[field], at = name(s, at)
      elseif #s < at + size - 1 then bad(at, "the message ends within a %s", kind)
      else d[field], at = unpack(">I" .. size, s, at) end
    end
    return d
  end
  write[kind] = function(d)
    return (layout:gsub("(%d?)(%a+) ?", function(size, field) return size == "" and write_name(d[field]) or pack(">I" .. size, d[field]) end))
  end
end
local function record(s, at, question)
  local r, kind, class, n = {}
  r.name, at = name(s, at)
  if #s < at + (question and 3 or 9) then bad(at, "the message ends within a record") end
  kind, class = unpack(">I2I2", s, at)
  r.type, r.class = type_names[kind] or kind, kind ~= 41 and classes[class] or class
  if question then return r, at + 4 end
  r.ttl, n, at = unpack(">I4I2", s, at + 4)
  if #s < at + n - 1 then bad(at, "the message ends within the %d bytes of a record", n) end
  r.data = n > 0 and (read[r.type] or function() return s:sub(at, at + n - 1) end)(s, at, n) or ""
  return r, at + n
end
local sections = {{"questions", "qd", true}, {"answers", "an"}, {"authorities", "ns"}, {"additional", "ar"}}
local function decode(s)
  if #s < 12 then bad(1, "a message of %d bytes", #s) end
  local m, at = header:decode(s), 13
  for _, section in ipairs(sections) do
    local list = {}
    for i = 1, m[section[2]] do list[i], at = record(s, at, section[3]) end
    m[section[1]], m[section[2]] = list
  end
  return m, at
end
local function describe(r, question)
  local d = r.data
  if question then return r.name .. " " .. r.type elseif r.type == "OPT" then return "EDNS " .. r.class .. " bytes" end
  if type(d) == "table" and d.name then
    d = d.preference and d.preference .. " " .. d.name or d.port and d.name .. ":" .. d.port or d.name .. " serial " .. tostring(d.serial)
  elseif type(d) == "table" then d = inspect(d):sub(2, -2)
  elseif not read[r.type] then d = inspect(d, 60) end
  return r.name .. " " .. r.type .. " " .. d
end

return {
  decode = function(buffer, state)
    if type(state) ~= "table" or state.datagram then
      return (decode(buffer)), #buffer
    end
    if #buffer < 2 then return end
    local n = unpack(">I2", buffer)
    if n < 12 then bad(1, "a message of %d bytes", n) elseif #buffer < n + 2 then return nil, n + 2 end
    return (decode(buffer:sub(3, n + 2))), n + 2
  end,

  -- A record without class is IN, a question without type is A; rd is 1 for a query.
  encode = function(m, state)
    local out, h = {}, {}
    for k, v in pairs(m) do h[k] = v end
    for _, section in ipairs(sections) do
      h[section[2]] = #(m[section[1]] or {})
      for _, r in ipairs(m[section[1]] or {}) do
        local kind = types[r.type or "A"] or tonumber(r.type) or error("no type " .. inspect(r.type), 0)
        local class = classes_by_name[r.class or "IN"] or tonumber(r.class) or error("no class " .. inspect(r.class), 0)
        out[#out + 1] = write_name(r.name) .. pack(">I2I2", kind, class)
        if not section[3] then out[#out + 1] = pack(">I4s2", r.ttl or 0, r.data == "" and "" or (write[r.type] or tostring)(r.data or "")) end
      end
    end
    h.id, h.rd = h.id or math.random(0, 65535), h.rd or h.qr ~= 1 and 1 or 0
    local s = header:encode(h) .. table.concat(out)
    return (state and not state.datagram) and pack(">s2", s) or s
  end,
  show = function(m)
    local out = {m.qr == 1 and (rcodes[m.rcode] or "rcode " .. m.rcode) or opcodes[m.opcode] or "opcode " .. m.opcode, "id " .. m.id}
    for _, flag in ipairs{"aa", "tc", "ad", "cd"} do out[#out + 1] = m[flag] == 1 and flag or nil end
    for _, section in ipairs(sections) do
      for i, r in ipairs(m[section[1]]) do
        if i > 12 then out[#out + 1] = "... " .. #m[section[1]] - 12 .. " more" break end
        out[#out + 1] = (section[3] and "" or section[1] ~= "answers" and i == 1 and section[1] .. ": " or "") .. describe(r, section[3]) .. (section[3] and #m.answers > 0 and ":" or i < #m[section[1]] and "," or "")
      end
    end
    return table.concat(out, " ")
  end,
}
