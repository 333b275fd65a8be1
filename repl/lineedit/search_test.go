package lineedit

import (
	"slices"
	"strings"
	"testing"
)

// TestSearch: which entries a query finds, in which order.
func TestSearch(t *testing.T) {
	history := []string{"send c GET /", "get it", "say x", "send c get", "get it", "s\te e", "send the cat, Élan", "x\ny"}
	for query, want := range map[string]string{
		"":         "x\ny|send the cat, Élan|s\te e|get it|send c get|say x|send c GET /",
		"get":      "get it|send c get|send c GET /", // whatever the case, and each once
		"GET":      "send c GET /",
		"c send":   "send the cat, Élan|send c get|send c GET /", // words in any order
		"sc":       "send c get|send c GET /|send the cat, Élan", // letters that are closer come first
		"élan":     "send the cat, Élan",
		"send get": "send c get|send c GET /",
		"xy":       "x\ny",
		"nothing":  "",
	} {
		e := New(Config{History: func() []string { return history }})
		e.Key("Ctrl-R")
		for _, r := range query {
			e.Key(Key(string(r)))
		}
		var got []string
		s := e.Search(20)
		for _, h := range s.Hits {
			got = append(got, h.Text)
		}
		if strings.Join(got, "|") != want || s.Total != len(got) {
			t.Errorf("%q finds %q (%d), want %q", query, strings.Join(got, "|"), s.Total, want)
		}
	}
}

// TestSearchWindow: only some hits are shown, with the selected one among them.
func TestSearchWindow(t *testing.T) {
	var history []string
	for i := range 2 * maxHits {
		history = append(history, "line "+strings.Repeat("x", i))
	}
	e := New(Config{History: func() []string { return history }})
	press(e, "Ctrl-R l")
	for range 10 {
		e.Key("Up")
	}
	s := e.Search(4)
	if len(s.Hits) != 4 || s.Number != 11 || s.Total != maxHits || s.Hits[s.Selected].Text != history[2*maxHits-11] {
		t.Errorf("%d hits, %d of %d, %q", len(s.Hits), s.Number, s.Total, s.Hits[s.Selected].Text)
	}
	if s.Hits[0].From != 0 || s.Hits[0].To != 1 {
		t.Errorf("the match is %d to %d", s.Hits[0].From, s.Hits[0].To)
	}
	for range maxHits {
		e.Key("Up")
	}
	if s := e.Search(4); s.Number != maxHits || s.Selected != 3 {
		t.Errorf("the last: %d, %d", s.Number, s.Selected)
	}
}

// TestRecall: entries that repeat are recalled once, at their latest place.
func TestRecall(t *testing.T) {
	history := []string{"a", "b", "a", "c", "b", "b"}
	e := New(Config{History: func() []string { return history }})
	var got []string
	for e.Key("Up") == None {
		got = append(got, string(e.line))
	}
	for e.Key("Down") == None {
		got = append(got, string(e.line))
	}
	if want := []string{"b", "c", "a", "c", "b", ""}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	// The line that was typed is no entry to go to.
	e.Start("b")
	if e.Key("Up") != Bell || string(e.line) != "b" {
		t.Errorf("from b to %q", e.line)
	}
}

func TestWords(t *testing.T) {
	for line, want := range map[string]string{
		"send c  hello":           "send|c|hello",
		`send c "a b" 'c d'`:      `send|c|"a b"|'c d'`,
		`x="a \" b" y\ z`:         `x="a \" b"|y\ z`,
		`'\' x`:                   `'\'|x`,
		"":                        "",
		`not closed "a b`:         `not|closed|"a b`,
		"two\nrows\tand a blank ": "two|rows|and|a|blank",
	} {
		if got := strings.Join(Words(line), "|"); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
