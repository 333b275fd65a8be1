#!/usr/bin/env bash
# Each fuzz test for three thousand inputs, FUZZTIME=1m for longer; their seeds run
# with every test. A number and not a time: go test fails now and then when its
# time is over while it makes an input smaller.
set -euo pipefail
cd "$(dirname "$0")/.."

# So few inputs are not worth the build of every package with counters of what has
# run, which lead to new inputs: that takes longer than all of them.
guided=(${FUZZTIME:+-fuzz .})

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
cache=$(go env GOCACHE)/fuzz

grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u | while read -r dir; do
	go test -c -vet=off "${guided[@]}" -o "$built/test" "$dir" </dev/null
	cat "$dir"/*_test.go | sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' | while read -r name; do
		echo "fuzz $dir $name"
		(cd "$dir" && "$built/test" -test.run '^$' -test.fuzz "^$name\$" -test.fuzztime "${FUZZTIME:-3000x}" \
			-test.fuzzminimizetime 10x -test.fuzzcachedir "$cache/$dir") </dev/null 2>&1 | grep -v '^warning: the test binary was not built with coverage'
	done
done
