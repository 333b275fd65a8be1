package ctxfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

var errStop = errors.New("stop")

// stopped returns a context that ends soon, with errStop.
func stopped(t *testing.T) context.Context {
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(20*time.Millisecond, func() { cancel(errStop) })
	t.Cleanup(func() { timer.Stop(); cancel(nil) })
	return ctx
}

// TestEnds waits in each way for somebody who never comes.
func TestEnds(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	for name, wait := range map[string]func(context.Context) error{
		"open for reading": func(ctx context.Context) error { _, err := Open(ctx, fifo, os.O_RDONLY); return err },
		"open for writing": func(ctx context.Context) error { _, err := Open(ctx, fifo, os.O_WRONLY); return err },
		"read a file":      func(ctx context.Context) error { _, err := ReadFile(ctx, fifo); return err },
		"read a pipe":      func(ctx context.Context) error { _, err := ReadAll(ctx, r); return err },
	} {
		if err := wait(stopped(t)); err != errStop {
			t.Errorf("%s: %v, want the cause of the context", name, err)
		}
	}
}

// TestReads reads what is there.
func TestReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(t.Context(), path); err != nil || string(b) != "text" {
		t.Errorf("a file: %q, %v", b, err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	time.AfterFunc(10*time.Millisecond, func() { w.WriteString("late"); w.Close() })
	if b, err := ReadAll(t.Context(), r); err != nil || string(b) != "late" {
		t.Errorf("a pipe: %q, %v", b, err)
	}
	if _, err := ReadFile(t.Context(), t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}
