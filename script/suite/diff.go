package suite

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"sosh/internal/show"
	"sosh/internal/textdiff"
	"sosh/script"

	lua "github.com/yuin/gopher-lua"
)

// Limits of a shown difference.
const (
	maxDifferences = 20 // places in tables
	shortTable     = 120
)

// explain describes how got differs from want: in one line, and in whole lines of
// detail.
func explain(m *script.Machine, got, want lua.LValue, list []difference) (line, detail string) {
	if list[0].path == "" { // as a whole
		return explainPlace(m, got, want)
	}
	var b strings.Builder
	for i, d := range list {
		if i == maxDifferences {
			b.WriteString("... and more\n")
			break
		}
		switch {
		case d.got == lua.LNil:
			fmt.Fprintf(&b, "- %s: missing, want %s\n", d.path, m.Short(d.want))
		case d.want == lua.LNil:
			fmt.Fprintf(&b, "+ %s: got %s, which is not wanted\n", d.path, m.Short(d.got))
		default:
			line, more := explainPlace(m, d.got, d.want)
			fmt.Fprintf(&b, "! %s: %s\n", d.path, line)
			for l := range strings.Lines(more) {
				b.WriteString("  " + l)
			}
		}
	}
	places := show.Count(min(len(list), maxDifferences), "place")
	if len(list) > maxDifferences {
		places = "more than " + places
	}
	return "the tables differ in " + places, b.String()
}

// explainPlace is explain for two values that are no tables, or that differ as a whole.
func explainPlace(m *script.Machine, got, want lua.LValue) (line, detail string) {
	g, ok1 := got.(lua.LString)
	w, ok2 := want.(lua.LString)
	if ok1 && ok2 {
		return textdiff.Explain(string(g), string(w))
	}
	return gotWant(m, got, want), ""
}

// gotWant shows two values that differ; values that look the same are shown with all
// digits or with their types.
func gotWant(m *script.Machine, got, want lua.LValue) string {
	g, w := m.Short(got), m.Short(want)
	if n, ok := got.(lua.LNumber); ok && n != n && g == w {
		return "got " + g + ", want " + w + "; nan equals nothing, not even itself (t:ok(x ~= x) checks for it)"
	}
	if g == w {
		g, w = precise(m, got), precise(m, want)
	}
	return "got " + g + ", want " + w
}

// precise shows a number with all digits, and any other value with its type.
func precise(m *script.Machine, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LNumber:
		if n := float64(v); n == math.Trunc(n) {
			return m.Short(v) + " (a number)"
		}
		return strconv.FormatFloat(float64(v), 'g', -1, 64)
	case *lua.LUserData:
		switch v.Value.(type) {
		case int64:
			return m.Short(v) + " (an int64)"
		case uint64:
			return m.Short(v) + " (a uint64)"
		}
	}
	return m.Short(v) + " (a " + v.Type().String() + ")"
}
