package show

import (
	"bytes"
	"strings"
)

// Piece is bytes for a reader: text as literals of Lua, one for each line; else a
// hexdump, in which repeated lines are left out. It ends with a line feed, unless p
// is empty.
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

// folded is a hexdump with a * for lines that repeat the one before, as
// hexdump(1) has it. The last line stands, so that one sees where it ends.
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
