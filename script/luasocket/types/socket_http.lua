---@meta socket.http

---@class socket.http.Request
---@field url? string
---@field sink? ltn12.Sink
---@field source? ltn12.Source
---@field method? string
---@field headers? table<string, string|number>
---@field proxy? string
---@field redirect? boolean
---@field maxredirects? integer
---@field user? string
---@field password? string
---@field create? function

---@class socket.http
---@field TIMEOUT number
---@field USERAGENT string
---@field PROXY string?
local http = {}
---@param url string|socket.http.Request
---@param body? string with a body, it is a POST
---@return any body, integer|string code, table? headers, string? status # body is 1 for a request of a table
function http.request(url, body) end

return http
