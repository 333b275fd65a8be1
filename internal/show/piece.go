package show

import (
	"bytes"
	"strings"
)

// Piece returns bytes for a person: text as Lua literals, one for each line; else as a hexdump
// without repeated lines. It ends with a line feed, unless p is empty.
func Piece(p []byte) string {
	if !IsText(p) {
		return folded(HexdumpWidth(p, 0, 0))
	}
	var b strings.Builder
	for line := range bytes.Lines(p) {
		b.WriteString(Literal(line) + "\n")
	}
	return b.String()
}

// folded replaces lines of a hexdump that repeat the line before by *, as hexdump(1) does. It
// keeps the last line, which shows where the data ends.
func folded(dump string) string {
	var b strings.Builder
	lines := strings.SplitAfter(strings.TrimSuffix(dump, "\n"), "\n")
	before, star := "", false
	for i, line := range lines {
		_, data, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ") // behind the offset
		switch {
		case data != before || i == len(lines)-1:
			b.WriteString(line)
			star = false
		case !star:
			b.WriteString("*\n")
			star = true
		}
		before = data
	}
	b.WriteByte('\n')
	return b.String()
}
