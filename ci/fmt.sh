#!/usr/bin/env bash
# gofmt has nothing to change.
set -euo pipefail
cd "$(dirname "$0")/.."

files=$(gofmt -l .)
if [ -n "$files" ]; then
	gofmt -d .
	printf 'fmt: run gofmt -w on\n%s\n' "$files" >&2
	exit 1
fi
