-- Lines of every kind of end, in pieces of every size.
local socket = require "socket"
local s = socket.bind("127.0.0.1", 0)
local text = "plain\nwith cr\r\n\r\n\n\rcr first\n" .. ("long "):rep(5000) .. "\r\nzero \0 byte\nm\ri\rd\r\r\n\255\254\nno end"
for _, size in ipairs{1, 2, 7, 8191, 8192, 8193, #text} do
	local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
	local a = s:accept()
	for i = 1, #text, size do c:send(text, i, math.min(i + size - 1, #text)) end
	c:close()
	local n = 0
	while true do
		local line, err, part = a:receive("*l")
		n = n + 1
		if size == 7 then print(n, line and (#line > 100 and #line or string.format("%q", line)), err, part) end
		if not line then
			if size ~= 7 then print(size, n, err, part) end
			break
		end
	end
	a:close()
end
for _, pattern in ipairs{3, "3", "*l", "*a", 8192, 20000} do
	local c = socket.connect("127.0.0.1", (select(2, s:getsockname())))
	local a = s:accept()
	c:send(text)
	c:close()
	local sizes = {}
	for i = 1, 5 do
		local data, err, part = a:receive(pattern)
		sizes[i] = tostring(data and #data) .. "/" .. tostring(err) .. "/" .. tostring(part and #part)
	end
	print(pattern, table.concat(sizes, " "))
end
