package termtest

import "golang.org/x/sys/unix"

// Cooked reports whether the terminal edits lines itself, echoes them, and makes signals of keys, as a
// shell leaves it for a program.
func (x *Screen) Cooked() bool {
	x.t.Helper()
	rc, err := x.Keys.SyscallConn()
	if err != nil {
		x.t.Fatal(err)
	}
	const all = unix.ICANON | unix.ECHO | unix.ISIG
	cooked := false
	rc.Control(func(fd uintptr) {
		m, e := unix.IoctlGetTermios(int(fd), getTermios)
		if err = e; e == nil {
			cooked = m.Lflag&all == all
		}
	})
	if err != nil {
		x.t.Fatal(err)
	}
	return cooked
}
