---@meta socket.ftp

local ftp = {}
---@param url string|table
---@return any contents, string? err # 1 for a request of a table
function ftp.get(url) end
---@param url string|table
---@param contents? string
---@return integer? bytes, string? err
function ftp.put(url, contents) end
---@param request table
---@return 1?, string? err
function ftp.command(request) end

return ftp
