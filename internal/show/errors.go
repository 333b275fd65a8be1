package show

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

// ErrorText returns the text of err, in which the path of a failed operation on a file is
// quoted, as by [Name], if it could be mistaken for the text around it: a path may contain
// blanks and newlines.
func ErrorText(err error) string {
	text := err.Error()
	var path *fs.PathError
	if errors.As(err, &path) {
		quoted := fs.PathError{Op: path.Op, Path: Name(path.Path), Err: path.Err}
		text = strings.Replace(text, path.Error(), quoted.Error(), 1)
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		quoted := os.LinkError{Op: link.Op, Old: Name(link.Old), New: Name(link.New), Err: link.Err}
		text = strings.Replace(text, link.Error(), quoted.Error(), 1)
	}
	return text
}
