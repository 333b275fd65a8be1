package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ftpd serves a directory of files, with EPSV, to the user me.
func ftpd(t *testing.T) (addr, dir string) {
	path := "/usr/bin/python3" // the system's, which has the packages of the system
	if _, err := os.Stat(path); err != nil {
		path = lookOrSkip(t, "python3")
	}
	if exec.Command(path, "-c", "import pyftpdlib").Run() != nil {
		if requirePeers() {
			t.Fatal("pyftpdlib is not installed")
		}
		t.Skip("pyftpdlib is not installed")
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hello.txt"), []byte("hello, ftp\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// As python3 -m pyftpdlib, but for the 3 seconds after which it answers a wrong password.
	const program = "from pyftpdlib import handlers, __main__; handlers.FTPHandler.auth_failed_timeout = 0; __main__.main()"
	return serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(path, "-W", "ignore", "-c", program, "-i", "127.0.0.1", "-p", fmt.Sprint(port), "-d", dir, "-u", "me", "-P", "secret", "-w")
	}), dir
}

// bothLua runs a program of LuaSocket with lua5.1 and with sosh: they print the same, and
// want is among it.
func bothLua(t *testing.T, program, want string) {
	t.Helper()
	lua := lookOrSkip(t, "lua5.1")
	file := filepath.Join(t.TempDir(), "program.lua")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(lua, file)
	cmd.Dir = filepath.Dir(file)
	theirs, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s", err, theirs)
	}
	ours := sosh(t, "program.lua", program)
	if ours != string(theirs) {
		t.Errorf("sosh prints\n%s\nlua5.1 prints\n%s", ours, theirs)
	}
	if !strings.Contains(ours, want) {
		t.Errorf("no %q in\n%s", want, ours)
	}
}

func TestLuaSocketHTTP(t *testing.T) {
	t.Parallel()
	bothLua(t, fmt.Sprintf(`
local http, ltn12 = require "socket.http", require "ltn12"
local base = "http://%s"
print((http.request(base .. "/hello.txt")))
local body, code, headers, status = http.request(base .. "/none")
print(code, status, headers["content-type"])
local t = {}
print((http.request{url = base .. "/hello.txt", sink = ltn12.sink.table(t), headers = {range = "bytes=0-4"}}))
print(table.concat(t))
print((http.request{url = base .. "/hello.txt", method = "HEAD"}))
`, nginx(t)), "hello, nginx")
}

func TestLuaSocketSMTP(t *testing.T) {
	t.Parallel()
	host, port, _ := strings.Cut(smtpd(t), ":")
	bothLua(t, fmt.Sprintf(`
local smtp, mime, ltn12 = require "socket.smtp", require "mime", require "ltn12"
local server, port = %q, %s
print(smtp.send{from = "<ann@example.org>", rcpt = "<bob@example.org>", server = server, port = port,
	source = smtp.message{headers = {subject = "a test", from = "ann@example.org"}, body = {
		{body = mime.eol(0, "text\n.with a dot\n")},
		{headers = {["content-type"] = "application/octet-stream", ["content-transfer-encoding"] = "BASE64"},
			body = ltn12.source.chain(ltn12.source.string(("\0\1\2"):rep(100)), ltn12.filter.chain(mime.encode("base64"), mime.wrap()))},
	}}})
local ok, err = smtp.send{from = "<ann@example.org>", rcpt = "<bob@elsewhere.example>", server = server, port = port, source = ltn12.source.string("x")}
print(ok, err:match("^550"))
`, host, port), "nil\t550")
}

func TestLuaSocketFTP(t *testing.T) {
	t.Parallel()
	addr, dir := ftpd(t)
	bothLua(t, fmt.Sprintf(`
local ftp, ltn12 = require "socket.ftp", require "ltn12"
local base = "ftp://me:secret@%[1]s"
print(ftp.get(base .. "/hello.txt;type=i"))
print(ftp.put(base .. "/up.txt;type=i", ("0123456789"):rep(10000)))
print(#ftp.get(base .. "/up.txt;type=i"))
print((ftp.get(base .. "/none")))
print((ftp.get("ftp://me:wrong@%[1]s/hello.txt")))
local t = {}
local host, port = ("%[1]s"):match("(.*):(.*)")
print(ftp.get{host = host, port = port, user = "me", password = "secret", command = "nlst", argument = "", sink = ltn12.sink.table(t), type = "a"})
print((table.concat(t):gsub("\r", "")))
print(ftp.command{host = host, port = port, user = "me", password = "secret", command = "dele", argument = "up.txt", check = 250})
`, addr), "hello, ftp")
	if _, err := os.Stat(filepath.Join(dir, "up.txt")); err == nil {
		t.Error("up.txt is still there")
	}
}

func TestLuaSocketDNS(t *testing.T) {
	t.Parallel()
	// A resolver of its own: a question in a datagram, the answer with an address.
	addr := dnsmasq(t)
	bothLua(t, fmt.Sprintf(`
local socket = require "socket"
local host, port = ("%s"):match("(.*):(.*)")
local u = socket.udp()
u:settimeout(5)
print(u:setpeername(host, port))
print(u:send("\18\52\1\0\0\1\0\0\0\0\0\0\4sosh\4test\0\0\1\0\1"))
local answer = u:receive()
print(#answer, answer:byte(#answer - 3, #answer))
`, addr), "192\t0\t2\t7")
}
