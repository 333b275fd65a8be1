package whose

import (
	"path/filepath"

	"sosh/internal/procnet"

	"golang.org/x/sys/unix"
)

// samePath reports whether a unix socket is bound to path or @NAME. A path is compared by the
// file that it leads to, since a socket keeps the path as it was given to bind, which may be
// relative.
func samePath(s *procnet.Socket, path string) bool {
	if s.Path == "" {
		return false
	}
	if s.Path == path {
		return true
	}
	if path[0] == '@' || s.Path[0] == '@' {
		return false
	}
	var st unix.Stat_t
	if s.FileInode == 0 || unix.Stat(path, &st) != nil || uint32(st.Ino) != s.FileInode {
		return false
	}
	return filepath.Base(s.Path) == filepath.Base(path)
}
