package console

import "os"

// A Style is how text looks.
type Style uint8

// The styles.
const (
	Plain   Style = iota
	Verb          // the name of a command
	Handle        // a handle that exists
	String        // text in quotes
	Option        // the name of an option
	Number        // a number
	Keyword       // a keyword of Lua
	Comment       // a comment
	Wrong         // what can't be right
	Dim           // less important than the text around it
	Bold          // more important
	Reverse       // what is selected
)

// inColour is what a terminal is sent before text of a style; after it comes a reset. Of the eight colours, yellow and white
// are hardly legible on a light background, and blue and black on a dark one, so none of them is used. Bold tells Wrong
// from Verb for those who see no difference between red and green.
var inColour = [...]string{
	Plain: "", Verb: "\x1b[32m", Handle: "\x1b[36m", String: "\x1b[35m", Option: "\x1b[1m", Number: "\x1b[35m",
	Keyword: "\x1b[1m", Comment: "\x1b[2m", Wrong: "\x1b[1;31m", Dim: "\x1b[2m", Bold: "\x1b[1m", Reverse: "\x1b[7m",
}

// colourless has no colours (https://no-color.org), but what tells a suggestion from typed text, and what can't be right
// from the rest.
var colourless = [len(inColour)]string{
	Option: "\x1b[1m", Keyword: "\x1b[1m", Comment: "\x1b[2m", Wrong: "\x1b[4m", Dim: "\x1b[2m", Bold: "\x1b[1m", Reverse: "\x1b[7m",
}

// sequenceOf returns the escape sequence of a style, or "".
func sequenceOf(s Style, colours bool) string {
	switch {
	case int(s) >= len(inColour):
		return ""
	case colours:
		return inColour[s]
	}
	return colourless[s]
}

const sgrReset = "\x1b[0m"

// A Mark gives a part of the line a style: the bytes from From up to To.
type Mark struct {
	From, To int
	Style    Style
}

// A Segment is a part of a row below the line. Text is foreign: the console escapes it.
type Segment struct {
	Text  string
	Style Style
}

// dumb reports whether the terminal understands no escape sequences.
func dumb() bool { return os.Getenv("TERM") == "dumb" }
