package console

import "bytes"

// quiet is readline's output, which is dropped: the renderer draws the line. What has no other way out
// of readline is taken from it: the bell, and the text of a search. It is for the editing goroutine.
type quiet struct{ c *Console }

// Write never fails, since readline does not handle an error.
func (q quiet) Write(p []byte) (int, error) {
	if len(p) == 1 && p[0] == '\a' {
		q.c.screen.bell()
		return 1, nil
	}
	if i := bytes.Index(p, []byte("-i-search: ")); i >= 0 {
		text := p[bytes.LastIndexByte(p[:i], 'J')+1:] // behind what erases the row
		text, _, _ = bytes.Cut(text, []byte("\x1b[4m"))
		q.c.search = string(text)
	}
	return len(p), nil
}

// picture is how a rune of the line looks on screen.
func picture(r rune) rune {
	switch c := r - runeControl; {
	case isFormat(r - runeFormat):
	case c < 0 || c >= 0xA0:
		return r
	case c == '\n':
		return '␤'
	case c == '\t':
		return ' '
	case c < 0x20:
		return 0x2400 + c
	case c == 0x7f:
		return '␡'
	}
	return '\uFFFD'
}
