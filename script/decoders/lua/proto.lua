-- protobuf without its .proto file: fields by number; on a stream, messages with a length prefix
--
-- A message is a list of {field = 1, type = "varint", value = ...}. The types are
-- varint, i64, i32 (bytes), text, bytes, and message: a list like this one.

local wires = {[0] = "varint", [1] = "i64", [2] = "bytes", [5] = "i32"}
local numbers = {varint = 0, i64 = 1, bytes = 2, text = 2, message = 2, i32 = 5}
local max_depth, max_fields = 16, 10000

local one = {varint = schema{{"v", "leb128"}}, i64 = schema{{"v", "bytes", size = 8}}, i32 = schema{{"v", "bytes", size = 4}},
  bytes = schema{{"v", "bytes", prefix = "leb128"}}}

local fields

-- guess says what bytes are: text, a message, or bytes.
local function guess(s, depth)
  if s ~= "" and not s:find("[%z\1-\8\14-\31\127-\255]") then return "text", s end
  local ok, list = pcall(fields, s, depth + 1)
  if s ~= "" and ok then return "message", list end
  return "bytes", s
end

function fields(s, depth)
  if depth > max_depth then error("byte 0: more than " .. max_depth .. " messages in each other", 0) end
  local list, at = {}, s
  while at ~= "" do
    local before = #s - #at
    local key, rest = one.varint:decode(at)
    if not key then error("byte " .. before .. ": the message ends within a field", 0) end
    local wire = tonumber(key.v % 8)
    local kind, n = wires[wire], tonumber((key.v - wire) / 8)
    if not kind or n == 0 or n > 536870911 then error("byte " .. before .. ": no field " .. n .. " of wire type " .. wire, 0) end
    local m
    m, at = one[kind]:decode(rest)
    if not m then error("byte " .. before .. ": the message ends within field " .. n, 0) end
    if #list >= max_fields then error("byte " .. before .. ": more than " .. max_fields .. " fields", 0) end
    local f = {field = n, type = kind, value = m.v}
    if kind == "bytes" then f.type, f.value = guess(m.v, depth) end
    list[#list + 1] = f
  end
  return list
end

local function encode(list)
  local out = {}
  for _, f in ipairs(list) do
    local wire = numbers[f.type] or error("no type " .. inspect(f.type) .. " (expected varint, i64, i32, bytes, text or message)", 0)
    local kind = wires[wire]
    out[#out + 1] = one.varint:encode{v = f.field * 8 + wire} .. one[kind]:encode{v = f.type == "message" and encode(f.value) or f.value}
  end
  return table.concat(out)
end

local function text(list)
  local out = {}
  for i, f in ipairs(list) do
    if i > 20 then out[i] = "... " .. #list - 20 .. " more" break end
    local v = f.value
    if f.type == "message" then v = "{" .. text(v) .. "}"
    elseif f.type == "i32" then v = ("0x%08x"):format(unpack("<I4", v))
    elseif f.type == "i64" then v = "0x" .. hex.encode(v:reverse())
    elseif f.type ~= "varint" then v = inspect(v, 100)
    end
    out[i] = f.field .. ": " .. tostring(v)
  end
  return table.concat(out, " ")
end

return {
  decode = function(buffer, state)
    if not state or state.datagram then return fields(buffer, 0), #buffer end
    local m, rest = one.bytes:decode(buffer)
    if m then return fields(m.v, 0), rest end
  end,
  encode = function(list, state)
    local s = encode(list)
    return state and not state.datagram and one.bytes:encode{v = s} or s
  end,
  show = function(list) return list[1] and text(list) or "empty" end,
}
