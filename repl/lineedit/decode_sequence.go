package lineedit

import (
	"strconv"
	"strings"
	"unicode"
)

// finals are the keys that the last byte of a sequence names, behind CSI or SS3.
var finals = map[byte]Key{
	'A': "Up", 'B': "Down", 'C': "Right", 'D': "Left", 'H': "Home", 'F': "End",
	'P': "F1", 'Q': "F2", 'R': "F3", 'S': "F4",
}

// numbers are the keys that a number names, in CSI number ~.
var numbers = map[int]Key{
	1: "Home", 2: "Insert", 3: "Delete", 4: "End", 5: "PageUp", 6: "PageDown", 7: "Home", 8: "End",
	11: "F1", 12: "F2", 13: "F3", 14: "F4", 15: "F5", 17: "F6", 18: "F7", 19: "F8", 20: "F9", 21: "F10", 23: "F11", 24: "F12",
}

// shifted reports whether b ends a sequence of rxvt for Shift and a key, such as CSI 3 $. Elsewhere, a dollar sign
// stands before the last byte.
func shifted(held string, b byte) bool {
	digits := strings.TrimPrefix(held, "\x1b[")
	_, err := strconv.ParseUint(digits, 10, 8)
	return b == '$' && err == nil
}

// sequence returns the key that a sequence stands for, without its Escape, or "" if it stands for no key.
func sequence(s string) Key {
	kind, last := s[0], s[len(s)-1]
	body := s[1 : len(s)-1]
	if kind == 'O' {
		return keypad(body, last)
	}
	if body == "[" && last >= 'A' && last <= 'E' { // the Linux console
		return Key("F" + string('1'+rune(last-'A')))
	}
	params, ok := parameters(body)
	if !ok {
		return ""
	}
	modifier := 1
	if len(params) > 1 {
		modifier = params[1]
	}
	switch last {
	case '~':
		if len(params) == 3 && params[0] == 27 { // modifyOtherKeys of xterm
			return typed(params[2], modifier)
		}
		if len(params) == 0 {
			return ""
		}
		return modified(numbers[params[0]], modifier)
	case '^', '$', '@': // rxvt
		if len(params) != 1 {
			return ""
		}
		return modified(numbers[params[0]], map[byte]int{'^': 5, '$': 2, '@': 6}[last])
	case 'u': // CSI u of kitty, foot and others
		if len(params) == 0 {
			return ""
		}
		return typed(params[0], modifier)
	case 'Z':
		return "Shift-Tab"
	case 'a', 'b', 'c', 'd': // rxvt
		if len(params) > 0 {
			return ""
		}
		return modified(finals[last&^0x20], 2)
	case 'R': // not F3: it is the answer to a query for the cursor
		return ""
	}
	if len(params) == 1 && params[0] > 1 {
		modifier = params[0]
	}
	return modified(finals[last], modifier)
}

// keypad returns the key of a sequence that SS3 begins.
func keypad(body string, last byte) Key {
	modifier := 1
	if n, err := strconv.Atoi(body); err == nil {
		modifier = n
	} else if body != "" {
		return ""
	}
	switch {
	case finals[last] != "":
		return modified(finals[last], modifier)
	case last >= 'a' && last <= 'd': // rxvt
		return modified(finals[last&^0x20], 5)
	case last == 'M':
		return "Enter"
	case last == 'X':
		return "="
	case last >= 'j' && last <= 'y':
		return Key(string(rune(last - 'j' + '*')))
	}
	return ""
}

// parameters are the numbers in a sequence. ok is false if there is something else.
func parameters(body string) (params []int, ok bool) {
	if body == "" {
		return nil, true
	}
	for field := range strings.SplitSeq(body, ";") {
		field, _, _ = strings.Cut(field, ":") // what follows is about events and layouts
		n, err := strconv.ParseUint(field, 10, 21)
		if err != nil {
			return nil, false
		}
		params = append(params, int(n))
	}
	return params, true
}

// modified puts the names of the modifiers before a key. In a sequence their number is 1 and the sum of Shift 1, Alt 2,
// Ctrl 4 and Meta 8.
func modified(k Key, modifier int) Key {
	if k == "" {
		return ""
	}
	bits := modifier - 1
	if bits&1 != 0 {
		k = "Shift-" + k
	}
	if bits&(2|8) != 0 {
		k = "Alt-" + k
	}
	if bits&4 != 0 {
		k = "Ctrl-" + k
	}
	return k
}

// typed returns the key of a character with modifiers.
func typed(code, modifier int) Key {
	bits := modifier - 1
	r := rune(code)
	if code < ' ' || code == 0x7f {
		return modified(control(byte(code)), modifier)
	}
	if bits&1 != 0 {
		r = unicode.ToUpper(r)
		bits &^= 1
	}
	k := Key(string(r))
	if _, ok := k.text(); !ok || r >= 0xe000 && r <= 0xf8ff { // kitty has the keypad and others there
		return ""
	}
	if bits&4 != 0 {
		switch {
		case r == ' ':
			k = "Space"
		case r < 0x80:
			k = Key(string(unicode.ToUpper(r)))
		}
	}
	return modified(k, bits+1)
}
