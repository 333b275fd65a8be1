package repl

import (
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
)

var (
	guideSession = regexp.MustCompile("(?ms)^```session\n(.*?)^```$")
	guideMasks   = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d{3} |127\.0\.0\.1:\d+`)
)

// TestGuideSession types the session of doc/guide.md, and sees each of its lines.
func TestGuideSession(t *testing.T) {
	src, err := os.ReadFile("../doc/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	m := guideSession.FindSubmatch(src)
	if m == nil {
		t.Fatal("doc/guide.md has no session")
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().String()
	listener.Close()
	l := startLive(t, liveConfig{})
	for line := range strings.Lines(string(m[1])) {
		line = strings.TrimSuffix(line, "\n")
		if typed, ok := strings.CutPrefix(line, livePrompt+" "); ok {
			l.do(strings.ReplaceAll(typed, "127.0.0.1:7000", port))
			continue
		}
		want := guideMasks.ReplaceAllString(line, "")
		l.wait(line, func(screen string) bool {
			return strings.Contains("\n"+guideMasks.ReplaceAllString(screen, ""), "\n"+want+"\n")
		})
	}
}

// TestReadmeSession types the session of README.md, whose last line shows the connection.
func TestReadmeSession(t *testing.T) {
	src, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^    sosh> (.*)$`).FindAllStringSubmatch(string(src), -1)
	if len(lines) < 5 {
		t.Fatal("README.md has no session")
	}
	// The kernel chooses the port.
	ports := strings.NewReplacer("bind srv 127.0.0.1:4000", "bind srv 127.0.0.1:0", "127.0.0.1:4000", "${srv:getsockname()}")
	l := startLive(t, liveConfig{rows: 90})
	for _, m := range lines {
		l.do(ports.Replace(m[1]))
	}
	for _, text := range []string{"srv.1 <- 6  PING", "c <- 6  PONG", "ESTABLISHED"} { // data arrives in its own time
		l.sees(text)
	}
	l.wait("no error", func(screen string) bool {
		return !strings.Contains(screen, "hint:") && !strings.Contains(screen, "unexpected")
	})
}
