#!/usr/bin/env bash
# vet and staticcheck.
set -euo pipefail
cd "$(dirname "$0")/.."

go vet ./...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
