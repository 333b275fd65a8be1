package show

import (
	"io"
	"strings"
)

// A Stream writes foreign text to a terminal in the form of [Rows], in pieces that may end in the
// middle of a line. It must not be used concurrently.
type Stream struct {
	W       io.Writer
	Columns func() int // of the terminal, now

	at int // the column, 0 where a row begins
}

// Write writes p as rows. If a character or a CRLF is split over two writes, its parts are shown
// separately.
func (s *Stream) Write(p []byte) (int, error) {
	columns := max(s.Columns(), minColumns)
	var b strings.Builder
	for line := range strings.Lines(escape(p, rowsMode)) {
		if s.at == 0 {
			b.WriteString(string(Gutter))
			s.at = Width(string(Gutter))
		}
		text, ended := strings.CutSuffix(line, "\n")
		s.at = foldLine(&b, text, s.at, columns)
		if ended {
			b.WriteByte('\n')
			s.at = 0
		}
	}
	if _, err := io.WriteString(s.W, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}
