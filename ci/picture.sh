#!/usr/bin/env bash
# Makes the picture in the README from testdata/picture/session.txt: the test types the
# session at a prompt and records the terminal, and svg-term draws it. Needs npx.
set -euo pipefail
cd "$(dirname "$0")/.."

cast=$(mktemp)
trap 'rm -f "$cast"' EXIT
SOSH_PICTURE=$cast go test -count 1 -run '^TestPicture$' ./internal/e2e
npx --yes svg-term-cli@2.1.1 --in "$cast" --out doc/images/session.svg --window --padding 8
