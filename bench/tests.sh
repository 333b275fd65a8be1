#!/usr/bin/env bash
# What tests cost: 1,000 that make a pair of sockets each and send one message,
# beside python3's unittest doing the same; and 500 that wait 0.1 s each, 64 at
# once, beside the least that takes, 8 rounds of 0.1 s. Prints seconds from start
# to exit and their ratio, below 1 where sosh is faster.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/sosh" .
cat >"$dir/pairs_test.lua" <<'lua'
for i = 1, 1000 do
	test("pair " .. i, function(t)
		local s = serve("127.0.0.1:0")
		local c = dial((s:getsockname()))
		c:send("x")
		wait(s, "accepted")
		t:eq(s[1]:recv(), "x")
	end)
end
lua
cat >"$dir/pairs.py" <<'python'
import socket, unittest
class Pairs(unittest.TestCase):
    pass
def pair(self):
    with socket.create_server(("127.0.0.1", 0)) as s, socket.create_connection(s.getsockname()) as c:
        c.send(b"x")
        with s.accept()[0] as a:
            self.assertEqual(a.recv(1), b"x")
for i in range(1000):
    setattr(Pairs, "test_%d" % i, pair)
unittest.main()
python
cat >"$dir/waits_test.lua" <<'lua'
for i = 1, 500 do
	test("wait " .. i, {parallel = true}, function(t) sleep(0.1) end)
end
lua
TIMEFORMAT=%R
took() { { time "$@" >/dev/null 2>&1; } 2>&1; }
for _ in $(seq "${RUNS:-3}"); do
	ours=$(took "$dir/sosh" test "$dir/pairs_test.lua") theirs=$(took python3 "$dir/pairs.py")
	waits=$(took "$dir/sosh" test --parallel 64 "$dir/waits_test.lua")
	awk -v o="$ours" -v t="$theirs" -v w="$waits" 'BEGIN {
		printf "1,000 pairs: sosh %.2f s, unittest %.2f s, ratio %.2f; 500 waits, 64 at once: %.2f s, ratio to the least %.2f\n", o, t, o/t, w, w/0.8
	}'
done
