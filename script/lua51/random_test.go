package lua51

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sosh/internal/racedetector"

	lua "github.com/yuin/gopher-lua"
)

var (
	randomSeed = flag.Int64("lua.seed", 0, "seed of the random programs; 0 takes the time")
	randomTime = flag.Duration("lua.time", 0, "how long to run random programs")
)

// lua51 returns the path of lua5.1, and skips or fails the test without it.
func lua51(t testing.TB) string {
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		if os.Getenv("SOSH_REQUIRE_PEERS") == "1" {
			t.Fatal("lua5.1 is not installed, and SOSH_REQUIRE_PEERS=1")
		}
		t.Skip("lua5.1 is not installed")
	}
	return path
}

// runLua runs a program in a state of ours and returns what it printed, and its
// error after that.
func runLua(t testing.TB, src, name string) string {
	t.Helper()
	var out bytes.Buffer
	in, err := New(Options{Stdout: &out, Stderr: &out, Exit: func(code int) { panic(fmt.Sprint("os.exit ", code)) }})
	if err != nil {
		t.Fatal(err)
	}
	L := in.L
	defer L.Close()
	in.OnInterrupt = func(L *lua.LState) { L.RaiseError("it takes too long") }
	defer time.AfterFunc(2*time.Minute, in.Interrupt).Stop()
	proto, err := Compile(src, name)
	if err != nil {
		return err.Error() + "\n"
	}
	if _, err := Run(L, L.NewFunctionFromProto(proto)); err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	in.Close()
	return out.String()
}

// TestRandomPrograms compares what random programs print with lua5.1. The seed
// of a failure is printed; -lua.seed runs it again.
func TestRandomPrograms(t *testing.T) {
	t.Parallel()
	path := lua51(t)
	again := rounds(racedetector.Fewer(200))
	seed := firstSeed(t)
	for again() {
		g := &generator{r: rand.New(rand.NewSource(seed))}
		src := g.program()
		if seed%2 == 0 {
			src = scatter(g.r, src)
		}
		if proto, err := Compile(src, "=program"); err == nil && hasTwoZeros(proto) {
			seed++
			continue // lua5.1 makes one constant of 0 and -0, whichever comes first
		}
		want := peerLua(t, path, src)
		if got := runLua(t, src, "stdin"); got != want && documented(got, g.many) != documented(want, g.many) {
			t.Fatalf("this program prints\n%s\nand lua5.1\n%s\n%s\nfirst difference: %s\n-lua.seed=%d", got, want, src, firstDifference(got, want), seed)
		}
		seed++
	}
}

// firstSeed returns the seed that the flag sets, or one of the time, and logs it.
func firstSeed(t *testing.T) int64 {
	seed := *randomSeed
	if seed == 0 {
		seed = time.Now().UnixNano()
	}
	t.Logf("-lua.seed=%d", seed)
	return seed
}

// rounds returns a function that reports whether a test of random programs goes on: for n
// of them, for the time that the flag sets, or for one, if the flag sets its seed.
func rounds(n int) func() bool {
	if *randomSeed != 0 {
		n = 1
	}
	done, end := 0, time.Now().Add(*randomTime)
	return func() bool {
		done++
		return done <= n || time.Now().Before(end)
	}
}

// documented is an output without what differs between any two runs, and without what doc/lua.md
// says is different: the names of fields in a function of many constants.
func documented(out string, many bool) string {
	// An address is the number of its value, in the order in which the values come.
	numbers := make(map[string]string)
	out = address.ReplaceAllStringFunc(out, func(at string) string {
		if numbers[at] == "" {
			numbers[at] = fmt.Sprintf("value %d", len(numbers)+1)
		}
		return numbers[at]
	})
	if many {
		out = argumentOf.ReplaceAllString(out, "to '?'")
	}
	return out
}

var (
	address    = regexp.MustCompile(`\b0x[0-9a-f]{6,}\b`)
	argumentOf = regexp.MustCompile(`to '\w+'`)
)

// TestDocumented has addresses: which values are the same counts, and not where they are.
func TestDocumented(t *testing.T) {
	const ours = "function: 0x11719cc68740 table: 0x11719cc68800 function: 0x11719cc68740"
	if theirs := "function: 0x55a40c3a0860 table: 0x55a40c3a0920 function: 0x55a40c3a0860"; documented(ours, false) != documented(theirs, false) {
		t.Errorf("%q and %q differ", ours, theirs)
	}
	if other := "function: 0x55a40c3a0860 table: 0x55a40c3a0920 function: 0x55a40c3a0990"; documented(ours, false) == documented(other, false) {
		t.Errorf("%q and %q do not differ", ours, other)
	}
}

// hasTwoZeros reports whether a function of a program has constants of both signs.
func hasTwoZeros(p *lua.FunctionProto) bool {
	plus, minus := false, false
	for _, k := range p.Constants {
		if n, ok := k.(lua.LNumber); ok && n == 0 {
			plus, minus = plus || !math.Signbit(float64(n)), minus || math.Signbit(float64(n))
		}
	}
	return plus && minus || slices.ContainsFunc(p.FunctionPrototypes, hasTwoZeros)
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range x {
		if i >= len(y) || x[i] != y[i] {
			return fmt.Sprintf("line %d: %q", i+1, x[i])
		}
	}
	return "the end"
}

func peerLua(t testing.TB, path, src string) string {
	cmd := exec.Command(path, "-")
	cmd.Stdin = strings.NewReader(src)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s\n%s", err, out, src)
	}
	return string(out)
}
