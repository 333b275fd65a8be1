package forms

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Convert reads recordings and merges them into the file out, in the format of its extension.
// A test is made from the first recording; the others show what differs between runs. Convert
// returns the number of events written. After an error of an input, the file contains the events
// before the error.
func Convert(in []string, out string, o Options) (events int, err error) {
	if err := Check(out); err != nil {
		return 0, err
	}
	var readers, opened []*Reader
	defer func() {
		for _, r := range opened {
			r.Close()
		}
	}()
	for _, path := range in {
		r, err := Open(path)
		if err != nil {
			return 0, err
		}
		readers, opened = append(readers, r), append(opened, r)
		if isSame(r.file, out) {
			return 0, fmt.Errorf("%s is both an input and the output", out)
		}
	}
	if strings.HasSuffix(out, testSuffix) {
		for _, r := range readers[1:] {
			list, err := All(r)
			if err != nil {
				return 0, err
			}
			o.more = append(o.more, list)
		}
		readers = readers[:1]
	}
	f, err := Create(out, o)
	if err != nil {
		return 0, err
	}
	m := Merge(readers)
	events, err = write(f, m)
	return events, errors.Join(err, f.Close())
}

// isSame reports whether path is a file that was opened.
func isSame(file *os.File, path string) bool {
	a, err := file.Stat()
	if err != nil || !a.Mode().IsRegular() {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

// write writes all events of m.
func write(f *File, m *Merged) (n int, err error) {
	if err := f.Begin(m.Header); err != nil {
		return 0, err
	}
	for {
		ev, err := m.Next()
		switch {
		case err == io.EOF:
			return n, nil
		case err != nil:
			return n, err
		}
		if err := f.Write(ev); err != nil {
			return n, err
		}
		n++
	}
}
