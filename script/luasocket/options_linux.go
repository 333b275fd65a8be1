package luasocket

import (
	"sosh/script/lua51"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
	"golang.org/x/sys/unix"
)

// systemTCPOptions returns the options of TCP that not every system has.
func systemTCPOptions() map[string]option {
	return map[string]option{
		"tcp-keepidle":         {level: unix.IPPROTO_TCP, name: unix.TCP_KEEPIDLE},
		"tcp-keepcnt":          {level: unix.IPPROTO_TCP, name: unix.TCP_KEEPCNT},
		"tcp-keepintvl":        {level: unix.IPPROTO_TCP, name: unix.TCP_KEEPINTVL},
		"tcp-defer-accept":     {level: unix.IPPROTO_TCP, name: unix.TCP_DEFER_ACCEPT, noGet: true},
		"tcp-fastopen":         {level: unix.IPPROTO_TCP, name: unix.TCP_FASTOPEN, noGet: true},
		"tcp-fastopen-connect": {level: unix.IPPROTO_TCP, name: unix.TCP_FASTOPEN_CONNECT, noGet: true},
		"bindtodevice":         {get: getDevice, set: setDevice},
	}
}

func getDevice(L *lua.LState, o *object) int {
	var name string
	err := o.control(func(fd int) (err error) {
		name, err = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
		return err
	})
	if err != nil {
		return fail(L, errGetOption)
	}
	L.Push(lua.LString(name))
	return 1
}

func setDevice(L *lua.LState, o *object) int {
	name := lua51.CheckString(L, 3)
	return setDone(L, o.control(func(fd int) error {
		return unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, name)
	}))
}

// getsockoptLinger returns SO_LINGER, which x/sys/unix can only set.
func getsockoptLinger(fd int) (*unix.Linger, error) {
	var l unix.Linger
	size := uint32(unsafe.Sizeof(l))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER,
		uintptr(unsafe.Pointer(&l)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return nil, errno
	}
	return &l, nil
}
