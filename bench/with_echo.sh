# Sourced by the benchmarks: builds sosh and the echo server, starts the server
# on a free port, and leaves $dir, a directory for files, and $addr.
dir=$(mktemp -d)
trap 'exec 3>&-; rm -rf "$dir"' EXIT
CGO_ENABLED=0 go build -o "$dir/sosh" .
go build -o "$dir/echo" ./bench/echo
mkfifo "$dir/stdin"
"$dir/echo" <"$dir/stdin" >"$dir/addr" &
exec 3>"$dir/stdin" # the server ends when this is closed
until [ -s "$dir/addr" ]; do sleep 0.05; done
addr=$(cat "$dir/addr")
