#!/bin/bash
# Round trips of 20 bytes a second from Lua: sosh beside lua5.1 with LuaSocket,
# in turn, with one connection and with a hundred. Prints the median of RUNS (5)
# runs and the ratio. Needs lua5.1 and lua-socket.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-5} N=${N:-50000}
. bench/with_echo.sh
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
for what in one hundred; do
  : >"$dir/sosh.txt"; : >"$dir/lua.txt"
  for _ in $(seq "$RUNS"); do
    "$dir/sosh" run bench/$what.lua "$addr" "$N" >>"$dir/sosh.txt"
    lua5.1 bench/${what}_luasocket.lua "$addr" "$N" >>"$dir/lua.txt"
  done
  a=$(median <"$dir/sosh.txt") b=$(median <"$dir/lua.txt")
  awk -v w="$what" -v a="$a" -v b="$b" 'BEGIN {printf "%-8s sosh %7d/s  lua5.1+LuaSocket %7d/s  ratio %.2f\n", w, a, b, a/b}'
done
