package suite

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
)

// Find returns the test files of paths: files as given, and every *_test.lua in and
// below directories. It skips names that begin with a dot, such as an editor's locks and
// .git.
func Find(paths []string) ([]string, error) {
	var files []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, p)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != p && hidden(path):
				return filepath.SkipDir
			case !d.IsDir() && !hidden(path) && strings.HasSuffix(d.Name(), "_test.lua"):
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}

// selected reports whether the options select a test.
func (o *Options) selected(t testInfo) bool {
	if o.Run != nil && !o.Run.MatchString(t.Name) {
		return false
	}
	wanted, has := false, false
	for _, tag := range o.Tags {
		if not, ok := strings.CutPrefix(tag, "!"); ok {
			if slices.Contains(t.Tags, not) {
				return false
			}
			continue
		}
		wanted = true
		has = has || slices.Contains(t.Tags, tag)
	}
	return has || !wanted
}

// List writes the names of the selected tests. It returns an error if a file can't be
// loaded, after it has listed the others, or if no test is selected.
func List(ctx context.Context, o Options, w io.Writer) (status int, err error) {
	files, err := Find(o.Paths)
	if err != nil {
		return statusUsage, err
	}
	var broken []error
	listed := 0
	for _, path := range files {
		p, err := script.LoadProgram(path)
		var f *testFile
		if err == nil {
			f, err = openFile(ctx, p, o.limits(), o.Seed)
		}
		if err != nil {
			broken = append(broken, err)
			continue
		}
		for _, t := range f.Tests {
			if o.selected(t) {
				show.Fprintf(w, "%s: %s\n", path, t.Name)
				listed++
			}
		}
		f.Close()
	}
	switch {
	case len(broken) > 0:
		return statusUsage, errors.Join(broken...)
	case listed == 0:
		return statusUsage, errNoTest
	}
	return 0, nil
}

var errNoTest = errors.New("no test is selected")
