package repl

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"sosh/internal/show"
	"sosh/script"
)

// dottedName matches the name of a client's handle, such as srv.1 or mid.2-server, at
// the start of a line. It is compiled when it is first needed.
var dottedName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*(?:\.[0-9]+(?:-server)?)+`)
})

// dottedHandle returns the Lua for a line that is the name of a handle such as srv.1, which Lua could
// not read, and false for any other line. If there is no such handle, it returns an error.
func (s *Shell) dottedHandle(line string) (lua string, ok bool, err error) {
	name := dottedName().FindString(line)
	if name == "" || strings.Trim(line, blanks) != name {
		return "", false, nil
	}
	if _, err := s.table.Get("", name); err != nil {
		return "", true, errors.Unwrap(err) // without a verb: none was typed
	}
	return fmt.Sprintf("handles[%q]", name), true, nil
}

// dottedHint adds a hint to the error of Lua that begins with the name of a handle such
// as srv.1.
func (s *Shell) dottedHint(line string, e *script.Error) {
	name := dottedName().FindString(line)
	if name == "" || e.Hint != "" {
		return
	}
	if _, err := s.table.Get("", name); err == nil {
		e.Hint = fmt.Sprintf("in Lua this handle is handles[%s]", show.Quote([]byte(name)))
	}
}
