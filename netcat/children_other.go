//go:build !linux

package netcat

import "syscall"

// childAttributes puts a program in a process group of its own.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
