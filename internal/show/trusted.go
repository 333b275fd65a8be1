package show

import (
	"fmt"
	"io"
	"strings"
)

// Trusted is text that may be written unchanged to a terminal, a log or a report: a constant of
// sosh, or text that this package has escaped. All other text is foreign, and does not convert
// implicitly: it must pass [Sprintf], [Escaped], [Lines] or [Rows].
//
// An explicit conversion, Trusted(s), vouches for s. The test of the gate lists each conversion.
type Trusted string

// Gutter comes before each row of foreign text, and before the second and later rows of a long
// line of sosh. No line of sosh begins with it.
const Gutter Trusted = "│ "

// Sprintf is [fmt.Sprintf] for trusted text. Arguments that are Trusted, numbers or bools are
// formatted as by fmt; any other is escaped into one line. It may be called concurrently.
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

// foreign is an argument that is formatted as by fmt, and then escaped.
type foreign struct{ value any }

func (f foreign) Format(s fmt.State, verb rune) {
	io.WriteString(s, Cell(fmt.Appendf(nil, fmt.FormatString(s, verb), f.value)))
}

// Escaped returns foreign text in one line. Backslashes are unchanged, so that text may be a
// result of [Line] or [Quote].
func Escaped(text string) Trusted { return Trusted(Cell([]byte(text))) }

// Lines returns foreign text of several lines, such as an error that shows received data. Each
// line except the first has the [Gutter] before it, so that none looks like a line of sosh. The
// last newline is removed.
func Lines(text string) Trusted {
	text = escape([]byte(strings.TrimRight(text, "\n")), rowsMode)
	return Trusted(strings.ReplaceAll(text, "\n", "\n"+string(Gutter)))
}

// Rows returns foreign text in rows of a width of columns, each with the [Gutter] before it and a
// newline at its end; "" if text is empty. If columns is 0 or less, each line is one row.
func Rows(text string, columns int) Trusted {
	if text == "" {
		return ""
	}
	text = escape([]byte(strings.TrimSuffix(text, "\n")), rowsMode)
	return Fold(Gutter+Trusted(strings.ReplaceAll(text, "\n", "\n"+string(Gutter)))+"\n", columns)
}

// Name returns a name or an address unchanged, if it consists of letters, digits and punctuation
// that can't be mistaken for the text around it; otherwise quoted, as by [Quote]. So no name
// looks like two words, or like several lines.
func Name(name string) string {
	if name != "" && name[0] != '(' && !strings.ContainsAny(name, " \t\"'$;,|│") && Line([]byte(name)) == name {
		return name
	}
	return Quote([]byte(name))
}
