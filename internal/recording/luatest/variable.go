package luatest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"sosh/internal/recording"
)

// A span is a part of received data that differs from one run to the next.
type span struct {
	from, to int
	pattern  string   // of Lua
	why      string   // what it is
	values   []string // its value in each recording
	variable string   // the name under which it is kept, because it is sent later; else ""
}

// A shape is what dates and the like look like.
type shape struct {
	re      func() *regexp.Regexp
	why     string
	layouts []string // of dates: those near the time of the recording count
	pattern string   // "" makes one from the text
}

const days = `(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*`
const months = `(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*`

// lazily compiles an expression when it is first used: the start of the program would
// wait for it.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// shapes are tried in order; longer ones come before those that are parts of them.
var shapes = []shape{
	{re: lazily(`\b` + days + `, \d{1,2}[ -]` + months + `[ -]\d{2,4} \d\d:\d\d:\d\d(?: (?:[A-Z]{3,4}|[+-]\d{4}))?`), why: "a date",
		layouts: []string{time.RFC1123, time.RFC1123Z, time.RFC850, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST", "Mon, 2 Jan 2006 15:04:05"}},
	{re: lazily(`\b` + days + ` ` + months + ` [ \d]\d \d\d:\d\d:\d\d(?: [A-Z]{3,4})? \d{4}`), why: "a date",
		layouts: []string{time.ANSIC, time.UnixDate}},
	{re: lazily(`\b\d{1,2}/` + months + `/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}`), why: "a date", layouts: []string{"2/Jan/2006:15:04:05 -0700"}},
	{re: lazily(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?`), why: "a date",
		layouts: []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04Z07:00"}},
	{re: lazily(`\b(?:` + days + ` )?` + months + ` [ \d]\d \d\d:\d\d:\d\d`), why: "a date", layouts: []string{time.Stamp, "Mon " + time.Stamp}},
	{re: lazily(`\b\d{4}-\d\d-\d\d\b`), why: "a date", layouts: []string{time.DateOnly}},
	{re: lazily(`\b\d\d:\d\d:\d\d(?:\.\d+)?\b`), why: "a time"},
	{re: lazily(`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`), why: "an id", pattern: `%x+%-%x+%-%x+%-%x+%-%x+`},
}

// near is how far a date may be from the time of the recording to be taken for that of the
// run.
const near = 48 * time.Hour

// isNear reports whether text is a date of the time of the recording.
func (s shape) isNear(text string, start time.Time) bool {
	text = strings.Replace(text, ",", ".", strings.Count(text, ",")-strings.Count(text, ", "))
	for _, layout := range s.layouts {
		at, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		if at.Year() == 0 {
			at = at.AddDate(start.Year(), 0, 0)
		}
		if d := at.Sub(start); d < near && d > -near {
			return true
		}
	}
	return false
}

// patternOf returns a pattern for text like s: its digits and letters may differ.
func patternOf(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && class(s[j]) == class(s[i]) && class(s[i]) != 0 {
			j++
		}
		switch {
		case class(s[i]) == 'd':
			b.WriteString("%d+")
		case j-i > 1:
			b.WriteString("%a+")
		default: // such as the T of 2026-11-29T23:10
			j = i + 1
			b.WriteString(escape(s[i:j]))
		}
		i = j
	}
	return b.String()
}

func class(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return 'd'
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return 'a'
	}
	return 0
}

// escape returns a pattern of Lua that matches s.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c == 0:
			b.WriteString("%z")
			continue
		case strings.IndexByte("^$()%.[]*+-?", c) >= 0:
			b.WriteByte('%')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var (
	wordLike  = lazily(`[0-9A-Za-z]+`)
	hexID     = lazily(`^(?:[0-9a-f]{8,}|[0-9A-F]{8,})$`)
	allDigits = lazily(`^[0-9]+$`)
)

// guess returns the spans of a text, p, that look as if they were made anew in each run: dates
// near start, ids in hex, port. known are words that are not ids, because they were sent.
func guess(p []byte, start time.Time, port string, known func(word string) bool) (list []span) {
	for _, s := range shapes {
		if s.why == "a time" {
			continue
		}
		for _, at := range s.re().FindAllIndex(p, -1) {
			text := string(p[at[0]:at[1]])
			if s.layouts != nil && !s.isNear(text, start) || s.layouts == nil && known(text) {
				continue
			}
			list = addSpan(list, s.span(at, text))
		}
	}
	for _, at := range wordLike().FindAllIndex(p, -1) {
		if len(list) >= maxSpans {
			break
		}
		word := string(p[at[0]:at[1]])
		sp := span{from: at[0], to: at[1], pattern: "%d+", values: []string{word}}
		switch {
		case allDigits().MatchString(word):
			if sp.why = "a time"; !isEpoch(word, start) {
				sp.why = "the client's port"
				if word != port || len(word) < 4 {
					continue
				}
			}
		case hexID().MatchString(word) && strings.ContainsAny(word, "0123456789") && strings.ContainsAny(word, "abcdefABCDEF") && !known(word):
			sp.pattern, sp.why = "%x+", "an id"
		default:
			continue
		}
		list = addSpan(list, sp)
	}
	return list
}

// span returns that of a text of this shape.
func (s shape) span(at []int, text string) span {
	sp := span{from: at[0], to: at[1], pattern: s.pattern, why: s.why, values: []string{text}}
	if sp.pattern == "" {
		sp.pattern = patternOf(text)
	}
	return sp
}

// isEpoch reports whether digits are seconds, or thousandths or less of them, since 1970, near
// start.
func isEpoch(digits string, start time.Time) bool {
	if n := len(digits); n != 10 && n != 13 && n != 16 && n != 19 {
		return false
	}
	var n int64
	for _, c := range digits[:10] {
		n = n*10 + int64(c-'0')
	}
	d := time.Unix(n, 0).Sub(start)
	return d < near && d > -near
}

// maxSpans is how many spans one piece of data may have.
const maxSpans = 1000

// addSpan adds a span to a sorted list, unless it overlaps one that is there.
func addSpan(list []span, s span) []span {
	i, _ := slices.BinarySearchFunc(list, s, func(a, b span) int { return a.from - b.from })
	if len(list) >= maxSpans || i < len(list) && list[i].from < s.to || i > 0 && list[i-1].to > s.from {
		return list
	}
	return slices.Insert(list, i, s)
}

// masked returns spans for what expressions match.
func masked(p []byte, masks []*regexp.Regexp) (list []span) {
	binary := len(masks) > 0 && recording.IsBinary(p)
	for _, re := range masks {
		for _, at := range recording.FindMasked(re, p, binary, maxSpans) {
			// A pattern is for a line: the end of it stays.
			for from := at[0]; from < at[1]; {
				to := at[1]
				if i := bytes.IndexByte(p[from:to], '\n'); i >= 0 {
					to = from + i
				}
				end := to
				if end > from && p[end-1] == '\r' {
					end--
				}
				if end > from {
					list = addSpan(list, span{from: from, to: end, pattern: ".*", why: "masked", values: []string{string(p[from:end])}})
				}
				from = to + 1
			}
		}
	}
	return list
}
