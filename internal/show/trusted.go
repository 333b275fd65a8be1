package show

import (
	"fmt"
	"io"
	"strings"
)

// Trusted is text that may be written to a terminal, a log or a report as it is:
// a constant of ours, or what this package has made of other text. Any other text
// is foreign, whoever wrote it, and does not convert by itself: [Sprintf],
// [Escaped], [Lines] and [Rows] are the gate for it.
//
// A conversion, Trusted(s), vouches for s. The test of the gate lists each.
type Trusted string

// Gutter stands before each row of foreign text, and before each row that a line
// of ours takes after its first. No line of ours begins with it.
const Gutter Trusted = "│ "

// Sprintf is [fmt.Sprintf] for trusted text: an argument that is Trusted, a number
// or a bool is as fmt has it, any other is escaped into one line. It may be called
// concurrently.
func Sprintf(format Trusted, args ...any) Trusted {
	safe := make([]any, len(args))
	for i, a := range args {
		switch a.(type) {
		case Trusted, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, uintptr, float32, float64:
			safe[i] = a
		default:
			safe[i] = foreign{a}
		}
	}
	return Trusted(fmt.Sprintf(string(format), safe...))
}

// foreign is an argument that is formatted as fmt would, and then escaped.
type foreign struct{ value any }

func (f foreign) Format(s fmt.State, verb rune) {
	io.WriteString(s, Cell(fmt.Appendf(nil, fmt.FormatString(s, verb), f.value)))
}

// Escaped returns foreign text in one line. Its backslashes stay, so that it may
// be what [Line] or [Quote] gave.
func Escaped(text string) Trusted { return Trusted(Cell([]byte(text))) }

// Lines returns foreign text of several lines, such as an error that shows what
// came: each line but the first is behind the [Gutter], so that none looks like
// one of ours. The last newline is left out.
func Lines(text string) Trusted {
	text = escape([]byte(strings.TrimRight(text, "\n")), rowsMode)
	return Trusted(strings.ReplaceAll(text, "\n", "\n"+string(Gutter)))
}

// Rows returns foreign text in rows of so many columns, each behind the [Gutter]
// and ended by a newline; "" if it is empty. With columns 0 or less a line is a
// row.
func Rows(text string, columns int) Trusted {
	if text == "" {
		return ""
	}
	text = escape([]byte(strings.TrimSuffix(text, "\n")), rowsMode)
	return Fold(Gutter+Trusted(strings.ReplaceAll(text, "\n", "\n"+string(Gutter)))+"\n", columns)
}

// Name returns a name or an address as it is, if it is of letters, digits and
// punctuation that can't be taken for anything around it; else as [Quote] does. So
// no name shows as two words, or as several lines.
func Name(name string) string {
	if name != "" && name[0] != '(' && !strings.ContainsAny(name, " \t\"'$;,|│") && Line([]byte(name)) == name {
		return name
	}
	return Quote([]byte(name))
}
