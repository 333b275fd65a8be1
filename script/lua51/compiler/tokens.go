package compiler

// Tokens are those of a chunk's text.
type Tokens struct {
	text string
	list []token
}

// A token is where one begins and ends, and the line of its end.
type token struct{ from, to, line int32 }

// Text is how errors show a token.
func (t *Tokens) Text(i int) string {
	if i >= len(t.list) || t.list[i].from >= int32(len(t.text)) {
		return "<eof>"
	}
	return t.text[t.list[i].from:t.list[i].to]
}
