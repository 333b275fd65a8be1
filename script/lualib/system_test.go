package lualib

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
)

// TestSeedRandom: a seed repeats the random numbers, and RandomUsed tells whether
// any was taken since.
func TestSeedRandom(t *testing.T) {
	L := newLibrary(t, io.Discard)
	draw := func() string {
		if err := L.DoString("drawn = random(1e9) .. randombytes(4)"); err != nil {
			t.Fatal(err)
		}
		return L.GetGlobal("drawn").String()
	}
	SeedRandom(L, 7)
	if RandomUsed(L) {
		t.Error("random counts as used before it was called")
	}
	first := draw()
	if !RandomUsed(L) {
		t.Error("random does not count as used after it was called")
	}
	SeedRandom(L, 7)
	if RandomUsed(L) {
		t.Error("random counts as used after its seed was set anew")
	}
	if again := draw(); again != first {
		t.Errorf("the seed 7 gave %q, then %q", first, again)
	}
}

// TestCloseRemovesTempdirs: Close removes a directory with what is in it, and
// another one can be made after that.
func TestCloseRemovesTempdirs(t *testing.T) {
	L := newLibrary(t, io.Discard)
	for range 2 {
		dir, err := Tempdir(L)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
			t.Fatal(err)
		}
		Close(L)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", dir, err)
		}
	}
}
