#!/bin/bash
# Round trips of 20 bytes a second from Lua: sosh beside lua5.1 with LuaSocket
# and beside the least a C program can do (ref_roundtrip.c), in turn, with one
# connection and with a hundred. Prints the median of RUNS (5) runs and the
# ratio to each. Needs lua5.1, lua-socket and a C compiler.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-5} N=${N:-50000}
. bench/with_echo.sh
cc -O2 -o "$dir/ref" bench/ref_roundtrip.c
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
for what in one hundred; do
  : >"$dir/sosh.txt"; : >"$dir/lua.txt"; : >"$dir/ref.txt"
  if [ $what = one ]; then conns=1; else conns=100; fi
  for _ in $(seq "$RUNS"); do
    "$dir/sosh" run bench/$what.lua "$addr" "$N" >>"$dir/sosh.txt"
    lua5.1 bench/${what}_luasocket.lua "$addr" "$N" >>"$dir/lua.txt"
    "$dir/ref" "$addr" "$N" $conns >>"$dir/ref.txt"
  done
  a=$(median <"$dir/sosh.txt") b=$(median <"$dir/lua.txt") c=$(median <"$dir/ref.txt")
  awk -v w="$what" -v a="$a" -v b="$b" -v c="$c" 'BEGIN {printf "%-8s sosh %7d/s  lua5.1+LuaSocket %7d/s  ratio %.2f  C %7d/s  share %.2f\n", w, a, b, a/b, c, a/c}'
done
