package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func redis(t *testing.T) string {
	path := lookOrSkip(t, "redis-server")
	dir := t.TempDir()
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no")
	})
}

func TestRedisWords(t *testing.T) {
	t.Parallel()
	addr := redis(t)
	got := sosh(t, "redis.sosh", set("addr", addr)+`
socket tcp c
connect c $addr timeout=10
send c "PING\r\n"
recvuntil c "\r\n"
send c "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\na\r\nb\0\r\n"
recvline c
send c "GET key\r\n"
recvuntil c "\r\n"
recvexact c 7
send c "QUIT\r\n"
recvall c
`)
	want(t, got, "+PONG\r\n+OK\n$5\r\na\r\nb\x00\r\n+OK\r\n")
}

func TestRedisPipelining(t *testing.T) {
	t.Parallel()
	got := sosh(t, "redis.lua", `
local c = dial(arg[1])
local function command(...)
	local words = {"*" .. select("#", ...)}
	for _, w in ipairs{...} do
		words[#words + 1] = "$" .. #w
		words[#words + 1] = w
	end
	return table.concat(words, "\r\n") .. "\r\n"
end
local function reply()
	local line = c:recvline{timeout = 10}
	local kind, rest = line:sub(1, 1), line:sub(2)
	if kind ~= "$" then return line end
	if rest == "-1" then return nil end
	return (c:recvexact(tonumber(rest) + 2):sub(1, -3))
end
-- 1000 commands in one send, and their replies in order
local all = {}
for i = 1, 1000 do all[i] = command("SET", "k" .. i, ("v"):rep(i)) end
c:send(table.concat(all))
for i = 1, 1000 do assert(reply() == "+OK", i) end
for i = 1, 1000 do all[i] = command("GET", "k" .. i) end
c:send(table.concat(all))
for i = 1, 1000 do assert(#reply() == i, i) end
c:send(command("GET", "nosuch"))
print(reply())
c:send(command("NOSUCH"))
print(reply():match("^%-ERR unknown command") ~= nil)
`, redis(t))
	want(t, got, "nil\ntrue\n")
}

func nginx(t *testing.T) string {
	path := lookOrSkip(t, "nginx")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte("hello, nginx\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} { // so that a worker that is not root may read it
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return serverOn(t, func(port int) *exec.Cmd {
		conf := fmt.Sprintf(`daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	server { listen 127.0.0.1:%[2]d; root %[1]s; }
}
`, dir, port)
		file := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command(path, "-p", dir, "-e", "stderr", "-c", file)
	})
}

func TestNginxHTTP10(t *testing.T) {
	t.Parallel()
	got := sosh(t, "http.sosh", set("addr", nginx(t))+`
dial $addr c timeout=10
send c "GET /hello.txt HTTP/1.0\r\n\r\n"
print(c:recvline())
head = c:recvuntil("\r\n\r\n")
print(head:match("Connection: (%a+)"), head:match("Content%-Length: (%d+)"))
recvall c timeout=10
`)
	want(t, got, "HTTP/1.1 200 OK\nclose\t13\nhello, nginx\n")
}

func TestNginxKeepAlive(t *testing.T) {
	t.Parallel()
	got := sosh(t, "http.lua", `
local c = dial(arg[1])
local function get(path, close)
	c:send("GET " .. path .. " HTTP/1.1\r\nHost: x\r\n" .. (close and "Connection: close\r\n" or "") .. "\r\n")
	local status = c:recvline{timeout = 10}
	local length
	for line in function() local l = c:recvline() return l ~= "" and l or nil end do
		length = line:match("^Content%-Length: (%d+)$") or length
	end
	return status, c:recvexact(tonumber(length))
end
for i = 1, 3 do io.write(select(2, get("/hello.txt"))) end
print((get("/nosuch")))
io.write(select(2, get("/hello.txt", true)))
print(c:recv{timeout = 10})
`, nginx(t))
	want(t, got, "hello, nginx\nhello, nginx\nhello, nginx\nHTTP/1.1 404 Not Found\nhello, nginx\nnil\n")
}

func dnsmasq(t *testing.T) string {
	path := lookOrSkip(t, "dnsmasq")
	dir := t.TempDir()
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll",
			"--bind-interfaces", "--listen-address=127.0.0.1", "--except-interface=none", fmt.Sprintf("--port=%d", port),
			"--pid-file="+filepath.Join(dir, "pid"), "--user=", "--log-facility=-",
			"--address=/sosh.test/192.0.2.7", "--txt-record=long.test,"+string(longText()))
	})
}

// longText is a record that does not fit a datagram without EDNS.
func longText() []byte {
	p := make([]byte, 0, 1000)
	for i := range 900 {
		if i%200 == 199 {
			p = append(p, ',') // the next string of the record
			continue
		}
		p = append(p, 'a'+byte(i%26))
	}
	return p
}

const dnsLua = `
local function query(id, name, kind)
	local labels = name:gsub("[^.]+%.?", function(l) l = l:gsub("%.", "") return string.char(#l) .. l end)
	return string.char(0, id) .. "\1\0\0\1\0\0\0\0\0\0" .. labels .. "\0" .. string.char(0, kind) .. "\0\1"
end
local function u16(s, i) local a, b = s:byte(i, i + 1) return a * 256 + b end
`

func TestDnsmasqUDP(t *testing.T) {
	t.Parallel()
	addr := dnsmasq(t)
	got := sosh(t, "dns.lua", dnsLua+`
local c = dial("udp://" .. arg[1])
c:send(query(7, "sosh.test", 1))
local answer, from, cut = c:recv{timeout = 10}
print(u16(answer, 1), u16(answer, 7), from == arg[1], cut)
print(table.concat({answer:byte(-4, -1)}, "."))
-- not connected, and a name that there is none of
local u = socket("udp")
u:sendto(arg[1], query(8, "no.sosh", 1))
answer, from = u:recvfrom{timeout = 10}
print(u16(answer, 1), u16(answer, 3) % 16 ~= 0, from == arg[1])
-- an answer too long for a datagram has the bit TC
c:send(query(9, "long.test", 16))
answer = c:recv{timeout = 10}
print(math.floor(u16(answer, 3) / 512) % 2)
`, addr)
	want(t, got, "7\t1\ttrue\tfalse\n192.0.2.7\n8\ttrue\ttrue\n1\n")
	// The same query in words, byte for byte.
	got = sosh(t, "dns.sosh", set("addr", addr)+`
dial udp://$addr c
send c hex="0001 0100 0001 0000 0000 0000 04 736f7368 04 74657374 00 0001 0001"
answer = c:recv{timeout = 10}
print(table.concat({answer:byte(-4, -1)}, "."))
`)
	want(t, got, "192.0.2.7\n")
}

func TestDnsmasqTCP(t *testing.T) {
	t.Parallel()
	got := sosh(t, "dns.lua", dnsLua+`
local c = dial(arg[1])
local function ask(q)
	c:send(string.char(0, #q) .. q)
	return c:recvexact(u16(c:recvexact(2, {timeout = 10}), 1))
end
local answer = ask(query(7, "sosh.test", 1))
print(u16(answer, 1), table.concat({answer:byte(-4, -1)}, "."))
answer = ask(query(8, "long.test", 16))
print(u16(answer, 1), math.floor(u16(answer, 3) / 512) % 2, #answer > 512)
`, dnsmasq(t))
	want(t, got, "7\t192.0.2.7\n8\t0\ttrue\n")
}
