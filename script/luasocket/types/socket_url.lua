---@meta socket.url

---@class socket.url.Parsed
---@field scheme? string
---@field authority? string
---@field userinfo? string
---@field user? string
---@field password? string
---@field host? string
---@field port? string
---@field path? string
---@field params? string
---@field query? string
---@field fragment? string

local url = {}
---@param text string
---@param default? table
---@return socket.url.Parsed?, string? err
function url.parse(text, default) end
---@param parsed socket.url.Parsed
---@return string
function url.build(parsed) end
---@param base string|socket.url.Parsed
---@param relative string
---@return string
function url.absolute(base, relative) end
---@param s string
---@return string
function url.escape(s) end
---@param s string
---@return string
function url.unescape(s) end

return url
