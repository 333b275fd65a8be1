package suite

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long files must stay unchanged before a change counts, since an editor
// writes a file in several steps.
const settle = 100 * time.Millisecond

// Watch calls run, and calls it again when a file changes in or below a directory of
// paths, until ctx ends. Changes during run are made by the tests, so only those of Lua
// files count. It ignores files whose names begin with a dot, and the file except.
//
// It returns an error if a path can't be read or watched.
//
// changed lists the files that have changed since the previous call; it is empty for the
// first.
func Watch(ctx context.Context, paths []string, except string, run func(changed []string)) error {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer fs.Close()
	w := &watcher{fs: fs, except: filepath.Clean(except)}
	for _, p := range paths {
		if err := w.add(p); err != nil {
			return err
		}
	}
	isLua := func(name string) bool { return strings.HasSuffix(name, ".lua") }
	isAny := func(string) bool { return true }
	for {
		changed := w.changed
		w.changed = nil
		run(changed)
		if !w.next(ctx, settle, isLua) && !w.next(ctx, 0, isAny) {
			return nil
		}
		for w.next(ctx, settle, isAny) {
		}
	}
}

// A watcher reports changes of files.
type watcher struct {
	fs     *fsnotify.Watcher
	except string

	changed []string // files, each once
}

// add watches the directory of path or, if path is a directory, all directories below.
func (w *watcher) add(path string) error {
	if info, err := os.Stat(path); err != nil {
		return err
	} else if !info.IsDir() {
		return w.fs.Add(filepath.Dir(path))
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case p != path && hidden(p):
			return filepath.SkipDir
		}
		return w.fs.Add(p)
	})
}

// note records the names of changed files.
func (w *watcher) note(names ...string) {
	for _, name := range names {
		if name = filepath.Clean(name); !slices.Contains(w.changed, name) {
			w.changed = append(w.changed, name)
		}
	}
}

func hidden(path string) bool { return strings.HasPrefix(filepath.Base(path), ".") }

// next waits for a change that counts, and reports whether there was one before ctx
// ended and limit passed (0 means no limit).
func (w *watcher) next(ctx context.Context, limit time.Duration, counts func(name string) bool) bool {
	var timer <-chan time.Time
	if limit > 0 {
		timer = time.After(limit)
	}
	for {
		select {
		case ev, ok := <-w.fs.Events:
			switch {
			case !ok:
				return false
			case ev.Op == fsnotify.Chmod || hidden(ev.Name) || filepath.Clean(ev.Name) == w.except:
				continue
			case ev.Has(fsnotify.Create):
				if info, err := os.Stat(ev.Name); err == nil && info.IsDir() {
					w.add(ev.Name) // on an error, the directory is gone again
					// Files made before it was watched caused no event.
					if files, err := Find([]string{ev.Name}); err == nil && len(files) > 0 {
						w.note(files...)
						return true
					}
				}
			}
			if counts(ev.Name) {
				w.note(ev.Name)
				return true
			}
		case <-w.fs.Errors: // events were lost: something has changed
			return true
		case <-timer:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
