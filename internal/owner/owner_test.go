package owner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStranger(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) string {
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		return Stranger(f, name)
	}
	own, link := filepath.Join(dir, "own"), filepath.Join(dir, "link")
	if got := open(own); got != "" {
		t.Errorf("a file of one's own %s", got)
	}
	if got := open(os.DevNull); got != "" {
		t.Errorf("a device %s", got)
	}
	if err := os.Symlink(own, link); err != nil {
		t.Fatal(err)
	}
	if got := open(link); got != "" {
		t.Errorf("a link of one's own %s", got)
	}
	if err := os.Lchown(link, 12345, 12345); err != nil {
		t.Skip("only root can give a file away: ", err)
	}
	if got := open(link); got != "is a symbolic link that another user made (uid 12345)" {
		t.Errorf("a link of another user's %q", got)
	}
	if err := os.Chown(own, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if got := open(own); !strings.HasPrefix(got, "belongs to another user (uid 12345)") {
		t.Errorf("a file of another user's %q", got)
	}
}
