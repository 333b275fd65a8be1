#!/bin/bash
# Lua itself, in one run: sosh's state beside gopher-lua as it is (glua) and
# lua5.1. Prints microseconds a call or a round (lua5.1's of the same programs,
# by os.clock), and the compiling of 10,000 lines; the median of RUNS (3) runs.
# Then the bytes of a coroutine that waits. Needs lua5.1.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/script.test" ./script/lua51
go build -o "$dir/glua" github.com/yuin/gopher-lua/cmd/glua
cat >"$dir/bench.lua" <<'EOF'
local out = {}
local function time(name, n, f)
  f(math.floor(n / 10))
  local t = os.clock() f(n) t = os.clock() - t
  print(string.format("%s %.3f", name, t / n * 1e6))
end
local nothing = function() end
local fail = function() error("x") end
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
time("pcall_ok", 200000, function(n) for i = 1, n do pcall(nothing) end end)
time("pcall_fail", 50000, function(n) for i = 1, n do pcall(fail) end end)
time("resume", 200000, function(n) local f = coroutine.wrap(function() while true do coroutine.yield(1) end end) for i = 1, n do f() end end)
time("fib(20)", 100, function(n) for i = 1, n do fib(20) end end)
time("strings", 30000, function(n) for i = 1, n do local s = "item " .. i s = s:upper():sub(2, 5) .. s:rep(3)
  local k = #s:gsub("%d", "x") + (s:find("i", 1, true) or 0) + #string.format("%d %s", i, s) end end)
time("tables", 10000, function(n) for i = 1, n do local t = {} for j = 1, 50 do t[j] = j end for k, v in ipairs(t) do t[k] = v * 2 end
  t.x, t.y = 1, 2 local s = 0 for k, v in pairs(t) do s = s + v end table.insert(t, s) table.remove(t) end end)
time("loop", 3000000, function(n) local x = 0 for i = 1, n do x = (x + i * 3) % 1000 end end)
time("closures", 500000, function(n) local f for i = 1, n do local j = i f = function() return j end f() end end)
time("methods", 500000, function(n) local o = {v = 0, add = function(self, k) self.v = self.v + k end} for i = 1, n do o:add(1) end end)
EOF
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
for _ in $(seq "$RUNS"); do
  SOSH_BENCH_LUA="$dir/bench.lua" "$dir/script.test" -test.run '^TestBenchProgram$' | grep -v PASS >>"$dir/ours.txt"
  "$dir/glua" "$dir/bench.lua" >>"$dir/glua.txt"
  lua5.1 "$dir/bench.lua" >>"$dir/lua51.txt"
  "$dir/script.test" -test.run xxx -test.bench '^BenchmarkCompile$' -test.benchtime 1s >>"$dir/compile.txt"
done
printf '%-12s %12s %12s %12s %10s\n' "us" sosh glua lua5.1 sosh/glua
for what in $(awk '{print $1}' "$dir/lua51.txt" | awk '!seen[$0]++'); do
  of() { awk -v w="$what" '$1 == w {print $2}' "$dir/$1.txt" | median; }
  awk -v w="$what" -v a="$(of ours)" -v b="$(of glua)" -v c="$(of lua51)" 'BEGIN {printf "%-12s %12.3f %12.3f %12.3f %10.2f\n", w, a, b, c, a / b}'
done
a=$(awk '/Compile\/ours/ {print $3}' "$dir/compile.txt" | median) b=$(awk '/Compile\/plain/ {print $3}' "$dir/compile.txt" | median)
awk -v a="$a" -v b="$b" 'BEGIN {printf "compile 10,000 lines: %.1f ms, parse and compile alone %.1f ms, ratio %.2f\n", a / 1e6, b / 1e6, a / b}'
"$dir/script.test" -test.run '^TestThreadMemory$' -test.v | grep -o '[0-9]* bytes a coroutine'
