---@meta socket.unix

local unix = {}
---@return socket.TCP # with one path in place of a host and a port
function unix.stream() end
---@return socket.UDP # with one path in place of a host and a port
function unix.dgram() end

return unix
