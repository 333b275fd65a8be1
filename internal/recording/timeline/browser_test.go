package timeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sosh/internal/recording"
)

// A browser shows pages to the checks of TestBrowser, one after the other.
type browser struct {
	ctx   context.Context
	dir   string
	pages int // how many pages were written

	mu    sync.Mutex
	asked []string // what the pages asked for, but for the pages themselves
	said  []string // exceptions and violations of the policy
}

// startBrowser starts a headless Chromium. The test skips if Chromium is not installed, or fails with
// SOSH_REQUIRE_PEERS.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("google-chrome")
	}
	if err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") != "" {
			t.Fatal("chromium is not installed")
		}
		t.Skip("chromium is not installed")
	}
	// Chromium drops input before the first frame of a page, keeps pages that it has left, and has
	// processes for a graphics processor and for each page: none of it serves here.
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Flag("allow-pre-commit-input", true), chromedp.Flag("in-process-gpu", true), chromedp.Flag("renderer-process-limit", "1"),
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,BackForwardCache"))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, dir: t.TempDir()}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.EmulateViewport(1200, 800))
	return b
}

func (b *browser) listen(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(ev.Request.URL, "file://"+b.dir) && ev.Request.URL != "about:blank" {
			b.asked = append(b.asked, ev.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		b.said = append(b.said, ev.ExceptionDetails.Text+" "+ev.ExceptionDetails.Exception.Description)
	}
}

// open shows events as a page, at the part of it that hash names.
func (b *browser) open(t *testing.T, hash string, events ...recording.Event) {
	t.Helper()
	var page bytes.Buffer
	render(t, &page, Options{}, events...)
	b.openPage(t, hash, page.Bytes())
}

func (b *browser) openPage(t *testing.T, hash string, page []byte) {
	t.Helper()
	// Each page has an address of its own, since a link within a page does not load it anew.
	b.pages++
	path := filepath.Join(b.dir, fmt.Sprintf("page%d.html", b.pages))
	if err := os.WriteFile(path, page, 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Navigate("file://"+path+hash), chromedp.WaitReady("body[data-ready]"))
	b.drawn(t) // until then, input may be dropped
}

func (b *browser) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// keys types keys, and waits until the page has drawn what they did.
func (b *browser) keys(t *testing.T, keys string) {
	t.Helper()
	b.do(t, chromedp.KeyEvent(keys))
	b.drawn(t)
}

// find opens the search with keys, types a query, and goes to the first match.
func (b *browser) find(t *testing.T, keys, query string) {
	t.Helper()
	b.keys(t, keys)
	b.typeInto(t, "query", query+kb.Enter)
}

// typeInto types into the box that has the focus. It empties the box first, into which the driver has
// typed the key that led there; a keyboard does not, since the page has used it.
func (b *browser) typeInto(t *testing.T, box, keys string) {
	t.Helper()
	const empty = `(() => {
		const e = document.activeElement;
		e.value = "";
		e.dispatchEvent(new Event("input"));
		return e.id;
	})()`
	if id := evaluate[string](t, b, empty); id != box {
		t.Errorf("the focus is on %q, want %s", id, box)
	}
	b.keys(t, keys)
}

// click clicks in the middle of the first element that a selector finds.
func (b *browser) click(t *testing.T, selector string) {
	t.Helper()
	at := evaluate[[]float64](t, b, "((r) => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector("+quote(selector)+").getBoundingClientRect())")
	b.do(t, chromedp.MouseClickXY(at[0], at[1]))
	b.drawn(t)
}

// drawn waits until the page has drawn itself twice.
func (b *browser) drawn(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	const wait = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
}

func evaluate[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

func quote(s string) string {
	q, _ := json.Marshal(s)
	return string(q)
}

// count counts the elements that a selector finds.
func (b *browser) count(t *testing.T, selector string) int {
	t.Helper()
	return evaluate[int](t, b, "document.querySelectorAll("+quote(selector)+").length")
}

// wantCount checks how many elements each selector finds.
func (b *browser) wantCount(t *testing.T, want map[string]int) {
	t.Helper()
	for selector, n := range want {
		if got := b.count(t, selector); got != n {
			t.Errorf("%s: %d elements, want %d", selector, got, n)
		}
	}
}

// texts are the texts of the elements that a selector finds.
func (b *browser) texts(t *testing.T, selector string) []string {
	t.Helper()
	return evaluate[[]string](t, b, "[...document.querySelectorAll("+quote(selector)+")].map((e) => e.textContent)")
}

// wantText checks the text of the only element that a selector finds, or of all joined by |.
func (b *browser) wantText(t *testing.T, selector, want string) {
	t.Helper()
	if got := strings.Join(b.texts(t, selector), "|"); got != want {
		t.Errorf("%s: %q, want %q", selector, got, want)
	}
}

// TestBrowser looks at pages in Chromium.
func TestBrowser(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *browser)
	}{
		{"ladder", checkLadder},
		{"bothOurs", checkBothOurs},
		{"keys", checkKeys},
		{"datagrams", checkDatagrams},
		{"find", checkFind},
		{"hostile", checkHostile},
		{"cutOff", checkCutOff},
		{"tls", checkTLS},
		{"refused", checkRefused},
		{"output", checkOutput},
		{"tests", checkTests},
		{"many", checkMany},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.run(t, b)
			b.mu.Lock()
			defer b.mu.Unlock()
			if len(b.asked) > 0 || len(b.said) > 0 {
				t.Errorf("the page asked for %q and failed with %q", b.asked, b.said)
			}
			b.asked, b.said = nil, nil
		})
	}
}

// dialogue is one connection of a handle to a peer.
func dialogue() []recording.Event {
	c := recording.Event{Handle: "c", Number: 1, Kind: "tcp4", Local: "127.0.0.1:40000", Peer: "127.0.0.1:6379"}
	with := func(t recording.Type, data string) recording.Event {
		ev := c
		ev.Type = t
		if data != "" {
			ev.Data = []byte(data)
		}
		return ev
	}
	timeout := with(recording.Failed, "")
	timeout.Op, timeout.Error = "recv", "timed out after 1 s"
	return []recording.Event{
		with(recording.Made, ""), with(recording.Connected, ""), // 1, 2
		with(recording.Sent, "PING\r\n"), with(recording.Data, "+PONG\r\n"), // 3, 4
		with(recording.Sent, "{\"id\":"), with(recording.Sent, "12345678901234567890}"), // 5, 6
		with(recording.Data, "caf\xc3\xa9 \xff\x00"), timeout, // 7, 8
		with(recording.HalfClose, ""), with(recording.EOF, ""), with(recording.Closed, ""), // 9, 10, 11
	}
}

func checkLadder(t *testing.T, b *browser) {
	b.open(t, "", dialogue()...)
	b.wantCount(t, map[string]int{".head": 2, ".head.ours": 1, ".message .arrow": 5, ".signal .arrow": 3, ".type-error.warn": 1, ".type-closed": 1})
	b.wantText(t, ".head b", "c|127.0.0.1:6379")
	b.wantText(t, ".message code", `PING\r\n|+PONG\r\n|{"id":|12345678901234567890}|café \xff\x00`)
	b.wantText(t, "#row3 .size", "6 B")
	b.wantText(t, "#row8 .what", "recv: timed out after 1 s")

	// A click shows text and hexdump.
	b.click(t, "#row7 code")
	b.wantText(t, "#detail h2", "127.0.0.1:6379 → c")
	b.wantText(t, "pre.text", `café \xff\x00`)
	b.wantText(t, "pre.hex", "000000  63 61 66 c3 a9 20 ff 00                           caf.. ..\n")
	b.wantCount(t, map[string]int{"pre.json": 0, ".row.selected": 1})
	if hash := evaluate[string](t, b, "location.hash"); hash != "#e7" {
		t.Errorf("hash %q", hash)
	}

	// A link opens its event; pieces are read as one, and that is JSON.
	b.open(t, "#e5", dialogue()...)
	b.wantText(t, ".row.selected code", `{"id":`)
	b.wantCount(t, map[string]int{"pre.json": 0})
	b.keys(t, "s")
	b.wantText(t, "pre.json", "{\n  \"id\": 12345678901234567890\n}\n")
	b.keys(t, "ss")
	if got := b.texts(t, "pre.text")[0]; !strings.HasPrefix(got, "PING\\r\\n\n+PONG\\r\\n\n{\"id\":") {
		t.Errorf("conversation %q", got)
	}
}

// checkBothOurs: two handles that are the ends of one connection are two lanes, and what one
// sends and the other receives is one arrow.
func checkBothOurs(t *testing.T, b *browser) {
	c := recording.Event{Handle: "c", Number: 2, Kind: "tcp4", Local: "127.0.0.1:40000", Peer: "127.0.0.1:7000"}
	s := recording.Event{Handle: "srv.1", Number: 3, Kind: "tcp4", Local: "127.0.0.1:7000", Peer: "127.0.0.1:40000", Parent: "srv"}
	with := func(ev recording.Event, t recording.Type, data string) recording.Event {
		ev.Type, ev.Data = t, []byte(data)
		return ev
	}
	b.open(t, "",
		recording.Event{Type: recording.Bound, Handle: "srv", Number: 1, Kind: "tcp4", Local: "127.0.0.1:7000"},
		recording.Event{Type: recording.Listening, Handle: "srv", Number: 1, Kind: "tcp4", Local: "127.0.0.1:7000"},
		with(c, recording.Connected, ""), with(s, recording.Accepted, ""),
		with(c, recording.Sent, "one "), with(c, recording.Sent, "two"), with(s, recording.Data, "one t"), with(s, recording.Data, "wo"),
		with(s, recording.Sent, "three"), with(c, recording.Data, "three"),
		with(c, recording.HalfClose, ""), with(s, recording.EOF, ""), with(s, recording.Closed, ""), with(c, recording.EOF, ""), with(c, recording.Closed, ""))
	b.wantText(t, ".head b", "c|srv.1")
	b.wantText(t, ".message code", "one |two|three")
	b.wantText(t, ".what", "listening on 127.0.0.1:7000|connect, accepted|half-close|close|closed")
	b.wantCount(t, map[string]int{".message.right": 2, ".message.left": 1})
}

func checkKeys(t *testing.T, b *browser) {
	b.open(t, "", dialogue()...)
	b.keys(t, "jjj")
	b.wantText(t, ".row.selected code", `+PONG\r\n`)
	b.keys(t, "k"+kb.Enter)
	b.wantText(t, "pre.text", "PING\\r\\n\n")
	b.keys(t, "f")
	b.wantText(t, ".row.selected .what", "recv: timed out after 1 s")
	b.keys(t, kb.Escape+"g")
	b.wantCount(t, map[string]int{"#detail[hidden]": 1, "#row2.selected": 1})
	b.keys(t, "?")
	b.wantCount(t, map[string]int{"#help-panel[hidden]": 0, "#help-list li": 14})
	b.find(t, kb.Escape+"/", "pong")
	b.wantText(t, ".row.match code", `+PONG\r\n`)
	b.wantText(t, "#found", "1 of 1")
	b.wantCount(t, map[string]int{"#row4.selected": 1})
}
