#!/usr/bin/env bash
# Random transfers through the built program for two minutes, CHAOS=1h for
# longer. A failure names the seed that does the same again.
set -euo pipefail
cd "$(dirname "$0")/.."

go test -count 1 -timeout 0 -run '^TestChaos$' -v ./internal/e2e -args -chaos "${CHAOS:-2m}" ${SEED:+-chaos.seed "$SEED"}
