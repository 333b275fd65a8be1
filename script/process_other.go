//go:build !linux

package script

import (
	"os/exec"
	"syscall"
)

// processAttr is what a program is started with: where grouped, in a group of its
// own, which signals reach as one.
func processAttr(grouped bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: grouped} }

// startChild starts a program, and returns what is called once it has been waited
// for.
func startChild(cmd *exec.Cmd) (waited func(), err error) { return func() {}, cmd.Start() }

// endStrays ends nothing: what leaves its group can't be found here.
func endStrays(int, string) {}
