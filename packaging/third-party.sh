#!/usr/bin/env bash
# Prints the licences of everything that is linked into sosh on any system. They
# demand that their copyright notices come with the binary. Fails if a module has no
# licence.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C

echo "sosh contains the following, each under the licence below its name."

notice() {
	local name=$1 dir=$2 file found=
	for file in "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE* "$dir"/PATENTS*; do
		[ -f "$file" ] || continue
		[ -n "$found" ] || printf '\n==== %s ====\n' "$name"
		found=yes
		echo
		tr -d '\r' <"$file"
	done
	[ -n "$found" ] || { echo "third-party: $name has no licence in $dir" >&2; exit 1; }
}

notice "the Go standard library" "$(go env GOROOT)"
for os in linux darwin freebsd; do
	CGO_ENABLED=0 GOOS=$os go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' .
done | sort -u | while read -r path version dir; do
	notice "$path $version" "$dir"
done
