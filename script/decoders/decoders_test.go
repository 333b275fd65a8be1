package decoders

import (
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"sosh/internal/racedetector"
)

// open returns a codec in an engine that ends with the test.
func open(t testing.TB, name string) *Codec {
	t.Helper()
	e := NewPatient(io.Discard) // the limit of time is not what is tested here
	t.Cleanup(e.Close)
	c, err := e.Codec(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A part is what one side sends, and the messages that it is. The last part may be
// the beginning of more.
type part struct {
	d    Direction
	data string
	want []string
}

// A talk is one connection, as the client sees it.
type talk struct {
	codec, name string
	datagram    bool
	parts       []part
}

// feed decodes data in pieces that end at these offsets.
func feed(t *testing.T, n *Conn, d Direction, data string, cuts ...int) []string {
	t.Helper()
	var got []string
	from := 0
	for _, to := range append(cuts, len(data)) {
		r := n.Feed(d, []byte(data[from:to]))
		if len(r.Plain) > 0 || r.Err != nil || r.More > 0 {
			t.Fatalf("bytes %d to %d of %q: %v; plain %q", from, to, data, r.Err, r.Plain)
		}
		got = append(got, r.Messages...)
		from = to
	}
	return got
}

// Each talk gives its messages, whole, in two pieces cut anywhere, and byte by byte.
func TestTalks(t *testing.T) {
	for _, talk := range talks {
		t.Run(talk.codec+" "+talk.name, func(t *testing.T) {
			c := open(t, talk.codec)
			n := c.NewConn(false, talk.datagram)
			for i, p := range talk.parts {
				if got := feed(t, n, p.d, p.data); !slices.Equal(got, p.want) {
					t.Errorf("part %d, %q:\n got %q\nwant %q", i, p.data, got, p.want)
				}
			}
			if talk.datagram {
				return
			}
			for i, p := range talk.parts {
				for cut := 1; cut < len(p.data); cut += 1 + len(p.data)/racedetector.Fewer(1000) {
					n := c.NewConn(false, false)
					for _, before := range talk.parts[:i] {
						feed(t, n, before.d, before.data)
					}
					if got := feed(t, n, p.d, p.data, cut); !slices.Equal(got, p.want) {
						t.Fatalf("part %d in two pieces of %d and %d bytes:\n got %q\nwant %q", i, cut, len(p.data)-cut, got, p.want)
					}
				}
			}
			n = c.NewConn(false, false)
			for i, p := range talk.parts {
				var cuts []int
				for cut := 1; cut < len(p.data); cut += 1 + len(p.data)/2000 {
					cuts = append(cuts, cut)
				}
				if got := feed(t, n, p.d, p.data, cuts...); !slices.Equal(got, p.want) {
					t.Fatalf("part %d byte by byte:\n got %q\nwant %q", i, got, p.want)
				}
			}
		})
	}
}

// Each codec has a talk.
func TestEveryCodecTalks(t *testing.T) {
	for _, name := range Names() {
		if !slices.ContainsFunc(talks, func(k talk) bool { return k.codec == name }) {
			t.Errorf("no talk of the codec %s", name)
		}
		if src, _ := Source(name); strings.Count(src, "\n") >= 150 {
			t.Errorf("the codec %s has 150 lines or more: it is to be read", name)
		}
		if Summary(name) == "" {
			t.Errorf("the codec %s does not begin with a comment that says what it is", name)
		}
	}
}

// No byte is lost and nothing panics, whatever comes: what was decoded, what waits
// and what is shown as it is make up the whole.
func TestNoise(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	for _, talk := range talks {
		t.Run(talk.codec+" "+talk.name, func(t *testing.T) {
			c := open(t, talk.codec)
			for range racedetector.Fewer(60) {
				n := c.NewConn(rng.Intn(2) == 0, talk.datagram)
				for _, p := range talk.parts {
					data := []byte(p.data)
					for range rng.Intn(4) {
						data[rng.Intn(len(data))] = byte(rng.Intn(256))
					}
					for len(data) > 0 {
						k := 1 + rng.Intn(len(data))
						checkFeed(t, n, p.d, data[:k])
						data = data[k:]
					}
				}
				noise := make([]byte, rng.Intn(300))
				rng.Read(noise)
				checkFeed(t, n, In, noise)
				n.End(In)
			}
		})
	}
}

// checkFeed feeds bytes, and checks that those which were waiting or come now are
// decoded, wait, or are given back.
func checkFeed(t *testing.T, n *Conn, d Direction, p []byte) {
	t.Helper()
	f := &n.dirs[d]
	before := f.buf + string(p)
	r := n.Feed(d, p)
	if len(before) < len(f.buf)+len(r.Plain) || len(before) > len(f.buf)+len(r.Plain) && len(r.Messages) == 0 {
		t.Fatalf("%q: %d messages, %d bytes wait, %d are plain", before, len(r.Messages), len(f.buf), len(r.Plain))
	}
	if rest := string(r.Plain) + f.buf; before[len(before)-len(rest):] != rest {
		t.Fatalf("%q: the bytes %q are left", before, rest)
	}
}
