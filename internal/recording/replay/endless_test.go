package replay

import (
	"strings"
	"testing"
)

// A server at another address than in the recording sends far more than it did, and other data:
// little of it is read.
func TestEndless(t *testing.T) {
	t.Parallel()
	much := strings.Repeat("a", 64<<20)
	address := server(t, func(string) string { return much })
	st, err := play(t, session("c1 connected", "c1 >hello", "c1 <world", "c1 closed"), Options{}, address)
	if err == nil || st.Divergences != 1 || st.Received > 8*maxDoubt {
		t.Errorf("%v; %d divergences, %d bytes were read, expected one after at most %d", err, st.Divergences, st.Received, 8*maxDoubt)
	}
}
