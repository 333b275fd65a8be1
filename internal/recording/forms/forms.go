// Package forms writes and reads recordings in the form that a file's extension says. A form is
// a row of a table here; its writer or reader is in a package of its own. The package starts no
// goroutine, and knows neither handles nor Lua.
package forms

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"sosh/internal/recording"
)

// A New makes the writer of a form: it writes to w what must come before the first event.
type New func(w io.Writer, h recording.Header) (recording.Writer, error)

// A form is a kind of file that a recording can be written to.
type form struct {
	suffix string // of the file's name
	what   string // in a few words
	new    New
}

// forms are the forms that recordings can be written in. "-" stands for standard output.
var forms = []form{
	{".jsonl", "all events, as JSON lines", recording.NewJSONL},
}

// formOf returns the form of a file by its name. The error lists the extensions.
func formOf(path string) (form, error) {
	for _, f := range forms {
		if strings.HasSuffix(path, f.suffix) && path != f.suffix {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("no form of a recording for %q (expected a file name that ends in %s)", filepath.Base(path), strings.Join(Suffixes(), ", "))
}

// Check returns an error if no form has the extension of path.
func Check(path string) error {
	_, err := formOf(path)
	return err
}

// Suffixes returns the endings of file names for which there is a form.
func Suffixes() []string {
	var list []string
	for _, f := range forms {
		list = append(list, f.suffix)
	}
	return list
}

// Table returns the forms as rows of an ending and what it is, for help.
func Table() [][]string {
	var rows [][]string
	for _, f := range forms {
		rows = append(rows, []string{f.suffix, f.what})
	}
	return rows
}
