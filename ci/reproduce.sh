#!/usr/bin/env bash
# reproduce.sh [VERSION] makes a release twice and compares the files, byte for byte:
# in two clones in directories of their own, with nothing compiled before, and with
# another umask, time zone, language, home and clock of the files. TARGETS says which,
# linux/amd64 by default; TARGETS=all for all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:-0.0.0-test}
case ${TARGETS:=linux/amd64} in all) unset TARGETS ;; *) export TARGETS ;; esac

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GOMODCACHE
GOMODCACHE=$(go env GOMODCACHE)

git -c safe.directory='*' clone -q --no-local . "$work/one"
(umask 022 && cd "$work/one" && ci/release.sh "$version")
(umask 077 && cd "$work" && git -c safe.directory='*' clone -q --no-local one "a longer name")
find "$work/a longer name" -name .git -prune -o -type f -exec touch -d 2001-02-03 {} +
mkdir "$work/home"
(umask 077 && cd "$work/a longer name" && HOME=$work/home GOCACHE=$work/cache TZ=Asia/Kathmandu LC_ALL=C.UTF-8 TMPDIR=$work/home ci/release.sh "$version")

if ! diff "$work/one/dist/SHA256SUMS" "$work/a longer name/dist/SHA256SUMS"; then
	echo "reproduce: the two differ" >&2
	exit 1
fi
echo "reproduce: $(wc -l <"$work/one/dist/SHA256SUMS") files are the same, byte for byte"
