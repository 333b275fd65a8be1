package suite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"sosh/internal/recording"
	"sosh/internal/recording/forms"
	"sosh/internal/recording/recorder"
	"sosh/sockets"
)

// recordOptions say which recordings are made.
type recordOptions struct {
	dir   string // for those of tests, or ""
	all   bool   // of tests that pass, too
	run   *recorder.Recording
	names *names
}

// names are the names of recordings that a run has written. They may be used concurrently.
type names struct {
	mu   sync.Mutex
	used map[string]bool
}

// free returns name, or NAME.2 and so on if it was returned before.
func (n *names) free(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.used == nil {
		n.used = make(map[string]bool)
	}
	free := name
	for i := 2; n.used[free]; i++ {
		free = fmt.Sprintf("%s.%d", name, i)
	}
	n.used[free] = true
	return free
}

// maxTape is how much of one test is kept for its recording, in bytes.
const maxTape = 16 << 20

// tapeForms are the endings of the files of one test.
var tapeForms = []string{".html", ".jsonl"}

// A tape records the tests of a file, one after another, and adds to the recording of the run.
// It may be used concurrently.
type tape struct {
	options recordOptions // constant once the file's machine is made, as is file
	file    string        // the path of the file

	mu   sync.Mutex
	kept *recorder.Memory // of the running test, or nil
	test string           // the running test as the recording of the run names it, or ""
}

// add records an event that is not of a handle.
func (t *tape) add(ev recording.Event) {
	t.mu.Lock()
	kept, test := t.kept, t.test
	t.mu.Unlock()
	kept.Add(ev)
	ev.Test = test
	t.options.run.Add(ev)
}

// running returns the name of the running test in the recording of the run, where tests of several
// files run at once, or "".
func (t *tape) running() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.test
}

func (t *tape) setRunning(test string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.test = test
}

// begin begins the recording of a test.
func (t *tape) begin(table *sockets.Table, name string) {
	if t.options.dir != "" {
		kept := recorder.NewMemory(maxTape)
		kept.Watch(table)
		t.mu.Lock()
		t.kept = kept
		t.mu.Unlock()
	}
	t.setRunning(t.file + ": " + name)
	t.add(recording.Event{Type: recording.TestBegan, Test: name})
}

// end ends the recording of a test, and writes it if it is wanted. The result gets the names of
// the files, or a failure if they can't be written.
func (t *tape) end(r *Result) {
	ended := recording.Event{Type: recording.TestEnded, Test: r.Name}
	if len(r.Failures) > 0 {
		ended.Error = r.Failures[0].Message
	} else if r.bad() {
		ended.Error = "a nested test failed"
	} else if r.Skipped {
		ended.Text = "skipped: " + r.Why
	}
	t.add(ended)
	t.setRunning("")
	t.mu.Lock()
	kept := t.kept
	t.kept = nil
	t.mu.Unlock()
	kept.Close()
	if kept == nil || !t.options.all && !r.bad() {
		return
	}
	files, err := writeTape(kept, t.options.dir, t.options.names.free(strings.TrimSuffix(filepath.Base(t.file), ".lua")+"."+fileName(r.Name)))
	r.Recordings = files
	if err != nil {
		r.Failures = append(r.Failures, Failure{Message: "the recording can't be written: " + err.Error()})
	}
}

// writeTape writes a recording to files NAME.html and NAME.jsonl in dir, in place of those of an
// earlier run.
func writeTape(kept *recorder.Memory, dir, name string) (files []string, err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	for _, suffix := range tapeForms {
		path := filepath.Join(dir, name+suffix)
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return files, err
		}
		if _, err := kept.Save(path, forms.Options{}); err != nil {
			return files, err
		}
		files = append(files, path)
	}
	return files, nil
}
