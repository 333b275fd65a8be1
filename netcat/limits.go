package netcat

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// The runtime ends the program with a dump of its state when it gets no
// descriptor for its poller, or no memory, so what it will need is asked for at
// the start.
const (
	// neededDescriptors are those of the poller, two, of a socket, and one more.
	neededDescriptors = 4
	// neededSpace is room for a heap that grows, and for threads.
	neededSpace = 128 << 20
)

// checkLimits reports whether the limits of the process (setrlimit(2)) leave
// room to run. With less than some 800 MB of address space the runtime does not
// get as far as this.
func checkLimits() error {
	var got []int
	var err error
	for range neededDescriptors {
		var fd int
		if fd, err = unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3); err != nil {
			break
		}
		got = append(got, fd)
	}
	for _, fd := range got {
		unix.Close(fd)
	}
	var limit unix.Rlimit
	if err != nil {
		text := ""
		if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
			text = fmt.Sprintf(": the limit is %d (see ulimit -n)", limit.Cur)
		}
		return fmt.Errorf("%s%s", capital(err.Error()), text)
	}
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) != nil || uint64(limit.Cur) == unlimited {
		return nil
	}
	space, err := unix.Mmap(-1, 0, neededSpace, unix.PROT_NONE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return fmt.Errorf("%s: the limit of address space is %d KB (see ulimit -v)", capital(err.Error()), limit.Cur/1024)
	}
	return unix.Munmap(space)
}
