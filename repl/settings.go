package repl

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/script"
	"sosh/script/decoders"
)

// settings are the values that set and view change. Goroutines that publish events
// read them, so a lock guards them.
type settings struct {
	mu      sync.Mutex
	time    string // off, clock or delta
	dump    int    // rows of a hexdump
	view    show.View
	views   map[string]show.View // by handle
	last    time.Time            // of the last event, for delta
	aliases map[string]string
}

func newSettings() *settings {
	return &settings{time: "clock", dump: 16, view: show.Auto, views: make(map[string]show.View), aliases: make(map[string]string)}
}

// alias returns the words that name stands for, or "".
func (s *settings) alias(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.aliases[name]
}

func (s *settings) aliasNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.aliases))
}

// setAlias makes name stand for words, or for nothing if they are empty.
func (s *settings) setAlias(name, words string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aliases[name] = words
	if words == "" {
		delete(s.aliases, name)
	}
}

// viewOf returns the view of a handle: its own, or that of its parent, the listener that it came
// from, or the default.
func (s *settings) viewOf(name, parent string) show.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range []string{name, parent} {
		if v, ok := s.views[n]; ok {
			return v
		}
	}
	return s.view
}

// dumpRows returns how many rows of a hexdump an event shows.
func (s *settings) dumpRows() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dump
}

// stampWidth returns the columns that stamp takes.
func (s *Shell) stampWidth() int {
	set := s.settings
	set.mu.Lock()
	defer set.mu.Unlock()
	switch set.time {
	case "clock":
		return len("15:04:05.000 ")
	case "delta":
		return len("+1234.000s ")
	}
	return 0
}

// maxDump limits the rows of a hexdump, so that one event does not fill the queue of the terminal.
const maxDump = 4096

// stamp is the time to show before an event, and a blank.
func (s *Shell) stamp(t time.Time) show.Trusted {
	set := s.settings
	set.mu.Lock()
	defer set.mu.Unlock()
	var text show.Trusted
	switch set.time {
	case "clock":
		text = show.Escaped(t.Format("15:04:05.000"))
	case "delta":
		d := time.Duration(0)
		if !set.last.IsZero() {
			d = max(t.Sub(set.last), 0)
		}
		text = show.Sprintf("%+9.3fs", d.Seconds())
	}
	set.last = t
	if text == "" {
		return ""
	}
	return s.out.paint(colourDim, text) + " "
}

// A setting is a name that set knows, with its current value and a function that
// changes it.
type setting struct {
	name, doc string
	values    []string
	get       func() string
	put       func(string) error
}

func (s *Shell) settingsList() []setting {
	set := s.settings
	views := make([]string, 0, 5)
	for _, v := range show.Views() {
		views = append(views, string(v))
	}
	locked := func(f func()) {
		set.mu.Lock()
		defer set.mu.Unlock()
		f()
	}
	return []setting{
		{
			"time", "what is shown before an event", []string{"clock", "delta", "off"},
			func() string { return set.time },
			func(v string) error { locked(func() { set.time = v }); return nil },
		},
		{
			"dump", "how many rows of a hexdump an event shows", nil,
			func() string { return strconv.Itoa(set.dump) },
			func(v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 1 || n > maxDump {
					return fmt.Errorf("bad number of rows %s (expected 1 to %d)", show.Quote([]byte(v)), maxDump)
				}
				locked(func() { set.dump = n })
				return nil
			},
		},
		{
			"view", "how received data is shown; view sets it for one handle", views,
			func() string { return string(set.view) },
			func(v string) error { locked(func() { set.view = show.View(v) }); return nil },
		},
		{
			"color", "colours on the terminal; bold and dim text stays", []string{"on", "off"},
			func() string { return onOff(s.out.colours.on.Load()) },
			func(v string) error { s.out.colours.on.Store(v == "on"); return nil },
		},
		{
			"editing", "the keys of the prompt: those of emacs or of vi", []string{"emacs", "vi"},
			func() string {
				if s.con != nil && s.con.Vi() {
					return "vi"
				}
				return "emacs"
			},
			func(v string) error {
				if s.con == nil {
					return errors.New("there is no prompt to edit at")
				}
				s.con.SetVi(v == "vi")
				return nil
			},
		},
		{
			"timeout", "default timeout of connect and dial, in seconds", nil,
			func() string { return s.machine.ConnectTimeout().String() },
			func(v string) error {
				sec, ok := script.ParseSeconds(v)
				if !ok {
					return fmt.Errorf("bad timeout %s (expected seconds, such as 0.5 or 500ms)", show.Quote([]byte(v)))
				}
				s.machine.SetConnectTimeout(time.Duration(sec * float64(time.Second)))
				return nil
			},
		},
		{
			"unread", "limit of unread bytes in all inboxes together", nil,
			func() string { return strconv.FormatInt(s.table.Limits().Unread, 10) },
			func(v string) error {
				n, ok := script.ParseSize(v)
				if !ok || n < 1 || n > 1<<50 {
					return fmt.Errorf("bad size %s (expected bytes, such as 1048576 or 256M)", show.Quote([]byte(v)))
				}
				l := s.table.Limits()
				l.Unread = int64(n)
				s.table.SetLimits(l)
				return nil
			},
		},
		{
			"peers", "limit of peers of a server; serve peers= sets it for one server", nil,
			func() string { return strconv.Itoa(s.table.Limits().Peers) },
			func(v string) error {
				n, err := strconv.Atoi(v)
				if err != nil || n < 1 {
					return fmt.Errorf("bad number %s (expected 1 or more)", show.Quote([]byte(v)))
				}
				l := s.table.Limits()
				l.Peers = n
				s.table.SetLimits(l)
				return nil
			},
		},
		{
			"memory", "how many bytes of events are kept, for save", nil,
			func() string { return strconv.Itoa(s.memory.Load().Limit()) },
			func(v string) error {
				n, ok := script.ParseSize(v)
				if !ok || n < 0 || n > 1<<30 {
					return fmt.Errorf("bad size %s (expected bytes up to 1G, such as 64M; 0 keeps nothing)", show.Quote([]byte(v)))
				}
				s.setMemory(int(n))
				return nil
			},
		},
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (s *Shell) runSet(c *script.Call) error {
	list := s.settingsList()
	if !c.Has(0) {
		var rows [][]string
		for _, st := range list {
			rows = append(rows, []string{st.name, st.get(), st.doc})
		}
		s.out.print(show.Table([]string{"setting", "value", "what"}, rows, s.out.columns()))
		return nil
	}
	var names []string
	for _, st := range list {
		names = append(names, st.name)
		if st.name != c.String(0) {
			continue
		}
		if !c.Has(1) {
			s.out.print(show.Escaped(st.get()) + "\n")
			return nil
		}
		if st.name == "time" && c.String(1) == "none" {
			return st.put("off") // the old name
		}
		for _, v := range st.values {
			if v == c.String(1) {
				return st.put(v)
			}
		}
		if st.values != nil {
			return &script.ArgumentError{Index: 1, Err: fmt.Errorf("bad %s %s (expected %s)", st.name, show.Quote([]byte(c.String(1))), strings.Join(st.values, ", "))}
		}
		if err := st.put(c.String(1)); err != nil {
			return &script.ArgumentError{Index: 1, Err: err}
		}
		return nil
	}
	e := &script.ArgumentError{Index: 0, Err: fmt.Errorf("no setting %s (expected %s)", show.Quote([]byte(c.String(0))), strings.Join(names, ", "))}
	if near := show.Nearest(c.String(0), names); len(near) > 0 {
		e.Hint = "did you mean " + near[0] + "?"
	}
	return e
}

func (s *Shell) runView(c *script.Call) error {
	set := s.settings
	if !c.Has(0) && !c.Has(1) {
		set.mu.Lock()
		rows := [][]string{{"(all others)", string(set.view)}}
		for name, v := range set.views {
			rows = append(rows, []string{name, string(v)})
		}
		set.mu.Unlock()
		for name, codec := range s.decoding.names() {
			rows = append(rows, []string{name, codec})
		}
		sort.Slice(rows, func(i, j int) bool { return rows[i][0] < rows[j][0] })
		s.out.print(show.Table([]string{"handle", "view"}, rows, s.out.columns()))
		return nil
	}
	how := c.String(1)
	if !c.Has(0) {
		if !slices.Contains(show.Views(), show.View(how)) {
			return &script.ArgumentError{Index: 0, Err: fmt.Errorf("the codec %s needs a handle", how), Hint: "such as view c " + how}
		}
		set.mu.Lock()
		defer set.mu.Unlock()
		set.view = show.View(how)
		return nil
	}
	name := c.Handle(0).Name()
	if !c.Has(1) {
		s.out.print(show.Escaped(cmp.Or(s.decoding.name(name), string(set.viewOf(name, c.Handle(0).Parent())))) + "\n")
		return nil
	}
	if !slices.Contains(show.Views(), show.View(how)) {
		err := s.decoding.set(s, name, how)
		if errors.Is(err, decoders.ErrUnknown) {
			err = fmt.Errorf("bad view %s (expected %s, or a codec: %s, or a file such as ./my.lua)", show.Quote([]byte(show.Truncate(how, 40))), strings.Join(viewNames()[:len(show.Views())], ", "), strings.Join(decoders.Names(), ", "))
		}
		set.mu.Lock()
		defer set.mu.Unlock()
		if err == nil && set.views[name] == show.None {
			delete(set.views, name)
		}
		return err
	}
	s.decoding.set(s, name, "")
	set.mu.Lock()
	defer set.mu.Unlock()
	set.views[name] = show.View(how)
	return nil
}
