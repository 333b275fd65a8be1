package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/pcapng"
	"sosh/script/decoders"
)

// A tapped is what a client and a server said through a tap, in pieces.
type tapped struct {
	d    decoders.Direction // as the client sees it
	data []byte
}

// tap passes connections on to a server, and records what they carry. pieces waits
// for their ends.
func tap(t *testing.T, server string) (address string, pieces func() []tapped) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var mu sync.Mutex
	var list []tapped
	var wg sync.WaitGroup
	pump := func(to, from net.Conn, d decoders.Direction) {
		buf := make([]byte, 1<<16)
		for {
			n, err := from.Read(buf)
			mu.Lock()
			if n > 0 {
				list = append(list, tapped{d, bytes.Clone(buf[:n])})
			}
			mu.Unlock()
			if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
				to.(*net.TCPConn).CloseWrite()
				return
			}
		}
	}
	wg.Go(func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		s, err := net.Dial("tcp", server)
		if err != nil {
			return
		}
		defer s.Close()
		var both sync.WaitGroup
		both.Go(func() { pump(s, c, decoders.Out); s.SetReadDeadline(time.Now().Add(patience)) })
		both.Go(func() { pump(c, s, decoders.In); c.SetReadDeadline(time.Now().Add(time.Second)) })
		both.Wait()
	})
	return l.Addr().String(), func() []tapped {
		wg.Wait()
		return list
	}
}

// decoded returns the messages of pieces, each with "-> " or "<- " before it.
func decoded(t *testing.T, codec string, datagram bool, pieces []tapped) []string {
	t.Helper()
	e := decoders.NewPatient(io.Discard)
	t.Cleanup(e.Close)
	c, err := e.Codec(codec)
	if err != nil {
		t.Fatal(err)
	}
	n := c.NewConn(false, datagram)
	var rows []string
	take := func(d decoders.Direction, r decoders.Result) {
		if r.Err != nil || len(r.Plain) > 0 || r.More > 0 {
			t.Fatalf("%s: %v; plain %.200q; the messages before: %.2000q", codec, r.Err, r.Plain, rows)
		}
		for _, m := range r.Messages {
			rows = append(rows, []string{"<- ", "-> "}[d]+m)
		}
	}
	for _, p := range pieces {
		take(p.d, n.Feed(p.d, p.data))
	}
	take(decoders.Out, n.End(decoders.Out))
	take(decoders.In, n.End(decoders.In))
	return rows
}

// shark returns what tshark says of fields of the pieces, the values of all packets in
// order. The test skips if tshark is not installed.
func shark(t *testing.T, port int, pieces []tapped, filter string, fields ...string) [][]string {
	t.Helper()
	return sharkAll(t, port, [][]tapped{pieces}, filter, fields...)[0]
}

// sharkAll returns what shark returns of each of several talks, of one run of tshark.
func sharkAll(t *testing.T, port int, talks [][]tapped, filter string, fields ...string) [][][]string {
	t.Helper()
	path := lookOrSkip(t, "tshark")
	name := filepath.Join(t.TempDir(), "talk.pcapng")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := pcapng.NewWriter(f, recording.Header{Version: recording.Version, Program: "test", Start: time.Unix(1e9, 0)}, pcapng.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Duration(0)
	for i, pieces := range talks {
		write := func(typ recording.Type, data []byte) {
			at += time.Millisecond
			if err := w.Write(recording.Event{Time: at, Type: typ, Handle: fmt.Sprint("c", i), Number: i + 1, Kind: "tcp4",
				Local: fmt.Sprintf("127.0.0.1:%d", 40000+i), Peer: fmt.Sprintf("127.0.0.1:%d", port), Data: data}); err != nil {
				t.Fatal(err)
			}
		}
		write(recording.Made, nil)
		write(recording.Connected, nil)
		for _, p := range pieces {
			write([]recording.Type{recording.Data, recording.Sent}[p.d], p.data)
		}
		write(recording.EOF, nil)
		write(recording.Closed, nil)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	args := []string{"-r", name, "-Y", filter, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a", "-e", "tcp.stream"}
	for _, field := range fields {
		args = append(args, "-e", field)
	}
	cmd := exec.Command(path, args...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, complaint.String())
	}
	says := make([][][]string, len(talks))
	for i := range says {
		says[i] = make([][]string, len(fields))
	}
	for line := range strings.Lines(string(out)) {
		stream, line, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
		n, err := strconv.Atoi(stream)
		if err != nil || n >= len(talks) {
			t.Fatalf("tshark sees the stream %q", stream)
		}
		for i, v := range strings.Split(line, "|") {
			if v != "" {
				says[n][i] = append(says[n][i], strings.Split(v, ",")...)
			}
		}
	}
	return says
}

// runClient runs a client to its end.
func runClient(t *testing.T, in, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(lookOrSkip(t, name), args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// holds checks that rows contain these texts, each in a row of its own, in order.
func holds(t *testing.T, rows []string, texts ...string) {
	t.Helper()
	i := 0
	for _, text := range texts {
		for ; i < len(rows) && !strings.Contains(rows[i], text); i++ {
		}
		if i == len(rows) {
			t.Fatalf("no %q, in its place, in\n%s", text, strings.Join(rows, "\n"))
		}
		i++
	}
}

func hostPort(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func TestDecodeRedis(t *testing.T) {
	t.Parallel()
	lookOrSkip(t, "redis-cli")
	address, pieces := tap(t, redis(t))
	host, port := hostPort(t, address)
	runClient(t, "SET k \"a b\"\nGET k\nHGETALL none\nLPUSH l 1 2\nLRANGE l 0 -1\nNOSUCH\nGET none\n", "redis-cli", "-3", "-h", host, "-p", port)
	rows := decoded(t, "resp", false, pieces())
	holds(t, rows, "-> HELLO 3", `<- map ["server", "redis", `, `-> SET k "a b"`, "<- OK", "-> GET k", `<- "a b"`, "-> HGETALL none", "<- map []",
		"-> LPUSH l 1 2", "<- 2", `<- ["2", "1"]`, "<- error ERR unknown command", "<- null")
}

func TestDecodeMQTT(t *testing.T) {
	t.Parallel()
	lookOrSkip(t, "mosquitto_pub")
	versions := []string{"mqttv311", "mqttv5"}
	var talks [][]tapped
	var seen [][]string // the names of the messages
	for _, version := range versions {
		address, pieces := tap(t, mosquitto(t))
		host, port := hostPort(t, address)
		runClient(t, "", "mosquitto_pub", "-h", host, "-p", port, "-V", version, "-i", "me", "-t", "news/a", "-m", "hello", "-q", "2", "-r")
		talk := pieces()
		rows := decoded(t, "mqtt", false, talk)
		holds(t, rows, `-> CONNECT client "me"`, "<- CONNACK", `-> PUBLISH news/a "hello" qos 2 retain`, "<- PUBREC", "-> PUBREL", "<- PUBCOMP", "-> DISCONNECT")
		var ours []string
		for _, row := range rows {
			ours = append(ours, strings.Fields(row)[1])
		}
		talks, seen = append(talks, talk), append(seen, ours)
	}
	names := strings.Fields("- CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK PINGREQ PINGRESP DISCONNECT AUTH")
	for i, says := range sharkAll(t, 1883, talks, "mqtt", "mqtt.msgtype", "mqtt.topic") {
		var theirs []string
		for _, n := range says[0] {
			var k int
			fmt.Sscan(n, &k)
			theirs = append(theirs, names[k])
		}
		if !slices.Equal(seen[i], theirs) || !slices.Equal(says[1], []string{"news/a"}) {
			t.Errorf("%s: tshark sees %q of topic %q, the codec %q", versions[i], theirs, says[1], seen[i])
		}
	}
}

func TestDecodeHTTP(t *testing.T) {
	t.Parallel()
	lookOrSkip(t, "curl")
	address, pieces := tap(t, nginx(t))
	runClient(t, "", "curl", "-s", "http://"+address+"/hello.txt", "--next", "-s", "-I", "http://"+address+"/hello.txt", "--next", "-s", "http://"+address+"/nosuch")
	talk := pieces()
	rows := decoded(t, "http", false, talk)
	holds(t, rows, "-> GET /hello.txt HTTP/1.1 host="+address, `<- HTTP/1.1 200 OK content-type=`, "-> HEAD /hello.txt HTTP/1.1", "<- HTTP/1.1 200 OK", "-> GET /nosuch", "<- HTTP/1.1 404 Not Found")
	if len(rows) != 6 || !strings.Contains(rows[1], `13 bytes "hello, nginx\n"`) {
		t.Errorf("the rows are %q", rows)
	}
	says := shark(t, 80, talk, "http", "http.request.method", "http.response.code")
	if got := fmt.Sprint(says); got != "[[GET HEAD GET] [200 200 404]]" {
		t.Errorf("tshark sees %s", got)
	}
}

func TestDecodeDNS(t *testing.T) {
	t.Parallel()
	lookOrSkip(t, "dig")
	server := dnsmasq(t)
	address, pieces := tap(t, server)
	_, port := hostPort(t, address)
	runClient(t, "", "dig", "@127.0.0.1", "-p", port, "+tcp", "+tries=1", "name.sosh.test", "A")
	talk := pieces()
	rows := decoded(t, "dns", false, talk)
	holds(t, rows, "-> query id ", "<- NOERROR id ")
	if !strings.Contains(rows[0], "name.sosh.test A") || !strings.Contains(rows[1], "name.sosh.test A 192.0.2.7") {
		t.Errorf("the rows are %q", rows)
	}
	says := shark(t, 53, talk, "dns", "dns.qry.name", "dns.a", "dns.id")
	var id int
	fmt.Sscanf(says[2][0], "0x%x", &id)
	if fmt.Sprint(says[:2]) != "[[name.sosh.test name.sosh.test] [192.0.2.7]]" || !strings.Contains(rows[0], fmt.Sprintf("id %d ", id)) {
		t.Errorf("tshark sees %q, the codec %q", says, rows)
	}

	// The same over UDP, with a query that the codec made.
	got := sosh(t, "dns.lua", `
local c = dial("udp://" .. arg[1])
use(c, "dns")
c:send{questions = {{name = "name.sosh.test", type = "A"}}}
local m = codec.dns.decode(c:recv{timeout = 10})
print(m.qr, m.answers[1].type, m.answers[1].data)
c:send{questions = {{name = "long.test", type = "TXT"}}}
m = codec.dns.decode(c:recv{timeout = 10})
print(m.tc == 1 or #table.concat(m.answers[1].data) > 800)
`, server)
	want(t, got, "1\tA\t192.0.2.7\ntrue\n")
}

func TestDecodeTLS(t *testing.T) {
	t.Parallel()
	openssl := lookOrSkip(t, "openssl")
	cert, key := filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	runClient(t, "", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert)
	var talks [][]tapped
	var hellos []string // what the codec says of each
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		server := serverOn(t, func(port int) *exec.Cmd {
			return exec.Command(openssl, "s_server", "-quiet", "-rev", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", cert, "-key", key, "-alpn", "h2")
		})
		address, pieces := tap(t, server)
		runClient(t, "hello\n", "openssl", "s_client", version, "-connect", address, "-servername", "example.com", "-alpn", "h2,http/1.1")
		talk := pieces()
		rows := decoded(t, "tls", false, talk)
		holds(t, rows, "-> client_hello example.com alpn h2,http/1.1 TLS 1."+version[len(version)-1:], "<- server_hello", "-> change_cipher_spec", "-> application_data")
		talks, hellos = append(talks, talk), append(hellos, rows[0])
	}
	for i, says := range sharkAll(t, 443, talks, "tls.handshake.type <= 2", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str", "tls.handshake.ciphersuite") {
		if says[0][0] != "example.com" || strings.Join(says[1][:2], ",") != "h2,http/1.1" {
			t.Errorf("tshark sees %q", says)
		}
		var offered int
		fmt.Sscanf(hellos[i][strings.LastIndex(hellos[i], "TLS 1.")+8:], "%d ciphers", &offered)
		if offered != len(says[2])-1 {
			t.Errorf("tshark sees %d ciphers, the codec %s", len(says[2])-1, hellos[i])
		}
	}

	// A server that refuses says why.
	server := serverOn(t, func(port int) *exec.Cmd {
		return exec.Command(openssl, "s_server", "-quiet", "-tls1_3", "-accept", fmt.Sprintf("127.0.0.1:%d", port), "-cert", cert, "-key", key)
	})
	address, pieces := tap(t, server)
	cmd := exec.Command(openssl, "s_client", "-tls1_2", "-connect", address)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("s_client succeeded:\n%s", out)
	}
	holds(t, decoded(t, "tls", false, pieces()), "-> client_hello", "<- alert fatal protocol_version")
}

// What the codec of WebSocket encodes is what tshark reads.
func TestDecodeWebSocket(t *testing.T) {
	t.Parallel()
	lookOrSkip(t, "tshark")
	out := sosh(t, "ws.lua", `
local client, server = {from = "client", flow = {frames = true}}, {from = "server", flow = {frames = true}}
local function line(d, s) print(d .. hex.encode(s)) end
line(">", codec.http.encode{target = "/chat", headers = {{"Host", "x"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"Sec-WebSocket-Version", "13"}}})
line("<", codec.http.encode{status = 101, reason = "Switching Protocols", headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}}})
line(">", codec.ws.encode({type = "text", payload = "hello"}, client))
line("<", codec.ws.encode({type = "binary", payload = ("x"):rep(70000)}, server))
line(">", codec.ws.encode({type = "ping", payload = "p"}, client))
line("<", codec.ws.encode({type = "close", code = 1001, reason = "bye"}, server))
`)
	var talk []tapped
	for line := range strings.Lines(out) {
		p := make([]byte, len(line)/2-1)
		fmt.Sscanf(line[1:], "%x", &p)
		talk = append(talk, tapped{map[byte]decoders.Direction{'>': decoders.Out, '<': decoders.In}[line[0]], p})
	}
	holds(t, decoded(t, "ws", false, talk), "-> GET /chat", "<- HTTP/1.1 101", `-> text "hello"`, `<- binary "xxx`, `-> ping "p"`, `<- close 1001 going away "bye"`)
	says := shark(t, 80, talk, "websocket", "websocket.opcode", "websocket.payload.close.status_code", "websocket.mask")
	if got := fmt.Sprint(says); got != "[[1 2 9 8] [1001] [1 0 1 0]]" {
		t.Errorf("tshark sees %s", got)
	}
}
