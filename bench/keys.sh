#!/bin/bash
# From a key to the screen: the prompt of this tree beside that of another commit, REF (the last one whose
# line readline drew). It prints the median, the 99th percentile and the worst in ms: quiet, with a paste of
# 5,000 lines in the line, beside 50 peers, and beside a flood; and what the prompt takes while idle.
set -eu
cd "$(dirname "$0")/.."
REF=${REF:-ebe68fa}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/sosh" .
go build -o "$dir/keys" ./bench/keys
mkdir "$dir/ref"
git archive "$REF" | tar -x -C "$dir/ref"
(cd "$dir/ref" && go build -o "$dir/sosh.ref" .)
echo "this tree"
"$dir/keys" "$dir/sosh"
echo
echo "$REF"
"$dir/keys" "$dir/sosh.ref"
