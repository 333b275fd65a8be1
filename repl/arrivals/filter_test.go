package arrivals

import (
	"regexp"
	"slices"
	"testing"
)

func TestFilter(t *testing.T) {
	var f Filter
	if f.Hide("c", "", 5) {
		t.Error("the zero Filter hides an event")
	}
	f.Mute("c", "srv")
	for name, want := range map[string]bool{"c": true, "d": false, "srv": true, "srv.1": true} {
		parent := ""
		if name == "srv.1" {
			parent = "srv"
		}
		if got := f.Hide(name, parent, 5); got != want {
			t.Errorf("%s hidden: %v, want %v", name, got, want)
		}
	}
	if hidden, ok := f.Unmute("srv"); !ok || hidden != (Count{2, 10}) {
		t.Errorf("srv: %v %v, want 2 events of 10 bytes", hidden, ok)
	}
	if _, ok := f.Unmute("srv"); ok || f.Hides("srv.1", "srv") {
		t.Error("srv is muted still")
	}
	f.SetOnly("c", "d")
	if !f.Hides("c", "") || f.Hides("d", "") || !f.Hide("e", "", 7) {
		t.Error("only c and d, with c muted, is not d")
	}
	if hidden := f.SetOnly(); hidden != (Count{1, 7}) || f.Hides("e", "") {
		t.Errorf("only has hidden %v, want 1 event of 7 bytes", hidden)
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		re, data string
		lines    bool
		want     []Span
		hidden   Count
	}{
		{"tick", "tick 1\r\nx\ntick 2\ntick 3", true, []Span{{0, 8}, {10, 23}}, Count{1, 2}},
		{"^x$", "tick\r\nx\r\n", true, []Span{{6, 9}}, Count{1, 6}},
		{"tick", "x\ntick\n", false, []Span{{0, 7}}, Count{}},
		{"tack", "x\ntick\n", false, nil, Count{1, 7}},
		{"tack", "x\ntick\n", true, nil, Count{2, 7}},
		{"^$", "\n", true, []Span{{0, 1}}, Count{}},
	}
	for _, test := range tests {
		var f Filter
		f.SetPattern("", regexp.MustCompile(test.re))
		got := f.Match("c", "", []byte(test.data), test.lines)
		if !slices.Equal(got, test.want) {
			t.Errorf("%q in %q: %v, want %v", test.re, test.data, got, test.want)
		}
		if hidden, ok := f.SetPattern("", nil); !ok || hidden != test.hidden {
			t.Errorf("%q in %q: hidden %v, want %v", test.re, test.data, hidden, test.hidden)
		}
	}
	var f Filter
	f.SetPattern("srv", regexp.MustCompile("a"))
	f.SetPattern("", regexp.MustCompile("b"))
	if f.Match("srv.1", "srv", []byte("b"), true) != nil || f.Match("c", "", []byte("b"), true) == nil {
		t.Error("a handle's pattern is not that of its listener")
	}
}
