package lineedit

import (
	"fmt"
	"strings"
	"testing"
)

// long returns an editor with a history of 50,000 lines.
func long() *Editor {
	var entries []string
	for i := range 50000 {
		entries = append(entries, fmt.Sprintf("send c%d \"line %d of the history\\r\\n\"", i%7, i))
	}
	return New(Config{History: func() []string { return entries }})
}

// BenchmarkSearch is the time of a key of a search in a full history.
func BenchmarkSearch(b *testing.B) {
	e := long()
	press(e, "Ctrl-R l i")
	for b.Loop() {
		e.Key("n")
		e.Key("Backspace")
	}
}

// BenchmarkSearchStart is the time of Ctrl-R in a full history, and of a key that finds letters which are apart.
func BenchmarkSearchStart(b *testing.B) {
	e := long()
	for b.Loop() {
		e.Start("")
		press(e, "Ctrl-R s 9")
	}
}

// BenchmarkUp is the time of the first Up, and of one that finds nothing.
func BenchmarkUp(b *testing.B) {
	e := long()
	for b.Loop() {
		e.Start("")
		e.Key("Up")
		e.Start("nothing begins so")
		e.Key("Up")
	}
}

// BenchmarkType is the time of a key within a line of 5,000 rows.
func BenchmarkType(b *testing.B) {
	e := long()
	e.Insert(strings.Repeat("print('a row of a long paste')\n", 5000))
	press(e, "Up Up Up")
	for b.Loop() {
		e.Key("x")
		e.Key("Backspace")
	}
}
