package console

import (
	"strings"
	"testing"
)

// TestVi: the row below the line shows the mode and the keys of an unfinished command, and a lone Escape takes effect
// without another key.
func TestVi(t *testing.T) {
	s := open(t, 40, 12, Config{
		Status: func(line string, pos int) []Segment { return []Segment{{Text: "status of " + line}} },
	})
	s.c.SetVi(true)
	done := make(chan result, 1)
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.WaitLast("-- INSERT --  status of")
	s.Press("send c one two")
	s.WaitText("> send c one two", "-- INSERT --  status of send c one two")
	s.Press("\x1b")
	s.WaitText("> send c one two", "-- COMMAND --  status of send c one two")
	s.Press("2d")
	s.WaitText("> send c one two", "-- COMMAND -- 2d  status of send c one …")
	s.Press("b")
	s.WaitText("> send c o", "-- COMMAND --  status of send c o")
	s.Press("A\x1bhix\r") // in one piece: Escape and a letter are two keys
	s.want(done, "send cx o", nil)
	s.WaitText("> send cx o")

	// A search.
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.WaitLast("-- INSERT --  status of")
	s.Press("x\x1b")
	s.WaitLast("-- COMMAND --  status of x")
	s.Press("/se")
	s.Wait("the hit", func(screen string) bool {
		return strings.HasSuffix(screen, "\n> send cx o\n/se  (1 of 1)\n> send cx o")
	})
	s.Press("\r")
	s.WaitLast("-- COMMAND --  status of send cx o")
	s.c.SetVi(false) // for the next line
	s.Press("x\r")
	s.want(done, "end cx o", nil)
	go func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}()
	s.WaitLast("status of")
	s.Press("x\x01y\r")
	s.want(done, "yx", nil)
}

// TestSearchDumb: on a terminal without escape sequences the prompt shows what is searched.
func TestSearchDumb(t *testing.T) {
	t.Setenv("TERM", "dumb")
	s := open(t, 40, 12, Config{})
	done := make(chan result, 1)
	read := func() {
		line, err := s.c.Readline("> ")
		done <- result{line, err}
	}
	go read()
	s.WaitLast(">")
	s.Press("send c one\r")
	s.want(done, "send c one", nil)
	go read()
	s.WaitText("> send c one", ">")
	s.Press("\x12c o")
	s.WaitLast("history: c o: send c one")
	s.Press("\x07x")
	s.WaitLast("> x")
	s.Press("\r")
	s.want(done, "x", nil)
}
