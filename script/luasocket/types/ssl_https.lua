---@meta ssl.https

local https = {}
---@param url string|socket.http.Request|ssl.Params
---@param body? string
---@return any body, integer|string code, table? headers, string? status
function https.request(url, body) end

return https
