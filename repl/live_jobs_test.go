package repl

import (
	"testing"
)

// TestLiveEvery: a job goes on after an error, names itself before what it prints, and ends when
// it has done what was wanted.
func TestLiveEvery(t *testing.T) {
	t.Parallel()
	l := startLive(t, liveConfig{})
	l.do("set time off", "n = 0", "function f() n = n + 1 assert(n >= 3, 'too few') end")
	l.press("every 10ms until=fail recv nobody\r")
	l.awaitTyped()
	l.sees("job 1 ended: run 1 failed: recv: no handle named nobody")
	l.press("every 10ms until=ok f()\r")
	l.awaitTyped()
	l.sees("job 2: ", "too few", "job 2 ended: run 3 succeeded")
	l.press("every 10ms print('tick', n) count=2\r") // the option of a line of Lua stands before it
	l.awaitTyped()
	l.sees("job 3: ")
	l.press("every 10ms count=2 print('tick', n)\r")
	l.awaitTyped()
	l.sees("job 4: │ tick", "job 4 ended after 2 runs, 0 failed")
	l.press("every 10ms recv nobody count=3\r")
	l.awaitTyped()
	l.sees("job 5: recv: no handle named nobody", "job 5 ended after 3 runs, 3 failed: recv: no handle named nobody")
	l.press("every 10ms count=1 1 + 1\r")
	l.awaitTyped()
	l.sees("job 6: 2\n", "job 6 ended after 1 run, 0 failed")
	l.press("every 10ms count=1 ls\r")
	l.awaitTyped()
	l.sees("job 7: ls\n", "no handles", "job 7 ended")
	l.quit()
}
