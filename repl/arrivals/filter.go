package arrivals

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"sync"
)

// A Count is what a filter has hidden: events, and the bytes of those that were data.
type Count struct {
	Events int
	Bytes  int64
}

func (c *Count) add(bytes int) {
	c.Events++
	c.Bytes += int64(bytes)
}

// A Filter says which events are shown. The zero Filter shows all of them. A name in it stands for
// the handle of that name, now or later, and for those that came from it: the clients of a
// listener. Its methods may be used concurrently.
type Filter struct {
	mu       sync.Mutex
	muted    map[string]*Count
	only     []string
	others   Count               // hidden by only
	patterns map[string]*pattern // by handle; "" is for all others
}

type pattern struct {
	re     *regexp.Regexp
	hidden Count
}

// Hide reports whether the events of a handle are hidden, and counts one with so many bytes of
// data. parent is the listener that the handle came from, or "".
func (f *Filter) Hide(name, parent string, bytes int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.hides(name, parent)
	if c != nil {
		c.add(bytes)
	}
	return c != nil
}

// Hides is Hide without counting.
func (f *Filter) Hides(name, parent string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hides(name, parent) != nil
}

func (f *Filter) hides(name, parent string) *Count {
	for _, n := range []string{name, parent} {
		if c := f.muted[n]; c != nil && n != "" {
			return c
		}
	}
	if f.only != nil && !slices.Contains(f.only, name) && !slices.Contains(f.only, parent) {
		return &f.others
	}
	return nil
}

// Active reports whether events of some handles are hidden.
func (f *Filter) Active() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.muted) > 0 || f.only != nil
}

// Mute hides the events of handles.
func (f *Filter) Mute(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.muted == nil {
		f.muted = make(map[string]*Count)
	}
	for _, n := range names {
		if f.muted[n] == nil {
			f.muted[n] = new(Count)
		}
	}
}

// Unmute shows the events of a handle again, and returns what was hidden; false if it was not
// muted.
func (f *Filter) Unmute(name string) (hidden Count, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.muted[name]
	if c == nil {
		return Count{}, false
	}
	delete(f.muted, name)
	return *c, true
}

// Muted returns the names of the muted handles, in order, and what was hidden of each.
func (f *Filter) Muted() (names []string, hidden []Count) {
	f.mu.Lock()
	defer f.mu.Unlock()
	names = slices.Sorted(maps.Keys(f.muted))
	for _, n := range names {
		hidden = append(hidden, *f.muted[n])
	}
	return names, hidden
}

// SetOnly hides the events of all handles but these; without names it hides none. It returns what
// was hidden since the last call.
func (f *Filter) SetOnly(names ...string) (hidden Count) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hidden, f.others = f.others, Count{}
	f.only = nil
	if len(names) > 0 {
		f.only = slices.Clone(names)
	}
	return hidden
}

// Only returns the names of the last SetOnly, and what was hidden since.
func (f *Filter) Only() (names []string, hidden Count) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.only), f.others
}

// SetPattern hides the data of a handle that does not match re; name "" stands for all handles
// without a pattern of their own. A nil re hides nothing. It returns what the pattern before has
// hidden, and false if there was none.
func (f *Filter) SetPattern(name string, re *regexp.Regexp) (hidden Count, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := f.patterns[name]; p != nil {
		hidden, ok = p.hidden, true
	}
	switch {
	case re == nil:
		delete(f.patterns, name)
	case f.patterns == nil:
		f.patterns = map[string]*pattern{name: {re: re}}
	default:
		f.patterns[name] = &pattern{re: re}
	}
	return hidden, ok
}

// A Pattern is what SetPattern has set for a handle.
type Pattern struct {
	Name   string // "" for all others
	Text   string
	Hidden Count // the data that did not match; of text, its lines
}

// Patterns returns all patterns, in the order of their names.
func (f *Filter) Patterns() (list []Pattern) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(f.patterns)) {
		p := f.patterns[name]
		list = append(list, Pattern{name, p.re.String(), p.hidden})
	}
	return list
}

// A Span is a part of data: the bytes From up to, not including, To.
type Span struct{ From, To int }

// Match returns which parts of a handle's data are shown: all of it, if there is no pattern for the
// handle; otherwise all that match, by lines if the data has lines that may be taken apart. The
// rest is counted.
func (f *Filter) Match(name, parent string, data []byte, lines bool) (shown []Span) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p *pattern
	for _, n := range []string{name, parent, ""} {
		if p = f.patterns[n]; p != nil {
			break
		}
	}
	all := []Span{{0, len(data)}}
	switch {
	case p == nil:
		return all
	case !lines:
		if p.re.Match(data) {
			return all
		}
		p.hidden.add(len(data))
		return nil
	}
	for at := 0; at < len(data); {
		end := at + bytes.IndexByte(data[at:], '\n') + 1
		if end == at {
			end = len(data)
		}
		switch n := len(shown); {
		case !p.re.Match(bytes.TrimRight(data[at:end], "\r\n")):
			p.hidden.add(end - at)
		case n > 0 && shown[n-1].To == at:
			shown[n-1].To = end
		default:
			shown = append(shown, Span{at, end})
		}
		at = end
	}
	return shown
}
