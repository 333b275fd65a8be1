package repl

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLiveInterruptBusy: Ctrl-C stops whatever a command is busy with, a search in
// foreign text too, and the prompt is back with the handles as they were.
func TestLiveInterruptBusy(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	if err := unix.Mkfifo(l.path("fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.do("set view none")
	c := l.dial("c")
	l.say(c, strings.Repeat(" ", 900<<10))
	l.do(`big = (" "):rep(8 * 1024 * 1024)`)
	for _, busy := range []string{
		`set time; expect c "%s*%s*%s*OK" timeout=600`,
		`set time; expect c "(.-)(.-)(.-)OK" timeout=600`,
		`set time; recvuntil c OK timeout=600`,
		`set time; recvall c timeout=600`,
		`set time; wait c eof timeout=600`,
		`set time; sleep 600`,
		`print("clock") string.find(big, ".-.-.-.-OK")`,
		`print("clock") local open = ("("):rep(2000000) while true do string.find(open, "%b()OK") end`,
		`print("clock") regex.find(big, "(?: | +){400}OK")`,
		`print("clock") coroutine.wrap(function() while true do end end)()`,
		`print("clock") io.open("fifo")`,
		`print("clock") join(spawn(function() sleep(600) end))`,
	} {
		l.clear()
		l.press(busy + "\r")
		l.wait("the command to run", regexp.MustCompile(`\n(│ )?clock`).MatchString)
		l.press("\x03")
		l.awaitPrompt()
		l.sees(busy[:18], "cancelled")
	}
	l.clear()
	l.do("#handles() .. ' handle, ' .. #recv(c) .. ' bytes'")
	l.sees("1 handle, ", " bytes")
	l.quit()
}
