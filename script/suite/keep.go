package suite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sosh/internal/textdiff"

	lua "github.com/yuin/gopher-lua"
)

// keepWhole writes two differing strings that are too long for the report to files in
// limits.Keep, if that is set. The hint names the files.
func (t *test) keepWhole(got, want lua.LValue) (hint string, err error) {
	g, ok1 := got.(lua.LString)
	w, ok2 := want.(lua.LString)
	if !ok1 || !ok2 || t.file.keep == "" || max(len(g), len(w)) <= textdiff.ShortText {
		return "", nil
	}
	if err := os.MkdirAll(t.file.keep, 0o777); err != nil {
		return "", fmt.Errorf("eq: %w", err)
	}
	name := strings.TrimSuffix(filepath.Base(t.file.path), ".lua") + "." + fileName(t.result.Name)
	base := filepath.Join(t.file.keep, name)
	for n := 1; ; n++ {
		path := fmt.Sprintf("%s.%d", base, n)
		err := writeNew(path+".got", string(g))
		if errors.Is(err, os.ErrExist) {
			continue // of another run or machine
		}
		if err == nil {
			err = os.WriteFile(path+".want", []byte(w), 0o666)
		}
		if err != nil {
			return "", fmt.Errorf("eq: %w", err)
		}
		return "the complete values are in " + path + ".got and .want", nil
	}
}

// writeNew creates a file, which must not exist.
func writeNew(path, data string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(data)
	return errors.Join(err, f.Close())
}

// fileName turns the name of a test into a file name of letters, digits and dashes, at
// most 60.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '-'
	}, s)
	return s[:min(len(s), 60)]
}
