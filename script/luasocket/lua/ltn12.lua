-- ltn12: sources, sinks, filters and pumps, by the technical note LTN012. A chunk is a
-- string; nil is the end, and "" says that there is no data now.
local string, table, coroutine = string, table, coroutine
local select, type, error, unpack = select, type, error, unpack

local filter, source, sink, pump = {}, {}, {}, {}
local ltn12 = {
	_VERSION = "LTN12 1.0.3", BLOCKSIZE = 2048,
	filter = filter, source = source, sink = sink, pump = pump,
}
_G.ltn12 = ltn12

-- cycle makes a filter from a low-level function, which gets the context and gives the
-- next one.
function filter.cycle(low, ctx, extra)
	if not low then error("bad argument #1 to 'cycle' (function expected, got nil)", 2) end
	return function(chunk)
		local out
		out, ctx = low(ctx, chunk, extra)
		return out
	end
end

-- chain joins filters. Each may hold back data, and give several chunks for one: so a
-- filter is asked again with "" until it gives "", and at the end with nil until it gives
-- nil.
function filter.chain(...)
	local filters, n = {...}, select("#", ...)
	local top, at = 1, 1 -- the last filter with data for the next one; the one to run
	local pending = ""
	return function(chunk)
		pending = chunk and pending
		while true do
			if at == top then
				chunk = filters[at](chunk)
				if chunk == "" or top == n then return chunk end
				if chunk then
					at = at + 1
				else
					top = top + 1
					at = top
				end
			else
				chunk = filters[at](chunk or "")
				if chunk == "" then
					at = at - 1
					chunk = pending
				elseif chunk then
					if at == n then return chunk end
					at = at + 1
				else
					error("filter returned inappropriate nil")
				end
			end
		end
	end
end

local function empty() return nil end

function source.empty() return empty end

function source.error(err)
	return function() return nil, err end
end

function source.file(handle, err)
	if not handle then return source.error(err or "unable to open file") end
	return function()
		local chunk = handle:read(ltn12.BLOCKSIZE)
		if not chunk then handle:close() end
		return chunk
	end
end

-- simplify makes a source that may give another source, to go on with, a simple one.
function source.simplify(src)
	if not src then error("bad argument #1 to 'simplify' (function expected, got nil)", 2) end
	return function()
		local chunk, more = src()
		src = more or src
		if not chunk then return nil, more end
		return chunk
	end
end

function source.string(s)
	if not s then return empty end
	local at = 1
	return function()
		local chunk = string.sub(s, at, at + ltn12.BLOCKSIZE - 1)
		at = at + ltn12.BLOCKSIZE
		if chunk ~= "" then return chunk end
		return nil
	end
end

function source.table(t)
	if type(t) ~= "table" then error("bad argument #1 to 'table' (table expected, got " .. type(t) .. ")", 2) end
	local i = 0
	return function()
		i = i + 1
		return t[i]
	end
end

-- rewind makes a source that takes chunks back: called with one, it gives it again.
function source.rewind(src)
	if not src then error("bad argument #1 to 'rewind' (function expected, got nil)", 2) end
	local back = {}
	return function(chunk)
		if chunk then
			back[#back + 1] = chunk
			return
		end
		chunk = table.remove(back)
		if chunk then return chunk end
		return src()
	end
end

-- chain joins a source and filters.
function source.chain(src, first, ...)
	if not (src and first) then error("bad argument to 'chain' (source and filter expected)", 2) end
	local f = first
	if select("#", ...) > 0 then f = filter.chain(first, ...) end
	local ended, more = false, false -- the source is at its end; the filter may have more
	return function()
		while true do
			local out
			if more then
				if ended then out = f(nil) else out = f("") end
			else
				local chunk, err = src()
				if err then return nil, err end
				ended, more = not chunk, true
				out = f(chunk)
			end
			if not out then
				if ended then return nil end
				error("filter returned inappropriate nil")
			end
			if out ~= "" then return out end
			more = ended
		end
	end
end

-- cat gives what all sources give, one after the other.
function source.cat(...)
	local sources, i = {...}, 1
	return function()
		while sources[i] do
			local chunk, err = sources[i]()
			if chunk then return chunk end
			if err then return nil, err end
			i = i + 1
		end
	end
end

function sink.table(t)
	t = t or {}
	return function(chunk)
		if chunk then t[#t + 1] = chunk end
		return 1
	end, t
end

-- simplify makes a sink that may give another sink, to go on with, a simple one.
function sink.simplify(snk)
	if not snk then error("bad argument #1 to 'simplify' (function expected, got nil)", 2) end
	return function(chunk, err)
		local ok, more = snk(chunk, err)
		if not ok then return nil, more end
		snk = more or snk
		return 1
	end
end

function sink.file(handle, err)
	if not handle then return sink.error(err or "unable to open file") end
	return function(chunk)
		if chunk then return handle:write(chunk) end
		handle:close()
		return 1
	end
end

local function null() return 1 end

function sink.null() return null end

function sink.error(err)
	return function() return nil, err end
end

-- chain joins filters and, last, a sink.
function sink.chain(first, ...)
	local rest, n = {...}, select("#", ...)
	if not first or n < 1 then error("bad argument to 'chain' (filter and sink expected)", 2) end
	local snk, f = rest[n], first
	if n > 1 then f = filter.chain(first, unpack(rest, 1, n - 1)) end
	return function(chunk, err)
		if chunk == "" then return 1 end
		local out = f(chunk)
		local done = chunk and ""
		while true do
			local ok, failure = snk(out, err)
			if not ok then return nil, failure end
			if out == done then return 1 end
			out = f(done)
		end
	end
end

-- step moves one chunk from a source to a sink.
function pump.step(src, snk)
	local chunk, err = src()
	local ok, failure = snk(chunk, err)
	if chunk and ok then return 1 end
	return nil, err or failure
end

-- all moves everything.
function pump.all(src, snk, step)
	if not (src and snk) then error("bad argument to 'all' (source and sink expected)", 2) end
	step = step or pump.step
	while true do
		local ok, err = step(src, snk)
		if not ok then
			if err then return nil, err end
			return 1
		end
	end
end

return ltn12
