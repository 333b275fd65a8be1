package lualib

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
)

// TestInt64Arithmetic compares the arithmetic of 64-bit integers with Go's.
func TestInt64Arithmetic(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	edges := []int64{0, 1, -1, 2, 7, -7, math.MaxInt64, math.MinInt64, math.MinInt64 + 1, 1 << 53, 1<<53 + 1}
	pick := func() int64 {
		if r.Intn(2) == 0 {
			return edges[r.Intn(len(edges))]
		}
		return int64(r.Uint64() >> r.Intn(64))
	}
	var program, want strings.Builder
	program.WriteString("local show = function(...) print(...) end\n")
	for range 500 {
		a, b := pick(), pick()
		ua, ub := uint64(a), uint64(b)
		fmt.Fprintf(&program, "do local a, b = int64('%d'), int64('%d') show(a + b, a - b, a * b, -a, a == b, a < b, a <= b) ", a, b)
		fmt.Fprintf(&want, "%d\t%d\t%d\t%d\t%t\t%t\t%t\n", a+b, a-b, a*b, -a, a == b, a < b, a <= b)
		if b != 0 {
			fmt.Fprintf(&program, "show(a / b, a %% b, uint64(a) / uint64(b), uint64(a) %% uint64(b)) ")
			fmt.Fprintf(&want, "%d\t%d\t%d\t%d\n", a/b, a%b, ua/ub, ua%ub)
		}
		fmt.Fprintf(&program, "a, b = uint64(a), uint64(b) show(a + b, a - b, a * b, a < b, a <= b, a .. '') end\n")
		fmt.Fprintf(&want, "%d\t%d\t%d\t%t\t%t\t%d\n", ua+ub, ua-ub, ua*ub, ua < ub, ua <= ub, ua)
	}
	got, wanted := strings.Split(runText(t, program.String()), "\n"), strings.Split(want.String(), "\n")
	for i := range wanted {
		if i >= len(got) || got[i] != wanted[i] {
			t.Fatalf("output line %d: got %q, want %q", i+1, got[min(i, len(got)-1)], wanted[i])
		}
	}
	powers := "81\t-9223372036854775808\t0\t-1\t12157665459056928801\n"
	if got := runText(t, "print(int64(3) ^ 4, int64(-2) ^ 63, int64(2) ^ -1, int64(-1) ^ -3, uint64(3) ^ 40)"); got != powers {
		t.Errorf("powers: %q, want %q", got, powers)
	}
}
