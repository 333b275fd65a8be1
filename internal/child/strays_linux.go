package child

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A program can leave its group by setsid(2), as daemons do. This process is a subreaper: such
// a stray becomes its child when the stray's parent has ended. It is recognized by a mark in
// its environment.

// attributes returns the SysProcAttr of a program. Pdeathsig depends on the thread that starts
// the program; the threads on which Go starts programs live as long as the process.
func attributes(o Options) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: o.Group, Pdeathsig: o.Orphan}
}

// started are the children that a goroutine of this package waits for.
var started struct {
	sync.Mutex
	pids  map[int]bool
	adopt sync.Once
}

// marks counts the marks.
var marks atomic.Int64

// start starts the command of a child.
func (c *Child) start() error {
	if c.o.Strays {
		started.adopt.Do(func() { unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })
		c.mark = fmt.Sprintf("SOSH_EXEC=%d.%d", os.Getpid(), marks.Add(1))
		c.cmd.Env = append(c.cmd.Environ(), c.mark)
	}
	started.Lock()
	defer started.Unlock()
	if err := c.cmd.Start(); err != nil {
		return err
	}
	if started.pids == nil {
		started.pids = make(map[int]bool)
	}
	started.pids[c.Pid()] = true
	return nil
}

// waited notes that the child was waited for.
func (c *Child) waited() {
	started.Lock()
	defer started.Unlock()
	delete(started.pids, c.Pid())
}

// reapStrays waits for the adopted children that have ended, which count in their
// group until then.
func (c *Child) reapStrays() {
	if c.mark != "" {
		strays(c.mark)
	}
}

// groupGone reports whether a group has no running process. For the kernel, a zombie still
// counts, and the init process of a container may wait for its zombies late or never.
func groupGone(group int) bool {
	if syscall.Kill(-group, 0) == syscall.ESRCH {
		return true
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		fields := statFields(path) // state, parent, group
		if len(fields) > 2 && string(fields[2]) == strconv.Itoa(group) && string(fields[0]) != "Z" && string(fields[0]) != "X" {
			return false
		}
	}
	return len(stats) > 0
}

// killTime is how long processes may take to end after SIGKILL, which some system calls hold up.
const killTime = 2 * time.Second

// endStrays ends the processes that have the child's mark and no parent any more: by SIGTERM,
// and by SIGKILL if they are not gone after grace. Until the killed group is gone, one of its
// processes can start another stray.
func (c *Child) endStrays(grace time.Duration) {
	if c.mark == "" {
		return
	}
	told := make(map[int]bool)
	for began := time.Now(); ; time.Sleep(groupPoll) {
		left, changes := strays(c.mark)
		since := time.Since(began)
		if len(left) == 0 && !changes && c.isGone() || since > grace+killTime {
			return
		}
		for _, pid := range left {
			if since > grace {
				syscall.Kill(pid, syscall.SIGKILL)
			} else if !told[pid] {
				told[pid] = true
				syscall.Kill(pid, syscall.SIGTERM)
				syscall.Kill(pid, syscall.SIGCONT)
			}
		}
	}
}

// strays returns the adopted children with the mark. It waits for those that have ended; changes
// says that there were some, whose children may be strays now, or that some are about to end or
// are in execve(2), where a process has no environment for a moment, and its old one cannot be
// read any further.
func strays(mark string) (left []int, changes bool) {
	started.Lock()
	defer started.Unlock()
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		for _, field := range bytes.Fields(text) {
			pid, err := strconv.Atoi(string(field))
			if err != nil || started.pids[pid] {
				continue
			}
			environ, err := os.ReadFile("/proc/" + string(field) + "/environ")
			if slices.Contains(strings.Split(string(environ), "\x00"), mark) {
				left = append(left, pid)
				continue
			}
			n, _ := unix.Wait4(pid, nil, unix.WNOHANG, nil)
			changes = changes || n == pid || !os.IsPermission(err) && !hasEnvironment(pid, len(environ))
		}
	}
	return left, changes
}

// hasEnvironment reports whether the environment of a process has this size in bytes: if not,
// what was read of it is not all. A process that ends has none, at address 0. In execve the
// kernel sets both ends to the start, later the end, and after that the address of the data.
// The fields are those of proc_pid_stat(5).
func hasEnvironment(pid, size int) bool {
	var data, start, end uint64
	if fields := statFields(fmt.Sprintf("/proc/%d/stat", pid)); len(fields) > 51-3 {
		data, _ = strconv.ParseUint(string(fields[45-3]), 10, 64)
		start, _ = strconv.ParseUint(string(fields[50-3]), 10, 64)
		end, _ = strconv.ParseUint(string(fields[51-3]), 10, 64)
	}
	return data != 0 && start != 0 && end-start == uint64(size)
}

// statFields returns the fields of a /proc/PID/stat from the third, the state. Before it are
// the PID and the name of the program, which may be anything.
func statFields(path string) [][]byte {
	text, _ := os.ReadFile(path)
	return bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
}
