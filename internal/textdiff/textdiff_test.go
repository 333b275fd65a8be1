package textdiff

import "testing"

func TestExplain(t *testing.T) {
	for _, c := range []struct{ got, want, line, detail string }{
		{"a", "b", `got "a", want "b"`, ""},
		{"x\ny\nz\n", "x\nY\nz\n", "got 6 bytes, want 6 bytes: different from offset 2 on (-want +got)",
			"@@ -1,3 +1,3 @@\n \"x\\n\"\n-\"Y\\n\"\n+\"y\\n\"\n \"z\\n\"\n"},
		{"\x00\x01", "\x00\x02", "got 2 bytes, want 2 bytes: different from offset 1 on",
			"            got                                  want\n! 00000000  00 01                   |..      |  00 02                   |..      |\n"},
		{"\x1b[2J", "", "got 4 bytes, want 0 bytes", "            got                                  want\n! 00000000  1b 5b 32 4a             |.[2J    |                          |        |\n"},
	} {
		line, detail := Explain(c.got, c.want)
		if line != c.line || detail != c.detail {
			t.Errorf("%q, %q:\n%s\n%s", c.got, c.want, line, detail)
		}
	}
}
