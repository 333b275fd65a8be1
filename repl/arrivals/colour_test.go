package arrivals

import (
	"fmt"
	"math"
	"testing"
)

// rgb returns a colour of the cube of 216 that terminals have, as linear light.
func rgb(n int) (c [3]float64) {
	levels := [...]float64{0, 95, 135, 175, 215, 255}
	n -= 16
	for i, v := range []float64{levels[n/36], levels[n/6%6], levels[n%6]} {
		if v /= 255; v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return c
}

// sight is how people see red, green and blue: all of them, or without one of the three
// (Machado, Oliveira and Fernandes 2009).
var sight = map[string][3][3]float64{
	"all":      {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"no red":   {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
	"no green": {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
	"no blue":  {{1.255528, -.076749, -.178779}, {-.078411, .930809, .147602}, {.004733, .691367, .303900}},
}

// lab returns a colour as it is seen, in CIE L*a*b*.
func lab(c [3]float64, m [3][3]float64) (out [3]float64) {
	var s [3]float64
	for i, row := range m {
		s[i] = min(1, max(0, row[0]*c[0]+row[1]*c[1]+row[2]*c[2]))
	}
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	x, y, z := f((.4124*s[0]+.3576*s[1]+.1805*s[2])/.9505), f(.2126*s[0]+.7152*s[1]+.0722*s[2]), f((.0193*s[0]+.1192*s[1]+.9505*s[2])/1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func TestColours(t *testing.T) {
	for i, a := range colours {
		c := rgb(a)
		light := .2126*c[0] + .7152*c[1] + .0722*c[2]
		if white, black := 1.05/(light+.05), (light+.05)/.05; white < 3 || black < 3 {
			t.Errorf("colour %d has a contrast of %.1f with white and %.1f with black, want 3", a, white, black)
		}
		for _, b := range colours[:i] {
			for who, m := range sight {
				p, q := lab(c, m), lab(rgb(b), m)
				if d := math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]); d < 20 {
					t.Errorf("colours %d and %d differ by %.0f for those who see %s, want 20", a, b, d, who)
				}
			}
		}
	}
}

func TestColour(t *testing.T) {
	for _, stem := range []string{"c", "srv.", "s", ""} {
		seen := make(map[int]string)
		for i := range len(colours) {
			name := fmt.Sprint(stem, i+1)
			c := Colour(name)
			if seen[c] != "" {
				t.Errorf("%s and %s have the same colour", seen[c], name)
			}
			seen[c] = name
		}
	}
	if Colour("99999999999999999999") == 0 || Colour("") == 0 {
		t.Error("a name has no colour")
	}
}
