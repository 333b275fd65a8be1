#!/usr/bin/env bash
# What a recording costs: a listener of sosh ncat receives MB of random bytes, and of text, without a
# recording (spliced, and copied), and with one in each form, in shared memory. For each the best of
# RUNS: MB/s, processor time of the listener in ms for each GB, and its largest resident size in MB.
#   bench/record.sh       MB=1024 RUNS=3 by default; /usr/bin/time is needed
set -euo pipefail
cd "$(dirname "$0")/.."

MB=${MB:-1024} RUNS=${RUNS:-3}
dir=$(mktemp -d -p "${SHM:-/dev/shm}")
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/sosh" .
# The subshells end by SIGPIPE.
(head -c "$((64 << 20))" /dev/urandom >"$dir/binary")
(yes 'GET /index.html HTTP/1.1 and the rest of a line, as text protocols have it' || true) | head -c "$((64 << 20))" >"$dir/text"

once() { # data flag...: one transfer; prints MB/s, ms/GB and MB
	local data=$1 began ended listener
	shift
	rm -f "$dir"/port "$dir"/out.*
	/usr/bin/time -o "$dir/time" -f '%U %S %M' \
		"$dir/sosh" ncat -l --recv-only 127.0.0.1 0 --port-file "$dir/port" "$@" >/dev/null &
	listener=$!
	until [ -s "$dir/port" ]; do sleep 0.01; done
	began=$(date +%s%N)
	for ((i = 0; i < MB; i += 64)); do cat "$dir/$data"; done | "$dir/sosh" ncat --send-only 127.0.0.1 "$(cat "$dir/port")"
	wait "$listener"
	ended=$(date +%s%N)
	awk -v ns=$((ended - began)) -v mb="$MB" '{ printf "%.0f %.0f %.0f\n", mb * 1e9 / ns, ($1 + $2) * 1000 * 1024 / mb, $3 / 1024 }' "$dir/time"
}

show() { # what data flag...
	local what=$1 data=$2
	shift 2
	for ((n = 0; n < RUNS; n++)); do once "$data" "$@"; done | sort -rn | head -1 |
		awk -v what="$what" '{ printf "%-18s %6d MB/s %6d ms/GB %5d MB\n", what, $1, $2, $3 }'
}

for data in binary text; do
	show "$data, spliced" "$data"
	show "$data, copied" "$data" --output /dev/null
	show "$data, .jsonl" "$data" --record "$dir/out.jsonl"
	show "$data, .pcapng" "$data" --record "$dir/out.pcapng"
done
