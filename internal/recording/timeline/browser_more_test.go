package timeline

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sosh/internal/recording"
)

// flood is what a socket of datagrams receives from n peers, and its answers.
func flood(n int) (events []recording.Event) {
	for i := range n {
		u := recording.Event{Handle: "u", Number: 1, Kind: "udp4", Local: "127.0.0.1:5353", Peer: fmt.Sprintf("127.0.0.%d:%d", 1+i%250, 20000+i)}
		u.Type, u.Data = recording.Data, fmt.Appendf(nil, "question %d", i)
		events = append(events, u)
		u.Type, u.Data = recording.Sent, fmt.Appendf(nil, "answer %d", i)
		events = append(events, u)
	}
	return events
}

// checkDatagrams: many peers of one socket share a lane, which can be unfolded; what is sent from
// handle to handle is one arrow.
func checkDatagrams(t *testing.T, b *browser) {
	b.open(t, "", flood(100)...)
	b.wantText(t, ".head b", "100 peers|u")
	b.wantText(t, "#row3 .label", "127.0.0.2:20001question 110 B")
	b.click(t, ".head.folded")
	b.wantCount(t, map[string]int{".head": 101, ".head.folded": 0})
	b.click(t, ".head.theirs")
	b.wantCount(t, map[string]int{".head": 2})

	// Connections that have nothing in common are folded by the names of their handles.
	var apart []recording.Event
	for i := range 40 {
		apart = append(apart, recording.Event{Type: recording.Sent, Handle: fmt.Sprintf("tcp%d", i+1), Number: i + 1, Kind: "tcp4",
			Local: fmt.Sprintf("127.0.0.1:%d", 20000+i), Peer: fmt.Sprintf("127.0.1.%d:80", i), Data: []byte("x")})
	}
	b.open(t, "", apart...)
	b.wantText(t, ".head b", "tcp*|40 peers")
	b.wantText(t, "#row2 .who", "tcp2 → 127.0.1.1:80")

	one := recording.Event{Handle: "a", Number: 1, Kind: "udp", Local: "0.0.0.0:4000", Peer: "127.0.0.1:5000"}
	two := recording.Event{Handle: "b", Number: 2, Kind: "udp", Local: "127.0.0.1:5000", Peer: "127.0.0.1:4000"}
	with := func(ev recording.Event, typ recording.Type, data, fault string) recording.Event {
		ev.Type, ev.Data, ev.Fault = typ, []byte(data), fault
		return ev
	}
	b.open(t, "", with(one, recording.Sent, "x", ""), with(one, recording.Sent, "y", "dropped"), with(one, recording.Sent, "z", ""),
		with(two, recording.Data, "z", ""), with(two, recording.Data, "x", ""), with(two, recording.Sent, "w", ""), with(one, recording.Data, "w", ""))
	b.wantText(t, ".head b", "a|b")
	b.wantText(t, ".message code", "x|y|z|w")
	b.wantText(t, ".fault", "dropped")
	b.wantCount(t, map[string]int{".message.answer": 1, ".cross": 1})
}

// checkFind: search in text and bytes, across the pieces of a stream, and the choice of lanes.
func checkFind(t *testing.T, b *browser) {
	d := recording.Event{Type: recording.Sent, Handle: "d", Number: 2, Kind: "tcp4", Peer: "127.0.0.1:80", Data: []byte("GET /PONG")}
	b.open(t, "", append(dialogue(), d)...)
	b.find(t, "/", "PonG")
	b.wantText(t, "#found", "1 of 2")
	b.keys(t, kb.Escape+"n")
	b.find(t, "/", "id\":123")
	b.wantText(t, ".row.match code", "12345678901234567890}")
	b.find(t, kb.Escape+"x/", "a9 20 ff")
	b.wantText(t, ".row.match code", `café \xff\x00`)
	b.find(t, kb.Escape+"/", "e")
	b.wantText(t, "#found", "bytes as 0d0a")
	b.keys(t, kb.Escape+kb.Escape)

	b.wantCount(t, map[string]int{".head": 4, ".message": 6})
	b.keys(t, "Go")
	b.wantText(t, ".head b", "d|127.0.0.1:80")
	b.wantCount(t, map[string]int{".message": 1})
	b.keys(t, "oh")
	b.typeInto(t, "lanes-query", "")
	b.wantCount(t, map[string]int{"#lanes-list input:checked": 4, ".message": 6})
	b.click(t, "#lanes-list label:nth-child(2) input")
	b.wantCount(t, map[string]int{"#lanes-list input:checked": 3})
	b.keys(t, kb.Escape+kb.Escape)
	b.wantCount(t, map[string]int{"#lanes-panel[hidden]": 1, ".message": 6})

	b.wantText(t, "#row3 time", "3.000 ms")
	b.keys(t, "t")
	b.wantText(t, "#row3 time", "+1.00 ms")
}

// hostileEvents are events of all types that have text of a peer. ev has the names.
func hostileEvents(ev recording.Event, evil string) []recording.Event {
	with := func(typ recording.Type) recording.Event {
		e := ev
		e.Type = typ
		return e
	}
	sent, failed, check, tls, output := with(recording.Sent), with(recording.Failed), with(recording.Check), with(recording.TLS), with(recording.Output)
	sent.Data, output.Data = []byte(evil), []byte(evil)
	failed.Op, failed.Error, check.Error = evil, evil, evil
	tls.TLS = &recording.TLSInfo{Version: evil, Cipher: evil, ALPN: evil, Name: evil, Peer: evil}
	return []recording.Event{sent, failed, check, tls, output, {Type: recording.Note, Text: evil}, {Type: recording.Type(evil), Handle: "x"}}
}

// checkInert looks at events, the first of them opened, that must have made no elements.
func checkInert(t *testing.T, b *browser, events []recording.Event, rows int) {
	t.Helper()
	b.open(t, "", events...)
	b.do(t, chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("beforeprint"))`))
	if n := b.count(t, ".row"); n < rows {
		t.Errorf("%d rows, want %d or more", n, rows)
	}
	b.keys(t, "g"+kb.Enter)
	for range 7 {
		b.keys(t, "j")
		b.wantCount(t, map[string]int{"#stage img, #stage script, #detail img": 0, "style": 1, `script:not([type="application/json"])`: 1})
		const raw = `/[\u0000-\u0008\u202a-\u202e\u2066-\u2069\ud800-\udfff]/.test(document.getElementById("stage").textContent + document.getElementById("detail").textContent)`
		if evaluate[bool](t, b, raw) || evaluate[string](t, b, "document.title") == "broken" {
			t.Fatal("hostile bytes are shown as they came")
		}
	}
}

// checkHostile: bytes, names, addresses and errors from peers are text, and nothing else.
func checkHostile(t *testing.T, b *browser) {
	short := []string{
		`</script><img src=x onerror="document.body.innerHTML='broken'"><script>document.title='broken'</script>`,
		"<img src=x onerror=alert(1)>", "<!--<script>", "\u202eabc\u2066", "a\x00b", "\xed\xa0\x80", "\u2028\u2029", "${1}`", "javascript:alert(1)",
		`</style><style>*{display:none}`, "&lt;b&gt;", "__proto__", "constructor", "\x1b[2J", "\u0301\u0301\u0301\u0301",
	}
	var events []recording.Event
	for i, evil := range short {
		events = append(events, hostileEvents(recording.Event{Handle: evil, Number: i + 1, Kind: evil, Local: evil, Peer: evil, Parent: evil,
			Fault: evil, Test: evil}, evil)...)
	}
	checkInert(t, b, events, 5*len(short))
	c := recording.Event{Handle: "c", Number: 1, Kind: "tcp4", Peer: "p"}
	// Longer than all that the page cuts, of which an error is the longest.
	for _, long := range []string{strings.Repeat("A<", 1<<17), strings.Repeat("\n", 5000)} {
		checkInert(t, b, hostileEvents(c, long), 5)
	}
	// The policy stops what a fault of the page would let through.
	b.open(t, "", dialogue()...)
	stopped := evaluate[string](t, b, `(() => {
		const e = document.createElement("div");
		e.innerHTML = '<b onclick="document.title=1" style="position:fixed">x</b>';
		document.body.append(e);
		e.firstChild.click();
		return document.title + " " + getComputedStyle(e.firstChild).position;
	})()`)
	if stopped != "sosh test static" {
		t.Errorf("the policy lets inline handlers or styles through: %q", stopped)
	}
}

// checkCutOff: a page whose writer was killed opens with the events until then.
func checkCutOff(t *testing.T, b *browser) {
	var page bytes.Buffer
	tl, err := NewWriter(&page, header, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, ev := range dialogue()[:5] {
		ev.Time = time.Duration(i) * time.Millisecond
		if err := tl.Write(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := tl.Flush(); err != nil {
		t.Fatal(err)
	}
	b.openPage(t, "", page.Bytes()[:page.Len()-20])
	b.wantText(t, ".message code", `PING\r\n|+PONG\r\n`)
	b.wantText(t, "#summary em", "the recording was not closed: this is what was written until then")
	b.open(t, "")
	b.wantText(t, "#empty:not([hidden])", "Nothing was recorded here.")
}

// checkTLS: a handshake is one line, which lists what was sent for it.
func checkTLS(t *testing.T, b *browser) {
	c := recording.Event{Handle: "c", Number: 1, Kind: "tls", Local: "127.0.0.1:40000", Peer: "127.0.0.1:443"}
	wire := func(out bool, data string) recording.Event {
		ev := c
		ev.Type, ev.Out, ev.Data = recording.Wire, out, []byte(data)
		return ev
	}
	conn, tls, sent := c, c, c
	conn.Type, sent.Type, sent.Data = recording.Connected, recording.Sent, []byte("hello")
	tls.Type, tls.TLS = recording.TLS, &recording.TLSInfo{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Peer: "CN=localhost"}
	b.open(t, "", conn, wire(true, "\x16\x03\x01\x00\x02\x01x"), wire(false, "\x16\x03\x03\x00\x02\x02x\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x01x"), tls, wire(true, "\x17\x03\x03\x00\x01x"), sent)
	b.wantText(t, ".band .what", "TLS 1.3  ·  TLS_AES_128_GCM_SHA256  ·  CN=localhost")
	b.wantCount(t, map[string]int{".row": 3})
	b.keys(t, "jj"+kb.Enter)
	b.wantText(t, "pre.wire", "→      7 B  ClientHello\n←     19 B  ServerHello, ChangeCipherSpec, encrypted\n")
}

// checkRefused: a handshake with a listener of ours that fails is told by both ends, between two lanes;
// the calls that fail for it add nothing.
func checkRefused(t *testing.T, b *browser) {
	web := recording.Event{Handle: "web", Number: 1, Kind: "tls", Local: "127.0.0.1:443"}
	c := recording.Event{Handle: "c", Number: 2, Kind: "tls", Local: "127.0.0.1:40000", Peer: "127.0.0.1:443"}
	with := func(ev recording.Event, typ recording.Type, peer, cause string) recording.Event {
		ev.Type, ev.Peer, ev.Error = typ, peer, cause
		return ev
	}
	b.open(t, "", with(web, recording.Listening, "", ""), with(c, recording.Wire, c.Peer, ""), with(web, recording.Wire, c.Local, ""),
		with(web, recording.TLS, c.Local, "bad certificate"), with(web, recording.Failed, c.Local, "bad certificate"),
		with(c, recording.TLS, c.Peer, "not trusted"), with(c, recording.Failed, c.Peer, "not trusted"))
	b.wantText(t, ".head b", "c|web")
	b.wantText(t, ".what", "listening on 127.0.0.1:443|TLS handshake failed: bad certificate|TLS handshake failed: not trusted")
	b.wantText(t, "#failure", "2 errors f")
}

// checkOutput: what a program prints stands in its lane, whole lines in one box; on a narrow page
// it goes across.
func checkOutput(t *testing.T, b *browser) {
	said := func(text string) recording.Event {
		return recording.Event{Type: recording.Output, Handle: "server", Out: true, Data: []byte(text)}
	}
	events := append([]recording.Event{said("ready on "), said("port 6379"), said("\n"), said("one\ntwo\n")}, dialogue()...)
	b.open(t, "", events...)
	b.wantText(t, ".head b", "c|127.0.0.1:6379|server")
	b.wantText(t, ".said", "ready on port 6379|one\ntwo")
	b.keys(t, "j"+kb.Enter)
	b.wantText(t, "pre.text", "ready on port 6379\\n\n")
	b.do(t, chromedp.EmulateViewport(390, 800))
	b.open(t, "", events...)
	b.wantText(t, ".head b", "c|127.0.0.1:6379")
	b.wantText(t, ".said", "server: ready on port 6379|server: one\ntwo")
	if wide := evaluate[bool](t, b, "document.documentElement.scrollWidth > innerWidth"); wide {
		t.Error("the page is wider than the screen")
	}
	b.do(t, chromedp.EmulateViewport(1200, 800))
}

// checkTests: a run of several tests lists them, failed ones first, and opens the first of these.
func checkTests(t *testing.T, b *browser) {
	var events []recording.Event
	for i, failure := range []string{"", "got 1,\nwant 2", "", "timed out"} {
		name := fmt.Sprintf("test %d", i)
		events = append(events, recording.Event{Type: recording.TestBegan, Test: name}, message(name))
		if i == 1 {
			events = append(events, recording.Event{Type: recording.Check, Test: name, Error: failure})
		}
		events = append(events, recording.Event{Type: recording.TestEnded, Test: name, Error: failure})
	}
	b.open(t, "", events...)
	b.wantText(t, "#tests .test span", "the whole run|test 1|test 3|test 0|test 2")
	b.wantText(t, ".counts", "2 failed2 passed")
	b.wantText(t, "h1", "test 1")
	b.wantText(t, ".message code", "test 1")
	b.wantText(t, ".failure .full", "got 1,\nwant 2")
	b.wantText(t, "#failure", "1 failure f")
	b.keys(t, "]")
	b.wantText(t, ".failure .full", "timed out")
	b.click(t, "#tests .test")
	b.wantText(t, ".message code", "test 0|test 1|test 2|test 3")
	b.wantText(t, ".began .full", "test 0|test 1|test 2|test 3")
	// A link leads to the test that has the event.
	b.open(t, "#e2", events...)
	b.wantText(t, "h1", "test 0")
	b.wantText(t, ".row.selected code", "test 0")
}

// checkMany: 100,000 events open soon, and only the rows that can be seen are in the page.
func checkMany(t *testing.T, b *browser) {
	events := make([]recording.Event, 100_000)
	for i := range events {
		ev := dialogue()[2+i%2]
		ev.Time, ev.Data = time.Duration(i)*time.Millisecond, fmt.Appendf(nil, "message %d of many, as long as lines are", i)
		events[i] = ev
	}
	began := time.Now()
	b.open(t, "", events...)
	b.drawn(t)
	page := evaluate[float64](t, b, "performance.now()")
	t.Logf("100,000 events: written and drawn in %v, of which the page took %.0f ms", time.Since(began), page)
	if n := b.count(t, ".row"); n > 80 {
		t.Errorf("%d rows are drawn", n)
	}
	b.keys(t, "G")
	b.wantText(t, ".row.selected code", "message 99999 of many, as long as lines are")
	b.find(t, "/", "message 5000")
	b.wantText(t, "#found", "1 of 11")
	b.do(t, chromedp.Evaluate[chromedp.Void](`void (location.hash = "#e50001")`), chromedp.WaitVisible("#row50001"))
	b.wantText(t, ".row.selected code", "message 50000 of many, as long as lines are")
}
