// Package forms writes and reads recordings in the form that a file's extension says. A form is
// a row of a table here; its writer or reader is in a package of its own. The package starts no
// goroutine, and knows neither handles nor Lua.
package forms

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"sosh/internal/recording"
	"sosh/internal/recording/luatest"
	"sosh/internal/recording/pcapng"
	"sosh/internal/recording/timeline"
)

// Options change what the writers of some forms write.
type Options struct {
	// Plaintext writes what TLS and DTLS carried into a capture, as if there were no TLS.
	Plaintext bool
	// Title is the heading of a page; "" means the name of the file.
	Title string
	// Mask has expressions for what differs from one run of a test to the next.
	Mask []*regexp.Regexp
	// more has other recordings of what a test does.
	more [][]recording.Event
}

// A form is a kind of file that a recording can be written to. new makes its writer: it writes
// to w what must come before the first event.
type form struct {
	suffix string // of the file's name
	what   string // in a few words
	new    func(w io.Writer, h recording.Header, o Options) (recording.Writer, error)
}

const testSuffix = "_test.lua"

// forms are the forms that recordings can be written in.
var forms = []form{
	{".jsonl", "one JSON object per event and line, for programs and for sosh convert", jsonl},
	{".pcapng", "a capture for Wireshark and tshark", packets},
	{".html", "a timeline for a browser, in one file", page},
	{testSuffix, "a test for sosh test that repeats the session", test},
}

func jsonl(w io.Writer, h recording.Header, _ Options) (recording.Writer, error) {
	return recording.NewJSONL(w, h)
}

func packets(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	return pcapng.NewWriter(w, h, pcapng.Options{Plaintext: o.Plaintext})
}

func page(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	return timeline.NewWriter(w, h, timeline.Options{Title: o.Title})
}

func test(w io.Writer, h recording.Header, o Options) (recording.Writer, error) {
	return luatest.NewWriter(w, h, luatest.Options{Mask: o.Mask, More: o.more})
}

// Stdout is the file name that means a capture on standard output.
const Stdout = "-"

// formOf returns the form of a file by its name. The error lists the extensions.
func formOf(path string) (form, error) {
	if path == Stdout {
		path = "stdout.pcapng"
	}
	for _, f := range forms {
		if strings.HasSuffix(path, f.suffix) && path != f.suffix {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("unknown recording format of %q (expected a file name that ends in %s)", filepath.Base(path), strings.Join(Suffixes(), ", "))
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

// Table returns the formats for the help text, as rows of extension and description.
func Table() [][]string {
	var rows [][]string
	for _, f := range forms {
		rows = append(rows, []string{f.suffix, f.what})
	}
	return rows
}
