package luasocket

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHostileServers has servers that send without end, or nonsense: the answer is an error, before
// much was read.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	long := strings.Repeat("a", 1<<14)
	for _, c := range []struct{ name, first, again, want string }{
		{"status line", "HTTP/1.1 ", long, "nil line too long"},
		{"header line", ok + "X: ", long, "nil line too long"},
		{"headers", ok, "X: y\r\n", "nil headers too long"},
		{"folded header", ok + "X: y\r\n", " y\r\n", "nil headers too long"},
		{"end in a folded header", ok + "X: y\r\n z\r\n", "", "nil closed"},
		{"continue", "", "HTTP/1.1 100 Continue\r\n\r\n", "nil too many answers 100"},
		{"chunk line", ok + "Transfer-Encoding: chunked\r\n\r\n", long, "nil line too long"},
		{"trailers", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", "nil headers too long"},
		{"negative chunk", ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", "", "nil invalid chunk size"},
		{"long chunk", ok + "Transfer-Encoding: chunked\r\n\r\n80000\r\n" + strings.Repeat("b", 0x80000) + "\r\n1\r\nb\r\n0\r\n\r\n", "", "524289 200"},
		{"half a byte", ok + "Content-Length: 0.5\r\n\r\nabc", "", "3 200"},
		{"ftp: line", "220 ", long, "nil line too long"},
		{"ftp: reply", "220-hello\r\n", "220-hello\r\n", "nil reply too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			call := fmt.Sprintf("http.request('http://%s/')", l.Addr())
			if strings.HasPrefix(c.name, "ftp") {
				call = fmt.Sprintf("ftp.get('ftp://%s/x')", l.Addr())
			}
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if !strings.HasPrefix(c.name, "ftp") {
					for r := bufio.NewReader(conn); ; {
						if line, err := r.ReadString('\n'); err != nil || line == "\r\n" {
							break
						}
					}
				}
				fmt.Fprint(conn, c.first)
				if c.again == "" {
					return
				}
				again := []byte(strings.Repeat(c.again, 1+1<<14/len(c.again)))
				for sent := 0; sent < 64<<20; sent += len(again) { // more than is taken
					if _, err := conn.Write(again); err != nil {
						return
					}
				}
			}()
			file := filepath.Join(t.TempDir(), "hostile.lua")
			program := "local http, ftp = require 'socket.http', require 'socket.ftp'\nlocal r, what = " + call + "\nio.write(tostring(r and #r), ' ', tostring(what))"
			if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := run(t, file, ""); err != nil || out != c.want {
				t.Errorf("%v\ngot  %.200q\nwant %q", err, out, c.want)
			}
		})
	}
}
