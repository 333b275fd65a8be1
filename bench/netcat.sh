#!/usr/bin/env bash
# sosh nc beside nc.openbsd, ncat and socat, and beside the kernel's own limit
# (ref_throughput.c), in one run on loopback: MB/s in each direction, as a ratio
# to the limit; and the time from start to exit, as a ratio to nc.openbsd, with an
# empty Go program beside it.
#   bench/netcat.sh        MB=512 RUNS=5 by default
# The other end is always the same C program, so that only the netcat differs.
set -euo pipefail
cd "$(dirname "$0")/.."

MB=${MB:-512} RUNS=${RUNS:-5}
dir=$(mktemp -d -p "${SHM:-/dev/shm}")
trap 'rm -rf "$dir"' EXIT
# Static, as it is handed out: the C library's start takes longer than ours.
CGO_ENABLED=0 go build -o "$dir/sosh" .
ln -s sosh "$dir/nc"
gcc -O2 -o "$dir/ref" bench/ref_throughput.c
head -c "${MB}M" /dev/zero >"$dir/big"

median() { sort -n | awk '{a[NR] = $1} END {print a[int((NR + 1) / 2)]}'; }

# names and commands, each of which gets HOST PORT; socat wants them in a word.
names=(ref sosh nc.openbsd ncat socat)
command_of() { # name direction
	case $1 in
	ref) [[ $2 == *-in ]] && echo "$dir/ref send" || echo "$dir/ref recv" ;;
	sosh) echo "$dir/nc -N" ;;
	nc.openbsd) echo "nc.openbsd -N" ;;
	ncat) echo ncat ;;
	socat) [[ $2 == *-in ]] && echo "socat -u -b 131072 STDIN" || echo "socat -U -b 131072 STDOUT" ;;
	esac
}
run() { # name direction port
	local words=($(command_of "$1" "$2"))
	if [ "$1" = socat ]; then words+=("TCP:127.0.0.1:$3"); else words+=(127.0.0.1 "$3"); fi
	timeout 60 "${words[@]}"
}
once() { # name direction
	local port began ended peer
	case $2 in
	*-in) "$dir/ref" sink 0 2>/dev/null >"$dir/port" & ;;
	*) "$dir/ref" source 0 $((MB << 20)) >"$dir/port" & ;;
	esac
	peer=$!
	until [ -s "$dir/port" ]; do sleep 0.01; done
	port=$(cat "$dir/port")
	began=$(date +%s%N)
	case $2 in
	pipe-in) cat "$dir/big" | run "$1" "$2" "$port" >/dev/null ;;
	file-in) run "$1" "$2" "$port" <"$dir/big" >/dev/null ;;
	pipe-out) run "$1" "$2" "$port" </dev/null | cat >/dev/null ;;
	file-out) run "$1" "$2" "$port" </dev/null >"$dir/out" && rm -f "$dir/out" ;;
	null-out) run "$1" "$2" "$port" </dev/null >/dev/null ;;
	esac
	wait $peer || true
	ended=$(date +%s%N)
	rm -f "$dir/port"
	echo $((MB * 1000000000 / (ended - began)))
}

for direction in pipe-in file-in pipe-out file-out null-out; do
	for name in "${names[@]}"; do : >"$dir/$name.$direction"; done
	for _ in $(seq "$RUNS"); do # in turn, so that drift hits all alike
		for name in "${names[@]}"; do once "$name" $direction >>"$dir/$name.$direction"; done
	done
	limit=$(median <"$dir/ref.$direction")
	for name in "${names[@]}"; do
		m=$(median <"$dir/$name.$direction")
		awk -v d=$direction -v n="$name" -v m="$m" -v l="$limit" 'BEGIN {printf "%-9s %-11s %6d MB/s  %.2f of the limit\n", d, n, m, m / l}'
	done
done

# start to exit: a refused port, a hundred at a time, in turn. The empty Go
# program is what no Go program can do better than.
mkdir "$dir/empty"
echo 'package main; func main() {}' >"$dir/empty/main.go"
CGO_ENABLED=0 go build -o "$dir/go-empty" "$dir/empty/main.go"
names=(nc.openbsd go-empty sosh ncat)
hundred() { # command
	local began
	began=$(date +%s%N)
	for _ in $(seq 100); do "$1" -z 127.0.0.1 1 || true; done
	echo $((($(date +%s%N) - began) / 100000))
}
for _ in $(seq "$RUNS"); do
	for name in "${names[@]}"; do
		command=$name
		case $name in sosh) command=$dir/nc ;; go-empty) command=$dir/go-empty ;; esac
		hundred "$command" >>"$dir/$name.start"
	done
done
base=$(median <"$dir/nc.openbsd.start")
for name in "${names[@]}"; do
	us=$(median <"$dir/$name.start")
	awk -v n="$name" -v u="$us" -v b="$base" 'BEGIN {printf "start-exit %-11s %6.2f ms  %.1f of nc.openbsd\n", n, u / 1000, u / b}'
done
