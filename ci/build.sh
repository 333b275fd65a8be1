#!/usr/bin/env bash
# The program builds for every system, without C, and so do its tests for one
# machine of each.
set -euo pipefail
cd "$(dirname "$0")/.."

runs="${GOFLAGS:-}"
# What is only built is built without inlining and debug information, in two thirds of
# the time. What runs is not: without inlining, Go's runtime crashed on 386.
only_built="$runs -gcflags=all=-l -ldflags=-w"

for target in linux/amd64 linux/386 linux/arm64 darwin/arm64 freebsd/amd64; do
	echo "build $target"
	export CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/}
	case $target in
	linux/amd64 | linux/386) export GOFLAGS=$runs ;;
	*) export GOFLAGS=$only_built ;;
	esac
	go build -o /dev/null .
	case $target in linux/386 | darwin/arm64 | freebsd/amd64) go vet ./... ;; esac
	# What counts bytes runs where an int has 32 bits, on machines that can.
	if [ "$target" = linux/386 ] && [ "$(uname -m)" = x86_64 ]; then
		go test ./script/... -run 'Length|Pack|Framing|Int64|TestLua$'
	fi
done
