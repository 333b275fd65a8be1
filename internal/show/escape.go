package show

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// A mode says which characters are escaped in addition to those that always are.
type mode uint8

const (
	textMode    mode = iota // newline and tab stay, the CR of a CRLF is removed
	lineMode                // one line
	quoteMode               // one line; also escapes what is special in double quotes
	literalMode             // one line; also escapes what is special in double quotes in Lua
	cellMode                // one line; backslashes stay, since the text may be escaped already
	rowsMode                // newline, tab and backslash stay
	modes
)

// plain has the bytes that stay unchanged, for each mode.
var plain = func() (plain [modes][256]bool) {
	for m := range modes {
		for c := ' '; c < 0x7f; c++ {
			plain[m][c] = true
		}
		plain[m]['\\'] = m == cellMode || m == rowsMode
	}
	plain[rowsMode]['\n'], plain[rowsMode]['\t'] = true, true
	plain[textMode]['\n'], plain[textMode]['\t'] = true, true
	plain[quoteMode]['"'], plain[quoteMode]['$'] = false, false
	plain[literalMode]['"'] = false
	return plain
}()

// Text returns p as text that may be written to a terminal.
//
// Printable characters, newlines and tabs stay unchanged. Everything else is escaped: CR as \r;
// other ASCII controls, and bytes that are not UTF-8, as \xHH; and any other character that a
// terminal would act on or not show as \u{H}. These are C1 controls, bidirectional marks and
// overrides, invisible and format characters, blanks that look like a space, private use and
// unassigned characters, and combining marks that are first in p or above the fourth on one
// character.
//
// A backslash in p is doubled, so that a single one always begins an escape. To keep lines
// readable, the CR of a CRLF is removed; [Line] shows it.
func Text(p []byte) string { return escape(p, textMode) }

// Line is [Text] in one line, with newline, tab and every CR escaped: \n, \t, \r.
func Line(p []byte) string { return escape(p, lineMode) }

// Quote returns p as a literal in double quotes, such as "PING\r\n", which means p again at the
// prompt. It escapes like [Line], and also " and $ with a backslash. NUL is \0, or \x00 before a
// digit.
func Quote(p []byte) string { return `"` + escape(p, quoteMode) + `"` }

// Literal is [Quote] for Lua, where $ is not special.
func Literal(p []byte) string { return `"` + escape(p, literalMode) + `"` }

// Cell is [Line] for text that may be escaped already: backslashes stay unchanged.
func Cell(p []byte) string { return escape(p, cellMode) }

// Block is [Cell] for a text of several lines: its newlines and tabs stay.
func Block(text string) string { return escape([]byte(text), rowsMode) }

func escape(p []byte, m mode) string {
	plain := &plain[m]
	n := 0
	for n < len(p) && plain[p[n]] {
		n++
	}
	if n == len(p) {
		return string(p)
	}
	out := make([]byte, 0, len(p)+len(p)/8+16)
	for {
		out = append(out, p[:n]...)
		p = p[n:]
		if len(p) == 0 {
			return string(out)
		}
		if p[0] < utf8.RuneSelf {
			out = appendASCII(out, p, m)
			p = p[1:]
		} else {
			hasBase := len(out) > 0 && (n > 0 && out[len(out)-1] >= ' ')
			out, p = appendRunes(out, p, hasBase)
		}
		for n = 0; n < len(p) && plain[p[n]]; {
			n++
		}
	}
}

// appendASCII appends the escape of p[0], which is ASCII and not plain.
func appendASCII(out, p []byte, m mode) []byte {
	switch c := p[0]; {
	case c == '\r' && m == textMode && len(p) > 1 && p[1] == '\n':
		return out
	case c == '\r':
		return append(out, '\\', 'r')
	case c == '\n':
		return append(out, '\\', 'n')
	case c == '\t':
		return append(out, '\\', 't')
	case c == '\\' || c == '"' || c == '$':
		return append(out, '\\', c)
	case c == 0 && (m == quoteMode || m == literalMode) && (len(p) == 1 || p[1] < '0' || p[1] > '9'):
		return append(out, '\\', '0')
	default:
		return appendHex(out, c)
	}
}

// appendRunes appends the non-ASCII characters at the start of p, and returns the rest of p.
// hasBase says whether a combining mark at the start has a character to combine with.
func appendRunes(out, p []byte, hasBase bool) (longer, rest []byte) {
	c := cell{hasBase: hasBase}
	for len(p) > 0 && p[0] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(p)
		switch {
		case r == utf8.RuneError && size == 1:
			out = appendHex(out, p[0])
			c = cell{}
		case !c.takes(r):
			out = append(out, `\u{`...)
			out = strconv.AppendUint(out, uint64(r), 16)
			out = append(out, '}')
		default:
			out = append(out, p[:size]...)
		}
		p = p[size:]
	}
	return out, p
}

// maxMarks is the maximum number of combining marks on one character, enough for any script. A
// hundred marks would draw over the rows above and below.
const maxMarks = 4

// A cell is the terminal cell for the next character.
type cell struct {
	hasBase bool // it has a character that marks can combine with
	marks   int  // number of marks so far
}

// takes reports whether r can be sent to the terminal next, which then only shows it.
func (c *cell) takes(r rune) bool {
	switch {
	case !isSafe(r):
		*c = cell{}
		return false
	case !isMark(r):
		*c = cell{hasBase: true}
		return true
	}
	if c.marks++; !c.hasBase || c.marks > maxMarks {
		*c = cell{}
		return false
	}
	return true
}

// isMark reports whether r is drawn in the cell of the character before it: a
// combining mark, or a vowel or final that joins a Hangul initial.
func isMark(r rune) bool {
	return unicode.Is(unicode.M, r) || r >= 0x1160 && r <= 0x11ff || r >= 0xd7b0 && r <= 0xd7ff
}

const hexDigits = "0123456789abcdef"

func appendHex(out []byte, c byte) []byte {
	return append(out, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
}

// isSafe reports whether a terminal shows r and does nothing else.
func isSafe(r rune) bool {
	switch {
	case r < 0x300:
		return unicode.IsPrint(r)
	case r == 0x3000: // the space of East Asian text, as wide as its letters
		return true
	}
	return unicode.IsPrint(r) &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) &&
		!unicode.Is(unicode.Variation_Selector, r)
}
