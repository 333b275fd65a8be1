#!/usr/bin/env bash
# Each fuzz test for a few seconds, FUZZTIME=1m for longer; their seeds run with
# every test.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in $(go list ./...); do
	for name in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		echo "fuzz $package $name"
		go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-2s}" "$package"
	done
done
