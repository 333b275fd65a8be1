package netcat

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// childAttributes puts a program in a process group of its own. If we are
// killed it is sent SIGTERM: nobody else would end it.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGTERM}
}
