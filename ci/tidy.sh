#!/usr/bin/env bash
# go mod tidy and go generate have nothing to change, and no test has left a
# file behind.
set -euo pipefail
cd "$(dirname "$0")/.."

go mod tidy
go generate ./...
go mod verify
changed=$(git -c safe.directory="$PWD" status --porcelain)
if [ -n "$changed" ]; then
	printf 'tidy: go mod tidy, go generate or a test changed\n%s\n' "$changed" >&2
	git -c safe.directory="$PWD" --no-pager diff
	exit 1
fi
