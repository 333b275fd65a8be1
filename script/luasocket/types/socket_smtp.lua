---@meta socket.smtp

local smtp = {}
---@param mail {from: string, rcpt: string|string[], source: ltn12.Source, server?: string, port?: integer, user?: string, password?: string, domain?: string}
---@return 1?, string? err
function smtp.send(mail) end
---@param message {headers?: table<string, string>, body: any}
---@return ltn12.Source
function smtp.message(message) end

return smtp
