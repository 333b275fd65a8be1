package whose

import (
	"path/filepath"

	"sosh/internal/procnet"

	"golang.org/x/sys/unix"
)

// samePath reports whether a unix socket is bound to path or @NAME. A path is compared by the
// file that it leads to: a socket keeps the path as it was given to bind, which may be relative,
// and then says nothing about the directory.
func samePath(s *procnet.Socket, path string) bool {
	if s.Path == "" {
		return false
	}
	if path[0] == '@' || s.Path[0] == '@' || s.Path == path && filepath.IsAbs(path) {
		return s.Path == path
	}
	var st unix.Stat_t
	if s.FileInode == 0 || unix.Stat(path, &st) != nil {
		return s.Path == path
	}
	return uint32(st.Ino) == s.FileInode && filepath.Base(s.Path) == filepath.Base(path)
}
