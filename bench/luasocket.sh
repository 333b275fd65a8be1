#!/usr/bin/env bash
# LuaSocket in sosh beside LuaSocket 3.1 in lua5.1: the same program, five runs of each in
# turn, and the median of the ratios of wall time and of processor time (below 1: sosh is
# faster).
set -euo pipefail
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/sosh" .
ulimit -n 4096
for i in 1 2 3 4 5; do
	lua5.1 bench/luasocket.lua >"$dir/theirs.$i"
	"$dir/sosh" run bench/luasocket.lua >"$dir/ours.$i"
done
printf '%-14s %8s %8s\n' '' wall cpu
for name in $(awk '{print $1}' "$dir/ours.1"); do
	for i in 1 2 3 4 5; do
		join <(grep "^$name " "$dir/ours.$i") <(grep "^$name " "$dir/theirs.$i") | awk '{print $2/$4, $3/$5}'
	done >"$dir/ratios"
	printf '%-14s %8.2f %8.2f\n' "$name" "$(cut -d' ' -f1 "$dir/ratios" | sort -n | sed -n 3p)" "$(cut -d' ' -f2 "$dir/ratios" | sort -n | sed -n 3p)"
done
