package recording

import (
	"regexp"
	"unicode/utf8"
)

// FindMasked returns the parts of data that re matches, at most n of each, as
// [regexp.Regexp.FindAllIndex] does. If binary is true, each byte is one character from U+0000 to
// U+00FF: a dot matches one byte, and not a character of several bytes.
func FindMasked(re *regexp.Regexp, data []byte, binary bool, n int) [][]int {
	if !binary {
		return re.FindAllIndex(data, n)
	}
	chars := make([]byte, 0, len(data)+len(data)/2)
	for _, b := range data {
		chars = utf8.AppendRune(chars, rune(b))
	}
	list := re.FindAllIndex(chars, n)
	char, at := 0, 0 // a position in chars, and the same one in data
	back := func(to int) int {
		for ; char < to; at++ {
			char += utf8.RuneLen(rune(data[at]))
		}
		return at
	}
	for _, m := range list {
		m[0] = back(m[0])
		m[1] = back(m[1])
	}
	return list
}

// IsBinary reports whether data is no text: it is not UTF-8, or it has control characters other
// than those of text (tab, line feed, carriage return, form feed, backspace, bell and escape).
func IsBinary(data []byte) bool {
	for _, b := range data {
		if b < '\a' || b == '\v' || b > '\r' && b < ' ' && b != '\x1b' {
			return true
		}
	}
	return !utf8.Valid(data)
}
