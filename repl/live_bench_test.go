package repl

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// BenchmarkPrompt is the time from the start of the program on a terminal to
// its prompt. "empty-ms" is what a Go program that does nothing takes to end,
// in the same run; "history-ms" is with a history of 10,000 lines.
func BenchmarkPrompt(b *testing.B) {
	dir := b.TempDir()
	build := func(name, source string) string {
		path := filepath.Join(dir, name)
		cmd := exec.Command("go", "build", "-o", path, source)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		return path
	}
	empty := filepath.Join(dir, "empty.go")
	if err := os.WriteFile(empty, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	sosh, nothing := build("sosh", ".."), build("empty", empty)
	long := filepath.Join(dir, "long")
	if err := os.MkdirAll(filepath.Join(long, "sosh"), 0o700); err != nil {
		b.Fatal(err)
	}
	var history strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&history, "send c \"line %d of the history\\r\\n\"\n", i)
	}
	if err := os.WriteFile(filepath.Join(long, "sosh", "history"), []byte(history.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	var prompt, bare, old time.Duration
	for b.Loop() {
		prompt += timePrompt(b, sosh, filepath.Join(dir, "state"))
		old += timePrompt(b, sosh, long)
		start := time.Now()
		if err := exec.Command(nothing).Run(); err != nil {
			b.Fatal(err)
		}
		bare += time.Since(start)
	}
	for unit, d := range map[string]time.Duration{"prompt-ms": prompt, "empty-ms": bare, "history-ms": old} {
		b.ReportMetric(d.Seconds()*1000/float64(b.N), unit)
	}
	b.ReportMetric(0, "ns/op")
}

// timePrompt starts a program on a terminal and returns when its prompt came.
func timePrompt(b *testing.B, program, state string) time.Duration {
	b.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "TERM=xterm", "XDG_STATE_HOME="+state, "XDG_CONFIG_HOME="+state)
	start := time.Now()
	keys, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer keys.Close()
	kill := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer kill.Stop()
	var text strings.Builder
	buf := make([]byte, 4<<10)
	for !strings.Contains(text.String(), livePrompt) {
		n, err := keys.Read(buf)
		if err != nil {
			b.Fatalf("%v after %q", err, text.String())
		}
		text.Write(buf[:n])
	}
	took := time.Since(start)
	keys.Write([]byte("\x04"))
	return took
}

// BenchmarkEventToScreen is the time from what a peer sends to its text on the
// screen, without and with another peer that floods the shell.
func BenchmarkEventToScreen(b *testing.B) {
	for _, flood := range []bool{false, true} {
		b.Run(fmt.Sprintf("flood=%v", flood), func(b *testing.B) {
			l := startLive(b, liveConfig{columns: 100, rows: 30})
			c, d := l.dial("c"), l.dial("d")
			stop := func() int64 { return 0 }
			if flood {
				c.SetDeadline(time.Time{})
				stop = pour(b, c, "a line of the flood, as a chatty server has it\n")
				l.wait("a summary", summaryRow.MatchString)
			}
			var longest time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				time.Sleep(2 * quietFor)
				d.SetDeadline(time.Now().Add(patience))
				text := fmt.Sprintf("news %d.", n)
				n++
				b.StartTimer()
				start := time.Now()
				l.say(d, text)
				l.wait(text, func(string) bool { return l.wrote.Has(text) })
				longest = max(longest, time.Since(start))
			}
			b.ReportMetric(float64(longest.Milliseconds()), "longest-ms")
			stop()
			l.press("\x04\x04")
			l.leave(0)
		})
	}
}
