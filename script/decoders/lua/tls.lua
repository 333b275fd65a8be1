-- TLS records and handshakes (RFC 5246, 8446): names, versions, ALPN, alerts; nothing is decrypted
--
-- A message is a record: {type = "handshake", version, handshakes = {...}}, {type =
-- "alert", level, description}, or others with their bytes as data.

local types = {[20] = "change_cipher_spec", [21] = "alert", [22] = "handshake", [23] = "application_data", [24] = "heartbeat"}
local versions = {[0x300] = "SSL 3.0", [0x301] = "TLS 1.0", [0x302] = "TLS 1.1", [0x303] = "TLS 1.2", [0x304] = "TLS 1.3"}
local alerts = {[0] = "close_notify", [10] = "unexpected_message", [20] = "bad_record_mac", [22] = "record_overflow",
  [40] = "handshake_failure", [42] = "bad_certificate", [43] = "unsupported_certificate", [44] = "certificate_revoked",
  [45] = "certificate_expired", [46] = "certificate_unknown", [47] = "illegal_parameter", [48] = "unknown_ca",
  [49] = "access_denied", [50] = "decode_error", [51] = "decrypt_error", [70] = "protocol_version",
  [71] = "insufficient_security", [80] = "internal_error", [86] = "inappropriate_fallback", [90] = "user_canceled",
  [109] = "missing_extension", [110] = "unsupported_extension", [112] = "unrecognized_name",
  [115] = "unknown_psk_identity", [116] = "certificate_required", [120] = "no_application_protocol"}
local handshakes = {[0] = "hello_request", [1] = "client_hello", [2] = "server_hello", [4] = "new_session_ticket",
  [8] = "encrypted_extensions", [11] = "certificate", [12] = "server_key_exchange", [13] = "certificate_request",
  [14] = "server_hello_done", [15] = "certificate_verify", [16] = "client_key_exchange", [20] = "finished",
  [22] = "certificate_status", [24] = "key_update"}
local ciphers = {[0x1301] = "TLS_AES_128_GCM_SHA256", [0x1302] = "TLS_AES_256_GCM_SHA384", [0x1303] = "TLS_CHACHA20_POLY1305_SHA256",
  [0xc02b] = "ECDHE-ECDSA-AES128-GCM-SHA256", [0xc02c] = "ECDHE-ECDSA-AES256-GCM-SHA384", [0xc02f] = "ECDHE-RSA-AES128-GCM-SHA256",
  [0xc030] = "ECDHE-RSA-AES256-GCM-SHA384", [0xcca8] = "ECDHE-RSA-CHACHA20-POLY1305", [0xcca9] = "ECDHE-ECDSA-CHACHA20-POLY1305"}

local extension_names = {[0] = "server_name", [10] = "groups", [13] = "signature_algorithms", [16] = "alpn", [43] = "versions", [51] = "key_share"}
local alpn = {{"list", {"bytes", prefix = "u8"}, prefix = "u16", list = true}}

-- extensions returns the field of the extensions of a hello.
local function extensions(of_versions)
  return {"extensions", {
    {"type", "u16", enum = extension_names},
    {"value", prefix = "u16", switch = "type", otherwise = "bytes", cases = {
      server_name = {{"list", {{"kind", "u8"}, {"name", "bytes", prefix = "u16"}}, prefix = "u16", list = true, optional = true}},
      groups = {{"list", "u16", prefix = "u16", list = true}}, signature_algorithms = {{"list", "u16", prefix = "u16", list = true}},
      alpn = alpn, versions = of_versions}},
  }, prefix = "u16", list = true, optional = true}
end

local random = {"random", "bytes", size = 32}
local bodies = {
  client_hello = schema{{"version", "u16"}, random, {"session", "bytes", prefix = "u8"}, {"ciphers", "u16", prefix = "u16", list = true},
    {"compressions", "u8", prefix = "u8", list = true}, extensions{{"list", "u16", prefix = "u8", list = true}}},
  server_hello = schema{{"version", "u16"}, random, {"session", "bytes", prefix = "u8"}, {"cipher", "u16"},
    {"compression", "u8"}, extensions{{"version", "u16"}}},
}
local handshake = schema{{"type", "u8", enum = handshakes}, {"body", prefix = "u24", switch = "type", otherwise = "bytes", cases = bodies}}
local record = schema{{"type", "u8", enum = types}, {"version", "u16", min = 0x300, max = 0x304}, {"data", "bytes", prefix = "u16"}}
local alert = schema{{"level", "u8", enum = {"warning", "fatal"}}, {"description", "u8", enum = alerts}}

-- unfold turns a record's bytes into what they are, if they are not encrypted. A
-- handshake in several records is that of the last.
local function unfold(m, flow)
  if m.type == "change_cipher_spec" then flow.encrypted = true end
  if m.type == "alert" and #m.data == 2 and not flow.encrypted then
    local a = alert:decode(m.data)
    m.level, m.description, m.data = a.level, a.description
  elseif m.type == "handshake" and not flow.encrypted then
    local before = flow.part
    local rest = (before or "") .. m.data
    if #rest > 262144 then error("byte 5: a handshake of more than 256 KiB", 0) end
    m.handshakes = {}
    while rest ~= "" do
      local h, after = handshake:decode(rest)
      if not h then break end
      m.handshakes[#m.handshakes + 1], rest = h, after
    end
    flow.part = rest ~= "" and rest or nil
    if not flow.part and not before then m.data = nil end
  end
end

local function named(names, n) return names[n] or ("0x%04x"):format(n) end

local function hello(h)
  local out, b, version = {h.type}, h.body
  for _, e in ipairs(b.extensions or {}) do
    local v = e.value
    if e.type == "server_name" and v.list and v.list[1] then table.insert(out, 2, inspect(v.list[1].name, 100):match('^"(.*)"$'))
    elseif e.type == "alpn" then
      local names = {}
      for i, p in ipairs(v.list) do names[i] = inspect(p, 30):match('^"(.*)"$') end
      out[#out + 1] = "alpn " .. table.concat(names, ",")
    elseif e.type == "versions" then
      version = v.version and named(versions, v.version)
      for _, n in ipairs(v.list or {}) do
        if versions[n] then version = (version and version .. "," or "") .. versions[n] end
      end
    end
  end
  out[#out + 1] = version or named(versions, b.version)
  out[#out + 1] = b.cipher and named(ciphers, b.cipher) or #b.ciphers .. " ciphers"
  return table.concat(out, " ")
end

return {
  decode = function(buffer, state)
    if not types[buffer:byte()] then error(("byte 0: no record of type %d"):format(buffer:byte()), 0) end
    local m, rest = record:decode(buffer)
    if not m then return end
    if #m.data > 16640 then error(("byte 3: a record of %d bytes (expected at most 16640)"):format(#m.data), 0) end
    unfold(m, state and state.flow or {})
    return m, rest
  end,

  encode = function(m, state)
    local data = m.data
    if not data and m.type == "alert" then data = alert:encode(m) end
    if not data and m.handshakes then
      data = ""
      for _, h in ipairs(m.handshakes) do data = data .. handshake:encode(h) end
    end
    if m.type == "change_cipher_spec" and state then state.flow.encrypted = true end
    return record:encode{type = m.type, version = m.version or 0x303, data = data}
  end,

  show = function(m)
    if m.level then return "alert " .. m.level .. " " .. m.description end
    local out = {}
    for i, h in ipairs(m.handshakes or {}) do
      out[i] = (h.type == "client_hello" or h.type == "server_hello") and hello(h) or h.type .. " " .. #h.body .. " bytes"
    end
    if out[1] then return table.concat(out, ", ") end
    local n = m.data and #m.data or 0
    return m.type == "handshake" and (m.handshakes and "part of a handshake, " or "encrypted handshake, ") .. n .. " bytes" or
      m.type == "change_cipher_spec" and m.type or ("%s%s, %d bytes"):format(m.type == "alert" and "encrypted " or "", m.type, n)
  end,
}
