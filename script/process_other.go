//go:build !linux

package script

import "syscall"

// processAttr is what exec starts a program with: in a group of its own, which
// signals reach as one.
func processAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
