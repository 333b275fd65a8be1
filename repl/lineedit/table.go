package lineedit

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Binding says what keys do. The table of them is what the editor runs, what help prints and what the tests try.
type Binding struct {
	Modes Mode
	Keys  []string // each a key or several in a row, such as "Ctrl-X Ctrl-E"
	Doc   string
	// The example: a line before and after, in which | is the cursor. Press is what is pressed; KEY stands
	// for each of Keys. It is "KEY" if empty.
	Before, Press, After string
	Gives                Outcome // of the last key of the example

	run      func(e *Editor) Outcome
	argument bool // a digit: the numeric argument stays
}

const (
	typing = Emacs | Insert
	always = Emacs | Insert | Command
	moving = Command | operator
)

// table is made at its first use.
var table struct {
	once     sync.Once
	bindings []Binding
	index    map[Mode]map[string]*Binding
}

// Bindings returns the table. The caller must not change it. It may be called concurrently.
func Bindings() []Binding {
	table.once.Do(makeTable)
	return table.bindings
}

// makeTable makes the table, and the index by mode and keys. A sequence that begins a binding has nil there.
func makeTable() {
	table.bindings = slices.Concat(typingKeys(), emacsKeys(), viKeys(), searchKeys())
	table.index = make(map[Mode]map[string]*Binding)
	for m := Emacs; m <= operator; m <<= 1 {
		table.index[m] = make(map[string]*Binding)
		for i := range table.bindings {
			b := &table.bindings[i]
			if b.Modes&m == 0 {
				continue
			}
			for _, keys := range b.Keys {
				if first, _, ok := strings.Cut(keys, " "); ok {
					table.index[m][first] = nil
				}
				table.index[m][strings.ReplaceAll(keys, "Space", " ")] = b
			}
		}
	}
}

// lookup finds the binding of keys in a mode, and reports whether they begin one.
func lookup(m Mode, keys string) (b *Binding, prefix bool) {
	table.once.Do(makeTable)
	b, ok := table.index[m][keys]
	return b, ok && b == nil
}

// typingKeys are the keys of emacs and of vi's insert mode, some of which are those of command mode, too.
func typingKeys() []Binding {
	return []Binding{
		{Modes: always, Keys: []string{"Enter", "Ctrl-J"}, Doc: "run the line", Before: "on|e", After: "one|", Gives: Enter, run: (*Editor).enter},
		{Modes: always, Keys: []string{"Ctrl-C"}, Doc: "stop the running command, or discard the line", Before: "one|", After: "one|", Gives: Interrupt, run: gives(Interrupt)},
		{Modes: always, Keys: []string{"Ctrl-D"}, Doc: "on an empty line: leave; on the empty last row of several: discard them; else delete the character at the cursor (not in vi's command mode)", Before: "|", After: "|", Gives: End, run: (*Editor).end},
		{Modes: always, Keys: []string{"Ctrl-]"}, Doc: "return from attach", Before: "one|", After: "one|", Gives: Escape, run: gives(Escape)},
		{Modes: always, Keys: []string{"Ctrl-Z"}, Doc: "suspend sosh", Before: "one|", After: "one|", Gives: Suspend, run: gives(Suspend)},
		{Modes: always, Keys: []string{"Ctrl-L"}, Doc: "clear the screen", Before: "one|", After: "one|", Gives: Clear, run: gives(Clear)},
		{Modes: typing, Keys: []string{"Tab"}, Doc: "complete the word before the cursor", Before: "on|", After: "on|", Gives: Complete, run: gives(Complete)},
		{Modes: typing, Keys: []string{"Shift-Tab"}, Doc: "go back in the menu of completions", Before: "on|", After: "on|", Gives: CompleteBack, run: gives(CompleteBack)},

		{Modes: typing, Keys: []string{"Left", "Ctrl-B"}, Doc: "go back a character", Before: "one|", After: "on|e", run: goes((*Editor).stepLeft)},
		{Modes: typing, Keys: []string{"Right", "Ctrl-F"}, Doc: "go forward a character; at the end of the line, take the suggestion", Before: "o|ne", After: "on|e", run: suggested(whole, goes((*Editor).stepRight))},
		{Modes: typing, Keys: []string{"Home", "Ctrl-A"}, Doc: "go to the start of the row", Before: "one|", After: "|one", run: goes((*Editor).rowStart)},
		{Modes: typing, Keys: []string{"End", "Ctrl-E"}, Doc: "go to the end of the row; at the end of the line, take the suggestion", Before: "|one", After: "one|", run: suggested(whole, goes((*Editor).rowEnd))},
		{Modes: typing, Keys: []string{"Ctrl-Right"}, Doc: "go forward a word; at the end of the line, take a word of the suggestion", Before: "|send-to c", After: "send|-to c", run: suggested(firstWord, goes((*Editor).nextWordEnd))},
		{Modes: typing, Keys: []string{"Ctrl-Left"}, Doc: "go back a word", Before: "send-to| c", After: "send-|to c", run: goes((*Editor).lastWordStart)},

		{Modes: typing, Keys: []string{"Up"}, Doc: "go up a row; in the first row, go to the previous entry of the history that begins with what was typed", Before: "tw|", After: "two beta|", run: func(e *Editor) Outcome { return e.up(true) }},
		{Modes: typing, Keys: []string{"Down"}, Doc: "go down a row; in the last row, go to the next entry, and after the newest to the line that was typed", Before: "t|", Press: "Up KEY", After: "t|", run: func(e *Editor) Outcome { return e.down(true) }},
		{Modes: typing, Keys: []string{"Ctrl-P"}, Doc: "go to the previous entry, whatever it begins with", Before: "t|", After: "three gamma|", run: func(e *Editor) Outcome { return e.up(false) }},
		{Modes: typing, Keys: []string{"Ctrl-N"}, Doc: "go to the next entry", Before: "t|", Press: "Ctrl-P Ctrl-P KEY", After: "three gamma|", run: func(e *Editor) Outcome { return e.down(false) }},
		{Modes: typing | Command, Keys: []string{"Ctrl-S"}, Doc: "hold events back, or show them again", Before: "one|", After: "one|", Gives: Hold, run: gives(Hold)},
		{Modes: typing, Keys: []string{"Ctrl-R"}, Doc: "search the history", Before: "x|", Press: "KEY b t", After: "two |beta", run: func(e *Editor) Outcome { return e.startSearch(false, false) }},

		{Modes: typing, Keys: []string{"Backspace"}, Doc: "delete the character before the cursor", Before: "one|", After: "on|", run: (*Editor).backspace},
		{Modes: typing, Keys: []string{"Delete"}, Doc: "delete the character at the cursor", Before: "o|ne", After: "o|e", run: (*Editor).deleteChar},
		{Modes: typing, Keys: []string{"Ctrl-W"}, Doc: "kill back to a blank", Before: "send c/x-y|z", After: "send |z", run: func(e *Editor) Outcome { return e.kill(forWords(e.blankStart, e.pos, e.number()), e.pos) }},
		{Modes: typing, Keys: []string{"Ctrl-Delete"}, Doc: "kill to the end of the word", Before: "|send-to c", After: "|-to c", run: func(e *Editor) Outcome { return e.kill(e.pos, e.nextWordEnd()) }},
		{Modes: typing, Keys: []string{"Ctrl-U"}, Doc: "kill to the start of the row", Before: "one| two", After: "| two", run: func(e *Editor) Outcome { return e.killRow(true) }},
		{Modes: typing, Keys: []string{"Ctrl-K"}, Doc: "kill to the end of the row", Before: "one| two", After: "one|", run: func(e *Editor) Outcome { return e.killRow(false) }},
		{Modes: typing, Keys: []string{"Ctrl-Y"}, Doc: "yank: insert what was killed last", Before: "one two|", Press: "Ctrl-W KEY KEY", After: "one twotwo|", run: (*Editor).yank},
		{Modes: typing, Keys: []string{"Ctrl-T"}, Doc: "transpose two characters", Before: "sned|", Press: "Left Left KEY", After: "sen|d", run: (*Editor).transpose},
		{Modes: typing, Keys: []string{"Ctrl-_", "Ctrl-/", "Ctrl-X Ctrl-U"}, Doc: "undo", Before: "one two|", Press: "Ctrl-W KEY", After: "one two|", run: func(e *Editor) Outcome { return e.times(e.undoOne) }},
		{Modes: typing, Keys: []string{"Ctrl-V", "Ctrl-Q"}, Doc: "insert the next key as it is", Before: "a|", Press: "KEY Tab", After: "a\t|", run: (*Editor).quoted},
		{Modes: typing, Keys: []string{"Ctrl-X Ctrl-E"}, Doc: "edit the line in $VISUAL or $EDITOR", Before: "one|", After: "one|", Gives: External, run: gives(External)},
	}
}

// emacsKeys are those of emacs only: in vi, Alt and a key is Escape and the key.
func emacsKeys() []Binding {
	list := []Binding{
		{Modes: Emacs, Keys: []string{"Alt-f", "Alt-Right"}, Doc: "go forward a word (letters and digits); at the end of the line, take a word of the suggestion", Before: "|send-to c", After: "send|-to c", run: suggested(firstWord, goes((*Editor).nextWordEnd))},
		{Modes: Emacs, Keys: []string{"Alt-b", "Alt-Left"}, Doc: "go back a word", Before: "send-to| c", After: "send-|to c", run: goes((*Editor).lastWordStart)},
		{Modes: Emacs, Keys: []string{"Alt-d", "Alt-Delete"}, Doc: "kill to the end of the word", Before: "|send-to c", After: "|-to c", run: func(e *Editor) Outcome { return e.kill(e.pos, e.nextWordEnd()) }},
		{Modes: Emacs, Keys: []string{"Alt-Backspace"}, Doc: "kill to the start of the word", Before: "send-to| c", After: "send-| c", run: func(e *Editor) Outcome { return e.kill(e.lastWordStart(), e.pos) }},
		{Modes: Emacs, Keys: []string{"Alt-y"}, Doc: "after a yank: replace it with the previous kill", Before: "one two|", Press: "Ctrl-W Left Ctrl-U Ctrl-Y KEY", After: "two| ", run: (*Editor).yankPop},
		{Modes: Emacs, Keys: []string{"Alt-t"}, Doc: "transpose two words", Before: "c send|", After: "send c|", run: (*Editor).transposeWords},
		{Modes: Emacs, Keys: []string{"Alt-u"}, Doc: "upper case to the end of the word", Before: "|get it", After: "GET| it", run: func(e *Editor) Outcome { return e.wordCase(upper) }},
		{Modes: Emacs, Keys: []string{"Alt-l"}, Doc: "lower case to the end of the word", Before: "|GET it", After: "get| it", run: func(e *Editor) Outcome { return e.wordCase(lower) }},
		{Modes: Emacs, Keys: []string{"Alt-c"}, Doc: "capitalize the word", Before: "|get it", After: "Get| it", run: func(e *Editor) Outcome { return e.wordCase(capitalize) }},
		{Modes: Emacs, Keys: []string{"Alt-_", "Alt-/"}, Doc: "redo", Before: "one two|", Press: "Ctrl-W Ctrl-_ KEY", After: "one |", run: func(e *Editor) Outcome { return e.times(e.redoOne) }},
		{Modes: Emacs, Keys: []string{"Alt-."}, Doc: "insert the last word of the previous entry; pressed again, that of an older one", Before: "send |", Press: "KEY KEY", After: "send beta|", run: (*Editor).insertLastWord},
		{Modes: Emacs, Keys: []string{"Alt-<"}, Doc: "go to the oldest entry of the history", Before: "x|", After: "one alpha|", run: (*Editor).first},
		{Modes: Emacs, Keys: []string{"Alt->"}, Doc: "go back to the line that was typed", Before: "x|", Press: "Up Alt-< KEY", After: "x|", run: (*Editor).last},
		{Modes: Emacs, Keys: []string{"Alt-#"}, Doc: "make the line a comment and run it; a comment becomes a line again", Before: "on|e", After: "-- one|", Gives: Enter, run: (*Editor).comment},
		{Modes: Emacs, Keys: []string{"Alt-Enter"}, Doc: "begin another row", Before: "one|two", After: "one\n|two", run: (*Editor).newline},
		{Modes: Emacs, Keys: []string{"Ctrl-G"}, Doc: "forget a numeric argument", Before: "one|", Press: "Alt-2 KEY Left", After: "on|e", run: (*Editor).abandon},
		{Modes: Emacs, Keys: []string{"Esc"}, Doc: "Escape and then a key means Alt with the key", Before: "one|", Press: "KEY b", After: "|one", run: (*Editor).meta},
	}
	for d := range 10 {
		press, after := "KEY x", "a"+strings.Repeat("x", d)+"|"
		if d == 0 {
			press, after = "Alt-1 KEY x", "axxxxxxxxxx|"
		}
		list = append(list, Binding{
			Modes: Emacs, Keys: []string{"Alt-" + strconv.Itoa(d)}, Doc: "a digit of the numeric argument: how often to repeat the next key",
			Before: "a|", Press: press, After: after, run: digit(d), argument: true,
		})
	}
	return list
}

// viKeys are those of vi.
func viKeys() []Binding {
	list := []Binding{
		{Modes: Insert, Keys: []string{"Esc"}, Doc: "go to command mode; Alt with a key means Escape and then the key", Before: "one|", After: "on|e", run: (*Editor).escape},
		{Modes: moving, Keys: []string{"Esc"}, Doc: "forget a count or an operator", Before: "|one", Press: "2 d KEY", After: "|one", run: (*Editor).escape},

		{Modes: moving, Keys: []string{"h", "Left", "Backspace"}, Doc: "go back a character", Before: "on|e", After: "o|ne", run: moves(sideways(-1))},
		{Modes: moving, Keys: []string{"l", "Right", "Space"}, Doc: "go forward a character", Before: "|one", After: "o|ne", run: moves(sideways(1))},
		{Modes: moving, Keys: []string{"w", "Ctrl-Right"}, Doc: "go to the next word (letters, digits and underscores, or other characters)", Before: "|a_1.b c", After: "a_1|.b c", run: moves(nextWord(false))},
		{Modes: moving, Keys: []string{"W"}, Doc: "go to the next word between blanks", Before: "|a_1.b c", After: "a_1.b |c", run: moves(nextWord(true))},
		{Modes: moving, Keys: []string{"b", "Ctrl-Left"}, Doc: "go back to the start of a word", Before: "a.bc |d", After: "a.|bc d", run: moves(previousWord(false))},
		{Modes: moving, Keys: []string{"B"}, Doc: "the same between blanks", Before: "a.bc |d", After: "|a.bc d", run: moves(previousWord(true))},
		{Modes: moving, Keys: []string{"e"}, Doc: "go to the end of a word", Before: "|ab.c d", After: "a|b.c d", run: moves(endWord(false))},
		{Modes: moving, Keys: []string{"E"}, Doc: "the same between blanks", Before: "|ab.c d", After: "ab.|c d", run: moves(endWord(true))},
		{Modes: moving, Keys: []string{"0", "Home"}, Doc: "go to the start of the row", Before: " on|e", After: "| one", run: zero},
		{Modes: moving, Keys: []string{"^"}, Doc: "go to the first character of the row that is not a blank", Before: " on|e", After: " |one", run: moves(ends((*Editor).firstText))},
		{Modes: moving, Keys: []string{"$", "End"}, Doc: "go to the end of the row", Before: "|one", After: "on|e", run: moves(ends((*Editor).rowEnd))},
		{Modes: moving, Keys: []string{"f"}, Doc: "then a key: go to the next such character", Before: "|a.b.c", Press: "2 KEY .", After: "a.b|.c", run: finds('f')},
		{Modes: moving, Keys: []string{"F"}, Doc: "the same backwards", Before: "a.b.|c", Press: "2 KEY .", After: "a|.b.c", run: finds('F')},
		{Modes: moving, Keys: []string{"t"}, Doc: "then a key: go to the character before the next such one", Before: "|ab.c", Press: "KEY .", After: "a|b.c", run: finds('t')},
		{Modes: moving, Keys: []string{"T"}, Doc: "the same backwards", Before: "a.bc|d", Press: "KEY .", After: "a.|bcd", run: finds('T')},
		{Modes: moving, Keys: []string{";"}, Doc: "find the same character again", Before: "|a.b.c", Press: "f . KEY", After: "a.b|.c", run: moves(findsAgain(false))},
		{Modes: moving, Keys: []string{","}, Doc: "the same in the other direction", Before: "|a.b.c", Press: "f . ; KEY", After: "a|.b.c", run: moves(findsAgain(true))},
		{Modes: moving, Keys: []string{"%"}, Doc: "go to the matching bracket", Before: "|f(a(b))", After: "f(a(b)|)", run: moves(matching)},
		{Modes: moving, Keys: []string{"|"}, Doc: "go to the column that the count gives", Before: "|abcd", Press: "3 KEY", After: "ab|cd", run: moves(column)},

		{Modes: moving, Keys: []string{"d"}, Doc: "delete to where a motion leads; dd deletes the row", Before: "|one two", Press: "KEY w", After: "|two", run: operates('d')},
		{Modes: moving, Keys: []string{"c"}, Doc: "change to where a motion leads; cc changes the row", Before: "|one two", Press: "KEY w x", After: "x| two", run: operates('c')},
		{Modes: moving, Keys: []string{"y"}, Doc: "yank to where a motion leads, for p; yy yanks the row", Before: "|one two", Press: "KEY w P", After: "one| one two", run: operates('y')},
		{Modes: operator, Keys: []string{"i"}, Doc: `after d, c or y, and before w W " ' ( [ or {: select what is inside`, Before: `x "a| b" y`, Press: `d KEY "`, After: `x "|" y`, run: objects(false)},
		{Modes: operator, Keys: []string{"a"}, Doc: "the same, with the delimiters or the blanks around it", Before: "a |b c", Press: "d KEY w", After: "a |c", run: objects(true)},
		{Modes: Command, Keys: []string{"D"}, Doc: "delete to the end of the row", Before: "on|e two", After: "o|n", run: operateTo('d', toEnd)},
		{Modes: Command, Keys: []string{"C"}, Doc: "change to the end of the row", Before: "on|e", Press: "KEY x", After: "onx|", run: operateTo('c', toEnd)},
		{Modes: Command, Keys: []string{"Y"}, Doc: "yank to the end of the row", Before: "o|ne", Press: "KEY p", After: "onn|ee", run: operateTo('y', toEnd)},
		{Modes: Command, Keys: []string{"x", "Delete"}, Doc: "delete characters", Before: "|abcd", Press: "2 KEY", After: "|cd", run: operateTo('d', charsAfter)},
		{Modes: Command, Keys: []string{"X"}, Doc: "delete characters before the cursor", Before: "abc|d", Press: "2 KEY", After: "a|d", run: operateTo('d', charsBefore)},
		{Modes: Command, Keys: []string{"s"}, Doc: "change characters", Before: "|abc", Press: "2 KEY x", After: "x|c", run: operateTo('c', charsAfter)},
		{Modes: Command, Keys: []string{"S"}, Doc: "change the row", Before: "on|e", Press: "KEY x", After: "x|", run: operateTo('c', row)},
		{Modes: Command, Keys: []string{"r"}, Doc: "then a key: replace characters with it", Before: "|abc", Press: "2 KEY x", After: "x|xc", run: (*Editor).replaceChar},
		{Modes: Command, Keys: []string{"R"}, Doc: "type over the row", Before: "|abc", Press: "KEY x y", After: "xy|c", run: func(e *Editor) Outcome { e.overwrite = true; return e.insertAt(e.pos) }},
		{Modes: Command, Keys: []string{"~"}, Doc: "swap upper and lower case", Before: "|abC", Press: "3 KEY", After: "AB|c", run: (*Editor).toggleCase},
		{Modes: Command, Keys: []string{"p"}, Doc: "put what was deleted or yanked after the cursor", Before: "|abc", Press: "x KEY", After: "b|ac", run: func(e *Editor) Outcome { return e.put(true) }},
		{Modes: Command, Keys: []string{"P"}, Doc: "put it before the cursor", Before: "|abc", Press: "x KEY", After: "|abc", run: func(e *Editor) Outcome { return e.put(false) }},
		{Modes: Command, Keys: []string{"i"}, Doc: "insert at the cursor", Before: "a|b", Press: "KEY x", After: "ax|b", run: func(e *Editor) Outcome { return e.insertAt(e.pos) }},
		{Modes: Command, Keys: []string{"a"}, Doc: "insert after the character at the cursor", Before: "|ab", Press: "KEY x", After: "ax|b", run: func(e *Editor) Outcome { return e.insertAt(min(e.right(e.pos), e.rowEnd())) }},
		{Modes: Command, Keys: []string{"I"}, Doc: "insert before the first character that is not a blank", Before: " a|b", Press: "KEY x", After: " x|ab", run: func(e *Editor) Outcome { return e.insertAt(e.firstText()) }},
		{Modes: Command, Keys: []string{"A"}, Doc: "insert at the end of the row", Before: "|ab", Press: "KEY x", After: "abx|", run: func(e *Editor) Outcome { return e.insertAt(e.rowEnd()) }},
		{Modes: Command, Keys: []string{"u", "Ctrl-_"}, Doc: "undo", Before: "|abc", Press: "x KEY", After: "|abc", run: func(e *Editor) Outcome { return e.times(e.undoOne) }},
		{Modes: Command, Keys: []string{"Ctrl-R"}, Doc: "redo", Before: "|abc", Press: "x u KEY", After: "|bc", run: func(e *Editor) Outcome { return e.times(e.redoOne) }},
		{Modes: Command, Keys: []string{"."}, Doc: "do the last change again", Before: "|a b c", Press: "d w KEY", After: "|c", run: (*Editor).repeat},

		{Modes: Command, Keys: []string{"k", "Up", "-", "Ctrl-P"}, Doc: "go up a row; in the first row, go to the previous entry of the history", Before: "x|y", After: "|three gamma", run: func(e *Editor) Outcome { return e.up(false) }},
		{Modes: Command, Keys: []string{"j", "Down", "+", "Ctrl-N"}, Doc: "go down a row; in the last row, go to the next entry", Before: "x|y", Press: "k k KEY", After: "|three gamma", run: func(e *Editor) Outcome { return e.down(false) }},
		{Modes: Command, Keys: []string{"/"}, Doc: "search older entries of the history; ^ stands for their start", Before: "x|y", Press: "KEY e t Enter", After: "|two beta", run: func(e *Editor) Outcome { return e.startSearch(true, false) }},
		{Modes: Command, Keys: []string{"?"}, Doc: "search newer entries, from the oldest one", Before: "x|y", Press: "KEY a Enter", After: "|one alpha", run: func(e *Editor) Outcome { return e.startSearch(true, true) }},
		{Modes: Command, Keys: []string{"n"}, Doc: "search again", Before: "x|y", Press: "/ a Enter KEY", After: "|two beta", run: func(e *Editor) Outcome { return e.again(false) }},
		{Modes: Command, Keys: []string{"N"}, Doc: "search again in the other direction", Before: "x|y", Press: "/ a Enter n KEY", After: "|three gamma", run: func(e *Editor) Outcome { return e.again(true) }},
		{Modes: Command, Keys: []string{"G"}, Doc: "go to the oldest entry", Before: "x|y", After: "|one alpha", run: (*Editor).first},
		{Modes: Command, Keys: []string{"#"}, Doc: "make the line a comment and run it; a comment becomes a line again", Before: "on|e", After: "-- on|e", Gives: Enter, run: (*Editor).comment},
		{Modes: Command, Keys: []string{"v"}, Doc: "edit the line in $VISUAL or $EDITOR", Before: "on|e", After: "on|e", Gives: External, run: gives(External)},
	}
	for d := 1; d < 10; d++ {
		list = append(list, Binding{
			Modes: moving, Keys: []string{strconv.Itoa(d)}, Doc: "a digit of the count, before a command or a motion",
			Before: "|" + strings.Repeat("x", 12), Press: "KEY x", After: "|" + strings.Repeat("x", 12-d), run: digit(d), argument: true,
		})
	}
	return list
}

// searchKeys are those of a search through the history.
func searchKeys() []Binding {
	found := "Ctrl-R a KEY"
	return []Binding{
		{Modes: Searching, Keys: []string{"Ctrl-R", "Up", "Ctrl-P"}, Doc: "the next hit", Before: "x|", Press: found, After: "two bet|a", run: func(e *Editor) Outcome { return e.step(1) }},
		{Modes: Searching, Keys: []string{"Ctrl-S", "Down", "Ctrl-N"}, Doc: "the previous hit", Before: "x|", Press: "Ctrl-R a Ctrl-R KEY", After: "three g|amma", run: func(e *Editor) Outcome { return e.step(-1) }},
		{Modes: Searching, Keys: []string{"Enter", "Ctrl-J"}, Doc: "run the hit", Before: "x|", Press: found, After: "three gamma|", Gives: Enter, run: (*Editor).take},
		{Modes: Searching, Keys: []string{"Right", "End", "Ctrl-E", "Ctrl-F", "Tab", "Esc"}, Doc: "edit the hit", Before: "x|", Press: found, After: "three gamma|", run: func(e *Editor) Outcome { return e.edit(true) }},
		{Modes: Searching, Keys: []string{"Left", "Home", "Ctrl-A", "Ctrl-B"}, Doc: "edit the hit, from its start", Before: "x|", Press: found, After: "|three gamma", run: func(e *Editor) Outcome { return e.edit(false) }},
		{Modes: Searching, Keys: []string{"Ctrl-G", "Ctrl-C"}, Doc: "give back the line that was typed", Before: "x|", Press: found, After: "x|", run: (*Editor).cancelSearch},
		{Modes: Searching, Keys: []string{"Backspace"}, Doc: "delete a character of the search text", Before: "x|", Press: "Ctrl-R b x KEY", After: "two |beta", run: queryBackspace},
		{Modes: Searching, Keys: []string{"Ctrl-W"}, Doc: "delete a word of it", Before: "x|", Press: "Ctrl-R b Space x KEY", After: "two |beta", run: queryWord},
		{Modes: Searching, Keys: []string{"Ctrl-U"}, Doc: "delete all of it", Before: "x|", Press: "Ctrl-R b KEY", After: "|three gamma", run: queryClear},
	}
}
