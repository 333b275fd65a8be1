package console

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sosh/internal/show"
)

// fruit is a completer with names of fruit, which match anywhere.
func fruit(names ...string) Completer {
	return func(line string) (int, []Candidate) {
		from := strings.LastIndex(line, " ") + 1
		var found []Candidate
		for _, n := range names {
			if strings.Contains(n, line[from:]) {
				found = append(found, Candidate{Text: n + " ", Name: n})
			}
		}
		return from, found
	}
}

// menuSession is a session in which the menu has just been opened, with its first row.
func menuSession(t *testing.T, columns, rows int, complete Completer, opened ...string) (*session, <-chan result) {
	t.Helper()
	t.Setenv("TERM", "xterm-256color")
	s := open(t, columns, rows, Config{Complete: complete})
	done := s.readline()
	s.Press("\t")
	s.WaitText(append([]string{">"}, opened...)...)
	return s, done
}

func TestMenuMoves(t *testing.T) {
	names := []string{"apple", "banana", "cherry", "date", "elder"}
	for _, test := range []struct{ keys, want string }{
		{"\r", "apple "},
		{"\t\r", "banana "},
		{"\t\t\t\t\t\r", "apple "},
		{"\x1b[Z\r", "elder "},                   // Shift-Tab
		{"\x1b[B\r", "date "},                    // Down, in three columns
		{"\x1b[B\x1b[B\r", "apple "},             // and around
		{"\t\t\x1b[B\r", "elder "},               // the last row has no third one
		{"\x1b[A\r", "date "},                    // Up
		{"\x1b[C\x1b[C\r", "cherry "},            // Right
		{"\x1b[C\x1b[D\r", "apple "},             // Left
		{"\x1b[6~\r", "elder "},                  // PageDown
		{"\x1b[6~\x1b[5~\r", "apple "},           // PageUp
		{"\x0e\x0e\x10\r", "banana "},            // Ctrl-N, Ctrl-P
		{"b\r", "banana "},                       // typing narrows
		{"e\t\r", "cherry "},                     // apple, cherry, date, elder
		{"er\t\x7f\r", "elder "},                 // cherry, elder; the selection stays
		{"an\t", "banana "},                      // the only one is taken at once
		{"\t\x07\r!\r", "!"},                     // Ctrl-G leaves; the Enter after it ends the line
		{"b\x15\t\x1b[C\r", "banana "},           // Ctrl-U leaves the menu and empties the line
		{"\x1b[200~x\x1b[201~\x1b[D\x7f\r", "x"}, // a paste leaves it; Left moves in the line
	} {
		t.Run(fmt.Sprintf("%q", test.keys), func(t *testing.T) {
			s, done := menuSession(t, 30, 10, fruit(names...), "> apple    banana   cherry", "  date     elder")
			s.Press(test.keys)
			if strings.HasSuffix(test.keys, "\r!\r") {
				s.want(done, "", nil)
				return
			}
			if strings.HasSuffix(test.keys, "\r") && !strings.HasPrefix(test.keys, "\x1b[200") {
				s.WaitLast("> " + strings.TrimRight(test.want, " "))
			}
			s.Press("\r")
			s.want(done, test.want, nil)
		})
	}
}

func TestMenuEscape(t *testing.T) {
	s, done := menuSession(t, 30, 10, fruit("apple", "banana"), "> apple    banana")
	s.Press("\x1b")
	s.WaitText(">")
	s.Press("x\r")
	s.want(done, "x", nil)
}

// TestMenuSizes: a menu fits any terminal, its notes stand beside the names, and of a long one some rows are
// shown.
func TestMenuSizes(t *testing.T) {
	var long []string
	for i := range 40 {
		long = append(long, fmt.Sprintf("name%02d", i))
	}
	notes := func(line string) (int, []Candidate) {
		return 0, []Candidate{{Text: "con ", Note: "tcp connected 127.0.0.1:8080"}, {Text: "listener ", Note: "tcp listening"}, {Text: "evil\x1b[2J\nx "}}
	}
	for _, test := range []struct {
		columns, rows int
		complete      Completer
		keys          string
		want          []string
	}{
		{20, 10, notes, "\t", []string{">", "> con            tc…", "  listener       tc…", `  evil\x1b[2J\nx`}},
		{40, 10, notes, "\t", []string{">", "> con             tcp connected 127.0.0…", "  listener        tcp listening", `  evil\x1b[2J\nx`}},
		{80, 10, notes, "\t\t", []string{">", "  con             tcp connected 127.0.0.1:8080", "> listener        tcp listening", `  evil\x1b[2J\nx`}},
		{300, 10, notes, "\t", []string{">", "> con             tcp connected 127.0.0.1:8080", "  listener        tcp listening", `  evil\x1b[2J\nx`}},
		{12, 6, fruit(long...), "\t\x1b[Z", []string{"> name", "  name38", "> name39", "  (40 of 40)"}},
		{30, 8, fruit(long...), "\t", []string{"> name", "> name00   name01   name02", "  name03   name04   name05", "  name06   name07   name08", "  (1 of 40)"}},
		{30, 2, fruit(long...), "\t", []string{"> name", "> name00   name01   name02"}},
		{30, 1, fruit(long...), "\t", []string{"> name"}},
	} {
		t.Run(fmt.Sprintf("%dx%d", test.columns, test.rows), func(t *testing.T) {
			t.Setenv("TERM", "xterm-256color")
			s := open(t, test.columns, test.rows, Config{Complete: test.complete, Status: func(string, int) []Segment { return nil }})
			s.readline()
			if strings.HasPrefix(test.want[0], "> name") {
				s.Press("\t") // first what they have in common
				s.WaitText("> name")
			}
			s.Press(test.keys)
			s.WaitText(test.want...)
		})
	}
}

// TestMenuStatus: the status row stays between the line and the menu, but not on a screen that is too low.
func TestMenuStatus(t *testing.T) {
	status := func(line string, pos int) []Segment { return []Segment{{Text: "status " + line}} }
	for rows, want := range map[int][]string{10: {">", "status", "> apple", "  banana"}, 3: {">", "> apple"}} {
		s := open(t, 15, rows, Config{Complete: fruit("apple", "banana"), Status: status})
		s.lines++
		go s.c.Readline("> ")
		s.WaitText(">", "status")
		s.Press("\t")
		if rows == 3 {
			s.WaitText(">", "> apple")
			continue
		}
		s.WaitText(want...)
		s.Press("b")
		s.WaitText("> b", "status b", "> banana")
	}
}

// TestMenuHolds: what arrives while the menu is open is shown once it is left.
func TestMenuHolds(t *testing.T) {
	s, done := menuSession(t, 30, 10, fruit("apple", "banana"), "> apple    banana")
	s.c.Print(show.Trusted("arrived"))
	s.Press("\t")
	s.WaitText(">", "  apple  > banana")
	s.Press("\r")
	s.WaitText("arrived", "> banana")
	s.Press("\r")
	s.want(done, "banana ", nil)
}

// TestMenuResize: the menu is laid out anew.
func TestMenuResize(t *testing.T) {
	s, _ := menuSession(t, 30, 10, fruit("apple", "banana"), "> apple    banana")
	s.Resize(12)
	s.c.sizeChanged() // the signal is for the process that the terminal belongs to
	s.WaitText(">", "> apple", "  banana")
}

// TestMenuEnd: a line that ends while the menu is open leaves nothing of it on the screen.
func TestMenuEnd(t *testing.T) {
	s, done := menuSession(t, 30, 10, fruit("apple", "banana"), "> apple    banana")
	s.Press("\x03")
	s.want(done, "", ErrInterrupt)
	done = s.readline()
	s.Press("x\r")
	s.want(done, "x", nil)
	if text := s.Text(); strings.Contains(text, "banana") {
		t.Errorf("the menu is still there:\n%s", text)
	}
}

// TestMenuPlain: without colours, the selected one is in reverse video and has a mark; a terminal without escape sequences gets
// a list.
func TestMenuPlain(t *testing.T) {
	s := open(t, 30, 10, Config{
		Complete: fruit("apple", "banana"),
		Paint:    func(line string) []Mark { return []Mark{{0, len(line), Verb}} },
		Colours:  func() bool { return false },
	})
	s.readline()
	s.Press("b\x7f\t\t")
	s.WaitText(">", "  apple  > banana")
	if wrote := string(s.Wrote.Bytes()); !strings.Contains(wrote, "\x1b[7m") || strings.Contains(wrote, inColour[Verb]) {
		t.Errorf("without colours: %q", wrote)
	}

	t.Setenv("TERM", "dumb")
	s = open(t, 30, 10, Config{Complete: fruit("apple", "banana")})
	done := make(chan result, 1)
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.WaitLast(">")
	s.Press("\tb\t\r")
	r := <-done
	if r.line != "banana " || r.err != nil || errors.Is(r.err, ErrInterrupt) {
		t.Errorf("Readline on a dumb terminal: %q, %v", r.line, r.err)
	}
	s.Wait("the list", func(screen string) bool { return strings.Contains(screen, "│ apple   banana\n") })
	if wrote := s.Wrote.Bytes(); strings.Contains(string(wrote), "\x1b") {
		t.Errorf("an escape sequence was written: %q", wrote)
	}
}

// FuzzMenu: any sequence of moves selects a candidate, which is shown.
func FuzzMenu(f *testing.F) {
	f.Add("\t\t", 5, 30, 10)
	f.Add("dduurl", 41, 3, 1)
	f.Fuzz(func(t *testing.T, moves string, n, columns, height int) {
		n, columns, height = n&63+1, max(1, columns&511), max(1, height&63)
		m := &menu{}
		for i := range n {
			m.candidates = append(m.candidates, Candidate{Text: fmt.Sprint(i)})
		}
		for _, r := range moves[:min(len(moves), 50)] {
			rows := m.show(columns, height)
			if len(rows) < m.rows || len(rows) > max(1, height/2) || m.selected/m.perRow < m.top || m.selected/m.perRow >= m.top+m.rows {
				t.Fatalf("%+v is shown in %d rows", m, len(rows))
			}
			switch r % 6 {
			case 0:
				m.move(1, true)
			case 1:
				m.move(-1, true)
			case 2:
				m.move(m.perRow, true)
			case 3:
				m.move(-m.perRow, true)
			case 4:
				m.move(m.perRow*m.rows, false)
			case 5:
				m.move(-m.perRow*m.rows, false)
			}
			if m.selected < 0 || m.selected >= n {
				t.Fatalf("%d of %d is selected", m.selected, n)
			}
		}
	})
}
