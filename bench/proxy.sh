#!/usr/bin/env bash
# Throughput through a proxy: sosh's CONNECT beside ncat's, and sosh's SOCKS5
# beside microsocks', with the same client and server at the ends. For each: MB/s,
# as a ratio to a connection without a proxy; processor time of the proxy, in ms
# for each GB; and the time of one short connection through a proxy that runs.
#   bench/proxy.sh        MB=512 RUNS=5 by default
set -euo pipefail
cd "$(dirname "$0")/.."

MB=${MB:-512} RUNS=${RUNS:-5}
dir=$(mktemp -d -p "${SHM:-/dev/shm}")
proxies=()
trap 'kill "${proxies[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/sosh" .
gcc -O2 -o "$dir/ref" bench/ref_throughput.c
go build -o "$dir/through" ./bench/through

median() { sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }
# ticks PID: its processor time and that of its children, which ncat has, once
# those have ended; in 10 ms.
ticks() {
	local left=100
	until [ -z "$(cat "/proc/$1/task/$1/children")" ] || [ $((left--)) = 0 ]; do sleep 0.01; done
	awk '{print $14 + $15 + $16 + $17}' "/proc/$1/stat"
}

# free_port: one that is free now; the servers that take no port file start on it.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
names=(direct sosh-connect ncat-connect sosh-socks microsocks)
declare -A pid port kind=([direct]=direct [sosh-connect]=connect [ncat-connect]=connect [sosh-socks]=socks [microsocks]=socks)
"$dir/sosh" ncat -lk --proxy-type http 127.0.0.1 0 --port-file "$dir/p1" & pid[sosh-connect]=$!
"$dir/sosh" ncat -lk --proxy-type socks5 127.0.0.1 0 --port-file "$dir/p2" & pid[sosh-socks]=$!
port[ncat-connect]=$(free_port)
ncat -lk --proxy-type http 127.0.0.1 "${port[ncat-connect]}" 2>/dev/null & pid[ncat-connect]=$!
port[microsocks]=$(free_port)
microsocks -i 127.0.0.1 -p "${port[microsocks]}" 2>/dev/null & pid[microsocks]=$!
proxies=("${pid[@]}")
until [ -s "$dir/p1" ] && [ -s "$dir/p2" ]; do sleep 0.01; done
port[sosh-connect]=$(cat "$dir/p1") port[sosh-socks]=$(cat "$dir/p2")
port[direct]=0 pid[direct]=self
for name in ncat-connect microsocks; do
	until (: <"/dev/tcp/127.0.0.1/${port[$name]}") 2>/dev/null; do sleep 0.05; done
done

once() { # name direction: adds MB/s and processor time to the files of the two
	local began ended used=0
	[ "$1" = direct ] || used=$(ticks "${pid[$1]}")
	began=$(date +%s%N)
	"$dir/through" -kind "${kind[$1]}" -proxy "127.0.0.1:${port[$1]}" -direction "$2" -mb "$MB"
	ended=$(date +%s%N)
	[ "$1" = direct ] || used=$(($(ticks "${pid[$1]}") - used))
	echo $((MB * 1000000000 / (ended - began))) >>"$dir/$1.$2"
	echo $((used * 10 * 1024 / MB)) >>"$dir/$1.$2.cpu"
}

for direction in up down; do
	for _ in $(seq "$RUNS"); do # in turn, so that drift hits all alike
		for name in "${names[@]}"; do once "$name" $direction; done
	done
	limit=$(median <"$dir/direct.$direction")
	for name in "${names[@]}"; do
		awk -v d=$direction -v n="$name" -v m="$(median <"$dir/$name.$direction")" -v c="$(median <"$dir/$name.$direction.cpu")" -v l="$limit" \
			'BEGIN {printf "%-5s %-13s %6d MB/s  %.2f of direct  %5d ms of the processor for 1 GB\n", d, n, m, m / l, c}'
	done
done

for _ in $(seq "$RUNS"); do
	for name in "${names[@]}"; do
		"$dir/through" -kind "${kind[$name]}" -proxy "127.0.0.1:${port[$name]}" -direction requests >>"$dir/$name.requests"
	done
done
for name in "${names[@]}"; do
	awk -v n="$name" -v u="$(median <"$dir/$name.requests")" 'BEGIN {printf "request %-13s %5d us from connect to a byte of the answer\n", n, u}'
done
