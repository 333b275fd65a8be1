package lineedit

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Key is one key of the keyboard. A key that types a character is that character. All others have
// names: Enter, Tab, Backspace, Esc, Up, Down, Left, Right, Home, End, Insert, Delete, PageUp,
// PageDown, F1 to F12, with the modifiers Ctrl-, Alt- and Shift- before them in this order, such as
// Ctrl-A, Ctrl-Left and Alt-Backspace. Ctrl- is followed by an upper-case letter; Alt-f and Alt-F differ.
type Key string

// text returns the character that the key types.
func (k Key) text() (rune, bool) {
	r, n := utf8.DecodeRuneInString(string(k))
	if n == 0 || n != len(k) || unicode.IsControl(r) || r == utf8.RuneError && n == 1 {
		return 0, false
	}
	return r, true
}

// literal returns the characters that the terminal has sent for the key, for keys that are a
// character or a control character.
func (k Key) literal() ([]rune, bool) {
	if r, ok := k.text(); ok {
		return []rune{r}, true
	}
	switch k {
	case "Enter":
		return []rune{'\r'}, true
	case "Tab":
		return []rune{'\t'}, true
	case "Backspace":
		return []rune{0x7f}, true
	case "Esc":
		return []rune{0x1b}, true
	}
	if name, ok := strings.CutPrefix(string(k), "Ctrl-"); ok && len(name) == 1 {
		return []rune{rune(name[0] & 0x1f)}, true
	}
	if rest, ok := strings.CutPrefix(string(k), "Alt-"); ok {
		if after, ok := Key(rest).literal(); ok {
			return append([]rune{0x1b}, after...), true
		}
	}
	return nil, false
}

// control returns the key of an ASCII control character.
func control(b byte) Key {
	switch b {
	case '\r':
		return "Enter"
	case '\t':
		return "Tab"
	case 0x1b:
		return "Esc"
	case 0x7f, 0x08:
		return "Backspace"
	case 0:
		return "Ctrl-Space"
	}
	return Key("Ctrl-" + string(rune(b|0x40)))
}

// names returns the names by which a key is looked up, in this order.
func (k Key) names() []string {
	names := []string{string(k)}
	if plain := strings.Replace(string(k), "Shift-", "", 1); plain != string(k) {
		names = append(names, plain)
	}
	if lower := strings.ToLower(string(k)); len(k) == len("Alt-x") && strings.HasPrefix(string(k), "Alt-") && lower[4:] != string(k[4:]) {
		names = append(names, "Alt-"+lower[4:])
	}
	return names
}
