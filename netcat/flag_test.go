package netcat

import "testing"

// TestLongFlagSelectsNcat: a link named nc speaks ncat once a flag that only
// ncat has is seen.
func TestLongFlagSelectsNcat(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"-l", "80"}, false},
		{[]string{"--ssl", "h", "80"}, true},
		{[]string{"--proxy-type=http", "h"}, true},
		{[]string{"--port-file", "p", "-l", "80"}, false},
		{[]string{"--help"}, false},
		{[]string{"--version"}, false},
		{[]string{"--", "--ssl"}, false},
		{[]string{"--nonsense"}, false},
	} {
		if got := speaksNcat(tt.args); got != tt.want {
			t.Errorf("speaksNcat(%q) = %v, want %v", tt.args, got, tt.want)
		}
	}
}
