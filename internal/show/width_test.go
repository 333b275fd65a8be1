package show

import "testing"

func TestCluster(t *testing.T) {
	tests := []struct {
		name, in   string
		n, columns int
	}{
		{"nothing", "", 0, 0},
		{"a letter", "ab", 1, 1},
		{"East Asian", "日本", 1, 2},
		{"full width", "Ａ", 1, 2},
		{"half width", "ｱ", 1, 1},
		{"one mark", "e\u0301x", 2, 1},
		{"marks", "e\u0301\u0302\u0303x", 4, 1},
		{"a mark alone", "\u0301x", 1, 0},
		{"a control", "\x1bx", 1, 0},
		{"emoji", "🚀🚀", 1, 2},
		{"a skin", "👍🏽x", 2, 2},
		{"a family", "👩\u200d👩\u200d👧\u200d👦x", 7, 2},
		{"a joiner without an emoji", "a\u200db", 1, 1},
		{"a flag", "🇩🇪🇫🇷", 2, 2},
		{"half a flag", "🇩x", 1, 1},
		{"the picture of a heart", "❤\ufe0fx", 2, 2},
		{"Hangul of three parts", "\u1112\u1161\u11ab", 3, 2},
	}
	for _, test := range tests {
		n, columns := Cluster([]rune(test.in))
		if n != test.n || columns != test.columns {
			t.Errorf("%s: %d runes in %d columns, want %d in %d", test.name, n, columns, test.n, test.columns)
		}
	}
	if got := Width("日e\u0301👩\u200d👧\xff\xffa🇩🇪"); got != 2+1+2+1+1+1+2 {
		t.Errorf("width %d", got)
	}
	if got := Truncate("👩\u200d👧👩\u200d👧👩\u200d👧", 5); got != "👩\u200d👧👩\u200d👧…" {
		t.Errorf("truncated to %q", got)
	}
}
