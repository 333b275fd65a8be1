#!/usr/bin/env bash
# Applies each patch to a copy of gopher-lua: its test fails without the change,
# and all tests pass with it. Needs git.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
module=$(go list -m -f '{{.Dir}}' github.com/yuin/gopher-lua)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for patch in "$here"/*.patch; do
	name=$(basename "$patch" .patch)
	cp -r "$module" "$dir/$name"
	chmod -R u+w "$dir/$name"
	cd "$dir/$name"
	git apply --include='_glua-tests/*' "$patch"
	if go test -run '^TestGlua$' . >"$dir/$name.out" 2>&1; then
		echo "$name: the test passes without the change"
		exit 1
	fi
	git apply --exclude='_glua-tests/*' "$patch"
	go test . || exit 1
	echo "$name: the test fails without the change, and passes with it"
done
