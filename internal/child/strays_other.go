//go:build !linux

package child

import (
	"syscall"
	"time"
)

func attributes(o Options) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: o.Group} }

func (c *Child) start() error { return c.cmd.Start() }

func (c *Child) waited() {}

func (c *Child) reapStrays() {}

// groupGone reports whether no process is left of a group.
func groupGone(group int) bool { return syscall.Kill(-group, 0) == syscall.ESRCH }

// endStrays ends nothing: what leaves its group can't be found here.
func (c *Child) endStrays(time.Duration) {}
