---@meta ssl

---@class ssl.Params
---@field mode "client"|"server"
---@field protocol "any"|"tlsv1_2"|"tlsv1_3"|string
---@field key? string
---@field certificate? string
---@field cafile? string
---@field verify? string|string[]
---@field options? string|string[]
---@field ciphers? string
---@field alpn? string|string[]

---@class ssl.Context

---@class ssl.Certificate
local Certificate = {}
---@return {oid: string, name?: string, value: string}[]
function Certificate:subject() end
---@return {oid: string, name?: string, value: string}[]
function Certificate:issuer() end
---@return string
function Certificate:notbefore() end
---@return string
function Certificate:notafter() end
---@return string
function Certificate:serial() end
---@param algorithm? string default sha1
---@return string?, string? err
function Certificate:digest(algorithm) end
---@return string
function Certificate:pem() end
---@param time number
---@return boolean
function Certificate:validat(time) end

---@class ssl.Connection: socket.TCP
local Connection = {}
---@return boolean ok, string? err
function Connection:dohandshake() end
---@param name string
function Connection:sni(name) end
---@param n? integer
---@return ssl.Certificate?
function Connection:getpeercertificate(n) end
---@return boolean ok, string? why
function Connection:getpeerverification() end
---@param field? string
---@return any
function Connection:info(field) end
---@return string?
function Connection:getalpn() end

local ssl = {}
---@param params ssl.Params
---@return ssl.Context?, string? err
function ssl.newcontext(params) end
---@param sock socket.TCP
---@param params ssl.Params|ssl.Context
---@return ssl.Connection?, string? err
function ssl.wrap(sock, params) end
---@param pem string
---@return ssl.Certificate?
function ssl.loadcertificate(pem) end

return ssl
