package script

import "fmt"

// An opener is what begins a block or a bracket, and the line it stands in.
type opener struct {
	word string
	line int
}

// unclosed returns the innermost block or bracket that is open at the end of
// src. ok is false if there is none.
func unclosed(src string) (o opener, ok bool) {
	var open []opener
	top := func() string {
		if len(open) == 0 {
			return ""
		}
		return open[len(open)-1].word
	}
	heads := 0 // while and for whose do has not come; a function may stand between
	for i := skipBlank(src, 0); i < len(src); i = skipBlank(src, i) {
		switch c := src[i]; {
		case c == '"' || c == '\'':
			i, _ = quoted(src, i)
			continue
		case c == '[' && longOpen(src, i) >= 0:
			i = longEnd(src, i, longOpen(src, i))
			continue
		case !isNameByte(c):
			switch c {
			case '(', '{', '[':
				open = append(open, opener{string(c), lineAt(src, i)})
			case ')', '}', ']':
				if closes(top(), string(c)) {
					open = open[:len(open)-1]
				}
			}
			i++
			continue
		}
		end := nameEnd(src, i)
		word := src[i:end]
		switch {
		case word == "do" && heads > 0 && (top() == "while" || top() == "for"):
			heads--
		case word == "while" || word == "for":
			heads++
			fallthrough
		case word == "function" || word == "if" || word == "repeat" || word == "do":
			open = append(open, opener{word, lineAt(src, i)})
		case closes(top(), word):
			open = open[:len(open)-1]
		}
		i = end
	}
	if len(open) == 0 {
		return opener{}, false
	}
	return open[len(open)-1], true
}

// closer is what closes what begins with word.
func closer(word string) string {
	switch word {
	case "(":
		return ")"
	case "{":
		return "}"
	case "[":
		return "]"
	case "repeat":
		return "until"
	}
	return "end"
}

func closes(word, closing string) bool { return word != "" && closer(word) == closing }

// unclosedError is how Lua words that src ends, in line last, within a block.
func unclosedError(src string, last int) string {
	o, ok := unclosed(src)
	switch {
	case !ok:
		return "syntax error"
	case o.line == last, o.word == "[":
		return fmt.Sprintf("'%s' expected", closer(o.word))
	}
	return fmt.Sprintf("'%s' expected (to close '%s' at line %d)", closer(o.word), o.word, o.line)
}
