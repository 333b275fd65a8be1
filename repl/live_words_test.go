package repl

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"sosh/internal/rawsock"
)

// TestLiveDialFails: the handle of a dial or serve that failed has no events, and
// the caret stands under the address.
func TestLiveDialFails(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	addr := fmt.Sprintf("127.0.0.1:%d", rawsock.Refusing(t))
	l.do("dial " + addr + " c")
	l.sees("sosh> dial "+addr+" c\n           ^\nconnect c: "+addr+": connection refused (ECONNREFUSED)", "sosh>")
	l.do("serve ./no/such/directory s", "serve tls://127.0.0.1:0 s cert=nowhere key=nowhere")
	l.sees("ENOENT", "nowhere")
	if strings.Contains(l.screen(), "closed") {
		t.Errorf("events of a handle that nobody was given:\n%s", l.screen())
	}
	l.quit()
}

// TestLiveClosedName: the name of a closed handle says so, in Lua too, and Ctrl-D
// names what it closed.
func TestLiveClosedName(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("socket tcp c", "close c", "c", "c:send('x')", "send c x")
	l.sees("sosh> c\nc is closed\n", "sosh> c:send('x')\nc is closed\n", "send: c is closed")
	l.do("socket tcp d", "socket udp e")
	l.press("\x04")
	l.leave(0)
	l.sees("closed 2 handles: d, e")
}

// TestLiveCausal: what was sent is told before the refusal that answers it, and a
// flood is summed up before the end of its stream.
func TestLiveCausal(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{columns: 100, rows: 400})
	l.do("set time off")
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := pc.LocalAddr().String()
	pc.Close()
	l.do("socket udp u", "connect u "+addr)
	for i := range 20 {
		l.do(fmt.Sprintf("send u %d", i))
		l.wait("the refusal", func(screen string) bool { return strings.Count(screen, "by ICMP") > i })
	}
	sent := 0
	for row := range strings.Lines(l.screen()) {
		switch {
		case strings.HasPrefix(row, "u -> "):
			sent++
		case strings.Contains(row, "by ICMP"):
			if sent--; sent < 0 {
				t.Fatalf("a refusal is told before what it answers:\n%s", l.screen())
			}
		}
	}
	c := l.dial("c")
	l.say(c, strings.Repeat("a line of the flood\n", 20000))
	c.Close()
	l.sees("has ended the stream")
	l.wait("the prompt", func(screen string) bool { return strings.HasSuffix(screen, livePrompt) })
	end := strings.Index(l.screen(), "has ended the stream")
	if rest := l.screen()[end:]; strings.Contains(rest, "c <- ") {
		t.Errorf("what came is told after the end of the stream:\n%s", rest)
	}
	l.quit()
}

// TestLiveSaved: what save writes is for its user alone.
func TestLiveSaved(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("socket tcp c", "save session.sosh")
	l.quit()
	st, err := os.Stat(l.path("session.sosh"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", st, err)
	}
}
