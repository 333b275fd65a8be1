#!/bin/bash
# Round trips of 20 bytes a second from Lua: sosh beside lua5.1 with LuaSocket
# and beside the least a C program can do (ref_roundtrip.c), in turn, with one
# connection and with a hundred. Prints for each the median of RUNS (5) runs, and
# the processor time that a round trip takes the client: with one connection the
# first is mostly how long the kernel takes to wake the other side, which
# differs from run to run by more than the programs do. Needs lua5.1,
# lua-socket and a C compiler.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-5} N=${N:-50000}
. bench/with_echo.sh
cc -O2 -o "$dir/ref" bench/ref_roundtrip.c
TIMEFORMAT='%U %S'
# run NAME COMMAND... adds "PER-SECOND USER SYS" to NAME.runs.
run() {
  local name=$1 cpu
  shift
  cpu=$({ time "$@" >"$dir/out"; } 2>&1)
  echo "$(cat "$dir/out") $cpu" >>"$dir/$name.runs"
}
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
rate() { median <"$dir/$1.runs"; }
cpu() { awk -v n="$N" '{print ($2+$3)/n*1e6}' "$dir/$1.runs" | median; }
for what in one hundred; do
  rm -f "$dir"/*.runs
  if [ $what = one ]; then conns=1; else conns=100; fi
  for _ in $(seq "$RUNS"); do
    run C "$dir/ref" "$addr" "$N" $conns
    run LuaSocket lua5.1 "bench/${what}_luasocket.lua" "$addr" "$N"
    run sosh "$dir/sosh" run "bench/$what.lua" "$addr" "$N"
  done
  for name in C LuaSocket sosh; do
    awk -v w="$conns" -v name=$name -v r="$(rate $name)" -v c="$(cpu $name)" -v sosh="$(rate sosh)" 'BEGIN {
      printf "%3d connections  %-9s %7d/s  %5.2f us of the client each", w, name, r, c
      if (name != "sosh") printf "  sosh: %.2f of it", sosh/r
      print ""
    }'
  done
done
