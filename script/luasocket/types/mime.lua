---@meta mime

local mime = {}
---@param name "base64"|"quoted-printable"
---@param mode? "binary"
---@return ltn12.Filter
function mime.encode(name, mode) end
---@param name "base64"|"quoted-printable"
---@return ltn12.Filter
function mime.decode(name) end
---@param name? string|integer
---@param n? integer
---@return ltn12.Filter
function mime.wrap(name, n) end
---@param marker? string
---@return ltn12.Filter
function mime.normalize(marker) end
---@return ltn12.Filter
function mime.stuff() end
---@param c string?
---@param d? string
---@return string? coded, string? rest
function mime.b64(c, d) end
---@param c string?
---@param d? string
---@return string? decoded, string? rest
function mime.unb64(c, d) end

return mime
