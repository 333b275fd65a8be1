package console

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestLayout: at each width the rows fit, the cursor is on the screen, and nothing of the line is lost.
func TestLayout(t *testing.T) {
	parts := []string{"a", "word ", "日本", "e\u0301", "👩\u200d👧", "🇩🇪", "\t", "\n", "\x1b", "❤\ufe0f", "\u0301"}
	random := rand.New(rand.NewPCG(1, 2))
	for columns := tabColumns; columns <= 300; columns++ {
		var b strings.Builder
		for range random.IntN(200) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		line := []rune(encodeLine(b.String()))
		f := &frame{prompt: "sosh> ", more: "  .. ", line: line, pos: random.IntN(len(line) + 1)}
		top, starts := 0, []rowStart(nil)
		rows, cy, cx := f.layout(&top, &starts, columns, 10000, true)
		if cy < 0 || cy >= len(rows) || cx < 0 || cx >= columns {
			t.Errorf("%d columns: the cursor is in row %d of %d, column %d", columns, cy, len(rows), cx)
		}
		shown := 0
		for i, row := range rows {
			if w := widthOf(row); w > columns {
				t.Errorf("row %d has %d of %d columns", i, w, columns)
			}
			for _, c := range row {
				shown += strings.Count(c.text, "日") + strings.Count(c.text, "👧") + strings.Count(c.text, "a")
			}
		}
		want := strings.Count(b.String(), "日") + strings.Count(b.String(), "👧") + strings.Count(b.String(), "a")
		if shown != want {
			t.Errorf("%d columns: %d of %d characters are shown", columns, shown, want)
		}
		// On a small screen the cursor is in the part that is shown.
		top = random.IntN(50)
		rows, cy, _ = f.layout(&top, &starts, columns, 5, true)
		if len(rows) > 5 || cy < 0 || cy >= len(rows) {
			t.Errorf("%d columns, 5 rows: the cursor is in row %d of %d", columns, cy, len(rows))
		}
	}
}

// TestTall: of a text that is taller than the screen, the part around the cursor is shown.
func TestTall(t *testing.T) {
	s := open(t, 20, 6, Config{})
	done := s.readline()
	text := "0\n1\n2\n3\n4\n5\n6\n7\n8\n9"
	s.Press("\x1b[200~" + text + "\x1b[201~")
	s.WaitText(".. 4", ".. 5", ".. 6", ".. 7", ".. 8", ".. 9")
	s.Press(strings.Repeat("\x1b[A", 9))
	s.WaitText("> 0", ".. 1", ".. 2", ".. 3", ".. 4", ".. 5")
	s.Press("x" + strings.Repeat("\x1b[B", 6))
	s.WaitText(".. 1", ".. 2", ".. 3", ".. 4", ".. 5", ".. 6")
	s.Press("\r")
	s.want(done, strings.Replace(text, "0", "0x", 1), nil)
}

// TestSuggestionStays: a suggestion of which a word was taken stays, until something else is typed.
func TestSuggestionStays(t *testing.T) {
	s := open(t, 40, 12, Config{Suggest: func(line string) string {
		entry := "send d one two"
		if line == "s" {
			entry = "send c hello world"
		}
		if rest, ok := strings.CutPrefix(entry, line); ok && line != "" {
			return rest
		}
		return ""
	}})
	done := s.readline()
	s.Press("s")
	s.WaitText("> send c hello world")
	s.Press("\x1bf\x1bf\x05\r")
	s.want(done, "send c hello world", nil)
	done = s.readline()
	s.Press("s\x1bf\x1bf\x7fd")
	s.WaitText("> send c hello world", "> send d one two")
	s.Press("\x05\r")
	s.want(done, "send d one two", nil)
}

// TestHelpers: marks, a suggestion and a row of status are there while a line is typed, and gone when it
// is entered.
func TestHelpers(t *testing.T) {
	t.Setenv("TERM", "xterm")
	s := open(t, 40, 12, Config{
		Paint:   func(line string) []Mark { return []Mark{{0, min(4, len(line)), Verb}} },
		Suggest: func(line string) string { return strings.TrimPrefix("send c hello", line) },
		Status: func(line string, pos int) []Segment {
			return []Segment{{Text: "HANDLE", Style: Bold}, {Text: " DATA\x1b"}}
		},
	})
	done := make(chan result, 1)
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.WaitText("> send c hello", "HANDLE DATA␛")
	s.Press("send")
	s.WaitText("> send c hello", "HANDLE DATA␛")
	s.WaitFor("colours", func() bool { return s.Wrote.Has("\x1b[32m") && s.Wrote.Has("\x1b[2m") })
	s.c.Print("news")
	s.WaitText("news", "> send c hello", "HANDLE DATA␛")
	s.Press("\r")
	s.want(done, "send", nil)
	s.WaitText("news", "> send")
}
