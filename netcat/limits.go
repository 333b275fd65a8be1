package netcat

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// If the Go runtime can't get a descriptor for its poller, or memory, it crashes with a dump.
// So the limits are checked at the start.
const (
	// neededDescriptors: two for the poller, one for a socket, and one more.
	neededDescriptors = 4
	// neededSpace is address space for the growing heap and for threads, in bytes.
	neededSpace = 128 << 20
)

// checkLimits returns an error if the limits of the process (setrlimit(2)) are too low to
// run. With less than about 800 MB of address space, the runtime crashes before this.
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
