-- Redis: RESP, versions 2 and 3, and inline commands
-- (https://redis.io/docs/latest/develop/reference/protocol-spec/)
--
-- A value is what Lua has for it: a string, a number, true, false, a list. What Lua
-- has not is a table with a field type: {type = "error", text = ...}, "null", "map",
-- "set", "push", "verbatim", "status". A command of a client is a list of strings.

local max_items, max_depth = 100000, 32

local function bad(at, ...) error(("byte %d: "):format(at - 1) .. string.format(...), 0) end

-- line returns the text from at up to CRLF, and the position after it.
local function line(s, at)
  local stop = s:find("\r\n", at, true)
  if stop then return s:sub(at, stop - 1), stop + 2 end
  if #s - at > 65536 then bad(at, "a line of more than 65536 bytes") end
end

local function count(text, at, most)
  local n = text:match("^-?%d+$") and tonumber(text)
  return n and n >= -1 and n <= most and n or bad(at, "bad length %q", text:sub(1, 20))
end

local value

local function list(s, at, n, depth)
  local items = {}
  for i = 1, n do
    items[i], at = value(s, at, depth + 1)
    if items[i] == nil then return end
  end
  return items, at
end

local kinds = {}

for sign, name in pairs{["+"] = "status", ["-"] = "error", ["("] = "big"} do
  kinds[sign] = function(text, s, at) return {type = name, text = text}, at end
end
kinds["_"] = function(text, s, at) return {type = "null"}, at end

kinds[":"] = function(text, s, at)
  if not text:match("^[+-]?%d+$") then bad(at, "bad integer %q", text:sub(1, 30)) end
  return (#text < 16 and tonumber(text) or int64(text)), at
end

kinds[","] = function(text, s, at)
  local n = ({inf = math.huge, ["-inf"] = -math.huge, nan = 0 / 0})[text] or tonumber(text)
  if not n then bad(at, "bad number %q", text:sub(1, 30)) end
  return {type = "double", value = n}, at
end

kinds["#"] = function(text, s, at)
  if text ~= "t" and text ~= "f" then bad(at, "bad boolean %q", text:sub(1, 20)) end
  return text == "t", at
end

local function bulk(text, s, at)
  local n = count(text, at, 512 * 1024 * 1024)
  if n < 0 then return {type = "null"}, at elseif #s < at + n + 1 then return nil, at + n + 1 end
  if s:sub(at + n, at + n + 1) ~= "\r\n" then bad(at + n, "no CRLF after %d bytes", n) end
  return s:sub(at, at + n - 1), at + n + 2
end
kinds["$"] = bulk

for sign, name in pairs{["="] = "verbatim", ["!"] = "error"} do
  kinds[sign] = function(text, s, at)
    local v, after = bulk(text, s, at)
    if type(v) ~= "string" then return v, after end
    return sign == "!" and {type = name, text = v} or {type = name, format = v:sub(1, 3), text = v:sub(5)}, after
  end
end

kinds["*"] = function(text, s, at, depth)
  local n = count(text, at, max_items)
  if n < 0 then return {type = "null"}, at end
  return list(s, at, n, depth)
end

for sign, name in pairs {["~"] = "set", [">"] = "push", ["%"] = "map", ["|"] = "attribute"} do
  kinds[sign] = function(text, s, at, depth)
    local n = count(text, at, max_items)
    local items, after = list(s, at, (sign == "%" or sign == "|") and 2 * n or n, depth)
    if items then return {type = name, items = items}, after end
  end
end

-- value returns the value at a position, and the position after it; without a value,
-- the length that is needed, if that is known.
function value(s, at, depth)
  if depth > max_depth then bad(at, "more than %d lists in each other", max_depth) end
  if at > #s then return end
  local kind = kinds[s:sub(at, at)] or bad(at, "%q begins no value", s:sub(at, at))
  local text, after = line(s, at + 1)
  if text then return kind(text, s, after, depth) end
end

local function write(v, out, as_command)
  if type(v) == "string" then
    out[#out + 1] = "$" .. #v .. "\r\n" .. v .. "\r\n"
  elseif type(v) == "number" and as_command then
    write(tostring(v), out)
  elseif type(v) == "boolean" then
    out[#out + 1] = v and "#t\r\n" or "#f\r\n"
  elseif type(v) ~= "table" then
    out[#out + 1] = ":" .. tostring(v) .. "\r\n"
  elseif v.items then
    local sign = ({set = "~", push = ">", map = "%", attribute = "|"})[v.type] or error("no such type " .. tostring(v.type), 0)
    out[#out + 1] = sign .. ((sign == "%" or sign == "|") and #v.items / 2 or #v.items) .. "\r\n"
    for _, item in ipairs(v.items) do write(item, out) end
  elseif v.type then
    local form = ({status = "+%s\r\n", error = "-%s\r\n", null = "_\r\n", double = ",%s\r\n", big = "(%s\r\n"})[v.type]
    if v.type == "verbatim" then
      form, v = "=" .. #v.text + 4 .. "\r\n" .. v.format .. ":%s\r\n", {text = v.text}
    end
    out[#out + 1] = (form or error("no such type " .. tostring(v.type), 0)):format(v.text or v.value)
  else
    out[#out + 1] = "*" .. #v .. "\r\n"
    for _, item in ipairs(v) do write(item, out, as_command) end
  end
end

local function text(v, depth)
  if type(v) == "string" then return inspect(v, 400) end
  if type(v) ~= "table" then return tostring(v) end
  if v.type == "null" then return "null" end
  if v.text then return (v.type == "error" and "error " or "") .. v.text end
  if v.value then return tostring(v.value) end
  local items, parts = v.items or v, {}
  for i, item in ipairs(items) do
    if i > 20 then parts[i] = "... " .. #items - 20 .. " more" break end
    parts[i] = text(item, depth + 1)
  end
  return (v.type and v.type .. " " or "") .. "[" .. table.concat(parts, ", ") .. "]"
end

return {
  decode = function(buffer, state)
    if state and state.from == "client" and not kinds[buffer:sub(1, 1)] then -- an inline command
      local inline, after = line(buffer, 1)
      if not inline then return end
      local words = {}
      for word in inline:gmatch("%S+") do words[#words + 1] = word end
      return words, after - 1
    end
    local v, after = value(buffer, 1, 0)
    if v == nil then return nil, after end
    return v, after - 1
  end,

  -- A table without a field type, such as {"SET", "key", 1}, is a command.
  encode = function(message)
    local out = {}
    write(message, out, true)
    return table.concat(out)
  end,

  show = function(v, state)
    if state and state.from == "client" and type(v) == "table" and not v.type and #v > 0 then
      local words = {}
      for i = 1, math.min(#v, 20) do
        local word = type(v[i]) == "string" and v[i] or text(v[i], 0)
        words[i] = word:match("^[%w%p]+$") and word or text(word, 0)
      end
      return table.concat(words, " ") .. (#v > 20 and " ... " .. #v - 20 .. " more" or "")
    end
    return text(v, 0)
  end,
}
