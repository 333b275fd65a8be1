package lualib

import (
	"errors"
	"io"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"
)

// A regex is a regular expression whose searches can be interrupted, however long
// the text is. It may be used concurrently.
type regex struct {
	re *regexp.Regexp
	// after is re with one rune before it, for expressions that look at what
	// precedes a match, such as \b; else nil.
	after *regexp.Regexp
	bytes bool   // a rune is a byte
	begin string // a literal with which every match begins
}

// bytesFlag begins an expression that reads bytes instead of UTF-8.
const bytesFlag = "(?b)"

// regexes caches the expressions that were compiled.
var regexes struct {
	sync.Mutex
	byText map[string]*regex
}

// compileRegex compiles an expression of Go's syntax (RE2); one that begins with
// (?b) reads bytes in place of UTF-8. It may be called concurrently.
func compileRegex(text string) (*regex, error) {
	regexes.Lock()
	defer regexes.Unlock()
	if r := regexes.byText[text]; r != nil {
		return r, nil
	}
	r, err := newRegex(text)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if len(regexes.byText) >= 1000 || regexes.byText == nil {
		regexes.byText = make(map[string]*regex)
	}
	regexes.byText[text] = r
	return r, nil
}

func newRegex(text string) (*regex, error) {
	r := new(regex)
	text, r.bytes = strings.CutPrefix(text, bytesFlag)
	if r.bytes {
		text = latin1(text)
	}
	var err error
	if r.re, err = regexp.Compile(text); err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if looksBack(tree) {
		r.after, err = regexp.Compile(`\A(?s:.)(?s:.*?)(` + text + `)`)
	} else if begin, _ := r.re.LiteralPrefix(); !r.bytes && !strings.ContainsRune(begin, utf8.RuneError) {
		r.begin = begin
	}
	return r, err
}

// latin1 converts each byte to a rune.
func latin1(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// looksBack reports whether an expression looks at what precedes its match.
func looksBack(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range re.Sub {
		if looksBack(sub) {
			return true
		}
	}
	return false
}

// find returns where the first match in s and its groups begin and end, as
// [regexp.Regexp.FindStringSubmatchIndex] does, or nil. It calls stop from time
// to time while it reads a long text, and fails with its error.
func (r *regex) find(s string, stop func() error) ([]int, error) {
	return r.from(s, 0, stop)
}

// shortSubject is the length in bytes up to which a search is so quick that it is
// not interrupted.
const shortSubject = 16 << 10

// from is find for matches that begin at pos or later.
func (r *regex) from(s string, pos int, stop func() error) ([]int, error) {
	re, groups := r.re, 0
	switch {
	case pos > 0 && r.after != nil:
		re, groups = r.after, 1
		width := 1
		if !r.bytes {
			_, width = utf8.DecodeLastRuneInString(s[:pos])
		}
		pos -= width
	case r.begin != "":
		i := strings.Index(s[pos:], r.begin)
		if i < 0 {
			return nil, nil
		}
		pos += i
	}
	var m []int
	if rest := s[pos:]; len(rest) <= shortSubject && !r.bytes {
		m = re.FindStringSubmatchIndex(rest)
	} else {
		in := &regexReader{s: rest, bytes: r.bytes, stop: stop}
		if m = re.FindReaderSubmatchIndex(in); in.err != nil {
			return nil, in.err
		}
	}
	if m == nil {
		return nil, nil
	}
	m = m[2*groups:]
	for i := range m {
		if m[i] >= 0 {
			m[i] += pos
		}
	}
	return m, nil
}

// A regexReader reads the runes of a text, or its bytes, until stop fails.
type regexReader struct {
	s     string
	at    int
	bytes bool
	runes int
	stop  func() error
	err   error
}

func (r *regexReader) ReadRune() (c rune, size int, err error) {
	if r.at >= len(r.s) {
		return 0, 0, io.EOF
	}
	if r.runes++; r.runes%1024 == 0 {
		if r.err = r.stop(); r.err != nil {
			return 0, 0, io.EOF
		}
	}
	c, size = rune(r.s[r.at]), 1
	if c >= utf8.RuneSelf && !r.bytes {
		c, size = utf8.DecodeRuneInString(r.s[r.at:])
	}
	r.at += size
	return c, size, nil
}

// all returns the matches in s, one after the other.
func (r *regex) all(s string) *regexMatches { return &regexMatches{r: r, s: s, last: -1} }

// A regexMatches iterates over the matches that regexp's FindAll returns: an empty
// match does not follow directly on the match before it.
type regexMatches struct {
	r         *regex
	s         string
	pos, last int
}

// next returns the next match, or nil.
func (a *regexMatches) next(stop func() error) []int {
	for a.pos <= len(a.s) {
		m, err := a.r.from(a.s, a.pos, stop)
		if m == nil || err != nil {
			a.pos = len(a.s) + 1
			return nil
		}
		again := m[1] == a.pos && m[0] == a.last
		if m[1] == a.pos {
			_, width := utf8.DecodeRuneInString(a.s[a.pos:])
			if a.r.bytes {
				width = 1
			}
			a.pos += max(width, 1)
		} else {
			a.pos = m[1]
		}
		a.last = m[1]
		if !again {
			return m
		}
	}
	return nil
}
