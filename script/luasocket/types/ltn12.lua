---@meta ltn12

---@alias ltn12.Source fun(): string?, string?
---@alias ltn12.Sink fun(chunk: string?, err: string?): 1?, string?
---@alias ltn12.Filter fun(chunk: string?): string?

local ltn12 = { source = {}, sink = {}, filter = {}, pump = {} }
---@param s string
---@return ltn12.Source
function ltn12.source.string(s) end
---@param handle file*?
---@param err? string
---@return ltn12.Source
function ltn12.source.file(handle, err) end
---@return ltn12.Source
function ltn12.source.empty() end
---@param src ltn12.Source
---@param ... ltn12.Filter
---@return ltn12.Source
function ltn12.source.chain(src, ...) end
---@param ... ltn12.Source
---@return ltn12.Source
function ltn12.source.cat(...) end
---@param t? table
---@return ltn12.Sink, table
function ltn12.sink.table(t) end
---@param handle file*?
---@param err? string
---@return ltn12.Sink
function ltn12.sink.file(handle, err) end
---@return ltn12.Sink
function ltn12.sink.null() end
---@param f ltn12.Filter
---@param ... any filters, and a sink
---@return ltn12.Sink
function ltn12.sink.chain(f, ...) end
---@param ... ltn12.Filter
---@return ltn12.Filter
function ltn12.filter.chain(...) end
---@param low function
---@param ctx? any
---@param extra? any
---@return ltn12.Filter
function ltn12.filter.cycle(low, ctx, extra) end
---@param src ltn12.Source
---@param snk ltn12.Sink
---@param step? function
---@return 1?, string? err
function ltn12.pump.all(src, snk, step) end
---@param src ltn12.Source
---@param snk ltn12.Sink
---@return 1?, string? err
function ltn12.pump.step(src, snk) end

return ltn12
