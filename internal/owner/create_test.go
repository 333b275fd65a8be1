package owner

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	if err := os.WriteFile(name, []byte("old content"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Create(name, true); !errors.Is(err, os.ErrExist) {
		t.Errorf("exclusive: %v", err)
	}
	f, warning, err := Create(name, false)
	if err != nil || warning != "" {
		t.Fatal(warning, err)
	}
	defer f.Close()
	if info, _ := os.Stat(name); info.Size() != 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes, mode %v", info.Size(), info.Mode())
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("f", link); err != nil {
		t.Fatal(err)
	}
	if f, _, err := Create(link, false); err != nil {
		t.Error("a link of one's own: ", err)
	} else {
		f.Close()
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Create(fifo, false); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("a FIFO without a reader: %v", err)
	}
}

func TestCreateInSharedDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	dir := t.TempDir()
	target, link, file, fifo := filepath.Join(dir, "target"), filepath.Join(dir, "link"), filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	for _, err := range []error{os.Symlink("target", link), os.WriteFile(file, nil, 0o666), unix.Mkfifo(fifo, 0o666)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := os.OpenFile(fifo, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, name := range []string{link, file, fifo} {
		if err := os.Lchown(name, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		mode    os.FileMode
		refused bool
	}{{0o777 | os.ModeSticky, true}, {0o755, false}} {
		if err := os.Chmod(dir, c.mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{link, file, fifo} {
			f, warning, err := Create(name, false)
			if err == nil {
				f.Close()
			}
			// Linux refuses too, with fs.protected_symlinks and its like.
			if (errors.Is(err, ErrForeign) || errors.Is(err, os.ErrPermission)) != c.refused || !c.refused && (err != nil || warning == "") {
				t.Errorf("%s in a directory with mode %v: %v, warning %q", filepath.Base(name), c.mode, err, warning)
			}
			if _, err := os.Stat(target); c.refused == (err == nil) && name == link {
				t.Errorf("the link was followed: %v", err == nil)
			}
		}
	}
}
