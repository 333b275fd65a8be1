package show

import (
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0},
		{"abc", 3},
		{"é", 1},
		{"e\u0301", 1},
		{"日本", 4},
		{"한국", 4},
		{"\u1112\u1161\u11ab", 2},
		{"😀", 2},
		{"ｆｕ", 4},
		{"…", 1},
		{"\u200b", 0},
		{"\n\x1b", 0},
		{"\u3000", 2},
		{"\xff", 1},
	}
	for _, tt := range tests {
		if got := Width(tt.in); got != tt.want {
			t.Errorf("Width(%q) = %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestTruncate(t *testing.T) {
	tests := []struct {
		in      string
		columns int
		want    string
	}{
		{"hello", 5, "hello"},
		{"hello", 6, "hello"},
		{"hello", 4, "hel…"},
		{"hello", 1, "…"},
		{"hello", 0, ""},
		{"hello", -1, ""},
		{"", 0, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"日本語", 1, "…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	}
	for _, tt := range tests {
		if got := Truncate(tt.in, tt.columns); got != tt.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", tt.in, tt.columns, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	header := []string{"name", "state", "local", "peer"}
	rows := [][]string{
		{"srv", "listening", "127.0.0.1:6379"},
		{"srv.1", "connected", "127.0.0.1:6379", "127.0.0.1:50122"},
		{"日本", "new", "", "a\x1b\n" + `\x1b`},
	}
	tests := []struct {
		columns int
		want    string
	}{
		{0, "" +
			"name   state      local           peer\n" +
			"srv    listening  127.0.0.1:6379\n" +
			"srv.1  connected  127.0.0.1:6379  127.0.0.1:50122\n" +
			"日本   new                        a\\x1b\\n\\x1b\n"},
		{40, "" +
			"name   state      local       peer\n" +
			"srv    listening  127.…:6379\n" +
			"srv.1  connected  127.…:6379  127…:50122\n" +
			"日本   new                    a\\x1b\\n\\x…\n"},
		{20, "" +
			"name  sta…  lo…  pe…\n" +
			"srv   lis…  12…\n" +
			"srv…  con…  12…  12…\n" +
			"日本  new        a\\…\n"},
	}
	for _, tt := range tests {
		got := string(Table(header, rows, tt.columns))
		if got != tt.want {
			t.Errorf("%d columns:\n%swant\n%s", tt.columns, got, tt.want)
		}
	}
	for columns := 1; columns < 60; columns++ {
		got := string(Table(header, rows, columns))
		checkSafe(t, got)
		for line := range strings.Lines(got) {
			if Width(line) > columns {
				t.Errorf("%d columns: %q is wider", columns, line)
			}
		}
		if n := strings.Count(got, "\n"); n != 4 {
			t.Errorf("%d columns: %d lines", columns, n)
		}
	}
	if got := Table(nil, [][]string{{"a", "b"}, {}, {"ccc"}}, 80); got != "a    b\n\nccc\n" {
		t.Errorf("without a header: %q", got)
	}
	if got := Table(nil, nil, 80); got != "" {
		t.Errorf("an empty table: %q", got)
	}
}
