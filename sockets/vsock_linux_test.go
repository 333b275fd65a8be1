package sockets

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestVsockNoDevice connects to the machine itself where there is no loopback:
// nothing leaves it.
func TestVsockNoDevice(t *testing.T) {
	table := newTable(t)
	if newVsock(t, table).Bind(patient(t), "local:0") == nil {
		t.Skip("there is loopback")
	}
	dev, err := os.Open("/dev/vsock")
	if err != nil {
		t.Skip(err)
	}
	defer dev.Close()
	cid, err := unix.IoctlGetUint32(int(dev.Fd()), unix.IOCTL_VM_SOCKETS_GET_LOCAL_CID)
	if err != nil || cid == anyCID {
		t.Skipf("no CID of our own: %d, %v", cid, err)
	}
	h := newVsock(t, table)
	e := wantErr(t, h.Connect(patient(t), fmt.Sprintf("%d:5000", cid)), "connect", unix.ENODEV)
	if want := fmt.Sprintf("connect %s: %d:5000: no such device (ENODEV)", h.Name(), cid); e.Error() != want {
		t.Errorf("%q, want %q", e, want)
	}
	if !strings.Contains(e.Hint, "vsock_loopback") || h.State() != "new" {
		t.Errorf("hint %q, %s", e.Hint, h.State())
	}
}
