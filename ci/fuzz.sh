#!/usr/bin/env bash
# Each fuzz test for a thousand inputs, FUZZTIME=1m for longer; their seeds run
# with every test. A number and not a time: go test fails now and then when its
# time is over while it makes an input smaller.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "fuzz $package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-1000x}" -fuzzminimizetime 10x "$package"
	done
done
