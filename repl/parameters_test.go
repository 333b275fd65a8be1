package repl

import (
	"strings"
	"testing"

	"sosh/internal/show"
	"sosh/repl/console"
)

// rowText is a status row with its bold part in * and without the explanation, which has
// two blanks before it.
func rowText(row []console.Segment) string {
	var b strings.Builder
	for _, seg := range row {
		switch {
		case seg.Text == "  ":
			return b.String()
		case seg.Style == console.Bold:
			b.WriteString("*" + seg.Text + "*")
		default:
			b.WriteString(seg.Text)
		}
	}
	return b.String()
}

func explanation(row []console.Segment) string {
	if len(row) == 0 {
		return ""
	}
	return row[len(row)-1].Text
}

func TestParameters(t *testing.T) {
	s := completionShell(t)
	for _, test := range []struct{ line, want, explained string }{
		{"", "", ""},
		{"rec", "", ""},
		{"nosuch x", "", ""},
		{"recv", "recv H [LIMIT] [timeout=SECONDS]", "receive available data"},
		{"recv ", "recv *H* [LIMIT] [timeout=SECONDS]", "a handle"},
		{"recv co", "recv *H* [LIMIT] [timeout=SECONDS]", "a handle"},
		{"recv con ", "recv H *[LIMIT]* [timeout=SECONDS]", "a number of bytes, such as 4096, 64k or 1MiB"},
		{"recv con timeout=", "recv H [LIMIT] *[timeout=SECONDS]*", "time limit, in seconds or with a unit: 0.5, 500ms"},
		{"recv con timeout=5 ", "recv H *[LIMIT]* [timeout=SECONDS]", "a number of bytes, such as 4096, 64k or 1MiB"},
		{"recv con 10 ", "recv H [LIMIT] [timeout=SECONDS]", "receive available data"},
		{"ls; recv con ", "recv H *[LIMIT]* [timeout=SECONDS]", "a number of bytes, such as 4096, 64k or 1MiB"},
		{"ls;", "", ""},
		{"ls -- recv ", "", ""},
		{"time recv con ", "recv H *[LIMIT]* [timeout=SECONDS]", "a number of bytes, such as 4096, 64k or 1MiB"},
		{"time ", "time COMMAND...", "run a command and show how long it took"},
		{"myping ", "myping = send con ping", "myping = send con ping"},
		{"dial x c ca", "dial ADDRESS [NAME] [timeout=SECONDS] [TLS...]", "create a socket and connect it"},
		{"dial x c trust=", "dial ADDRESS [NAME] [timeout=SECONDS] *[TLS...]*", ""},
		{"x = recv(", "recv(*h* [, limit] [, {timeout=}])", "a handle"},
		{"x = recv(con, ", "recv(h* [, limit]* [, {timeout=}])", ""},
		{"x = con:recv(", "recv(h* [, limit]* [, {timeout=}])", ""},
		{"x = con:recv(1, {", "recv(h [, limit]* [, {timeout=}]*)", ""},
		{"print(recv(con))", "", ""},
		{"x = 'recv(", "", ""},
		{"-- recv(", "", ""},
	} {
		row := s.parametersAt(test.line)
		if got := rowText(row); got != test.want {
			t.Errorf("%q: %s\nwant %s", test.line, got, test.want)
		}
		if got := explanation(row); test.explained != "" && got != test.explained {
			t.Errorf("%q is explained by %q, want %q", test.line, got, test.explained)
		}
	}
}

func TestFitRow(t *testing.T) {
	s := completionShell(t)
	for columns := range 200 {
		row := fitRow(s.parametersAt("connect x 127.0.0.1:1 timeout="), columns)
		at, found := 0, false
		for _, seg := range row {
			if seg.Style == console.Bold {
				found = true
				if end := at + show.Width(seg.Text); end > columns && at > 0 {
					t.Errorf("at %d columns, %q ends in column %d", columns, seg.Text, end)
				}
			}
			at += show.Width(seg.Text)
		}
		if !found {
			t.Errorf("at %d columns, nothing is bold in %q", columns, row)
		}
	}
}

func TestStatusNotices(t *testing.T) {
	s := completionShell(t) // which has a job
	held := ""
	s.notices = append(s.notices, func() string { return held })
	if got := rowText(s.statusRow("", 0)); got != "1 job" {
		t.Errorf("without a verb: %q", got)
	}
	held = "412 lines held"
	row := s.statusRow("recv con ", 9)
	if got := explanation(row); got != "412 lines held  1 job" {
		t.Errorf("the notices are %q", got)
	}
	if got := rowText(row); !strings.HasPrefix(got, "recv H *[LIMIT]*") {
		t.Errorf("beside them stands %q", got)
	}
	s.statusRow("recv con ", 4)
}
