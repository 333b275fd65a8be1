local ltn12 = require "ltn12"
print(ltn12._VERSION, ltn12.BLOCKSIZE, _G.ltn12 == ltn12)
local src, snk, flt, pump = ltn12.source, ltn12.sink, ltn12.filter, ltn12.pump
local function all(s)
	local o = {}
	while true do
		local c, e = s()
		if not c then o[#o + 1] = tostring(e) return table.concat(o, "|") end
		o[#o + 1] = c
	end
end
ltn12.BLOCKSIZE = 4
print(all(src.empty()), all(src.error("bad")), all(src.string("abcdefghij")), all(src.string("")), all(src.string()))
print(all(src.table{"a", "b"}), all(src.cat(src.string("abc"), src.empty(), src.string("def"))))
print(all(src.cat(src.string("abc"), src.error("e"), src.string("def"))))
print(all(src.file(nil, "no file")), all(src.file()))
local f = io.tmpfile()
f:write("0123456789")
f:seek("set")
print(all(src.file(f)), io.type(f))
local r = src.rewind(src.string("abcdef"))
local c = r()
r(c) r("first")
print(all(r))
local n = 0
print(all(src.simplify(function()
	n = n + 1
	if n == 3 then return "last", src.string("abcdefg") end
	return "x" .. n
end)))
local up = flt.cycle(function(ctx, chunk) return chunk and chunk:upper(), ctx end)
-- a filter that holds back, and gives twice as much
local function double()
	local held = ""
	return function(chunk)
		if chunk == nil then
			if held == "" then return nil end
			local h = held held = "" return "<" .. h .. ">"
		end
		if chunk == "" then
			if #held < 3 then return "" end
			local h = held:sub(1, 3) held = held:sub(4) return h
		end
		held = held .. chunk .. chunk
		if #held < 3 then return "" end
		local h = held:sub(1, 3) held = held:sub(4) return h
	end
end
print(all(src.chain(src.string("abcdefghij"), double())))
print(all(src.chain(src.string("abcdefghij"), double(), up)))
print(all(src.chain(src.string("abcdefghij"), up, double(), double())))
print(all(src.chain(src.error("oops"), up)))
local s, t = snk.table()
print(pump.all(src.string("abcdefghij"), snk.chain(double(), s)), table.concat(t, "|"))
local s, t = snk.table()
print(pump.all(src.string("abcdefghij"), snk.chain(double(), up, double(), s)), table.concat(t, "|"))
print(pump.all(src.string("x"), snk.null()), pump.all(src.string("x"), snk.error("full")), pump.all(src.error("e"), snk.null()))
print(pump.step(src.empty(), snk.null()), pump.step(src.string("x"), snk.null()), pump.step(src.string("x"), snk.error("full")))
local name = os.tmpname()
print(pump.all(src.string("to a file"), snk.file(io.open(name, "w"))))
print(all(src.file(io.open(name)))) os.remove(name)
print(pump.all(src.string("x"), snk.file(nil, "cannot")), pump.all(src.string("x"), snk.file()))
local given = {"old"}
local s, t = snk.table(given)
print(t == given, pump.all(src.string("new"), s), table.concat(t, "|"))
local n = 0
local s = snk.simplify(function(c) n = n + 1 if n == 2 then return 1, (snk.table(given)) end return 1 end)
print(pump.all(src.string("abcdefghijklmno"), s), table.concat(given, "|"))
print(pump.all(src.string("abcdef"), snk.null(), function(a, b) return nil, "own step" end))
print((pcall(src.chain)), (pcall(snk.chain)), (pcall(pump.all)), (pcall(flt.cycle)), (pcall(src.simplify)))
