#!/bin/bash
# Connections held and answered by one script: N (10000) of them, and the
# memory that each takes.
set -eu
cd "$(dirname "$0")/.."
N=${N:-10000}
ulimit -n $((N + 1000)) 2>/dev/null || true
. bench/with_echo.sh
"$dir/sosh" run bench/handles.lua "$addr" "$N"
