#!/usr/bin/env bash
# The tests, as the README has them.
set -euo pipefail
cd "$(dirname "$0")/.."

go test ./...
