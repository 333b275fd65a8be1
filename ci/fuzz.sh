#!/usr/bin/env bash
# Each fuzz test for a thousand inputs, FUZZTIME=1m for longer; their seeds run
# with every test. A number and not a time: go test fails now and then when its
# time is over while it makes an input smaller.
set -euo pipefail
cd "$(dirname "$0")/.."

grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	for name in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz $(dirname "$file") $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1000x}" -fuzzminimizetime 10x "$(dirname "$file")" </dev/null
	done
done
