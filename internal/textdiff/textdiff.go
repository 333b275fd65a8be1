// Package textdiff shows how two strings differ, as text or as bytes. It knows no Lua.
package textdiff

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sosh/internal/show"

	"github.com/rogpeppe/go-internal/diff"
)

// Limits of a shown difference.
const (
	maxDiffLines = 60
	maxDiffRows  = 12 // of a hexdump
	bytesPerRow  = 8
	wholeText    = 4 << 10 // texts up to which the whole is compared by line
	beforeText   = 200     // bytes before the difference that are shown of longer ones
	afterText    = 400
)

// ShortText is the length in bytes up to which strings are shown in the line of [Explain].
const ShortText = 60

// Explain says in one line how got differs from want, and shows it in whole lines of detail:
// texts line by line, and bytes as hexdumps side by side. Everything in both is escaped.
func Explain(got, want string) (line, detail string) {
	text := isTextual(got) && isTextual(want)
	sizes := fmt.Sprintf("got %s, want %s%s", show.Count(len(got), "byte"), show.Count(len(want), "byte"), differing(got, want))
	if !text {
		return sizes, besideBytes(got, want)
	}
	if strings.Count(got, "\n")+strings.Count(want, "\n") <= 2 && max(len(got), len(want)) <= ShortText {
		return "got " + show.Literal([]byte(got)) + ", want " + show.Literal([]byte(want)), ""
	}
	if max(len(got), len(want)) <= wholeText {
		return sizes + " (-want +got)", lineDiff(got, want)
	}
	from := excerptFrom(got, differFrom(got, want))
	return sizes + fmt.Sprintf("; what is around it, from offset %d on (-want +got)", from), lineDiff(excerpt(got, from), excerpt(want, from))
}

func isTextual(s string) bool { return s == "" || utf8.ValidString(s) && show.IsText([]byte(s)) }

// excerptFrom returns the offset at which an excerpt of s begins that shows offset at: a
// line's beginning, if there is one shortly before.
func excerptFrom(s string, at int) int {
	from := max(at-beforeText, 0)
	if from == 0 {
		return 0
	}
	if i := strings.IndexByte(s[from:at], '\n'); i >= 0 {
		return from + i + 1
	}
	for from < at && !utf8.RuneStart(s[from]) {
		from++
	}
	return from
}

// excerpt returns the part of a long text that begins at from.
func excerpt(s string, from int) string {
	s = s[min(from, len(s)):]
	if len(s) <= beforeText+afterText {
		return s
	}
	end := beforeText + afterText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// differing says where two strings differ.
func differing(got, want string) string {
	switch {
	case got == "" || want == "":
		return ""
	case strings.HasPrefix(want, got):
		return fmt.Sprintf(": %s missing at the end", show.Count(len(want)-len(got), "byte"))
	case strings.HasPrefix(got, want):
		return fmt.Sprintf(": %s too many at the end", show.Count(len(got)-len(want), "byte"))
	}
	return fmt.Sprintf(": different from offset %d on", differFrom(got, want))
}

func differFrom(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// lineDiff returns the diff of two texts. Each line is a literal, so that control
// characters are visible.
func lineDiff(got, want string) string {
	d := diff.Diff("want", []byte(show.Piece([]byte(want))), "got", []byte(show.Piece([]byte(got))))
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(d)) {
		if n++; n <= 3 { // the names
			continue
		}
		if n > maxDiffLines {
			b.WriteString("...\n")
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// besideBytes returns hexdumps of got and want side by side, beginning one row before
// the first difference.
func besideBytes(got, want string) string {
	first := max(differFrom(got, want)/bytesPerRow-1, 0) * bytesPerRow
	var b strings.Builder
	fmt.Fprintf(&b, "            got%s  want\n", strings.Repeat(" ", 3*bytesPerRow+bytesPerRow))
	rows := 0
	for at := first; at < max(len(got), len(want)); at += bytesPerRow {
		if rows++; rows > maxDiffRows {
			fmt.Fprintf(&b, "  ... and %d bytes more\n", max(len(got), len(want))-at)
			break
		}
		g, w := rowOf(got, at), rowOf(want, at)
		mark := " "
		if g != w {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s %08x  %s  %s\n", mark, at, dumpRow(g), dumpRow(w))
	}
	return b.String()
}

func rowOf(s string, at int) string {
	if at >= len(s) {
		return ""
	}
	return s[at:min(at+bytesPerRow, len(s))]
}

// dumpRow returns a row of a hexdump without the offset.
func dumpRow(s string) string {
	var hex, text strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&hex, "%02x ", s[i])
		if s[i] >= 0x20 && s[i] < 0x7f {
			text.WriteByte(s[i])
		} else {
			text.WriteByte('.')
		}
	}
	return fmt.Sprintf("%-*s|%-*s|", 3*bytesPerRow, hex.String(), bytesPerRow, text.String())
}
