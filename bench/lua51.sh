#!/bin/bash
# Lua itself: programs under sosh, under gopher-lua as it is (glua) and under
# lua5.1, one after the other, RUNS (5) times. Prints the median of the processor
# time of each in milliseconds, and sosh's as a part of the others'. Then the
# compiling of 10,000 lines and of a million calls, and the bytes of a coroutine
# that waits. Needs lua5.1. `bench/lua51.sh fib sort` runs these programs only.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/script.test" ./script/lua51
go build -o "$dir/sosh" .
go build -o "$dir/glua" github.com/yuin/gopher-lua/cmd/glua

program() { cat >"$dir/$1.lua"; }
program fib <<'END'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
fib(30)
END
program loop <<'END'
local x = 0
for i = 1, 10000000 do x = (x + i * 3) % 1000 end
END
program build <<'END'
for round = 1, 3000 do
  local parts = {}
  for i = 1, 100 do parts[#parts + 1] = "item " .. i .. ";" end
  local s = table.concat(parts)
  local t = ""
  for i = 1, 100 do t = t .. "x" end
end
END
program strings <<'END'
for i = 1, 100000 do
  local s = "item " .. i
  s = s:upper():sub(2, 5) .. s:rep(3)
  local n = #s:gsub("%d", "x") + (s:find("i", 1, true) or 0) + #string.format("%d %s", i, s)
end
END
program sort <<'END'
local seed = 42
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed end
for round = 1, 4 do
  local t, u, words = {}, {}, {}
  for i = 1, 20000 do t[i] = random() u[i] = random() words[i] = tostring(t[i]) end
  table.sort(t)
  table.sort(words)
  table.sort(u, function(a, b) return a > b end)
end
END
program quicksort <<'END'
local seed = 42
local function random() seed = (seed * 1103515245 + 12345) % 2147483648 return seed end
local function sort(t, first, last)
  if first >= last then return end
  local pivot, i, j = t[math.floor((first + last) / 2)], first, last
  while i <= j do
    while t[i] < pivot do i = i + 1 end
    while t[j] > pivot do j = j - 1 end
    if i <= j then t[i], t[j] = t[j], t[i] i = i + 1 j = j - 1 end
  end
  sort(t, first, j) sort(t, i, last)
end
for round = 1, 4 do
  local t = {}
  for i = 1, 50000 do t[i] = random() end
  sort(t, 1, #t)
end
END
program methods <<'END'
local Account = {} Account.__index = Account
function Account.new(n) return setmetatable({balance = n}, Account) end
function Account:add(n) self.balance = self.balance + n return self end
function Account:get() return self.balance end
local a = Account.new(0)
for i = 1, 2000000 do a:add(i):get() end
END
program tables <<'END'
for i = 1, 30000 do
  local t = {}
  for j = 1, 50 do t[j] = j end
  for k, v in ipairs(t) do t[k] = v * 2 end
  t.x, t.y = 1, 2
  local s = 0
  for k, v in pairs(t) do s = s + v end
  table.insert(t, s) table.remove(t)
end
END
program fields <<'END'
local p = {x = 1, y = 2, z = {1, 2, 3}}
local key = "x"
for i = 1, 3000000 do p.x = p.y + p.z[2] p[key] = i p.y = p.x % 7 end
END
program globals <<'END'
function add(a, b) return a + b end
n = 0
for i = 1, 3000000 do n = add(n, i) end
END
program closures <<'END'
local f
for i = 1, 2000000 do local j = i f = function() j = j + 1 return j end f() end
END
program calls <<'END'
local floor, abs = math.floor, math.abs
local n = 0
for i = 1, 2000000 do n = n + floor(i / 3) + abs(i) + select("#", i, n) end
END
program pcall <<'END'
local nothing, fail = function() end, function() error("x") end
for i = 1, 300000 do pcall(nothing) end
for i = 1, 50000 do pcall(fail) end
END
program resume <<'END'
local f = coroutine.wrap(function() while true do coroutine.yield(1) end end)
for i = 1, 300000 do f() end
END
awk 'BEGIN {for (i = 0; i < 1000000; i++) print "f()"}' >"$dir/million.lua"
sed -i '1i if true then return end f = print' "$dir/million.lua"

programs=${*:-fib loop build strings sort quicksort methods tables fields globals closures calls pcall resume}
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
# took FILE COMMAND... adds the processor time of a command to a file.
took() {
  local out=$1 TIMEFORMAT='%U %S'
  shift
  { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%.0f\n", ($1 + $2) * 1000}' >>"$out"
}
for p in $programs million; do
  for _ in $(seq "$RUNS"); do
    took "$dir/$p.sosh" "$dir/sosh" run "$dir/$p.lua"
    [ "$p" = million ] || took "$dir/$p.glua" "$dir/glua" "$dir/$p.lua"
    took "$dir/$p.lua51" lua5.1 "$dir/$p.lua"
  done
done
printf '%-10s %8s %8s %8s %10s %12s\n' ms sosh glua lua5.1 sosh/glua sosh/lua5.1
for p in $programs; do
  awk -v w="$p" -v a="$(median <"$dir/$p.sosh")" -v b="$(median <"$dir/$p.glua")" -v c="$(median <"$dir/$p.lua51")" \
    'BEGIN {printf "%-10s %8d %8d %8d %10.2f %12.2f\n", w, a, b, c, a / (b ? b : 1), a / (c ? c : 1)}'
done
printf '%-10s %8d %8s %8d\n' "million f()" "$(median <"$dir/million.sosh")" - "$(median <"$dir/million.lua51")"

for _ in $(seq "$RUNS"); do
  "$dir/script.test" -test.run xxx -test.bench '^BenchmarkCompile$' -test.benchtime 1s >>"$dir/compile.txt"
done
a=$(awk '/Compile\/ours/ {print $3}' "$dir/compile.txt" | median) b=$(awk '/Compile\/plain/ {print $3}' "$dir/compile.txt" | median)
awk -v a="$a" -v b="$b" 'BEGIN {printf "compile 10,000 lines: %.1f ms, gopher-lua %.1f ms, ratio %.2f\n", a / 1e6, b / 1e6, a / b}'
"$dir/script.test" -test.run '^TestThreadMemory$' -test.v | grep -o '[0-9]* bytes a coroutine'
