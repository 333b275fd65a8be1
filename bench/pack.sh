#!/usr/bin/env bash
# pack and unpack beside string.pack of lua5.3, in one run: the ratio of their
# speeds, more than 1 where sosh is faster.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/sosh" .
for _ in $(seq "${RUNS:-3}"); do
	theirs=$(lua5.3 bench/pack.lua) ours=$("$dir/sosh" run bench/pack.lua)
	echo "lua5.3 $theirs; sosh $ours"
	awk -v a="$theirs" -v b="$ours" 'BEGIN {split(a, t); split(b, o); printf "ratio: pack %.2f, unpack %.2f\n", t[2] / o[2], t[4] / o[4]}'
done
