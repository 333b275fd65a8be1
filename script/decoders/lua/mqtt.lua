-- MQTT 3.1.1 and 5 (OASIS standards)
--
-- A message is a table with type = "PUBLISH" and the fields of that packet; the version
-- is that of the CONNECT on the same connection, 4 (3.1.1) or 5.

local names = {"CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK",
  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"}
local numbers = {}
for i, name in ipairs(names) do numbers[name] = i end
numbers.PING = 12

local text = {"bytes", prefix = "u16"}

local property = schema{
  {"name", "leb128", enum = {
    [1] = "payload_format", [2] = "expiry", [3] = "content_type", [8] = "response_topic", [9] = "correlation",
    [11] = "subscription", [17] = "session_expiry", [18] = "client_id", [19] = "keep_alive", [21] = "auth_method",
    [22] = "auth_data", [23] = "request_problem", [24] = "will_delay", [25] = "request_response",
    [26] = "response_information", [28] = "server", [31] = "reason", [33] = "receive_maximum",
    [34] = "topic_alias_maximum", [35] = "topic_alias", [36] = "maximum_qos", [37] = "retain_available", [38] = "user",
    [39] = "maximum_packet", [40] = "wildcards", [41] = "subscription_ids", [42] = "shared_subscriptions"}},
  {"value", switch = "name", cases = {
    payload_format = "u8", request_problem = "u8", request_response = "u8", maximum_qos = "u8", retain_available = "u8",
    wildcards = "u8", subscription_ids = "u8", shared_subscriptions = "u8",
    keep_alive = "u16", receive_maximum = "u16", topic_alias_maximum = "u16", topic_alias = "u16",
    expiry = "u32", session_expiry = "u32", will_delay = "u32", maximum_packet = "u32", subscription = "leb128",
    content_type = text, response_topic = text, correlation = text, client_id = text, auth_method = text,
    auth_data = text, response_information = text, server = text, reason = text,
    user = {{"key", text}, {"value", text}}}},
}

-- packets returns the schema of all packets of a version.
local function packets(version)
  local v5 = version == 5 or nil
  -- with returns fields, and those of version 5 in their place, or without them.
  local function with(list)
    local out = {}
    for _, f in ipairs(list) do
      if not f.v5 then out[#out + 1] = f elseif v5 then f.v5 = nil out[#out + 1] = f end
    end
    return out
  end
  local function properties(more)
    local f = {"properties", property, list = true, prefix = "mqtt", v5 = true}
    for k, v in pairs(more or {}) do f[k] = v end
    return f
  end
  local function connected5(m) return m.protocol_version == 5 end
  local function will5(m) return m.protocol_version == 5 and m.will == 1 end
  local acknowledged = with{{"id", "u16"}, {"reason", "u8", optional = true, v5 = true}, properties{optional = true}}
  local ended = with{{"reason", "u8", optional = true, v5 = true}, properties{optional = true}}
  local options = {{"filter", text}, {"{_:2 retain_handling:2 retain_as_published:1 no_local:1 qos:2}"}}
  local cases = {
    {
      {"protocol", "bytes", prefix = "u16", default = "MQTT"}, {"protocol_version", "u8", default = 4},
      {"{user_flag:1 password_flag:1 will_retain:1 will_qos:2 will:1 clean:1 _:1}"}, {"keep_alive", "u16", default = 0},
      {"properties", property, list = true, prefix = "mqtt", when = connected5}, {"client", "bytes", prefix = "u16", default = ""},
      {"will_properties", property, list = true, prefix = "mqtt", when = will5},
      {"will_topic", "bytes", prefix = "u16", when = "will"}, {"will_payload", "bytes", prefix = "u16", when = "will"},
      {"user", "bytes", prefix = "u16", when = "user_flag"}, {"password", "bytes", prefix = "u16", when = "password_flag"},
    },
    with{{"{_:7 session:1}"}, {"reason", "u8", default = 0}, properties()},
    with{{"topic", text}, {"id", "u16", when = "qos"}, properties(), {"payload", "bytes", default = ""}},
    acknowledged, acknowledged, acknowledged, acknowledged,
    with{{"id", "u16"}, properties(), {"filters", options, list = true}},
    with{{"id", "u16"}, properties(), {"reasons", "u8", list = true}},
    with{{"id", "u16"}, properties(), {"filters", text, list = true}},
    with{{"id", "u16"}, properties(), {"reasons", "u8", list = true, v5 = true}},
    {}, {}, ended, ended,
  }
  return schema{{"{type:4 dup:1 qos:2 retain:1}"}, {switch = "type", prefix = "mqtt", cases = cases}}
end

local versions = {[4] = packets(4), [5] = packets(5)}
local function packet(state) return versions[state and state.version or 4] end

local reasons = {[0] = "success", [4] = "disconnect with will", [16] = "no matching subscribers", [17] = "no subscription",
  [24] = "continue authentication", [25] = "re-authenticate"}
for i, reason in ipairs{"unspecified error", "malformed packet", "protocol error", "implementation error",
  "unsupported protocol version", "client identifier not valid", "bad user name or password", "not authorized",
  "server unavailable", "server busy", "banned", "server shutting down", "bad authentication method", "keep alive timeout",
  "session taken over", "topic filter invalid", "topic name invalid", "packet identifier in use",
  "packet identifier not found", "receive maximum exceeded", "topic alias invalid", "packet too large",
  "message rate too high", "quota exceeded", "administrative action", "payload format invalid", "retain not supported",
  "qos not supported", "use another server", "server moved", "shared subscriptions not supported",
  "connection rate exceeded", "maximum connect time", "subscription identifiers not supported", "wildcards not supported",
} do reasons[127 + i] = reason end
local refusals = {[0] = "accepted", "unacceptable protocol version", "identifier rejected", "server unavailable",
  "bad user name or password", "not authorized"}

local function setVersion(m, state)
  if m.type == "CONNECT" and state then state.version = m.protocol_version == 5 and 5 or 4 end
end

return {
  decode = function(buffer, state)
    local m, rest = packet(state):decode(buffer)
    if not m then return end
    m.type = names[m.type]
    setVersion(m, state)
    return m, rest
  end,

  encode = function(message, state)
    local m = {}
    for k, v in pairs(message) do m[k] = v end
    local name = tostring(m.type):upper()
    m.type = numbers[name] or error("no packet " .. inspect(message.type) .. " (expected " .. table.concat(names, ", ") .. ")", 0)
    if name == "SUBSCRIBE" or name == "UNSUBSCRIBE" or name == "PUBREL" then m.qos = 1 end -- reserved bits
    if name == "PUBLISH" and (m.qos or 0) > 0 then m.id = m.id or 1 end
    if name == "CONNECT" then
      m.will, m.user_flag, m.password_flag = m.will_topic and 1 or 0, m.user and 1 or 0, m.password and 1 or 0
      if m.clean == nil then m.clean = 1 end
      setVersion({type = "CONNECT", protocol_version = m.protocol_version}, state)
    end
    return packet(state):encode(m)
  end,

  show = function(m, state)
    local out = {m.type}
    local function add(format, value) if value ~= nil then out[#out + 1] = format:format(value) end end
    local function quoted(v) return v and inspect(v, 100) end
    if m.type == "PUBLISH" then out[2], out[3] = inspect(m.topic, 200):match('^"(%S*)"$') or inspect(m.topic, 200), inspect(m.payload, 400) end
    add("client %s", quoted(m.client))
    add("version %s", m.protocol_version == 4 and "3.1.1" or m.protocol_version)
    add("keep-alive %d", m.keep_alive)
    if m.will == 1 then add("will %s", quoted(m.will_topic) .. " " .. quoted(m.will_payload)) end
    add("user %s", quoted(m.user))
    if m.reason then add("%s", (m.type == "CONNACK" and not (state and state.version == 5) and refusals or reasons)[m.reason] or m.reason) end
    if m.session == 1 then add("session present") end
    if m.type == "PUBLISH" then add("qos %d", m.qos) end
    if m.dup == 1 then add("dup", 1) end
    if m.type == "PUBLISH" and m.retain == 1 then add("retain", 1) end
    for _, f in ipairs(m.filters or {}) do add("%s", type(f) == "table" and inspect(f.filter, 100) .. " qos " .. f.qos or inspect(f, 100)) end
    for _, r in ipairs(m.reasons or {}) do add("%s", r < 3 and m.type == "SUBACK" and "qos " .. r or reasons[r] or r) end
    add("id %d", m.id)
    for _, p in ipairs(m.properties or {}) do
      add("%s", p.name .. "=" .. (type(p.value) == "table" and inspect(p.value.key, 60) .. ":" .. inspect(p.value.value, 60) or inspect(p.value, 60)))
    end
    return table.concat(out, " ")
  end,
}
