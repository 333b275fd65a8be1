-- One case of bench/tables.sh: prints its seconds of CPU, and the KiB that the
-- process grew by at most.
local cases = {}

function cases.far() local t for i = 1, 10000 do t = {} t[60000000 + i] = i end assert(t[60010000] == 10000) end

function cases.ids()
  local t, x, ids = {}, 1, {}
  for i = 1, 100000 do x = (x * 16807) % 2147483647 ids[i] = x % 16777216 t[ids[i]] = i end
  local n = 0
  for _ = 1, 5 do for i = 1, #ids do if t[ids[i]] then n = n + 1 end end end
  for k in pairs(t) do n = n + 1 end
  assert(n > 590000)
end

function cases.array() local t = {} for i = 1, 1000000 do t[i] = i end local n = 0 for i = 1, #t do n = n + t[i] end end

function cases.push_pop()
  local t = {}
  for _ = 1, 3 do
    for i = 1, 300000 do t[#t + 1] = i end
    while #t > 0 do t[#t] = nil end
    for i = 1, 300000 do table.insert(t, i) end
    while #t > 0 do table.remove(t) end
  end
end

function cases.queue() local t = {} for i = 1, 4000000 do t[i] = true t[i - 10] = nil end end

function cases.queue_table() local t, q = {}, {} for i = 1, 1000000 do local k = {} t[k] = true q[i % 10] = q[i % 10] and t[q[i % 10]] and k or k
  if i % 10 == 0 then for k in pairs(t) do t[k] = nil end end end end

function cases.come_and_go() local t = {} for i = 1, 4000000 do t["k" .. i] = i t["k" .. (i - 10)] = nil end end

function cases.backwards() local t = {} for i = 1000000, 1, -1 do t[i] = i end assert(#t == 1000000) end

function cases.sparse() local t = {} for i = 1, 200000 do t[i * 7] = i end local n = 0 for k, v in pairs(t) do n = n + v end for i = 1, 1400000 do if t[i] then n = n - t[i] end end assert(n == 0) end

function cases.negative() local t = {} for i = 1, 200000 do t[-i] = i t[i + 0.5] = i end local n = 0 for i = 1, 200000 do n = n + t[-i] - t[i + 0.5] end assert(n == 0) end

function cases.strings() local t = {} for i = 1, 200000 do t["key" .. i] = i end local n = 0 for k, v in pairs(t) do n = n + v end for i = 1, 200000 do n = n - t["key" .. i] end assert(n == 0) end

function cases.objects() local all = {} for i = 1, 100000 do all[i] = {name = "x", value = i, next = all[i - 1]} end end

function cases.fields() local o = {a = 1, b = 2, c = 3} for i = 1, 3000000 do o.a = o.b + o.c o.b = o.a - o.c end end

function cases.small() for i = 1, 500000 do local t = {i, i + 1, i + 2} t[4] = i t[2] = t[4] end end

function cases.traverse() local t = {} for i = 1, 1000 do t["f" .. i] = i end for _ = 1, 1000 do for k, v in pairs(t) do t[k] = v end end end

local function kib(what)
  for line in io.lines("/proc/self/status") do
    local n = line:match("^" .. what .. ":%s+(%d+)")
    if n then return tonumber(n) end
  end
end
local name = ...
if not name then
  local names = {}
  for k in pairs(cases) do names[#names + 1] = k end
  table.sort(names)
  print(table.concat(names, " "))
  return
end
local before, start = kib("VmRSS"), os.clock()
cases[name]()
print(string.format("%.3f %d", os.clock() - start, kib("VmHWM") - before))
