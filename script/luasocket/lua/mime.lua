-- mime: filters for the encodings of mail (RFC 2045), on the functions of mime.core.
local ltn12 = require("ltn12")
local mime = require("mime.core")
local string, type, error, tostring = string, type, error, tostring

local encodet, decodet, wrapt = {}, {}, {}
mime.encodet, mime.decodet, mime.wrapt = encodet, decodet, wrapt

-- choose makes a function that calls the entry of a table; a first argument that is no
-- string stands for the default entry.
local function choose(t)
	return function(name, a, b)
		if type(name) ~= "string" then name, a, b = "default", name, a end
		local f = t[name or "nil"]
		if not f then error("unknown key (" .. tostring(name) .. ")", 3) end
		return f(a, b)
	end
end

local cycle = ltn12.filter.cycle

function encodet.base64() return cycle(mime.b64, "") end
encodet["quoted-printable"] = function(mode)
	return cycle(mime.qp, "", mode == "binary" and "=0D=0A" or "\r\n")
end
function decodet.base64() return cycle(mime.unb64, "") end
decodet["quoted-printable"] = function() return cycle(mime.unqp, "") end

function wrapt.text(n)
	n = n or 76
	return cycle(mime.wrp, n, n)
end
wrapt.base64, wrapt.default = wrapt.text, wrapt.text
wrapt["quoted-printable"] = function() return cycle(mime.qpwrp, 76, 76) end

mime.encode, mime.decode, mime.wrap = choose(encodet), choose(decodet), choose(wrapt)

function mime.normalize(marker) return cycle(mime.eol, 0, marker) end
function mime.stuff() return cycle(mime.dot, 2) end

return mime
