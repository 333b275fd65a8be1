package compiler

// Tokens are those of a chunk's text. The first in the list is none, so that no
// place is zero; the last is the end of the text.
type Tokens struct {
	Text   string
	List   []Token
	Before int // how many lines stand before the text
	// Unfinished says what is open at the end, as "unfinished long comment"; it
	// is "" if nothing is.
	Unfinished string
}

// A Token is where one begins and ends in the text, and the line that it ends
// in, from 1 on.
type Token struct{ From, To, Line int32 }

// Add adds a token.
func (t *Tokens) Add(from, to, line int) {
	t.List = append(t.List, Token{int32(from), int32(to), int32(line)})
}

// at returns the text of a token, "" at the end.
func (t *Tokens) at(i int) string {
	if i >= len(t.List) {
		return ""
	}
	k := t.List[i]
	return t.Text[k.From:k.To]
}

// near is how errors show a token.
func (t *Tokens) near(i int) string {
	if s := t.at(i); s != "" {
		return s
	}
	return "<eof>"
}
