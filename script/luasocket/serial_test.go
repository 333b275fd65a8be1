package luasocket

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// TestSerial opens a pseudo-terminal as a serial line, and speaks over it.
func TestSerial(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("serial lines are tested on Linux")
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	answered := make(chan string, 1)
	go func() {
		// The terminal echoes what is written to it.
		r := bufio.NewReader(master)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if strings.HasPrefix(line, "question") {
				fmt.Fprint(master, "answer\n")
			}
			if strings.HasPrefix(line, "last") {
				answered <- line
				return
			}
		}
	}()
	file := filepath.Join(t.TempDir(), "serial.lua")
	program := fmt.Sprintf(`
local serial, socket = require "socket.serial", require "socket"
print(serial("/nowhere/tty"))
local s = serial(%q)
print(s.class, s:getfd() >= 0, s:dirty(), s.gettimeout, s.getsockname)
s:settimeout(0.05)
print(s:receive())
s:settimeout(10)
print((s:send("question\n")))
print(s:receive())
print(#select(2, socket.select(nil, {s}, 1)), (s:getstats()))
print((s:send("last\n")))
print(s:close(), s:getfd(), s:receive())
`, slave.Name())
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, file, "")
	want := "nil\tNo such file or directory\nserial{client}\ttrue\tfalse\tnil\tnil\nnil\ttimeout\t\n9\nanswer\tnil\tnil\n1\t7\n5\n1\t-1\tnil\tclosed\t\n"
	if err != nil || out != want {
		t.Errorf("%v\n%s\nwant\n%s", err, out, want)
	}
	if line := <-answered; line != "last\r\n" {
		t.Errorf("the line got %q", line)
	}
}
