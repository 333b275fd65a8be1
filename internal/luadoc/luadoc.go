// Package luadoc describes what calls of Lua return, for the manual and for editors.
//
// The package imports nothing of this module, starts no goroutine and runs no Lua.
package luadoc

import "strings"

// A Result is a value that a call returns.
type Result struct {
	Name string // a noun to follow "the": "number of bytes sent"; may be ""
	// Type is a type of Lua, "integer", or a type with methods: "handle", "channel".
	// Alternatives have "|" between them; "?" at the end means or nil.
	Type string
	Many bool // any number of such values
	// Doc follows the name, or "a" and the type, where it begins with a comma or a
	// colon. Else it stands by itself: "true if it was cut".
	Doc string
}

// String returns the words for a result: "the handle", "a string", "true if it was cut".
func (r *Result) String() string {
	switch {
	case r.Name != "":
		return "the " + r.Name + r.Doc
	case r.Doc != "" && !strings.HasPrefix(r.Doc, ",") && !strings.HasPrefix(r.Doc, ":"):
		return r.Doc
	}
	article := "a "
	if strings.ContainsRune("aeiou", rune(r.Type[0])) {
		article = "an "
	}
	return article + strings.ReplaceAll(strings.TrimSuffix(r.Type, "?"), "|", " or a ") + r.Doc
}

// Sentence returns what follows "returns": the words for all results, or "nothing",
// and then the note, which may be empty.
func Sentence(results []Result, note string) string {
	text := "nothing"
	for i := range results {
		switch r := results[i].String(); {
		case i == 0:
			text = r
		case i == len(results)-1:
			text += ", and " + r
		default:
			text += ", " + r
		}
	}
	if note != "" {
		text += "; " + note
	}
	return text
}
