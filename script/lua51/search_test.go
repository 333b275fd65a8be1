package lua51

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"sosh/internal/racedetector"
)

// randomSubject is up to n of the bytes or words.
func randomSubject(r *rand.Rand, n int, words ...string) string {
	var b strings.Builder
	for range r.Intn(n + 1) {
		b.WriteString(words[r.Intn(len(words))])
	}
	return b.String()
}

// A search of a text that grows, and one that remembers what has failed, find
// what a plain match finds.
func TestSearchFindsTheSame(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(1))
	plain := func(p, s string, remember bool) (string, error) {
		anchored := strings.HasPrefix(p, "^")
		m := matcher{s: s, p: strings.TrimPrefix(p, "^"), stop: proceedAlways}
		if remember {
			m.memo = newMemo(len(m.s), len(m.p))
		}
		err := error(nil)
		found := "nothing"
		func() {
			defer func() {
				if bad, ok := recover().(PatternError); ok {
					err = bad
				}
			}()
			for at := 0; at <= len(s) && (at == 0 || !anchored); at++ {
				m.start()
				if e := m.match(at, 0); e >= 0 {
					found = fmt.Sprint(e, m.captures[:m.level])
					return
				}
			}
		}()
		return found, err
	}
	for range racedetector.Fewer(10_000) {
		p := randomSubject(r, 7, "a", "b", ".", "a*", "b+", ".-", "a?", "[ab]", "[^a]*", "%s*", "(", ")", "()", "%b()", "%bab", "$", "%f[a]", "OK", "%d+", "(.-)", "(a*)")
		if r.Intn(5) == 0 {
			p = "^" + p
		}
		s := randomSubject(r, 12, "a", "b", "ab", " ", "(", ")", "OK", "1", "c")
		want, err := plain(p, s, false)
		got, err2 := plain(p, s, true)
		if err != nil && err == err2 {
			continue
		}
		if got != want || err != err2 {
			t.Fatalf("%q in %q: %s (%v), but remembering what failed %s (%v)", p, s, want, err, got, err2)
		}
		grows := NewSearch(p)
		for n := range len(s) + 1 {
			want, _ := plain(p, s[:n], false)
			end, captures, ok, err := grows.Find(s[:n], proceedAlways)
			again, wanted, ok2, err2 := NewSearch(p).Find(s[:n], proceedAlways)
			if err != nil && err == err2 {
				break // such as a capture without an end
			}
			if err != nil || ok != (want != "nothing") || ok != ok2 || end != again || !reflect.DeepEqual(captures, wanted) {
				t.Fatalf("%q in %q of %q: end %d, %v; want %d, %v", p, s[:n], s, end, captures, again, wanted)
			}
			if ok {
				break
			}
		}
	}
}

// A search without back references takes a time in proportion to the text, and
// any search ends when it is told to.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	size := 1 << 18
	if racedetector.On {
		size = 1 << 16
	}
	text := strings.Repeat(" ", size)
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, p := range []string{"%s*OK", "(.-)OK", "%s+%s+OK", ".-x.-y.-z", "%s*%s*%s*x", "%s?%s?%s?%s?%s?%s?%s?x"} {
		if _, _, ok, err := NewSearch(p).Find(text, soon.Err); ok || err != nil {
			t.Errorf("%s: %v, %v", p, ok, err)
		}
	}
	if _, _, ok, err := NewSearch("%b()").Find(strings.Repeat("(", size), soon.Err); ok || err != nil {
		t.Errorf("%%b(): %v, %v", ok, err)
	}
	for p, text := range map[string]string{
		"(.-)%1x":  text,
		"%b()x":    strings.Repeat("(", size/2) + strings.Repeat(")", size/2),
		"(.*).-%1": text[:size/2] + "x",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		if _, _, ok, err := NewSearch(p).Find(text, ctx.Err); !ok && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, %v", p, ok, err)
		}
		cancel()
	}
}

func proceedAlways() error { return nil }
