-- WebSocket (RFC 6455): the upgrade, then frames of both sides
--
-- The heads of the upgrade are messages of codec.http. A frame is a table with type:
-- "text", "binary", "ping", "pong", "close" (with code and reason) or "more", payload,
-- and fin = 0 if more follows. The client's frames are masked.

local opcodes = {[0] = "more", [1] = "text", [2] = "binary", [8] = "close", [9] = "ping", [10] = "pong"}
local numbers = {}
for n, name in pairs(opcodes) do numbers[name] = n end

local limit = 16 * 1024 * 1024

local frame = schema{max = limit + 14,
  {"{fin:1 rsv1:1 rsv2:1 rsv3:1 opcode:4}"},
  {"{masked:1 short:7}"},
  {"long", "u16", when = function(m) return m.short == 126 end},
  {"huge", "u64", max = limit, when = function(m) return m.short == 127 end},
  {"mask", "bytes", size = 4, when = "masked"},
  {"payload", "bytes", size = function(m) return m.huge or m.long or m.short end},
}

local reasons = {[1000] = "normal", [1001] = "going away", [1002] = "protocol error", [1003] = "unsupported data",
  [1007] = "invalid data", [1008] = "policy violation", [1009] = "too big", [1010] = "extension needed",
  [1011] = "internal error"}

local function decode(buffer, state)
  local m, rest = frame:decode(buffer)
  if not m then return end
  m.type = opcodes[m.opcode]
  if not m.type then error("byte 0: no opcode " .. m.opcode, 0) end
  if m.opcode >= 8 and (m.fin == 0 or #m.payload > 125) then error("byte 1: a " .. m.type .. " in parts, or of more than 125 bytes", 0) end
  if m.mask then m.payload = xor(m.payload, m.mask) end
  if m.type == "close" and #m.payload >= 2 then
    m.code, m.reason = unpack(">I2", m.payload), m.payload:sub(3)
  end
  m.short, m.long, m.huge, m.opcode = nil
  return m, rest
end

return {
  decode = function(buffer, state)
    local flow = state and state.flow or {frames = true}
    if not flow.frames then
      -- A connection that was joined late begins with a frame, whose first byte is no letter.
      local first = buffer:byte()
      if first and (first < 65 or first > 90) then
        flow.frames = true
      else
        local m, used = codec.http.decode(buffer, state)
        if m and (m.status == 101 or m.method and m.fields.upgrade) then flow.frames = true end
        return m, used
      end
    end
    return decode(buffer, state)
  end,

  -- A message without type is one of codec.http. A client masks what it sends: with
  -- message.mask, or else at random. masked = 0 sends it without a mask.
  encode = function(m, state)
    if not m.type then
      if state then state.flow.frames = true end
      return codec.http.encode(m, state)
    end
    local payload = m.payload or ""
    if m.type == "close" and m.code then payload = pack(">I2", m.code) .. (m.reason or "") end
    local n = #payload
    local masked = m.masked or (state and state.from == "client" or m.mask) and 1 or 0
    local mask = masked == 1 and (m.mask or randombytes(4)) or nil
    return frame:encode{
      fin = m.fin or 1, rsv1 = m.rsv1, rsv2 = m.rsv2, rsv3 = m.rsv3,
      opcode = numbers[m.type] or error("no type of frame " .. inspect(m.type), 0), masked = masked,
      short = n < 126 and n or n < 65536 and 126 or 127, long = n > 125 and n < 65536 and n or nil, huge = n > 65535 and n or nil,
      mask = mask, payload = mask and xor(payload, mask) or payload,
    }
  end,

  show = function(m, state)
    if not m.type then return codec.http.show(m, state) end
    local out = {m.type}
    if m.code then
      out[2] = m.code .. (reasons[m.code] and " " .. reasons[m.code] or "")
      if m.reason ~= "" then out[3] = inspect(m.reason, 200) end
    elseif m.type == "binary" or #m.payload > 0 then
      out[2] = m.rsv1 == 1 and #m.payload .. " bytes, compressed" or inspect(m.payload, 400)
    end
    if m.fin == 0 then out[#out + 1] = "(more follows)" end
    return table.concat(out, " ")
  end,
}
