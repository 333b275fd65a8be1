package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// ncServer starts OpenBSD's nc as an echo server: what comes goes through cat.
func ncServer(t *testing.T) string {
	nc := lookOrSkip(t, "nc.openbsd")
	fifo := filepath.Join(t.TempDir(), "fifo")
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command("sh", "-c", fmt.Sprintf(
			`rm -f %[1]s; mkfifo %[1]s; %[2]s -lk -N 127.0.0.1 %[3]d <%[1]s | cat >%[1]s`, fifo, nc, port))
	})
}

func TestNcServer(t *testing.T) {
	t.Parallel()
	got := sosh(t, "nc.lua", `
local c = dial(arg[1])
c:sendline("to nc and back")
print(c:recvline{timeout = 10})
c:send(("x"):rep(100000))
print(#c:recvexact(100000, {timeout = 10}))
`, ncServer(t))
	want(t, got, "to nc and back\n100000\n")
}

func TestNcClient(t *testing.T) {
	t.Parallel()
	nc := lookOrSkip(t, "nc.openbsd")
	got := sosh(t, "nc.lua", `
local nc = arg[1]
local s = socket("tcp"):bind("127.0.0.1:0"):listen()
local host, port = select(2, s:getsockname())
local p = io.popen("printf 'question\n' | " .. nc .. " -N " .. host .. " " .. port)
local a = s:accept{timeout = 10}
print(a:recvall{timeout = 10})
a:send("answer")
a:close()
print(p:read("*a"))
p:close()
-- nc that finds nobody
s:close()
print(os.execute(nc .. " -z " .. host .. " " .. port .. " 2>/dev/null") == 0)
-- datagrams
local u = socket("udp"):bind("127.0.0.1:0")
host, port = select(2, u:getsockname())
p = io.popen("printf datagram | " .. nc .. " -u -w 1 " .. host .. " " .. port)
local data, from = u:recv{timeout = 10}
print(data)
u:sendto(from, "back")
print(p:read("*a"))
p:close()
`, nc)
	want(t, got, lines("question", "", "answer", "false", "datagram", "back"))
}

// socatServer starts socat as an echo server.
func socatServer(t *testing.T) string {
	socat := lookOrSkip(t, "socat")
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(socat, fmt.Sprintf("TCP4-LISTEN:%d,bind=127.0.0.1,reuseaddr,fork", port), "EXEC:cat")
	})
}

func TestSocatServer(t *testing.T) {
	t.Parallel()
	got := sosh(t, "socat.sosh", set("addr", socatServer(t))+`
dial $addr a timeout=10
dial $addr b timeout=10
sendline a from a
sendline b from b
recvline a timeout=10
recvline b timeout=10
sendline a the end
shutdown a
recvall a timeout=10
`)
	want(t, got, "from a\nfrom b\nthe end\n")
}

func TestSocatUDP(t *testing.T) {
	t.Parallel()
	socat := lookOrSkip(t, "socat")
	port := freePort(t)
	start(t, exec.Command(socat, fmt.Sprintf("UDP4-RECVFROM:%d,bind=127.0.0.1,fork", port), "EXEC:cat"))
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	got := sosh(t, "socat.lua", `
-- the first datagrams are refused until socat is there
local c = dial("udp://" .. arg[1])
for i = 1, 1000 do
	local ok, data = pcall(function()
		c:send("there?")
		return (c:recv{timeout = 1})
	end)
	if ok then print(data) break end
	assert(data.code == "ECONNREFUSED" or data.code == "timeout", data)
	sleep(0.01)
end
local u = socket("udp")
for _, size in ipairs{1, 100, 8000} do
	u:sendto(arg[1], ("x"):rep(size))
	local data, from, cut = u:recvfrom{timeout = 10}
	print(#data, from == arg[1], cut)
end
`, addr)
	want(t, got, lines("there?", "1\ttrue\tfalse", "100\ttrue\tfalse", "8000\ttrue\tfalse"))
}

func TestSocatClient(t *testing.T) {
	t.Parallel()
	socat := lookOrSkip(t, "socat")
	got := sosh(t, "socat.lua", `
local function client(address) return io.popen("printf 'from socat\n' | "..arg[1].." -t 10 - "..address) end
local s = socket("tcp"):bind("127.0.0.1:0"):listen()
local p = client("TCP4:" .. s:getsockname())
local a = s:accept{timeout = 10}
print(a:recvall{timeout = 10})
a:send("from sosh")
a:close()
print(p:read("*a"))
p:close()
local u = socket("udp"):bind("127.0.0.1:0")
p = io.popen("printf 'a datagram' | "..arg[1].." -t 0.1 - UDP4-SENDTO:" .. u:getsockname())
print((u:recv{timeout = 10}))
p:close()
`, socat)
	want(t, got, lines("from socat", "", "from sosh", "a datagram"))
}

func TestSocatUnix(t *testing.T) {
	t.Parallel()
	socat := lookOrSkip(t, "socat")
	got := sosh(t, "unix.lua", `
local socat = arg[1]
local function client(address, text)
	return io.popen("printf '"..text.."' | "..socat.." -t 10 - "..address)
end
local function answer(kind, name, address)
	local s = socket(kind):bind(name):listen()
	local p = client(address, "from socat")
	local a = s:accept{timeout = 10}
	print(kind, a:recv{timeout = 10})
	a:send("from sosh")
	a:close()
	print(kind, p:read("*a"))
	p:close()
	s:close()
end
answer("unix", "./u.sock", "UNIX-CONNECT:./u.sock")
answer("unix", "@" .. arg[2], "ABSTRACT-CONNECT:" .. arg[2])
answer("unixpacket", "./p.sock", "UNIX-CONNECT:./p.sock,type=5")
local g = socket("unixgram"):bind("./g.sock")
os.execute("printf 'a datagram' | " .. socat .. " -u - UNIX-SENDTO:./g.sock")
print("unixgram", (g:recv{timeout = 10}))
`, socat, fmt.Sprintf("sosh-test-%d", time.Now().UnixNano()))
	want(t, got, lines(
		"unix\tfrom socat", "unix\tfrom sosh",
		"unix\tfrom socat", "unix\tfrom sosh",
		"unixpacket\tfrom socat", "unixpacket\tfrom sosh",
		"unixgram\ta datagram"))
}

func TestSocatUnixServer(t *testing.T) {
	t.Parallel()
	socat := lookOrSkip(t, "socat")
	dir := t.TempDir()
	path := filepath.Join(dir, "u.sock")
	if len(path) > 100 {
		t.Skipf("the path is too long for an address: %s", path)
	}
	start(t, exec.Command(socat, "UNIX-LISTEN:"+path+",fork", "EXEC:cat"))
	got := sosh(t, "unix.lua", `
local ok, c
for i = 1, 2000 do
	ok, c = pcall(dial, arg[1])
	if ok then break end
	assert(c.code == "ENOENT" or c.code == "ECONNREFUSED", c)
	sleep(0.005)
end
c:sendline("to socat and back")
print(c:recvline{timeout = 10})
print(c:getpeername() == arg[1])
`, path)
	want(t, got, "to socat and back\ntrue\n")
}
