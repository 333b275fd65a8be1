-- socket.url: parses and builds URLs (RFC 2396), as LuaSocket does.
local string, table, math = string, table, math
local tonumber, ipairs, pairs, type = tonumber, ipairs, pairs, type
local socket = require("socket")

local url = { _VERSION = "URL 1.0.3" }
socket.url = url

local function coded(format)
	return function(c) return string.format(format, string.byte(c)) end
end

function url.escape(s)
	return (string.gsub(s, "[^%w_]", coded("%%%02x")))
end

function url.unescape(s)
	return (string.gsub(s, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- pathEscape codes what may not stand in a segment of a path.
local function pathEscape(s)
	return (string.gsub(s, "[^%w%-_%.!~%*'%(%):@&=%+$,]", coded("%%%02X")))
end

-- take removes the match of a pattern from the text, and returns the rest and the captures.
local function take(text, pattern)
	local first, last, a, b = string.find(text, pattern)
	if not first then return text end
	return string.sub(text, 1, first - 1) .. string.sub(text, last + 1), a, b
end

function url.parse(text, default)
	local parsed = {}
	for k, v in pairs(default or parsed) do parsed[k] = v end
	if not text or text == "" then return nil, "invalid url" end
	local function set(name, pattern)
		local rest, value = take(text, pattern)
		text = rest
		if value then parsed[name] = value end
	end
	set("scheme", "^([%w][%w%+%-%.]*):")
	set("authority", "^//([^/]*)")
	set("fragment", "#(.*)$")
	set("query", "%?(.*)")
	set("params", ";(.*)")
	if text ~= "" then parsed.path = text end
	local authority = parsed.authority
	if not authority then return parsed end
	local userinfo, port
	authority, userinfo = take(authority, "^([^@]*)@")
	parsed.userinfo = userinfo or parsed.userinfo
	authority, port = take(authority, ":([^:%]]*)$")
	parsed.port = port or parsed.port
	if authority ~= "" then
		parsed.host = string.match(authority, "^%[(.+)%]$") or authority
	end
	userinfo = parsed.userinfo
	if not userinfo then return parsed end
	local user, password = take(userinfo, ":([^:]*)$")
	parsed.password = password or parsed.password
	parsed.user = user
	return parsed
end

function url.build(parsed)
	local text = parsed.path or ""
	if parsed.params then text = text .. ";" .. parsed.params end
	if parsed.query then text = text .. "?" .. parsed.query end
	local authority = parsed.authority
	if parsed.host then
		authority = parsed.host
		if string.find(authority, ":", 1, true) then authority = "[" .. authority .. "]" end
		if parsed.port then authority = authority .. ":" .. parsed.port end
		local userinfo = parsed.userinfo
		if parsed.user then
			userinfo = parsed.user
			if parsed.password then userinfo = userinfo .. ":" .. parsed.password end
		end
		if userinfo then authority = userinfo .. "@" .. authority end
	end
	if authority then text = "//" .. authority .. text end
	if parsed.scheme then text = parsed.scheme .. ":" .. text end
	if parsed.fragment then text = text .. "#" .. parsed.fragment end
	return text
end

-- withoutDots removes the segments . and .. where they can be. LuaSocket does this to the
-- whole URL, so its host and fragment are segments too; and an empty segment counts as one.
local function withoutDots(text)
	local parts = {}
	for part in string.gmatch(text .. "/", "([^/]*)/") do parts[#parts + 1] = part end
	local function there(i) -- segment i is one, and not the nothing before or after the outer slashes
		return parts[i] and (parts[i] ~= "" or i > 1 and i < #parts)
	end
	for i = #parts - 1, 2, -1 do
		if parts[i] == "." then table.remove(parts, i) end
	end
	local i = 1
	while i + 2 <= #parts do
		if there(i) and parts[i + 1] == ".." and there(i + 2) then
			table.remove(parts, i)
			table.remove(parts, i)
			i = math.max(1, i - 2)
		else
			i = i + 1
		end
	end
	local n = #parts
	if n > 2 and parts[n] == "" and parts[n - 1] == ".." and there(n - 2) then
		parts[n - 2], parts[n - 1], parts[n] = "", nil, nil
	elseif n > 1 and parts[n] == ".." and there(n - 1) then
		parts[n - 1], parts[n] = "", nil
	end
	n = #parts
	if n > 1 and (parts[n] == ".." or parts[n] == ".") then parts[n] = "" end
	if #parts > 2 and parts[1] == "" and parts[2] == ".." then table.remove(parts, 2) end
	return table.concat(parts, "/")
end

-- join makes a path absolute, as seen from the path of a base.
local function join(base, path)
	if string.sub(path, 1, 1) == "/" then return withoutDots(path) end
	local folder = string.match(base, "^(.*)/") or ""
	return withoutDots(folder .. "/" .. path)
end

function url.absolute(base, relative)
	local baseParsed, baseText = base, base
	if type(base) == "table" then
		baseText = url.build(base)
	else
		baseParsed = url.parse(base)
	end
	local parsed = url.parse(relative)
	if not baseParsed then return withoutDots(relative) end
	if not parsed then return withoutDots(baseText) end
	if parsed.scheme then return withoutDots(relative) end
	parsed.scheme = baseParsed.scheme
	if not parsed.authority then
		parsed.authority = baseParsed.authority
		if not parsed.path then
			parsed.path = baseParsed.path
			if not parsed.params then
				parsed.params = baseParsed.params
				if not parsed.query then parsed.query = baseParsed.query end
			end
		else
			parsed.path = join(baseParsed.path or "", parsed.path)
		end
	end
	return withoutDots(url.build(parsed))
end

function url.parse_path(path)
	local parsed = {}
	path = path or ""
	string.gsub(path, "([^/]+)", function(s) parsed[#parsed + 1] = s end)
	for i, s in ipairs(parsed) do parsed[i] = url.unescape(s) end
	if string.sub(path, 1, 1) == "/" then parsed.is_absolute = 1 end
	if string.sub(path, -1) == "/" then parsed.is_directory = 1 end
	return parsed
end

function url.build_path(parsed, unsafe)
	local out = {}
	for i, s in ipairs(parsed) do out[i] = unsafe and s or pathEscape(s) end
	local path = table.concat(out, "/")
	if parsed.is_directory and #out > 0 then path = path .. "/" end
	if parsed.is_absolute then path = "/" .. path end
	return path
end

return url
