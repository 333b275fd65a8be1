#!/bin/bash
# Datagrams a second through sosh nc and sosh ncat, beside nc.openbsd, ncat and
# socat where they are installed, in turn: of 64 and of 1,400 bytes, from a pipe
# to the network (in) and from the network to a pipe (out). Prints the medians
# of RUNS (5) runs of a second each, and the datagrams lost in all of them. 64
# are on their way at a time, fewer than a receive buffer holds: what is lost was
# cut or dropped by the program. Needs a C compiler, and Linux.
set -eu
cd "$(dirname "$0")/.."
RUNS=${RUNS:-5}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/sosh" .
"${CC:-cc}" -O2 -o "$dir/udp" bench/udp.c
median() { sort -n | awk '{a[NR]=$1} END {print a[int((NR+1)/2)]}'; }
here="127.0.0.1 PORT"
for size in 64 1400; do
  for way in in out; do
    for run in $(seq "$RUNS"); do
      while IFS='|' read -r name in out; do
        command -v "${in%% *}" >/dev/null || continue
        [ "$way" = in ] && command=$in || command=$out
        # shellcheck disable=SC2086 # the command is several words
        "$dir/udp" "$way" "$size" 1 $command >>"$dir/$way.$size.$name"
      done <<EOF
sosh nc|$dir/sosh nc -u $here|$dir/sosh nc -u -l $here
sosh ncat|$dir/sosh ncat -u $here|$dir/sosh ncat -u -l $here
nc.openbsd|nc.openbsd -u $here|nc.openbsd -u -l $here
ncat|ncat -u $here|ncat -u -l $here
socat|socat -u STDIN UDP-SENDTO:127.0.0.1:PORT|socat -u UDP-RECV:PORT,bind=127.0.0.1 STDOUT
EOF
    done
    for f in "$dir/$way.$size."*; do
      awk -v way="$way" -v size="$size" -v name="${f##*.$size.}" \
        -v rate="$(awk '{print $1}' "$f" | median)" -v cpu="$(awk '{print $3}' "$f" | median)" \
        '{lost += $2} END {printf "%-3s %4d bytes  %-10s %7d/s  %5.2f us each  %d lost\n", way, size, name, rate, cpu, lost}' "$f"
    done
  done
done
