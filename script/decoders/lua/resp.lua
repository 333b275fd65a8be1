-- Redis: RESP, versions 2 and 3, and inline commands
--
-- A value is a Lua value where there is one: a string, a number, true, false, a list. Any
-- other value is a table with a field type: "status", "error", "big" (with text), "null",
-- "double" (value), "verbatim" (format, text), "map", "set", "push", "attribute" (items).
-- A command of a client is a list of strings.

local max_items, max_depth = 100000, 32

local function bad(at, ...) error(("byte %d: "):format(at - 1) .. string.format(...), 0) end

-- A reader has the bytes so far in s. It runs in a coroutine, which yields while bytes
-- are missing: nothing is read twice. line reads up to CRLF, and returns the position after.
local function line(r, at)
  local from = at
  local stop = r.s:find("\r\n", from, true)
  while not stop do
    if #r.s - at > 65536 then bad(at, "a line of more than 65536 bytes") end
    from = math.max(at, #r.s)
    coroutine.yield()
    stop = r.s:find("\r\n", from, true)
  end
  return r.s:sub(at, stop - 1), stop + 2
end
local function count(text, at, most)
  local n = text:match("^-?%d+$") and tonumber(text)
  return n and n >= -1 and n <= most and n or bad(at, "bad length %q", text:sub(1, 20))
end
local value
local kinds = {}
for sign, name in pairs{["+"] = "status", ["-"] = "error", ["("] = "big"} do
  kinds[sign] = function(r, text, at) return {type = name, text = text}, at end
end
kinds["_"] = function(r, text, at) return {type = "null"}, at end
kinds[":"] = function(r, text, at)
  if not text:match("^[+-]?%d+$") then bad(at, "bad integer %q", text:sub(1, 30)) end
  return #text < 16 and tonumber(text) or int64(text), at
end
kinds[","] = function(r, text, at)
  local n = ({inf = math.huge, ["-inf"] = -math.huge, nan = 0 / 0})[text] or tonumber(text)
  return {type = "double", value = n or bad(at, "bad number %q", text:sub(1, 30))}, at
end
kinds["#"] = function(r, text, at)
  return text == "t" or text ~= "f" and bad(at, "bad boolean %q", text:sub(1, 20)), at
end
kinds["$"] = function(r, text, at)
  local n = count(text, at, 512 * 1024 * 1024)
  if n < 0 then return {type = "null"}, at end
  while #r.s < at + n + 1 do coroutine.yield(nil, at + n + 1) end
  if r.s:sub(at + n, at + n + 1) ~= "\r\n" then bad(at + n, "no CRLF after %d bytes", n) end
  return r.s:sub(at, at + n - 1), at + n + 2
end
for sign, name in pairs{["="] = "verbatim", ["!"] = "error"} do
  kinds[sign] = function(r, text, at)
    local v, after = kinds["$"](r, text, at)
    if type(v) ~= "string" then return v, after end
    return sign == "!" and {type = name, text = v} or {type = name, format = v:sub(1, 3), text = v:sub(5)}, after
  end
end
local signs = {set = "~", push = ">", map = "%", attribute = "|"}
for name, sign in pairs(signs) do
  kinds[sign] = function(r, text, at, depth)
    local n = count(text, at, max_items)
    local items, after = kinds["*"](r, tostring((name == "map" or name == "attribute") and 2 * n or n), at, depth)
    return {type = name, items = items}, after
  end
end
kinds["*"] = function(r, text, at, depth)
  local n, items = count(text, at, max_items), {}
  if n < 0 then return {type = "null"}, at end
  for i = 1, n do items[i], at = value(r, at, depth + 1) end
  return items, at
end

-- value returns the value at a position, and the position after it.
function value(r, at, depth)
  if depth > max_depth then bad(at, "more than %d lists in each other", max_depth) end
  while at > #r.s do coroutine.yield() end
  local kind = kinds[r.s:sub(at, at)] or bad(at, "%s begins no value", inspect(r.s:sub(at, at)))
  local text, after = line(r, at + 1)
  return kind(r, text, after, depth)
end
local function inline(r)
  local words, text, after = {}, line(r, 1)
  for word in text:gmatch("%S+") do words[#words + 1] = word end
  return words, after
end
local forms = {status = "+%s\r\n", error = "-%s\r\n", null = "_\r\n", double = ",%s\r\n", big = "(%s\r\n"}
local function write(v, out, command)
  local function add(...) out[#out + 1] = string.format(...) end
  if type(v) == "string" or command and type(v) == "number" then
    v = tostring(v)
    out[#out + 1] = "$" .. #v .. "\r\n" .. v .. "\r\n"
  elseif type(v) == "boolean" then add(v and "#t\r\n" or "#f\r\n")
  elseif type(v) ~= "table" then add(":%s\r\n", tostring(v))
  elseif v.type == "verbatim" then add("=%d\r\n%s:%s\r\n", #v.text + 4, v.format, v.text)
  elseif v.type and not v.items then add(forms[v.type] or error("no type " .. inspect(v.type), 0), v.text or v.value)
  else
    local items, sign = v.items or v, v.type and (signs[v.type] or error("no type " .. inspect(v.type), 0)) or "*"
    add("%s%d\r\n", sign, (v.type == "map" or v.type == "attribute") and #items / 2 or #items)
    for _, item in ipairs(items) do write(item, out, command and not v.type) end
  end
end

local function text(v)
  if type(v) == "string" then return inspect(v, 400) elseif type(v) ~= "table" then return tostring(v) end
  if v.type == "null" then return "null" elseif v.value then return tostring(v.value) end
  if v.text then return (v.type == "error" and "error " or "") .. v.text end
  local items, parts = v.items or v, {}
  for i, item in ipairs(items) do
    parts[i] = i > 20 and "... " .. #items - 20 .. " more" or text(item)
    if i > 20 then break end
  end
  return (v.type and v.type .. " " or "") .. "[" .. table.concat(parts, ", ") .. "]"
end

return {
  decode = function(buffer, state)
    local flow = state and state.flow or {}
    if not flow.read then
      local command = state and state.from == "client" and not kinds[buffer:sub(1, 1)]
      flow.reader = {s = buffer}
      flow.read = coroutine.wrap(function() return (command and inline or value)(flow.reader, 1, 0) end)
    end
    flow.reader.s = buffer
    local v, after = flow.read()
    if v == nil then return nil, after end
    flow.read = nil
    return v, after - 1
  end,

  -- A table without a field type, such as {"SET", "key", 1}, is a command.
  encode = function(message, state)
    local out = {}
    write(message, out, type(message) == "table" and not (state and state.from == "server"))
    return table.concat(out)
  end,

  show = function(v, state)
    if not (state and state.from == "client" and type(v) == "table" and not v.type and #v > 0) then return text(v) end
    local words = {}
    for i = 1, math.min(#v, 20) do
      local word = type(v[i]) == "string" and v[i] or text(v[i])
      words[i] = word:match("^[%w%p]+$") and word or text(word)
    end
    return table.concat(words, " ") .. (#v > 20 and " ... " .. #v - 20 .. " more" or "")
  end,
}
