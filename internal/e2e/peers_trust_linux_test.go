package e2e

import (
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// trustFile has the CA certificates of the system. Debian's ncat parses them whenever it
// connects, which takes twenty times as long as all else that it does.
const trustFile = "/etc/ssl/certs/ca-certificates.crt"

func init() {
	if _, err := os.Stat(trustFile); err == nil && os.Getuid() == 0 {
		startPeer = startWithoutTrust
	}
}

// startWithoutTrust starts a program for which trustFile is empty, if the kernel lets us.
func startWithoutTrust(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // to the end: the thread has mounts of its own
		if unix.Unshare(unix.CLONE_FS|unix.CLONE_NEWNS) == nil && unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") == nil {
			unix.Mount(os.DevNull, trustFile, "", unix.MS_BIND, "")
		}
		started <- cmd.Start()
	}()
	return <-started
}
