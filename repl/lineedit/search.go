package lineedit

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxHits limits how many hits of a search are kept.
const maxHits = 500

// search is a search through the history.
type search struct {
	query    []rune
	plain    bool     // the query of / or ? in vi: a part of the entry
	forward  bool     // by ?: the oldest hit is the first
	texts    []string // the entries without repetitions, the latest first
	folded   []string // the same in lower case
	hits     []int    // indexes of texts, the best first
	selected int      // index of hits
	saved    []rune   // the line before
	pos      int
}

// A Hit is an entry of the history that a search has found.
type Hit struct {
	Text string
	From int // where the match begins, in bytes
	To   int // and ends
}

// A Search is what a search through the history shows.
type Search struct {
	Query    string
	Hits     []Hit // the best first, at most as many as were asked for, around the selected one
	Selected int   // index of Hits
	Number   int   // of the selected hit, from 1; 0 without a hit
	Total    int   // how many hits there are, at most 500
	Plain    byte  // '/' or '?' of vi, 0 for Ctrl-R
}

// Search returns what to show of the search that is under way, with at most rows hits, or nil outside a search.
func (e *Editor) Search(rows int) *Search {
	s := e.search
	if s == nil {
		return nil
	}
	v := &Search{Query: string(s.query), Total: len(s.hits)}
	if s.plain {
		v.Plain = '/'
		if s.forward {
			v.Plain = '?'
		}
	}
	if len(s.hits) == 0 {
		return v
	}
	v.Number = s.selected + 1
	from := max(0, min(s.selected-rows/2, len(s.hits)-rows))
	for _, i := range s.hits[from:min(from+rows, len(s.hits))] {
		hit := Hit{Text: s.texts[i]}
		if r, ok := s.match(i); ok && len(s.folded[i]) == len(s.texts[i]) {
			hit.From, hit.To = r.from, r.to
		}
		v.Hits = append(v.Hits, hit)
	}
	v.Selected = s.selected - from
	return v
}

// startSearch begins a search.
func (e *Editor) startSearch(plain, forward bool) Outcome {
	entries := e.load()
	if len(entries) == 0 {
		return Bell
	}
	s := &search{plain: plain, forward: forward, saved: slices.Clone(e.line), pos: e.pos}
	seen := make(map[string]bool, len(entries))
	s.texts = make([]string, 0, len(entries))
	for _, text := range slices.Backward(entries) {
		if !seen[text] {
			seen[text] = true
			s.texts = append(s.texts, text)
		}
	}
	if forward {
		slices.Reverse(s.texts)
	}
	s.folded = make([]string, len(s.texts))
	for i, text := range s.texts {
		s.folded[i] = strings.ToLower(text)
	}
	e.search = s
	s.find()
	return None
}

// find looks for the query. Entries that have all its words come before those that have only their letters in this
// order, closer letters before others, and later entries before earlier ones.
func (s *search) find() {
	type scored struct{ index, score int }
	s.hits, s.selected = s.hits[:0], 0
	var apart []scored
	p := s.pattern()
	for i := range s.texts {
		switch m, ok := p.match(s, i); {
		case !ok:
		case m.score > 0:
			apart = append(apart, scored{i, m.score})
		default:
			s.hits = append(s.hits, i)
		}
		if len(s.hits) == maxHits {
			return
		}
	}
	slices.SortStableFunc(apart, func(a, b scored) int { return cmp.Compare(a.score, b.score) })
	for _, a := range apart[:min(len(apart), maxHits-len(s.hits))] {
		s.hits = append(s.hits, a.index)
	}
}

// matched is where an entry matches, and how well: 0 is best.
type matched struct{ from, to, score int }

// A pattern is a query, prepared to be compared with many entries.
type pattern struct {
	words []string // to be found in any order; of a plain query, one
	plain bool
	start bool // a plain query that begins with ^
	exact bool // case counts: the query has an upper-case letter
}

func (s *search) pattern() pattern {
	query := string(s.query)
	p := pattern{plain: s.plain, exact: slices.ContainsFunc(s.query, unicode.IsUpper)}
	if !s.plain {
		p.words = strings.Fields(query)
		return p
	}
	query, p.start = strings.CutPrefix(query, "^")
	p.words = []string{query}
	return p
}

// match compares entry i with the pattern.
func (p *pattern) match(s *search, i int) (m matched, ok bool) {
	text := s.folded[i]
	if p.exact {
		text = s.texts[i]
	}
	if p.plain {
		at := strings.Index(text, p.words[0])
		return matched{at, at + len(p.words[0]), 0}, at == 0 || at > 0 && !p.start
	}
	for n, word := range p.words {
		w, ok := fuzzy(text, word)
		if !ok {
			return m, false
		}
		m.score += w.score
		if n == 0 {
			m.from, m.to = w.from, w.to
		}
	}
	return m, true
}

// match compares entry i with the query.
func (s *search) match(i int) (matched, bool) {
	p := s.pattern()
	return p.match(s, i)
}

// fuzzy finds word in text, or its letters in this order. A match of letters scores how many others are between them.
func fuzzy(text, word string) (matched, bool) {
	if at := strings.Index(text, word); at >= 0 {
		return matched{at, at + len(word), 0}, true
	}
	end := 0
	for _, r := range word {
		at := strings.IndexRune(text[end:], r)
		if at < 0 {
			return matched{}, false
		}
		end += at + len(string(r))
	}
	// The same letters backwards from there are closer together.
	from := end
	for i := len(word); i > 0; {
		r, n := utf8.DecodeLastRuneInString(word[:i])
		from = strings.LastIndex(text[:from], string(r))
		i -= n
	}
	return matched{from, end, end - from - len(word)}, true
}

// hit returns the entry that is selected.
func (s *search) hit() (string, bool) {
	if len(s.hits) == 0 {
		return "", false
	}
	return s.texts[s.hits[s.selected]], true
}

// step selects another hit.
func (e *Editor) step(n int) Outcome {
	s := e.search
	to := s.selected + n
	if to < 0 || to >= len(s.hits) {
		return Bell
	}
	s.selected = to
	return None
}

// refine changes the query.
func (e *Editor) refine(query []rune) Outcome {
	e.search.query = query
	e.search.find()
	if len(e.search.hits) == 0 {
		return Bell
	}
	return None
}

// searchKey handles a key during a search that has no binding there: it goes to the query, or ends the search and is
// handled as usual.
func (e *Editor) searchKey(k Key, r rune, isText bool) Outcome {
	if isText {
		return e.refine(append(e.search.query, r))
	}
	if e.endSearch(true) {
		return e.dispatch(k)
	}
	return Bell
}

// endSearch ends the search. It puts the selected hit in the line, or gives the line back.
func (e *Editor) endSearch(take bool) bool {
	s := e.search
	text, ok := s.hit()
	e.search = nil
	if !take || !ok {
		return ok
	}
	if e.recalled(false); string(e.line) != text {
		for i, entry := range slices.Backward(e.recall.entries) {
			if entry == text {
				e.showEntry(i)
				break
			}
		}
	}
	return true
}

// take ends the search by Enter: the hit is run, or with / and ? of vi put in the line.
func (e *Editor) take() Outcome {
	s := e.search
	if _, ok := s.hit(); !ok {
		return Bell
	}
	if s.plain {
		e.vi.pattern, e.vi.forward = s.query, s.forward
	}
	e.endSearch(true)
	if s.plain {
		return None
	}
	return Enter
}

// again goes to the next entry with the pattern of the last / or ?.
func (e *Editor) again(other bool) Outcome {
	if len(e.vi.pattern) == 0 {
		return Bell
	}
	r := e.recalled(false)
	s := search{query: e.vi.pattern, plain: true}
	step := -1
	if e.vi.forward != other {
		step = 1
	}
	for i := r.at + step; i >= 0 && i < len(r.entries); i += step {
		s.texts, s.folded = []string{r.entries[i]}, []string{strings.ToLower(r.entries[i])}
		if _, ok := s.match(0); ok && r.entries[i] != string(e.line) {
			e.showEntry(i)
			return None
		}
	}
	return Bell
}

// cursor is where the selected hit matches, in runes.
func (s *search) cursor() int {
	i := s.hits[s.selected]
	m, ok := s.match(i)
	if !ok || len(s.folded[i]) != len(s.texts[i]) {
		return 0
	}
	return utf8.RuneCountInString(s.texts[i][:m.from])
}
