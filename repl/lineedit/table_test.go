package lineedit

import (
	"fmt"
	"strings"
	"testing"
)

// The history of all examples.
var entries = []string{"one alpha", "two beta", "three gamma"}

// begin returns an editor in a mode with a line in which | is the cursor.
func begin(m Mode, line string) *Editor {
	e := New(Config{History: func() []string { return entries }, Comment: "-- "})
	e.SetVi(m != Emacs && m != Searching)
	text, pos := cut(line)
	e.Start(string(text))
	if m == Command || m == operator {
		e.Key("Esc")
	}
	e.pos = pos
	return e
}

// cut takes the cursor out of a line. Of several bars, it is the first.
func cut(line string) ([]rune, int) {
	before, after, _ := strings.Cut(line, "|")
	return []rune(before + after), len([]rune(before))
}

// press presses keys, which blanks separate, and returns the outcome of the last one.
func press(e *Editor, keys string) (out Outcome) {
	for _, k := range strings.Fields(keys) {
		out = e.Key(Key(strings.ReplaceAll(k, "Space", " ")))
	}
	return out
}

// state is the line with its cursor.
func state(e *Editor) string {
	line, pos := e.Line()
	return string(line[:pos]) + "|" + string(line[pos:])
}

// TestBindings tries every key of the table by its example, in each of its modes.
func TestBindings(t *testing.T) {
	for _, b := range Bindings() {
		if b.Doc == "" || b.Before == "" {
			t.Errorf("%v has no words or no example", b.Keys)
		}
		for m := Emacs; m <= operator; m <<= 1 {
			if b.Modes&m == 0 || m == operator && b.Modes != operator {
				continue
			}
			for _, keys := range b.Keys {
				pressed := "KEY"
				if b.Press != "" {
					pressed = b.Press
				}
				pressed = strings.ReplaceAll(pressed, "KEY", keys)
				e := begin(m, b.Before)
				after := b.After
				if m == Command && b.Modes&typing != 0 { // the cursor is on a character
					after = onCharacter(after)
				}
				out := press(e, pressed)
				if got := state(e); got != after || out != b.Gives {
					t.Errorf("%s, %q, %s: %q, %v; want %q, %v", modeName(m), b.Before, pressed, got, out, after, b.Gives)
				}
			}
		}
	}
}

func onCharacter(state string) string {
	e := begin(Command, state)
	e.clamp()
	return string(e.line[:e.pos]) + "|" + string(e.line[e.pos:])
}

func modeName(m Mode) string {
	return map[Mode]string{Emacs: "emacs", Insert: "vi insert", Command: "vi", Searching: "search", operator: "vi operator"}[m]
}

// TestBindingsOnce: no key has two meanings in one mode.
func TestBindingsOnce(t *testing.T) {
	seen := make(map[string]string)
	for _, b := range Bindings() {
		for m := Emacs; m <= operator; m <<= 1 {
			for _, keys := range b.Keys {
				name := fmt.Sprint(modeName(m), " ", keys)
				if other, ok := seen[name]; ok && b.Modes&m != 0 {
					t.Errorf("%s is %q and %q", name, other, b.Doc)
				}
				if b.Modes&m != 0 {
					seen[name] = b.Doc
				}
			}
		}
	}
	// The keys that every line editor has.
	for _, want := range strings.Fields("Ctrl-A Ctrl-B Ctrl-C Ctrl-D Ctrl-E Ctrl-F Ctrl-G Ctrl-J Ctrl-K Ctrl-L Ctrl-N Ctrl-P Ctrl-Q Ctrl-R Ctrl-S Ctrl-T Ctrl-U Ctrl-V Ctrl-W Ctrl-Y Ctrl-Z Ctrl-_ Alt-f Alt-b Alt-d Alt-y Alt-t Alt-u Alt-l Alt-c Alt-. Alt-# Alt-Backspace Home End Delete") {
		if _, ok := seen["emacs "+want]; !ok {
			t.Errorf("emacs has no %s", want)
		}
	}
	for _, want := range "hlwWbBeE0^$fFtT;,dcypPxXrRsSu~iaIA.jk/?nNv123456789" {
		if _, ok := seen["vi "+string(want)]; !ok {
			t.Errorf("vi has no %c", want)
		}
	}
}

// cases are what the examples of the table do not show.
var cases = []struct {
	mode                Mode
	before, keys, after string
}{
	// kills join; a ring of them
	{Emacs, "a b c|", "Ctrl-W Ctrl-W Ctrl-Y", "a b c|"},
	{Emacs, "a |b c", "Ctrl-K Ctrl-W Ctrl-Y", "a b c|"},
	{Emacs, "a b c|", "Ctrl-W Left Ctrl-W Ctrl-Y Alt-y Alt-y", "a b| "},
	{Emacs, "a b|", "Ctrl-W Alt-y", "a |"},
	{Emacs, "|a b c", "Alt-d Alt-d Ctrl-E Ctrl-Y", " ca b|"},
	// undo goes by words of typing, by commands, and back to the start
	{Emacs, "|", "a b Space c Ctrl-_", "ab|"},
	{Emacs, "|", "a b Space c Ctrl-_ Ctrl-_ Alt-_ Alt-_", "ab c|"},
	{Emacs, "|", "a b Ctrl-U x Ctrl-_ Ctrl-_ Ctrl-_ Ctrl-_", "|"},
	{Emacs, "|", "a Ctrl-_ b Alt-_", "b|"},
	{Emacs, "x|", "Up Ctrl-_", "x|"},
	// numeric arguments
	{Emacs, "abcdef|", "Alt-3 Left", "abc|def"},
	{Emacs, "a b c d|", "Alt-2 Ctrl-W", "a b |"},
	{Emacs, "|", "Alt-1 Alt-2 x", "xxxxxxxxxxxx|"},
	{Emacs, "send |", "Alt-0 Alt-.", "send three|"},
	{Emacs, "|a b c", "Alt-2 Alt-f", "a b| c"},
	{Emacs, "a|", "Alt-2 Ctrl-P", "two beta|"},
	{Emacs, "a|", "Esc 3 x", "axxx|"},
	// words
	{Emacs, "send c/a_b|", "Alt-Backspace", "send c/a_|"},
	{Emacs, "ünï çà|", "Alt-b Alt-b", "|ünï çà"},
	{Emacs, "a  b|", "Alt-t", "b  a|"},
	{Emacs, "a|b", "Alt-t", "a|b"},
	{Emacs, "get https://x|", "Alt-b Alt-b Alt-u", "get HTTPS|://x"},
	// characters of several runes
	{Emacs, "ae\u0301|", "Left", "a|e\u0301"},
	{Emacs, "ae\u0301|", "Backspace", "a|"},
	{Emacs, "👩\u200d💻x|", "Left Backspace", "|x"},
	{Emacs, "|👍\U0001f3fdx", "Delete", "|x"},
	// rows
	{Emacs, "one\ntwo|", "Up", "one|\ntwo"},
	{Emacs, "one\ntw|o", "Up Up", "on|e\ntwo"},
	{Emacs, "one|\ntwo", "Ctrl-A", "|one\ntwo"},
	{Emacs, "on|e\ntwo", "Down", "one\ntw|o"},
	{Emacs, "one|\ntwo", "Ctrl-K", "one|two"},
	{Emacs, "one\n|two", "Ctrl-U", "one|two"},
	{Emacs, "a\nb|", "Alt-#", "-- a\n-- b|"},
	{Emacs, "-- one|", "Alt-#", "one|"},
	// quoted insert
	{Emacs, "a|", "Ctrl-V Ctrl-A Ctrl-V Esc Ctrl-V Alt-x Ctrl-Q Ctrl-J", "a\x01\x1b\x1bx\n|"},
	{Emacs, "a|", "Ctrl-V Up b", "ab|"},
	// Escape
	{Emacs, "a b|", "Esc Backspace", "a |"},
	{Emacs, "a b|", "Esc Left Left", "a| b"},
	{Emacs, "a b|", "Shift-Left Alt-B", "|a b"},
	// the history
	{Emacs, "|", "Up Up Up Up", "one alpha|"},
	{Emacs, "|", "Up Up Down Down", "|"},
	{Emacs, "t|x", "Left Delete Delete t w Up", "two beta|"},
	{Emacs, "th|ree", "Up Down", "th|ree"},
	{Emacs, "zz|", "Up", "zz|"},
	{Emacs, "|", "Up x Down", "three gammax|"},
	{Emacs, "|", "Up Ctrl-U t w Up Down", "tw|"},
	{Emacs, "a |", "Alt-. Alt-. Alt-. Alt-.", "a alpha|"},
	{Emacs, "a |", "Alt-. x Alt-.", "a gammaxgamma|"},
	// searching
	{Emacs, "x|", "Ctrl-R o n Space a l Enter", "one alpha|"},
	{Emacs, "x|", "Ctrl-R t g m Right", "three gamma|"},
	{Emacs, "x|", "Ctrl-R B E", "x|"},
	{Emacs, "x|", "Ctrl-R z z Enter", "x|"},
	{Emacs, "x|", "Ctrl-R z z Ctrl-G y", "xy|"},
	{Emacs, "x|", "Ctrl-R b Alt-b Alt-d", "two |"},
	{Emacs, "x|", "Ctrl-R b Esc Up", "one alpha|"},
	{Emacs, "x|", "Ctrl-R b Esc Ctrl-P Ctrl-N Ctrl-N Ctrl-N", "x|"},
	{Emacs, "x|", "Ctrl-R b Right Ctrl-_", "x|"},
	{Emacs, "x|", "Ctrl-S b Right", "xb|"},

	{Insert, "|", "a b Esc x", "|a"},
	{Insert, "|", "a b c Alt-h x", "a|c"}, // Alt-h is Escape and h
	{Insert, "ab|", "Ctrl-_", "ab|"},
	{Insert, "|", "a b Esc u", "|"},
	{Insert, "|", "a b Space c Esc u Ctrl-R", "ab |c"},
	{Command, "|a b", "Esc", "|a b"},
	{Command, "|one two three", "2 d w", "|three"},
	{Command, "|one two three", "d 2 w", "|three"},
	{Command, "|a b c d e", "2 d 2 w", "|e"},
	{Command, "|one two", "c w x Esc", "|x two"},
	{Command, "on|e two", "c w x Esc", "on|x two"},
	{Command, "|one  two", "c 2 w x", "x|"},
	{Command, "one| two", "c w x", "onex|two"},
	{Command, "one |two", "d w", "one| "},
	{Command, "one |two", "d b", "|two"},
	{Command, "one t|wo", "d 0", "|wo"},
	{Command, "  one t|wo", "d ^", "  |wo"},
	{Command, "one t|wo", "d $", "one |t"},
	{Command, "o|ne", "d h", "|ne"},
	{Command, "o|ne", "d l", "o|e"},
	{Command, "on|e", "d l", "o|n"},
	{Command, "|one two", "d e", "| two"},
	{Command, "|one-x two", "d E", "| two"},
	{Command, "|a.b.c", "d f .", "|b.c"},
	{Command, "|a.b.c", "d t .", "|.b.c"},
	{Command, "|a.b.c", "d 2 f .", "|c"},
	{Command, "a.b.|c", "d F .", "a.b|c"},
	{Command, "a.b.|c", "d 2 T .", "a.|c"},
	{Command, "|a.b.c", "f . d ;", "a|c"},
	{Command, "|a,b,c", "t , ; x", "a,|,c"},
	{Command, "f|(a)b", "d %", "f|b"},
	{Command, "|f(a)b", "d f z x", "|(a)b"},
	{Command, "o|ne two", "d d", "|"},
	{Command, "a\nb|c\nd", "d d", "a\n|d"},
	{Command, "a\nb|c", "d d", "|a"},
	{Command, "a\nb|c\nd", "c c x", "a\nx|\nd"},
	{Command, "|ab", "y y p", "aa|bb"},
	{Command, "|ab", "y l 3 p", "aaa|ab"},
	{Command, "|ab", "y $ $ p", "aba|b"},
	{Command, "|abc", "d z x", "|bc"}, // z is no motion
	{Command, "|abc", "d x", "|abc"},
	{Command, "|abc", "d Esc x", "|bc"},
	{Command, "|abcd", "x x u u", "|abcd"},
	{Command, "|abcd", "x x u u Ctrl-R", "|bcd"},
	{Command, "|a b c", "d w .", "|c"},
	{Command, "|a b c d e", "d w 2 .", "|d e"},
	{Command, "|a b c d e", "2 d w 1 .", "|d e"},
	{Command, "|a b c", "c w x y Esc w .", "xy x|y c"},
	{Command, "|a b", "A x Esc 0 .", "a bx|x"},
	{Command, "|a.b.c.d", "d f . .", "|c.d"},
	{Command, "|aaaa", "r x l .", "x|xaa"},
	{Command, "|aaaa", "3 ~ .", "AAA|A"},
	{Command, "|ab", "i x Esc u", "|ab"},
	{Command, "|a b c", "c w x Esc w . u", "x |b c"},
	{Command, "|abc", "R x Backspace y", "y|bc"},
	{Command, "|ab", "R x y z w", "xyzw|"},
	{Command, "|ab", "5 r x", "|ab"},
	{Command, "|ab", "r Up", "|ab"},
	{Command, "f(a, |b)", "c i ( x", "f(x|)"},
	{Command, "f(a, g(|b))", "d a b", "f(a, g|)"},
	{Command, "f(g(b), |c)", "d i (", "f(|)"},
	{Command, `s "a b" |x`, `d i "`, `s "a b" |x`},
	{Command, `|s "a b" x`, `d a "`, `s | x`},
	{Command, "a |b", "d a w", "|a"},
	{Command, "a-|b c", "d i W", "| c"},
	{Command, "|one two", "Right Right Delete", "on| two"},
	{Command, "a\n|b", "k", "|a\nb"},
	{Command, "|", "x", "|"},
	{Command, "|", "i x", "x|"},
	{Command, "x|y", "/ a Enter n n", "|one alpha"},
	{Command, "x|y", "/ a Enter n N N", "|three gamma"},
	{Command, "x|y", "/ ^ t w Enter", "|two beta"},
	{Command, "x|y", "/ q Enter Ctrl-G", "x|y"},
	{Command, "x|y", "/ a Ctrl-G", "x|y"},
	{Command, "x|y", "/ a l Enter A z", "one alphaz|"},
	{Command, "x|y", "k j", "|xy"},
	{Command, "x|y", "k x j", "|hree gamma"},
	{Command, "x|y", "2 k", "|two beta"},
	{Command, "a|b", "Ctrl-R", "a|b"},
	{Insert, "x|", "Ctrl-R b Enter", "two beta|"},
	{Insert, "x|", "Ctrl-R b Right x", "two betax|"},
}

func TestEditing(t *testing.T) {
	for _, c := range cases {
		e := begin(c.mode, c.before)
		press(e, c.keys)
		if got := state(e); got != c.after {
			t.Errorf("%s, %q, %s: %q, want %q", modeName(c.mode), c.before, c.keys, got, c.after)
		}
	}
}

// TestSuggestion: Right and End take it, Alt-f a word of it.
func TestSuggestion(t *testing.T) {
	for keys, want := range map[string]string{
		"Right": "send c hello|", "End": "send c hello|", "Ctrl-F": "send c hello|", "Alt-f": "send c| ", "Ctrl-Right Ctrl-Right": "send c hello|", "Left Right": "send |",
		"Right Ctrl-_": "send |",
	} {
		e := begin(Emacs, "send |")
		e.cfg.Suggest = func(line string) string {
			rest, _ := strings.CutPrefix("send c hello", line)
			return rest
		}
		press(e, keys)
		if got := state(e); got != strings.TrimSuffix(want, " ") && got != want {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
	}
}

// TestInsert: a paste is one edit, in all modes.
func TestInsert(t *testing.T) {
	e := begin(Emacs, "a|b")
	press(e, "x")
	e.Insert("one\ntwo")
	if got := state(e); got != "axone\ntwo|b" {
		t.Errorf("pasted: %q", got)
	}
	if press(e, "Ctrl-_"); state(e) != "ax|b" {
		t.Errorf("undone: %q", state(e))
	}
	e = begin(Command, "|ab")
	press(e, "2")
	e.Insert("xy")
	if got := state(e); got != "xy|ab" || e.Mode() != Insert {
		t.Errorf("in command mode: %q", got)
	}
	e = begin(Command, "|ab")
	press(e, "A")
	e.Insert("xy")
	if press(e, "Esc ."); state(e) != "abxyx|y" {
		t.Errorf("repeated: %q", state(e))
	}
	e = begin(Emacs, "x|")
	press(e, "Ctrl-R b")
	e.Insert("et")
	if got := e.Search(1); got.Query != "bet" {
		t.Errorf("pasted into a search: %q", got.Query)
	}
	e.Insert("\ny")
	if got := state(e); got != "two beta\ny|" {
		t.Errorf("during a search: %q", got)
	}
	e.Replace(0, 3, "three")
	if got := state(e); got != "three| beta\ny" {
		t.Errorf("replaced: %q", got)
	}
	if press(e, "Ctrl-_"); state(e) != "two beta\ny|" {
		t.Errorf("undone: %q", state(e))
	}
}

// TestStart: the kill ring, the mode and the last change of vi outlive a line; undo does not.
func TestStart(t *testing.T) {
	e := begin(Emacs, "a b|")
	press(e, "Ctrl-W")
	e.Start("x")
	if press(e, "Ctrl-_ Ctrl-Y"); state(e) != "xb|" {
		t.Errorf("%q", state(e))
	}
	e = begin(Command, "|a b c")
	press(e, "d w")
	e.Start("x y z")
	if e.Mode() != Insert {
		t.Error("a new line does not begin in insert mode")
	}
	if press(e, "Esc 0 ."); state(e) != "|y z" {
		t.Errorf("%q", state(e))
	}
	if press(e, "2 d"); e.Pending() != "2d" {
		t.Errorf("pending %q", e.Pending())
	}
	e.SetVi(false)
	if e.Vi() || e.Mode() != Emacs {
		t.Error("vi is still on")
	}
}

// TestLimits: nothing grows for ever.
func TestLimits(t *testing.T) {
	e := begin(Emacs, "|")
	big := strings.Repeat("x", 1<<20)
	for range 20 {
		e.Insert(big)
		press(e, "Ctrl-U")
	}
	size := 0
	for _, k := range e.kills.texts {
		size += len(k)
	}
	if e.undo.size > maxUndoSize+2<<20 || size > maxKillSize {
		t.Errorf("undo %d, kills %d", e.undo.size, size)
	}
	for range 5000 {
		press(e, "a Space Ctrl-W")
	}
	if len(e.undo.past) > maxUndo || len(e.kills.texts) > maxKills {
		t.Errorf("undo %d, kills %d", len(e.undo.past), len(e.kills.texts))
	}
	e = begin(Command, "|x")
	press(e, "y y 9 9 9 9 9 9 9 p")
	if len(e.line) > 2000 {
		t.Errorf("line %d", len(e.line))
	}
}

// TestRandomKeys presses keys at random: the cursor stays in the line, and undo leads back to the start.
func TestRandomKeys(t *testing.T) {
	var keys []string
	for _, b := range Bindings() {
		keys = append(keys, b.Keys...)
	}
	keys = append(keys, "x", "y", "(", `"`, "é", "Alt-Enter")
	r := uint32(1)
	next := func(n int) int {
		r = r*1664525 + 1013904223
		return int(r>>8) % n
	}
	for run := range 300 {
		mode := []Mode{Emacs, Insert, Command}[run%3]
		e := begin(mode, "|send c \"hello\"")
		var pressed []string
		for range 200 {
			k := keys[next(len(keys))]
			pressed = append(pressed, k)
			press(e, k)
			line, pos := e.Line()
			if pos < 0 || pos > len(line) || e.pos > len(e.line) {
				t.Fatalf("%v: cursor %d of %d", pressed, pos, len(line))
			}
		}
		e.endAll()
		for e.undoOne() {
		}
		if got := string(e.line); got != `send c "hello"` {
			t.Fatalf("%v: undone to %q", pressed, got)
		}
	}
}

// endAll leaves what is under way.
func (e *Editor) endAll() {
	e.want, e.sequence = nil, ""
	if e.search != nil {
		e.endSearch(false)
	}
}
