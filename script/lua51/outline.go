package lua51

import "strings"

// An opener is what begins a block or a bracket, and the line it stands in.
type opener struct {
	word string
	line int
}

// An Outline follows Lua as it comes, piece by piece, and knows what is open at
// its end. Its zero value is that of an empty chunk. It is not for concurrent
// use.
type Outline struct {
	open  []opener
	heads int    // while and for whose do has not come; a function may stand between
	lines int    // the lines that have ended
	until string // what ends the long string or comment that is open
	rest  string // a quoted string that goes on in the next line
	last  string // the last token, if it is a word or an operator
}

// Add adds whole lines of source.
func (o *Outline) Add(src string) {
	if o.until != "" {
		end := strings.Index(src, o.until)
		if end < 0 {
			o.lines += strings.Count(src, "\n")
			return
		}
		end += len(o.until)
		o.lines += strings.Count(src[:end], "\n")
		src, o.until, o.last = src[end:], "", ""
	}
	src, o.rest = o.rest+src, ""
	for i := 0; i < len(src); {
		from, c := i, src[i]
		switch {
		case strings.HasPrefix(src[i:], "--"):
			if n := longOpen(src, min(i+2, len(src)-1)); n >= 0 && src[i+2] == '[' {
				i = o.long(src, i+2, n)
			} else {
				i, _ = comment(src, i)
			}
		case c == ' ' || '\t' <= c && c <= '\r':
			i++
		case c == '"' || c == '\'':
			i, _ = quoted(src, i)
			if i == len(src) && (i == from+1 || src[i-1] != c) {
				o.rest = src[from:] // a backslash stands before its newline
				return
			}
			o.last = ""
		case c == '[' && longOpen(src, i) >= 0:
			i = o.long(src, i, longOpen(src, i))
			o.last = ""
		case isNameByte(c):
			i = NameEnd(src, i)
			o.last = src[from:i]
			o.word(o.last)
		case strings.HasPrefix(src[i:], "..."):
			i += 3
			o.last = ""
		default:
			i++
			o.last = src[from:i]
			o.bracket(o.last)
		}
		o.lines += strings.Count(src[from:i], "\n")
	}
}

// long passes over the long bracket of level n at i.
func (o *Outline) long(src string, i, n int) (end int) {
	end = longEnd(src, i, n)
	closing := "]" + strings.Repeat("=", n) + "]"
	if end == len(src) && !strings.HasSuffix(src[i+n+2:], closing) {
		o.until = closing
	}
	return end
}

func (o *Outline) top() string {
	if len(o.open) == 0 {
		return ""
	}
	return o.open[len(o.open)-1].word
}

func (o *Outline) push(word string) { o.open = append(o.open, opener{word, o.lines + 1}) }

func (o *Outline) pop(word string) {
	if closes(o.top(), word) {
		o.open = o.open[:len(o.open)-1]
	}
}

func (o *Outline) bracket(c string) {
	switch c {
	case "(", "{", "[":
		o.push(c)
	case ")", "}", "]":
		o.pop(c)
	}
}

func (o *Outline) word(word string) {
	switch word {
	case "do":
		if o.heads > 0 && (o.top() == "while" || o.top() == "for") {
			o.heads--
			return
		}
		o.push(word)
	case "while", "for":
		o.heads++
		o.push(word)
	case "function", "if", "repeat":
		o.push(word)
	default:
		o.pop(word)
	}
}

// Open reports whether what has come is certainly no whole chunk yet: a block,
// a bracket, a string or an expression is open. A chunk with an error in it may
// seem open too.
func (o *Outline) Open() bool {
	if len(o.open) > 0 || o.until != "" || o.rest != "" {
		return true
	}
	switch o.last {
	case "and", "or", "not", "local", "until", "in":
		return true
	}
	return o.last != "" && strings.Contains("+-*/%^#=~<>,.:", o.last)
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
