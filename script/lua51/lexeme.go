package lua51

import "iter"

// A LexemeKind is the kind of a [Lexeme].
type LexemeKind uint8

// The kinds of lexemes.
const (
	LexName     LexemeKind = iota // of a variable or a field
	LexKeyword                    // such as "local"
	LexString                     // in quotes or long brackets
	LexNumber                     // a numeral
	LexComment                    // to the end of its line, or in long brackets
	LexOperator                   // an operator, a bracket, or a character that Lua does not have
)

// A Lexeme is one word, string, number, comment or operator of a source: src[From:To].
type Lexeme struct {
	From, To int
	Kind     LexemeKind
	Open     bool // of a string or a comment: its end is missing
}

// Lexemes returns the lexemes of a source in order, without the blanks between them. It
// takes any text, as a line has it that is being typed: an error ends nothing.
func Lexemes(src string) iter.Seq[Lexeme] {
	return func(yield func(Lexeme) bool) {
		for i := 0; i < len(src); {
			if c := src[i]; c == ' ' || '\t' <= c && c <= '\r' {
				i++
				continue
			}
			x := lexeme(src, i)
			i = x.To
			if !yield(x) {
				return
			}
		}
	}
}

// lexeme returns the lexeme that begins at i.
func lexeme(src string, i int) Lexeme {
	x := Lexeme{From: i, Kind: LexOperator}
	long := -1 // where a long bracket opens
	switch c := src[i]; {
	case IsDigit(c) || c == '.' && i+1 < len(src) && IsDigit(src[i+1]):
		x.To, x.Kind = numeralEnd(src, i), LexNumber
	case isNameByte(c):
		x.To, x.Kind = NameEnd(src, i), LexName
		if IsKeyword(src[i:x.To]) {
			x.Kind = LexKeyword
		}
	case c == '"' || c == '\'':
		x.To, _ = quoted(src, i)
		x.Kind, x.Open = LexString, !quoteEnds(src[i:x.To])
	case c == '[' && longOpen(src, i) >= 0:
		x.To, x.Kind, long = longEnd(src, i, longOpen(src, i)), LexString, i
	case c == '-' && i+1 < len(src) && src[i+1] == '-':
		isLong := false
		if x.To, isLong = comment(src, i); isLong {
			long = i + 2
		}
		x.Kind = LexComment
	default:
		x.To = i + operatorLength(src[i:])
		if c >= 0x80 { // the whole character
			for x.To < len(src) && src[x.To]&0xC0 == 0x80 {
				x.To++
			}
		}
	}
	if long >= 0 {
		x.Open = !closesLong(src[long:x.To], longOpen(src, long))
	}
	return x
}
