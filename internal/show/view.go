package show

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A View is a way to show bytes.
type View string

// The views.
const (
	Auto     View = "auto" // JSON, text or a hexdump, depending on the bytes
	TextView View = "text" // the result of Text
	Hex      View = "hex"  // a hexdump
	JSONView View = "json" // indented JSON, also line by line; other data as Auto
	Full     View = "full" // as Auto, without a size limit in the shell
	None     View = "none" // nothing
)

// Views returns all views.
func Views() []View { return []View{Auto, TextView, Hex, JSONView, Full, None} }

// A form is the way in which a view shows certain bytes.
type form uint8

const (
	nothing form = iota
	jsonForm
	jsonLinesForm
	textForm
	hexForm
)

// form returns how v shows p, and the result of [JSON] if that is the form.
func (v View) form(p []byte) (f form, indented string) {
	switch {
	case len(p) == 0 || v == None:
		return nothing, ""
	case v == Hex:
		return hexForm, ""
	case v == TextView:
		return textForm, ""
	}
	if s, ok := JSON(p); ok {
		return jsonForm, s
	}
	switch {
	case !IsText(p):
		return hexForm, ""
	case v == JSONView:
		return jsonLinesForm, ""
	}
	return textForm, ""
}

// Render returns p in whole lines, each with a newline; "" if p is empty. Only a hexdump depends
// on columns, as in [HexdumpWidth]; other lines are wrapped by the terminal.
//
// Auto shows p as JSON if it is valid JSON; as text if it has no NUL, and at least 85 of 100 bytes
// belong to printable characters, blanks and line ends; otherwise as a hexdump. JSONView also
// indents each line of a text that is JSON.
func (v View) Render(p []byte, columns int) string {
	switch f, indented := v.form(p); f {
	case jsonForm:
		return indented
	case jsonLinesForm:
		return jsonLines(p)
	case textForm:
		return textLines(p)
	case hexForm:
		return HexdumpWidth(p, 0, columns)
	}
	return ""
}

// A Limit bounds what [View.RenderPart] shows.
type Limit struct {
	Bytes int // of text or JSON
	Rows  int // of a hexdump
}

// RenderPart is [View.Render] of the first bytes of p, as many as limit allows, and returns how
// many those are. It does not cut a character. JSON beyond the limit is shown as text. Full has
// no limit.
func (v View) RenderPart(p []byte, columns int, limit Limit) (text string, n int) {
	if v == Full {
		return v.Render(p, columns), len(p)
	}
	f, indented := v.form(p[:min(len(p), limit.Bytes+utf8.UTFMax)])
	switch n = len(p); f {
	case nothing:
		return "", 0
	case hexForm:
		n = min(n, limit.Rows*hexdumpRow(len(p), columns))
		return HexdumpWidth(p[:n], 0, columns), n
	case jsonForm:
		if n <= limit.Bytes {
			return indented, n
		}
	}
	if n > limit.Bytes {
		n = WholeRunes(p[:limit.Bytes])
	}
	if f == jsonLinesForm {
		return jsonLines(p[:n]), n
	}
	return textLines(p[:n]), n
}

// Row returns p in one row of at most columns, without a newline, if the view shows it so: as one
// line of text, as JSON that has no line end, or as the bytes of a short hexdump. The final line
// end of p is not shown. JSONView and Full show JSON in several rows.
func (v View) Row(p []byte, columns int) (row string, ok bool) {
	f, _ := v.form(p)
	switch {
	case f == hexForm:
		row = hexdumpCells(p)
	case len(p) > 4*columns || f == nothing: // too wide, also as escapes
		return "", false
	default:
		line := bytes.TrimSuffix(bytes.TrimSuffix(p, []byte{'\n'}), []byte{'\r'})
		switch {
		case len(line) == 0 || bytes.IndexByte(line, '\n') >= 0 || f == jsonForm && (v != Auto || bytes.ContainsAny(line, "\t\r")):
			return "", false
		case f == jsonForm:
			row = EscapeJSON(line)
		case f == jsonLinesForm:
			if _, isJSON := JSON(line); isJSON {
				return "", false
			}
			row = Line(line)
		default:
			row = Line(line)
		}
	}
	return row, row != "" && Width(row) <= columns
}

// WholeRunes returns the length of p without a character at its end that is not complete.
func WholeRunes(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if utf8.FullRune(p[i:]) {
				return len(p)
			}
			return i
		}
	}
	return len(p)
}

// jsonLines indents each line that is JSON, and shows the others as text.
func jsonLines(p []byte) string {
	var b strings.Builder
	for len(p) > 0 {
		n := bytes.IndexByte(p, '\n') + 1
		if n == 0 {
			n = len(p)
		}
		if s, ok := JSON(p[:n]); ok {
			b.WriteString(s)
		} else {
			b.WriteString(textLines(p[:n]))
		}
		p = p[n:]
	}
	return b.String()
}

func textLines(p []byte) string {
	s := Text(p)
	if strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// IsText reports whether p is mostly printable, so that Auto shows it as text.
func IsText(p []byte) bool {
	total, printable := len(p), 0
	for len(p) > 0 {
		c := p[0]
		size := 1
		switch {
		case c == 0:
			return false
		case c < utf8.RuneSelf:
			if plain[textMode][c] || c == '\r' || c == '\\' {
				printable++
			}
		default:
			var r rune
			if r, size = utf8.DecodeRune(p); size > 1 && isSafe(r) {
				printable += size
			}
		}
		p = p[size:]
	}
	return printable*100 >= total*85
}
