-- mbox: parses folders of mail.
local string, table = string, table

local mbox = {}

function mbox.split_message(message)
	message = string.gsub(message, "\r\n", "\n")
	local first, last = string.find(message, "^\n")
	if first then return "", string.sub(message, last + 1) end
	first, last = string.find(message, "\n\n")
	if not first then return message, "" end
	return string.sub(message, 1, first - 1), string.sub(message, last + 1)
end

function mbox.split_headers(text)
	local headers = {}
	text = string.gsub(text, "\r\n", "\n") .. "\n\n"
	text = string.gsub(text, "\n[ \t]+", " ")
	string.gsub(text, "([^\n]+)\n", function(line) table.insert(headers, line) end)
	return headers
end

function mbox.parse_header(header)
	header = string.gsub(header, "\n[ \t]+", " ")
	local _, _, name, value = string.find(header, "([^%s:]-):%s*(.*)")
	return name, value
end

function mbox.parse_headers(text)
	local lines, headers = mbox.split_headers(text), {}
	for _, line in ipairs(lines) do
		local name, value = mbox.parse_header(line)
		if name then
			name = string.lower(name)
			if headers[name] then
				headers[name] = headers[name] .. ", " .. value
			else
				headers[name] = value
			end
		end
	end
	return headers
end

function mbox.parse_from(from)
	local _, _, name, address = string.find(from, "^%s*(.-)%s*%<(.-)%>")
	if not address then
		_, _, address = string.find(from, "%s*(.+)%s*")
	end
	name = name or ""
	address = address or ""
	if name == "" then name = address end
	return (string.gsub(name, '"', "")), address
end

function mbox.split_mbox(text)
	local messages = {}
	text = string.gsub(text, "\r\n", "\n") .. "\n\nFrom \n"
	local from, to = 1, 1
	while true do
		local first, last = string.find(text, "\n\nFrom .-\n", from)
		if not first then break end
		table.insert(messages, string.sub(text, to, first - 1))
		from, to = first + 1, last + 1
	end
	return messages
end

function mbox.parse(text)
	local folder = mbox.split_mbox(text)
	for i, message in ipairs(folder) do
		local headers, body = mbox.split_message(message)
		folder[i] = { headers = mbox.parse_headers(headers), body = body }
	end
	return folder
end

function mbox.parse_message(message)
	local headers, body = mbox.split_message(message)
	return { headers = mbox.parse_headers(headers), body = body }
end

return mbox
