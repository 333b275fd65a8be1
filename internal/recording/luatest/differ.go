package luatest

import (
	"bytes"
	"regexp"
	"strings"
)

// differences returns the spans of p that are something else in others, the same data in
// other recordings; ok is false if they can't be compared piece by piece.
func differences(p []byte, others [][]byte) (list []span, ok bool) {
	same := true
	for _, o := range others {
		same = same && bytes.Equal(p, o)
	}
	if same {
		return nil, true
	}
	all := append([][]byte{p}, others...)
	lines := make([][][]byte, len(all))
	text := true
	for i, o := range all {
		text = text && isText(o)
		for l := range bytes.Lines(o) {
			lines[i] = append(lines[i], l)
		}
	}
	if !text {
		return differentBytes(all)
	}
	for _, l := range lines {
		if len(l) != len(lines[0]) {
			return nil, false
		}
	}
	at := 0
	for i, first := range lines[0] {
		row := make([]string, len(all))
		for j := range all {
			row[j] = strings.TrimSuffix(strings.TrimSuffix(string(lines[j][i]), "\n"), "\r")
		}
		for _, s := range differentWords(row) {
			s.from, s.to = s.from+at, s.to+at
			list = addSpan(list, s)
		}
		at += len(first)
	}
	return list, true
}

// differentBytes returns the spans of binary data of one length.
func differentBytes(all [][]byte) (list []span, ok bool) {
	p := all[0]
	for _, o := range all {
		if len(o) != len(p) {
			return nil, false
		}
	}
	differs := func(i int) bool {
		for _, o := range all {
			if o[i] != p[i] {
				return true
			}
		}
		return false
	}
	for i := 0; i < len(p); i++ {
		if !differs(i) {
			continue
		}
		j := i + 1
		for j < len(p) && differs(j) {
			j++
		}
		s := span{from: i, to: j, pattern: strings.Repeat(".", j-i), why: "differs"}
		for _, o := range all {
			s.values = append(s.values, string(o[i:j]))
		}
		list, i = addSpan(list, s), j
	}
	return list, true
}

// differentWords returns the spans of the first of several lines.
func differentWords(row []string) (list []span) {
	same := true
	for _, l := range row {
		same = same && l == row[0]
	}
	if same {
		return nil
	}
	words := make([][][]int, len(row))
	shape := ""
	for i, l := range row {
		words[i] = wordLike().FindAllStringIndex(l, -1)
		between := wordLike().ReplaceAllString(l, "\x00")
		if shape == "" {
			shape = between
		}
		if between != shape {
			return []span{differentMiddle(row)}
		}
	}
	for i, at := range words[0] {
		s := span{from: at[0], to: at[1], why: "differs"}
		same := true
		for j, l := range row {
			word := l[words[j][i][0]:words[j][i][1]]
			s.values = append(s.values, word)
			same = same && word == s.values[0]
		}
		if same {
			continue
		}
		s.pattern = patternFor(s.values)
		list = addSpan(list, s)
	}
	return widen(row, list)
}

// widen makes spans that are a part of a date or an id as long as that.
func widen(row []string, list []span) []span {
	for _, sh := range shapes {
		at := make([][][]int, len(row))
		for j, l := range row {
			at[j] = sh.re().FindAllStringIndex(l, -1)
		}
		for i, a := range at[0] {
			var whole span
			for j, l := range row {
				if i >= len(at[j]) {
					whole.values = nil
					break
				}
				text := l[at[j][i][0]:at[j][i][1]]
				if whole.pattern == "" {
					whole = sh.span(a, text)
				} else {
					whole.values = append(whole.values, text)
				}
			}
			if len(whole.values) != len(row) {
				continue
			}
			var rest []span
			for _, s := range list {
				if s.to <= whole.from || s.from >= whole.to {
					rest = append(rest, s)
				}
			}
			if len(rest) < len(list) {
				list = addSpan(rest, whole)
			}
		}
	}
	return list
}

// boundary has the bytes at which a word ends that has other than letters and digits.
const boundary = " \t\"'=,;:<>()[]{}/&?|"

// differentMiddle is the span between what all lines have at their beginnings and at their
// ends in common.
func differentMiddle(row []string) span {
	start, end := len(row[0]), len(row[0])
	for _, l := range row[1:] {
		n := 0
		for n < min(start, len(l)) && l[n] == row[0][n] {
			n++
		}
		start = n
	}
	for start > 0 && strings.IndexByte(boundary, row[0][start-1]) < 0 {
		start--
	}
	for _, l := range row[1:] {
		n := 0
		for n < min(end, len(l)-start, len(row[0])-start) && l[len(l)-1-n] == row[0][len(row[0])-1-n] {
			n++
		}
		end = n
	}
	for end > 0 && strings.IndexByte(boundary, row[0][len(row[0])-end]) < 0 {
		end--
	}
	for end > 0 && row[0][len(row[0])-end] == '=' {
		end-- // the padding of base64
	}
	s := span{from: start, to: len(row[0]) - end, pattern: ".+", why: "differs"}
	for _, l := range row {
		v := l[start : len(l)-end]
		s.values = append(s.values, v)
		if v == "" {
			s.pattern = ".*"
		}
	}
	return s
}

var classes = []struct {
	re      func() *regexp.Regexp
	pattern string
}{
	{allDigits, "%d+"},
	{lazily(`^[0-9a-fA-F]{4,}$`), "%x+"},
	{lazily(`^[A-Za-z]+$`), "%a+"},
	{lazily(`^[0-9A-Za-z]+$`), "%w+"},
}

// patternFor returns a pattern for all words.
func patternFor(words []string) string {
	for _, c := range classes {
		fits := true
		for _, w := range words {
			fits = fits && c.re().MatchString(w)
		}
		if fits {
			return c.pattern
		}
	}
	return ".*"
}
