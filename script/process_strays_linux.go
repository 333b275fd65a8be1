package script

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A program can leave its group, by setsid(2), as daemons do. This process is
// the subreaper of what it starts, so that such a one becomes a child of its
// when its parent has ended, and is known by a mark in its environment.

// children are the programs that are being waited for by who started them.
var children struct {
	sync.Mutex
	pids  map[int]bool
	adopt sync.Once
}

// startChild starts a program whose strays can be ended, and returns what is
// called once it has been waited for.
func startChild(cmd *exec.Cmd) (waited func(), err error) {
	children.adopt.Do(func() { unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })
	children.Lock()
	defer children.Unlock()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	pid := cmd.Process.Pid
	if children.pids == nil {
		children.pids = make(map[int]bool)
	}
	children.pids[pid] = true
	return func() {
		children.Lock()
		defer children.Unlock()
		delete(children.pids, pid)
	}, nil
}

// endStrays ends what has the mark in its environment and no parent any more, by
// SIGTERM, and by SIGKILL if that does not do, and waits for what has ended. Those
// of the group were killed; until they are gone one of them can leave a stray.
func endStrays(group int, mark string) {
	told := make(map[int]bool)
	for began := time.Now(); ; time.Sleep(readyPause) {
		left := strays(mark)
		since := time.Since(began)
		if len(left) == 0 && syscall.Kill(-group, 0) == syscall.ESRCH || since > 2*processGrace {
			return
		}
		for _, pid := range left {
			if since > processGrace {
				syscall.Kill(pid, syscall.SIGKILL)
			} else if !told[pid] {
				told[pid] = true
				syscall.Kill(pid, syscall.SIGTERM)
				syscall.Kill(pid, syscall.SIGCONT)
			}
		}
	}
}

// strays are the children that nobody here has started and that have the mark.
// Those that have ended are waited for.
func strays(mark string) (left []int) {
	children.Lock()
	defer children.Unlock()
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range bytes.Fields(text) {
			pid, err := strconv.Atoi(string(field))
			if err != nil || children.pids[pid] {
				continue
			}
			environ, _ := os.ReadFile("/proc/" + string(field) + "/environ")
			if len(environ) == 0 { // it has ended, or is of another user
				unix.Wait4(pid, nil, unix.WNOHANG, nil)
			}
			for _, v := range bytes.Split(environ, []byte{0}) {
				if string(v) == mark {
					left = append(left, pid)
				}
			}
		}
	}
	return left
}
