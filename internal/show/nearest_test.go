package show

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	verbs := []string{"socket", "bind", "listen", "accept", "connect", "send", "sendline", "sendto", "recv", "recvline",
		"shutdown", "close", "ls", "info", "help", "history", "exit", "send"}
	tests := []struct{ name, want string }{
		{"sned", "send"},
		{"SEND", "send sendto sendline"},
		{"sen", "send sendto sendline"},
		{"conect", "connect"},
		{"connetc", "connect"},
		{"lisen", "listen"},
		{"sl", "ls"},
		{"shutdonw", "shutdown"},
		{"clsoe", "close"},
		{"h", "help history"},
		{"x", ""},
		{"", ""},
		{"frobnicate", ""},
		{"recieve", ""},
		{"rec", "recv recvline"},
		{strings.Repeat("x", 1<<20), ""},
	}
	for _, tt := range tests {
		if got := strings.Join(Nearest(tt.name, verbs), " "); got != tt.want {
			t.Errorf("Nearest(%.20q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := Nearest("É1", []string{"é1", "e1"}); !slices.Equal(got, []string{"é1", "e1"}) {
		t.Errorf("got %q", got)
	}
}

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"abc", "acb", 1}, {"ab", "ba", 1}, {"abc", "abd", 1}, {"abc", "ab", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3},
	}
	for _, tt := range tests {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestSize(t *testing.T) {
	tests := []struct {
		n    int64
		want string
	}{
		{0, "0 B"}, {812, "812 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {64 << 10, "64.0 KiB"},
		{1<<20 - 1, "1.0 MiB"}, {3250586, "3.1 MiB"}, {1 << 30, "1.0 GiB"}, {1 << 40, "1.0 TiB"},
		{math.MaxInt64, "8.0 EiB"}, {-5, "-5 B"}, {-2048, "-2.0 KiB"}, {math.MinInt64, "-8.0 EiB"},
	}
	for _, tt := range tests {
		if got := Size(tt.n); got != tt.want {
			t.Errorf("Size(%d) = %q, want %q", tt.n, got, tt.want)
		}
	}
}
