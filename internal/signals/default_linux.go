package signals

import (
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// systemSignals returns the deadly signals that only Linux has, including the real-time signals,
// except those that C libraries use: 32, 33, and in musl 34.
func systemSignals() []syscall.Signal {
	list := []syscall.Signal{unix.SIGSTKFLT, unix.SIGIO, unix.SIGPWR}
	for sig := syscall.Signal(35); sig <= 64; sig++ {
		list = append(list, sig)
	}
	return list
}

// A sigaction is large enough for the kernel's struct sigaction on every architecture. All zero
// means SIG_DFL.
type sigaction [64]byte

// runtimeActions are the handlers that setDefault has replaced. os/signal does
// not install them again, because the runtime believes that they are there.
var runtimeActions struct {
	sync.Mutex
	of map[syscall.Signal]sigaction
}

// setDefault gives a signal its default action. The runtime has no call for that.
func setDefault(sig syscall.Signal) {
	var none, old sigaction
	if rtSigaction(sig, &none, &old) != nil {
		return
	}
	a := &runtimeActions
	a.Lock()
	defer a.Unlock()
	if a.of == nil {
		a.of = make(map[syscall.Signal]sigaction)
	}
	if old != none {
		a.of[sig] = old
	}
}

// setCaught undoes setDefault.
func setCaught(sig syscall.Signal) {
	a := &runtimeActions
	a.Lock()
	defer a.Unlock()
	if old, ok := a.of[sig]; ok {
		rtSigaction(sig, &old, nil)
	}
}

func rtSigaction(sig syscall.Signal, new, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(new)), uintptr(unsafe.Pointer(old)), sigsetSize, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// sigsetSize is the size of the kernel's sigset_t, which is 16 on MIPS alone.
const sigsetSize = 8
