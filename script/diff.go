package script

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"sosh/internal/show"

	"github.com/rogpeppe/go-internal/diff"
	lua "github.com/yuin/gopher-lua"
)

// How much of a difference is shown.
const (
	maxDifferences = 20 // places in tables
	maxDiffLines   = 60
	maxDiffRows    = 12 // of a hexdump
	bytesPerRow    = 8
	shortText      = 60
	shortTable     = 120
)

// A difference is a place in which two values differ. A value of nil is one that
// is not there.
type difference struct {
	path      string
	got, want lua.LValue
}

// same reports whether two values are equal: tables by what is in them,
// whatever their metatables, anything else as == has it.
func (m *Machine) same(got, want lua.LValue) bool {
	return len(m.differences(got, want)) == 0
}

// differences compares two values, and returns the places where they differ, at
// most maxDifferences and one.
func (m *Machine) differences(got, want lua.LValue) []difference {
	var list []difference
	type pair struct{ got, want *lua.LTable }
	seen := make(map[pair]bool)
	var compare func(path string, got, want lua.LValue)
	compare = func(path string, got, want lua.LValue) {
		if len(list) > maxDifferences {
			return
		}
		g, ok1 := got.(*lua.LTable)
		w, ok2 := want.(*lua.LTable)
		if !ok1 || !ok2 || g == w {
			if !m.l.Equal(got, want) {
				list = append(list, difference{path, got, want})
			}
			return
		}
		if seen[pair{g, w}] {
			return
		}
		seen[pair{g, w}] = true
		if m.strangers(g, w) {
			list = append(list, difference{path, got, want})
			return
		}
		for _, k := range keysOf(g, w) {
			compare(path+keyPath(m, k), g.RawGet(k), w.RawGet(k))
		}
	}
	compare("", got, want)
	return list
}

// strangers reports whether two tables are better told as a whole than key by
// key: they are short, and share no key, as an error's do and an answer's.
func (m *Machine) strangers(got, want *lua.LTable) bool {
	shared, any := false, false
	got.ForEach(func(k, _ lua.LValue) {
		any = true
		shared = shared || want.RawGet(k) != lua.LNil
	})
	if k, _ := want.Next(lua.LNil); k == lua.LNil && !any {
		return false // both are empty
	}
	return !shared && max(len(m.short(got)), len(m.short(want))) <= shortTable
}

// keysOf returns the keys of two tables: numbers first, in order, then strings,
// then others.
func keysOf(tables ...*lua.LTable) []lua.LValue {
	known := make(map[lua.LValue]bool)
	var keys []lua.LValue
	for _, t := range tables {
		t.ForEach(func(k, _ lua.LValue) {
			if !known[k] {
				known[k] = true
				keys = append(keys, k)
			}
		})
	}
	rank := func(v lua.LValue) int {
		switch v.Type() {
		case lua.LTNumber:
			return 0
		case lua.LTString:
			return 1
		}
		return 2
	}
	sort.SliceStable(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		if rank(a) != rank(b) {
			return rank(a) < rank(b)
		}
		switch a := a.(type) {
		case lua.LNumber:
			return a < b.(lua.LNumber)
		case lua.LString:
			return a < b.(lua.LString)
		}
		return false
	})
	return keys
}

// keyPath is a key as it is written after a table.
func keyPath(m *Machine, k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		if isName(string(s)) {
			return "." + string(s)
		}
		return "[" + show.Literal([]byte(s)) + "]"
	}
	return "[" + m.tostring(k) + "]"
}

// explain says how got differs from want, which are not the same: in one line,
// and with what follows it in whole lines.
func (m *Machine) explain(got, want lua.LValue) (line, detail string) {
	g, ok1 := got.(lua.LString)
	w, ok2 := want.(lua.LString)
	if ok1 && ok2 {
		return explainStrings(string(g), string(w))
	}
	_, ok1 = got.(*lua.LTable)
	_, ok2 = want.(*lua.LTable)
	if !ok1 || !ok2 {
		return "got " + m.short(got) + ", want " + m.short(want), ""
	}
	list := m.differences(got, want)
	if list[0].path == "" { // they share nothing
		return "got " + m.short(got) + ", want " + m.short(want), ""
	}
	var b strings.Builder
	for i, d := range list {
		if i == maxDifferences {
			b.WriteString("... and more\n")
			break
		}
		switch {
		case d.got == lua.LNil:
			fmt.Fprintf(&b, "- %s: missing, want %s\n", d.path, m.short(d.want))
		case d.want == lua.LNil:
			fmt.Fprintf(&b, "+ %s: got %s, which is not wanted\n", d.path, m.short(d.got))
		default:
			line, more := m.explain(d.got, d.want)
			fmt.Fprintf(&b, "! %s: %s\n", d.path, line)
			for l := range strings.Lines(more) {
				b.WriteString("  " + l)
			}
		}
	}
	places := count(min(len(list), maxDifferences), "place")
	if len(list) > maxDifferences {
		places = "more than " + places
	}
	return "the tables differ in " + places, b.String()
}

// short is a value in a few words.
func (m *Machine) short(v lua.LValue) string {
	var b strings.Builder
	m.display(&b, v, 0, make(map[*lua.LTable]bool))
	return inLine(b.String())
}

// inLine makes a text one line, and not a long one.
func inLine(s string) string { return show.Truncate(strings.ReplaceAll(s, "\n", " "), 200) }

// explainStrings compares texts line by line, and bytes as hexdumps side by
// side.
func explainStrings(got, want string) (line, detail string) {
	text := got+want == "" || show.IsText([]byte(got+want)) && utf8.ValidString(got) && utf8.ValidString(want)
	sizes := fmt.Sprintf("got %s, want %s%s", count(len(got), "byte"), count(len(want), "byte"), differing(got, want))
	if !text {
		return sizes, besideBytes(got, want)
	}
	if strings.Count(got, "\n")+strings.Count(want, "\n") <= 2 && max(len(got), len(want)) <= shortText {
		return "got " + show.Literal([]byte(got)) + ", want " + show.Literal([]byte(want)), ""
	}
	return sizes + " (-want +got)", lineDiff(got, want)
}

// differing says where two strings differ.
func differing(got, want string) string {
	switch {
	case got == "" || want == "":
		return ""
	case strings.HasPrefix(want, got):
		return fmt.Sprintf(": %s missing at the end", count(len(want)-len(got), "byte"))
	case strings.HasPrefix(got, want):
		return fmt.Sprintf(": %s too many at the end", count(len(got)-len(want), "byte"))
	}
	return fmt.Sprintf(": different from offset %d on", differFrom(got, want))
}

func differFrom(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// lineDiff is the difference of texts, each line as a literal, so that nothing
// in it is hidden.
func lineDiff(got, want string) string {
	d := diff.Diff("want", []byte(piece([]byte(want))), "got", []byte(piece([]byte(got))))
	var b strings.Builder
	n := 0
	for line := range strings.Lines(string(d)) {
		if n++; n <= 3 { // the names
			continue
		}
		if n > maxDiffLines {
			b.WriteString("...\n")
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// besideBytes is the hexdumps of got and want side by side, from a row before
// the first that differs.
func besideBytes(got, want string) string {
	first := max(differFrom(got, want)/bytesPerRow-1, 0) * bytesPerRow
	var b strings.Builder
	fmt.Fprintf(&b, "            got%s  want\n", strings.Repeat(" ", 3*bytesPerRow+bytesPerRow))
	rows := 0
	for at := first; at < max(len(got), len(want)); at += bytesPerRow {
		if rows++; rows > maxDiffRows {
			fmt.Fprintf(&b, "  ... and %d bytes more\n", max(len(got), len(want))-at)
			break
		}
		g, w := rowOf(got, at), rowOf(want, at)
		mark := " "
		if g != w {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s %08x  %s  %s\n", mark, at, dumpRow(g), dumpRow(w))
	}
	return b.String()
}

func rowOf(s string, at int) string {
	if at >= len(s) {
		return ""
	}
	return s[at:min(at+bytesPerRow, len(s))]
}

// dumpRow is one row of a hexdump without its offset.
func dumpRow(s string) string {
	var hex, text strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&hex, "%02x ", s[i])
		if s[i] >= 0x20 && s[i] < 0x7f {
			text.WriteByte(s[i])
		} else {
			text.WriteByte('.')
		}
	}
	return fmt.Sprintf("%-*s|%-*s|", 3*bytesPerRow, hex.String(), bytesPerRow, text.String())
}
