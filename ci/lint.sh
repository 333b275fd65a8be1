#!/usr/bin/env bash
# vet, staticcheck, gosec, and govulncheck where its data can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

go vet ./...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

# What gosec says beside these was read once, and is not asked for again:
# G103 unsafe: gopher-lua's fields and system calls without a wrapper
# G104 errors of Close, Write to a terminal, and the like are dropped on purpose
# G115 conversions of integers: lengths checked before, or bits on purpose
# G204, G304 programs and files that the user names are what sosh is for
# G301, G302, G306 files and directories that a user asks for get the umask's mode; secrets have 0600
# G401, G501, G505 MD5 and SHA-1 are Digest's, ncat's fingerprint's and hash's
# G404 math/rand makes test data and orders, and no secrets
go run github.com/securego/gosec/v2/cmd/gosec@v2.22.4 -quiet -tests=false \
	-exclude=G103,G104,G115,G204,G301,G302,G304,G306,G401,G404,G501,G505 ./...

vulnerabilities=$(mktemp)
trap 'rm -f "$vulnerabilities"' EXIT
if ! go run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./... >"$vulnerabilities" 2>&1; then
	if grep -q '^govulncheck: fetching vulnerabilities' "$vulnerabilities"; then
		echo 'lint: govulncheck was not run: its data cannot be fetched here'
	else
		cat "$vulnerabilities" >&2
		exit 1
	fi
fi
