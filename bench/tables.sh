#!/bin/bash
# Tables: the cases of tables.lua under sosh and under lua5.1, each in a process of
# its own. Prints seconds of CPU, and the KiB that the process grew by at most; the
# median of RUNS (3) runs. Needs lua5.1 and /proc. Arguments are the cases to run.
set -eu
cd "$(dirname "$0")"
RUNS=${RUNS:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
(cd .. && go build -o "$dir/sosh" .)
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
printf '%-12s %8s %8s %6s %10s %10s %6s\n' "" "sosh s" "lua5.1 s" ratio "sosh KiB" "lua KiB" ratio
for what in ${*:-$(lua5.1 tables.lua)}; do
  : >"$dir/ours" && : >"$dir/lua"
  for _ in $(seq "$RUNS"); do
    "$dir/sosh" run tables.lua "$what" >>"$dir/ours"
    lua5.1 tables.lua "$what" >>"$dir/lua"
  done
  of() { awk -v n="$2" '{print $n}' "$dir/$1" | median; }
  awk -v w="$what" -v a="$(of ours 1)" -v b="$(of lua 1)" -v c="$(of ours 2)" -v d="$(of lua 2)" \
    'BEGIN {printf "%-12s %8.3f %8.3f %6.1f %10d %10d %6.1f\n", w, a, b, a / (b + 1e-3), c, d, c / (d + 1)}'
done
