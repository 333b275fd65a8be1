package lualib

import (
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// A Matcher searches data that grows, such as what a peer has sent so far. Only one
// goroutine at a time may use it.
type Matcher struct {
	kind, text string
	find       func(s string, stop func() error) (end int, captures []lua.LValue, ok bool, err error)
	reset      func()
}

// NewMatcher returns a matcher of the kind "pattern", a pattern of Lua, "regex" or
// "text". It fails if a regular expression is wrong; a wrong pattern is an error of
// [Matcher.Find].
func NewMatcher(kind, text string) (*Matcher, error) {
	m := &Matcher{kind: kind, text: text, reset: func() {}}
	switch kind {
	case "text":
		from := 0
		m.reset = func() { from = 0 }
		m.find = func(s string, _ func() error) (int, []lua.LValue, bool, error) {
			i := strings.Index(s[from:], text)
			if i < 0 {
				from = max(len(s)-len(text)+1, from)
				return 0, nil, false, nil
			}
			return from + i + len(text), []lua.LValue{lua.LString(text)}, true, nil
		}
	case "regex":
		re, err := compileRegex(text)
		if err != nil {
			return nil, err
		}
		m.find = func(s string, stop func() error) (int, []lua.LValue, bool, error) {
			match, err := re.find(s, stop)
			if match == nil {
				return 0, nil, false, err
			}
			return match[1], captures(s, match), true, nil
		}
	default:
		search := lua51.NewSearch(text)
		m.find, m.reset = search.Find, search.Reset
	}
	return m, nil
}

// Find searches s, which must begin with the s of the previous call unless Reset was
// called since. It returns where the first match ends, and its captures, or the whole
// match if it has none. A long search calls stop from time to time and fails with its
// error; a wrong pattern fails with a [lua51.PatternError].
func (m *Matcher) Find(s string, stop func() error) (end int, captures []lua.LValue, ok bool, err error) {
	return m.find(s, stop)
}

// Reset has the next Find search from the beginning.
func (m *Matcher) Reset() { m.reset() }

// String returns the kind and the quoted text, which may be truncated.
func (m *Matcher) String() string {
	return m.kind + " " + show.Quote([]byte(show.Truncate(m.text, 200)))
}
