package luatest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote returns s as a Lua string in quotes. Characters that an editor would not show, or
// that change the direction of text, are escaped.
func quote(s string) string {
	q := byte('"')
	if strings.Contains(s, `"`) && strings.Contains(s, "'") && !strings.ContainsAny(s, "\n\\") && isClean([]byte(s)) {
		open, end := brackets(s)
		return open + s + end
	}
	if strings.Contains(s, `"`) && !strings.Contains(s, "'") {
		q = '\''
	}
	return string(q) + escaped(s, q) + string(q)
}

// escaped returns s escaped for a literal in quotes q, or for a comment if q is 0.
func escaped(s string, q byte) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case s[i] == q && q != 0 || s[i] == '\\':
			b.WriteByte('\\')
			b.WriteByte(s[i])
		case s[i] == '\n':
			b.WriteString(`\n`)
		case s[i] == '\r':
			b.WriteString(`\r`)
		case s[i] == '\t':
			b.WriteString(`\t`)
		case isPlain(r, size):
			b.WriteString(s[i : i+size])
		default:
			for j := i; j < i+size; j++ {
				format := `\%d`
				if j+1 < len(s) && s[j+1] >= '0' && s[j+1] <= '9' {
					format = `\%03d`
				}
				fmt.Fprintf(&b, format, s[j])
			}
		}
		i += size
	}
	return b.String()
}

// isPlain reports whether a character, of size bytes, needs no escape in a source file.
func isPlain(r rune, size int) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return size > 1 && unicode.IsPrint(r) && !unicode.Is(unicode.M, r)
}

// isText reports whether p is better shown as text than as hex: nearly all of it can stand
// in a source file.
func isText(p []byte) bool {
	odd := 0
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if !isPlain(r, size) && r != '\r' && r != '\n' && r != '\t' {
			odd++
		}
		i += size
	}
	return odd == 0 || odd*20 <= len(p) && bytes.IndexByte(p, '\n') >= 0
}

// isClean reports whether p has only what can stand between long brackets.
func isClean(p []byte) bool {
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if !isPlain(r, size) && r != '\n' && r != '\t' {
			return false
		}
		i += size
	}
	return true
}

// block returns clean text of several lines between long brackets.
func block(s string) string {
	open, end := brackets(s)
	return open + "\n" + s + end
}

// brackets returns long brackets of a level that clean text does not end.
func brackets(s string) (open, end string) {
	for n := 0; ; n++ {
		level := strings.Repeat("=", n)
		if n == 0 && strings.Contains(s, "[[") {
			continue // Lua 5.1 refuses to nest them
		}
		if !strings.Contains(s+"]", "]"+level+"]") && !strings.HasSuffix(s, "]"+level) {
			return "[" + level + "[", "]" + level + "]"
		}
	}
}

// perRow is the number of bytes in a line of hex.
const perRow = 16

// hexRow returns bytes as hex.
func hexRow(p []byte) string { return fmt.Sprintf("% x", p) }

// ascii returns bytes as they stand beside hex in a comment.
func ascii(p []byte) string {
	s := make([]byte, len(p))
	words := 0
	for i, c := range p {
		if s[i] = c; c < ' ' || c >= 0x7f {
			s[i] = '.'
		} else if class(c) != 0 {
			words++
		}
	}
	if words < 2 {
		return "" // it would say nothing
	}
	return string(s)
}

// A value is data as an expression of Lua: text, or names of variables in it.
type value []part

type part struct {
	data []byte
	expr string // a variable, in place of data
}

// bytes returns the data; ok is false if it contains a variable.
func (v value) bytes() (p []byte, ok bool) {
	if len(v) == 0 {
		return nil, true
	}
	return v[0].data, len(v) == 1 && v[0].expr == ""
}

// split cuts the value after each newline.
func (v value) split() (lines []value) {
	var line value
	for _, p := range v {
		if p.expr != "" {
			line = append(line, p)
			continue
		}
		for piece := range bytes.Lines(p.data) {
			line = append(line, part{data: piece})
			if piece[len(piece)-1] == '\n' {
				lines, line = append(lines, line), nil
			}
		}
	}
	if line != nil {
		lines = append(lines, line)
	}
	return lines
}

// line returns the value as one expression of text.
func (v value) line() string {
	if len(v) == 0 {
		return `""`
	}
	words := make([]string, len(v))
	for i, p := range v {
		switch {
		case p.expr != "":
			words[i] = p.expr
		case isText(p.data) || len(p.data) > maxInline || bytes.HasSuffix(p.data, []byte("\n")):
			words[i] = quote(string(p.data))
		default:
			words[i] = `hex.decode("` + hexRow(p.data) + `")`
		}
	}
	return strings.Join(words, " .. ")
}

// Limits of data in the test itself; longer data is stored at the end of the file.
const (
	maxLines  = 40  // of text
	maxLine   = 400 // bytes of a line
	maxInline = 256 // bytes in hex
	maxWhole  = 1 << 20
)

// expr returns an expression for the value: text by line, and hex with a comment, which is to
// stand at the end of the line. Later lines are indented.
func (g *generator) expr(v value, name, indent string) (expr, comment string) {
	p, plain := v.bytes()
	if plain && !isText(p) {
		switch {
		case len(p) <= perRow:
			return `hex.decode("` + hexRow(p) + `")`, ascii(p)
		case len(p) > maxInline:
			return g.long(p, name), ""
		}
		var b strings.Builder
		b.WriteString("hex.decode(")
		for i := 0; i < len(p); i += perRow {
			row := p[i:min(i+perRow, len(p))]
			end := " .. "
			if i+perRow >= len(p) {
				end = ")"
			}
			text := `"` + hexRow(row) + `"` + end
			if i+perRow >= len(p) {
				fmt.Fprintf(&b, "\n%s  %s", indent, text)
				return b.String(), ascii(row)
			}
			fmt.Fprintf(&b, "\n%s  %s", indent, strings.TrimRight(text, " "))
			if words := strings.TrimRight(ascii(row), " "); words != "" {
				b.WriteString(" -- " + words)
			}
		}
	}
	lines := v.split()
	long := len(lines) > maxLines
	for _, l := range lines {
		n := 0
		for _, part := range l {
			n += len(part.data)
		}
		long = long || n > maxLine
	}
	if long && plain {
		return g.long(p, name), ""
	}
	rows := make([]string, len(lines))
	for i, l := range lines {
		rows[i] = l.line()
	}
	switch {
	case len(rows) == 0:
		return `""`, ""
	case len(rows) > maxLines: // the machine has too few registers for one expression
		return "table.concat{\n" + indent + "  " + strings.Join(rows, ",\n"+indent+"  ") + "}", ""
	}
	return strings.Join(rows, " ..\n"+indent+"  "), ""
}

// long puts data into the table at the end of the file, and returns its name.
func (g *generator) long(p []byte, name string) string {
	if at, ok := g.longs[string(p)]; ok {
		return at
	}
	field := "data." + g.longNames.unique(name)
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s = ", field)
	lf := bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n"))
	switch {
	case isClean(p):
		b.WriteString(block(string(p)) + "\n")
	case isClean(lf) && bytes.Count(lf, []byte("\n")) == len(p)-len(lf):
		fmt.Fprintf(&b, "(%s):gsub(\"\\n\", \"\\r\\n\")\n", block(string(lf)))
	default:
		b.WriteString("hex.decode[[\n")
		for i := 0; i < len(p); i += 2 * perRow {
			b.WriteString("  " + hexRow(p[i:min(i+2*perRow, len(p))]) + "\n")
		}
		b.WriteString("]]\n")
	}
	g.tail.WriteString(b.String())
	g.longs[string(p)] = field
	return field
}
