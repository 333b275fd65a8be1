package show

import (
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// minColumns is the smallest supported width of a terminal.
const minColumns = 4

// tabStop is the distance of a terminal's tab stops.
const tabStop = 8

// Fold breaks lines that are wider than columns, where a terminal would wrap them: wrapped text
// would start in the first column, and could look like a line of sosh. The second and later rows
// of a line have the [Gutter] before them. Colours continue. If columns is 0 or less, the text is
// unchanged.
func Fold(text Trusted, columns int) Trusted {
	if columns <= 0 {
		return text
	}
	columns = max(columns, minColumns)
	var b strings.Builder
	rest := string(text)
	for rest != "" {
		line, after, ended := strings.Cut(rest, "\n")
		if len(line) <= columns && strings.IndexByte(line, '\t') < 0 {
			b.WriteString(line)
		} else {
			foldLine(&b, line, 0, columns)
		}
		if ended {
			b.WriteByte('\n')
		}
		rest = after
	}
	return Trusted(b.String())
}

// foldLine writes line from column at on, and returns the column after it.
func foldLine(b *strings.Builder, line string, at, columns int) int {
	colour := ""
	for line != "" {
		if n := sequence(line); n > 0 {
			if colour = line[:n]; strings.HasPrefix(colour, "\x1b[0") || colour == "\x1b[m" {
				colour = ""
			}
			b.WriteString(line[:n])
			line = line[n:]
			continue
		}
		if n := plainRun(line, columns-at); n > 0 {
			b.WriteString(line[:n])
			at += n
			line = line[n:]
			continue
		}
		size, w := cluster(line)
		tab := line[0] == '\t'
		if tab {
			w = min(tabStop-at%tabStop, columns-at)
		}
		if w > 0 && at+w > columns || tab && at == columns {
			if colour != "" {
				b.WriteString("\x1b[0m")
			}
			b.WriteString("\n" + string(Gutter) + colour)
			if at = Width(string(Gutter)); tab {
				w = tabStop - at
			}
		}
		b.WriteString(line[:size])
		at += w
		line = line[size:]
	}
	return at
}

// plainRun returns how many bytes at the start of s, at most limit, take one column each.
func plainRun(s string, limit int) int {
	n := 0
	for n < min(limit, len(s)) && s[n] >= ' ' && s[n] < 0x7f {
		n++
	}
	return n
}

// sequence returns the length of the colour sequence at the start of s, or 0.
func sequence(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	n := 2
	for n < len(s) && (s[n] == ';' || '0' <= s[n] && s[n] <= '9') {
		n++
	}
	if n == len(s) || s[n] != 'm' {
		return 0
	}
	return n + 1
}

// Fprint writes text, folded to the width of w if that is a terminal. It may be called
// concurrently if w may be used concurrently.
func Fprint(w io.Writer, text Trusted) error {
	columns := 0
	if f, ok := w.(*os.File); ok {
		columns = Columns(f)
	}
	_, err := io.WriteString(w, string(Fold(text, columns)))
	return err
}

// Fprintf is [Fprint] of [Sprintf].
func Fprintf(w io.Writer, format Trusted, args ...any) error {
	return Fprint(w, Sprintf(format, args...))
}

// Columns returns the width of the terminal f, or 0 if f is not a terminal.
func Columns(f *os.File) (columns int) {
	rc, err := f.SyscallConn()
	if err != nil {
		return 0
	}
	rc.Control(func(fd uintptr) {
		if ws, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil {
			if columns = int(ws.Col); columns == 0 {
				columns = 80 // the terminal does not report its width
			}
		}
	})
	return columns
}
