package luasocket

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/sockets/tlsconf"
)

// servers are what the programs of one run talk to: they answer as the tables below say, and
// remember what they were asked.
type servers struct {
	ports     map[string]int // by the name of the global that programs have
	cert, key string         // files in PEM

	mu   sync.Mutex
	seen []string
}

func (s *servers) saw(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, fmt.Sprintf(format, args...))
}

// log returns what the servers were asked, with the ports masked.
func (s *servers) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.seen, "\n")
	for name, port := range s.ports {
		text = strings.ReplaceAll(text, strconv.Itoa(port), name)
	}
	return text
}

func startServers(t *testing.T) *servers {
	t.Helper()
	s := &servers{ports: make(map[string]int)}
	config := s.certificate(t)
	serve := func(name string, handle func(c net.Conn)) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if strings.HasPrefix(name, "HTTPS") {
			l = tls.NewListener(l, config)
		}
		t.Cleanup(func() { l.Close() })
		s.ports[name] = port
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					handle(c)
				}()
			}
		}()
	}
	serve("HTTP_PORT", s.http)
	serve("HTTPS_PORT", s.http)
	serve("SMTP_PORT", s.smtp)
	serve("FTP_PORT", s.ftp)
	return s
}

// certificate makes the certificate of the servers, which programs have too.
func (s *servers) certificate(t *testing.T) *tls.Config {
	t.Helper()
	c, err := tlsconf.SelfSigned([]string{"localhost", "127.0.0.1"}, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s.cert, s.key = write("cert.pem", "CERTIFICATE", c.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
	return &tls.Config{Certificates: []tls.Certificate{*c}}
}

// httpAnswers are by path; %s is the request's body.
var httpAnswers = map[string]string{
	"/":         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Many: a\r\nX-Many: b\r\nX-Folded: one\r\n two\r\n\r\nhello",
	"/chunked":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: t\r\n\r\n",
	"/closed":   "HTTP/1.0 200 OK\r\n\r\nup to the end",
	"/short":    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
	"/empty":    "HTTP/1.1 204 No Content\r\n\r\nnot read",
	"/missing":  "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone",
	"/moved":    "HTTP/1.1 302 Found\r\nLocation: /chunked\r\nContent-Length: 4\r\n\r\ngone",
	"/relative": "HTTP/1.1 301 Moved\r\nLocation: sub/../?q=1#frag\r\nContent-Length: 0\r\n\r\n",
	"/?q=1":     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquery",
	"/loop":     "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 4\r\n\r\nloop",
	"/continue": "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	"/09":       "an answer without a status line",
	"/bad":      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
	"/badchunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
	"/nothing":  "",
	"/status":   "HTTP/1.1 abc\r\n\r\n",
	"/echo":     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s",
}

func (s *servers) http(c net.Conn) {
	r := textproto.NewReader(bufio.NewReader(c))
	first, err := r.ReadLine()
	if err != nil {
		return
	}
	var lines []string
	length, chunked := 0, false
	for {
		line, err := r.ReadLine()
		if err != nil || line == "" {
			break
		}
		lines = append(lines, line)
		fmt.Sscanf(line, "Content-Length: %d", &length)
		chunked = chunked || line == "Transfer-Encoding: chunked"
	}
	sort.Strings(lines)
	body := make([]byte, length)
	io.ReadFull(r.R, body)
	if length == 0 && strings.HasPrefix(first, "POST") || strings.HasPrefix(first, "PUT") && length == 0 {
		for {
			line, err := r.ReadLine()
			if err != nil {
				break
			}
			body = append(body, line+"|"...)
			if line == "0" {
				r.ReadLine()
				break
			}
		}
	}
	s.saw("%s\n  %s\n  %q", first, strings.Join(lines, "\n  "), body)
	path := strings.Fields(first)[1]
	if i := strings.Index(path, "://"); i > 0 { // asked as a proxy
		path = "/echo"
	}
	answer, ok := httpAnswers[path]
	if !ok {
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ndefault"
	}
	if strings.Contains(answer, "%s") {
		answer = fmt.Sprintf(answer, body)
	}
	io.WriteString(c, answer)
}

// smtp answers as a server of mail that refuses one receiver.
func (s *servers) smtp(c net.Conn) {
	r := textproto.NewReader(bufio.NewReader(c))
	say := func(text string) { io.WriteString(c, text+"\r\n") }
	say("220 mail.example ready")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		s.saw("smtp %s", line)
		switch word, _, _ := strings.Cut(line, " "); {
		case word == "EHLO":
			say("250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000")
		case line == "AUTH LOGIN":
			say("334 VXNlcm5hbWU6")
			user, _ := r.ReadLine()
			say("334 UGFzc3dvcmQ6")
			password, _ := r.ReadLine()
			s.saw("smtp login %s %s", user, password)
			if user == "dXNlcg==" {
				say("235 ok")
			} else {
				say("535 no")
			}
		case strings.Contains(line, "refused"):
			say("550 no such user")
		case word == "DATA":
			say("354 go on")
			text, _ := r.ReadDotBytes()
			s.saw("smtp data %q", maskMail(string(text)))
			say("250 queued")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// maskMail sorts the headers of a message, whose order is that of a table.
func maskMail(text string) string {
	head, body, ok := strings.Cut(text, "\n\n")
	if !ok {
		return text
	}
	lines := strings.Split(head, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, "Date:") {
			lines[i] = "Date: masked"
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n\n" + body
}

// ftp answers as a server of files with one file.
func (s *servers) ftp(c net.Conn) {
	r := textproto.NewReader(bufio.NewReader(c))
	say := func(text string) { io.WriteString(c, text+"\r\n") }
	var data net.Listener
	accept := func() net.Conn {
		d, _ := data.Accept()
		data.Close()
		return d
	}
	say("220-hello\r\n this line is one more\r\n220 ready")
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		s.saw("ftp %s", line)
		switch word, arg, _ := strings.Cut(line, " "); word {
		case "USER":
			say("331 password")
		case "PASS":
			if arg == "wrong" {
				say("530 no")
			} else {
				say("230 in")
			}
		case "EPSV":
			data, _ = net.Listen("tcp", "127.0.0.1:0")
			say(fmt.Sprintf("229 go (|||%d|)", data.Addr().(*net.TCPAddr).Port))
		case "RETR":
			if arg == "missing" {
				say("550 no such file")
				data.Close()
				continue
			}
			say("150 here")
			d := accept()
			io.WriteString(d, "contents of "+arg)
			d.Close()
			say("226 done")
		case "LIST", "NLST":
			say("150 here")
			d := accept()
			io.WriteString(d, "a\r\nb\r\n")
			d.Close()
			say("226 done")
		case "STOR", "APPE":
			say("150 go")
			d := accept()
			p, _ := io.ReadAll(d)
			s.saw("ftp stored %q", p)
			say("226 done")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("200 ok")
		}
	}
}
