local ok, mbox = pcall(require, "mbox")
if not ok then mbox = require "socket.mbox" end
local text = "From a\nSubject: one\nX: a\n b\nX: c\n\nbody\nlines\n\nFrom b\nFrom: \"A B\" <a@b>\n\nsecond\n"
local function show(t, depth)
	local o = {}
	for k, v in pairs(t) do o[#o + 1] = tostring(k) .. "=" .. (type(v) == "table" and show(v) or tostring(v)) end
	table.sort(o)
	return "{" .. table.concat(o, "|") .. "}"
end
if type(mbox) == "table" then
	print(show(mbox.parse(text)))
	print(show(mbox.parse_message("A: b\r\n\r\ntext")))
	print(mbox.parse_from('"A B" <a@b>'))
	print(mbox.parse_from("a@b"))
	print(mbox.parse_header("Name: value\n more"))
end
