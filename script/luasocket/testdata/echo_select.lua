-- An echo server in a select loop, with three clients of the same program.
local socket = require "socket"
local server = socket.bind("127.0.0.1", 0)
server:settimeout(0)
local _, port = server:getsockname()
local clients, peers, out = {}, {server}, {}
for i = 1, 3 do
	clients[i] = socket.connect("127.0.0.1", port)
	clients[i]:send("hello " .. i .. "\nsecond " .. i .. "\n")
end
local lines = 0
while lines < 6 do
	local ready, _, err = socket.select(peers, nil, 5)
	if err then print(err) break end
	for _, s in ipairs(ready) do
		if s == server then
			local c = server:accept()
			if c then
				c:settimeout(0)
				peers[#peers + 1] = c
			end
		else
			repeat
				local line, err, part = s:receive()
				if line then
					s:send("echo " .. line .. "\n")
					lines = lines + 1
				end
			until not line
		end
	end
end
for i = 1, 3 do
	clients[i]:settimeout(5)
	print(clients[i]:receive(), clients[i]:receive())
end
