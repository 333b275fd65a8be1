#!/usr/bin/env bash
# The tests with the race detector, the program that they start included.
set -euo pipefail
cd "$(dirname "$0")/.."

CGO_ENABLED=1 go test -race -vet=off ./...
