package console

// A Style is how text looks. The console has the one table from a Style to what a terminal is sent
// for it.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Verb
	Handle
	String
	Option
	Number
	Keyword
	Comment
	Wrong
	Dim
	Bold
	Reverse
)

// A Mark gives a part of the line a style: the bytes from From up to To.
type Mark struct {
	From, To int
	Style    Style
}

// A Segment is a part of the row below the line. Text is foreign: the console escapes it.
type Segment struct {
	Text  string
	Style Style
}
