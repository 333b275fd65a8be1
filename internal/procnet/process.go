package procnet

import "time"

// A Process is a process of this machine. Name, Command and User are foreign text.
type Process struct {
	PID     int
	Parent  int       // PID of its parent
	Name    string    // as ps and ss show it: at most 15 bytes
	Command string    // its command line, words joined by blanks; "" if unknown
	UID     int       // -1 if unknown
	User    string    // name of the user, "" if unknown
	Since   time.Time // when it started
}

// An Owned says which processes have a socket open. It must not be used concurrently.
type Owned struct {
	byInode map[uint64][]Process
	// Hidden reports that there are processes that could not be examined: they belong to other
	// users, or the time was up.
	Hidden bool
}

// Of returns the processes that have the socket open, in order of PID.
func (o *Owned) Of(s *Socket) []Process {
	if s.Inode == 0 || o == nil {
		return nil
	}
	return o.byInode[s.Inode]
}
