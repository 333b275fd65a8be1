package script

import "syscall"

// processAttr is what a program is started with: where grouped, in a group of its
// own, which signals reach as one. It does not outlive this process, even if that
// is killed; the threads that Go starts programs on stay for as long as it does.
func processAttr(grouped bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: grouped, Pdeathsig: syscall.SIGKILL}
}
