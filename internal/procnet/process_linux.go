package procnet

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// maxOwners is how many processes Owners names for one socket.
const maxOwners = 32

// Owners finds the processes that have the sockets open. With first set, one process for each
// socket is enough, which is faster. When ctx ends, Owners returns what it has found. The
// processes of other users are hidden, unless the caller is root.
func Owners(ctx context.Context, sockets []Socket, first bool) (*Owned, error) {
	o := &Owned{byInode: make(map[uint64][]Process)}
	want := make(map[uint64]bool)
	users := make(map[int]bool)
	for i := range sockets {
		if s := &sockets[i]; s.Inode != 0 {
			want[s.Inode] = true
			users[s.UID] = true
		}
	}
	missing := len(want)
	if missing == 0 {
		return o, nil
	}
	pids, err := processes(users)
	if err != nil {
		return o, err
	}
	buf := make([]byte, 16<<10)
	for _, pid := range pids {
		if ctx.Err() != nil {
			o.Hidden = true
			break
		}
		found, err := socketsOf(ctx, pid, want, buf)
		if err == unix.EACCES || err == unix.EPERM {
			o.Hidden = true
		}
		if len(found) == 0 {
			continue
		}
		p := ReadProcess(pid)
		for inode := range found {
			if len(o.byInode[inode]) == 0 {
				missing--
			}
			if len(o.byInode[inode]) < maxOwners {
				o.byInode[inode] = append(o.byInode[inode], p)
			}
		}
		if first && missing == 0 {
			break
		}
	}
	for _, list := range o.byInode {
		slices.SortFunc(list, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
	}
	return o, nil
}

// processes returns the PIDs of all processes: this one first, then those of the users, which
// are likely to have what is looked for. The process that made a socket is older than those that
// inherited it, so that lower PIDs are first.
func processes(users map[int]bool) ([]int, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	type ranked struct{ rank, pid int }
	var list []ranked
	self := os.Getpid()
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		r := ranked{2, pid}
		var st unix.Stat_t
		switch {
		case pid == self:
			r.rank = 0
		case unix.Stat("/proc/"+name, &st) == nil && users[int(st.Uid)]:
			r.rank = 1
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.pid, b.pid)) })
	pids := make([]int, len(list))
	for i, r := range list {
		pids[i] = r.pid
	}
	return pids, nil
}

// socketsOf returns which of the wanted sockets a process has open. It reads the directory by
// system calls of its own: a server may have 100,000 descriptors.
func socketsOf(ctx context.Context, pid int, want map[uint64]bool, buf []byte) (map[uint64]bool, error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var found map[uint64]bool
	var names []string
	link := make([]byte, 64)
	for ctx.Err() == nil {
		n, err := unix.ReadDirent(fd, buf)
		if err != nil || n <= 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names[:0])
		for _, name := range names {
			n, err := unix.Readlinkat(fd, name, link)
			if err != nil || !bytes.HasPrefix(link[:n], []byte("socket:[")) {
				continue
			}
			if inode, ok := parseSocketLink(string(link[:n])); ok && want[inode] {
				if found == nil {
					found = make(map[uint64]bool)
				}
				found[inode] = true
			}
		}
	}
	return found, nil
}

// maxCommand is how much of a command line is read.
const maxCommand = 4096

// ReadProcess returns what is known of a process. Of one that has ended it is only the PID.
func ReadProcess(pid int) Process {
	p := Process{PID: pid, UID: -1}
	dir := "/proc/" + strconv.Itoa(pid)
	if b, err := readSome(dir+"/stat", maxCommand); err == nil {
		if name, parent, start, ok := parseStat(string(b)); ok {
			p.Name, p.Parent, p.Since = name, parent, since(start)
		}
	}
	if b, err := readSome(dir+"/cmdline", maxCommand); err == nil {
		p.Command = strings.ReplaceAll(strings.TrimRight(string(b), "\x00"), "\x00", " ")
	}
	var st unix.Stat_t
	if unix.Stat(dir, &st) == nil {
		p.UID = int(st.Uid)
		p.User = UserName(p.UID)
	}
	return p
}

// ticks is the unit of times in /proc/PID/stat, USER_HZ, which is 100 on every architecture that
// Go supports.
const ticks = 100

// since returns the time that is so many ticks after the start of the system.
func since(start uint64) time.Time {
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) != nil {
		return time.Time{}
	}
	age := time.Duration(up.Nano()) - time.Duration(start)*time.Second/ticks
	return time.Now().Add(-age)
}

// readSome reads at most limit bytes of a file.
func readSome(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}
