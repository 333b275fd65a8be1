package lineedit

import (
	"slices"
	"strings"
	"unicode"
)

// Three rules say what a word is. For Alt-f, Alt-b, Alt-d, Alt-Backspace and the changes of case, a word is letters and
// digits. For Ctrl-W, and W, B and E of vi, it is what stands between blanks. For w, b and e of vi, it is letters,
// digits and underscores, or else a run of other characters that are no blanks.

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// wordEnd is the end of the word at or after pos, by the first rule.
func (e *Editor) wordEnd(pos int) int {
	for pos < len(e.line) && !isWord(e.line[pos]) {
		pos++
	}
	for pos < len(e.line) && isWord(e.line[pos]) {
		pos++
	}
	return pos
}

// wordStart is the start of the word before pos, by the first rule.
func (e *Editor) wordStart(pos int) int {
	for pos > 0 && !isWord(e.line[pos-1]) {
		pos--
	}
	for pos > 0 && isWord(e.line[pos-1]) {
		pos--
	}
	return pos
}

// blankStart is the start of the word before pos, by the second rule.
func (e *Editor) blankStart(pos int) int {
	for pos > 0 && unicode.IsSpace(e.line[pos-1]) {
		pos--
	}
	for pos > 0 && !unicode.IsSpace(e.line[pos-1]) {
		pos--
	}
	return pos
}

// forWords returns the position n words on.
func forWords(step func(pos int) int, pos, n int) int {
	for range n {
		pos = step(pos)
	}
	return pos
}

// wordCase changes the case of the words after the cursor.
func (e *Editor) wordCase(change func(word []rune)) Outcome {
	to := forWords(e.wordEnd, e.pos, e.number())
	if to == e.pos {
		return Bell
	}
	from := e.pos
	text := slices.Clone(e.line[from:to])
	change(text)
	e.replace(from, to, text)
	return None
}

func upper(text []rune) {
	for i, r := range text {
		text[i] = unicode.ToUpper(r)
	}
}

func lower(text []rune) {
	for i, r := range text {
		text[i] = unicode.ToLower(r)
	}
}

func capitalize(text []rune) {
	inside := false
	for i, r := range text {
		if inside {
			text[i] = unicode.ToLower(r)
		} else {
			text[i] = unicode.ToUpper(r)
		}
		inside = isWord(r)
	}
}

// transpose drags the character before the cursor over the one at it, or at the end of a row swaps the two before it.
func (e *Editor) transpose() Outcome {
	at := e.pos
	if at == e.rowEnd() {
		at = e.left(at)
	}
	if at <= e.rowStart() {
		return Bell
	}
	from, to := e.left(at), e.right(at)
	e.replace(from, to, slices.Concat(e.line[at:to], e.line[from:at]))
	return None
}

// transposeWords swaps the word before the cursor and the one after it, or at the end the last two.
func (e *Editor) transposeWords() Outcome {
	to := e.wordEnd(e.pos)
	second := e.wordStart(to)
	from := e.wordStart(second)
	first := e.wordEnd(from)
	if first >= second || second < from || second == to {
		return Bell
	}
	e.replace(from, to, slices.Concat(e.line[second:to], e.line[first:second], e.line[from:first]))
	return None
}

// Words splits a line into its words at blanks that are not within quotes, as Alt-. does.
func Words(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case r == quote:
			quote = 0
		case quote != 0:
		case r == '"' || r == '\'':
			quote = r
		case unicode.IsSpace(r):
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}
