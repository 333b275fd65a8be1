package repl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sosh/repl/console"
)

// matching returns the candidates that part may stand for, in their order: those whose
// name begins with it; if there are none, those that begin with it in another case; then
// those that contain it; then those that have its characters in order. The first fixed
// bytes of part, such as a directory, have to be as they are. One character alone matches
// only at the beginning.
func matching(part string, fixed int, candidates []console.Candidate) []console.Candidate {
	typed := part[fixed:]
	folded := strings.ToLower(typed)
	tests := []func(name string) bool{
		func(name string) bool { return strings.HasPrefix(name, typed) },
		func(name string) bool { return strings.HasPrefix(strings.ToLower(name), folded) },
	}
	if utf8.RuneCountInString(typed) > 1 {
		tests = append(tests,
			func(name string) bool { return strings.Contains(strings.ToLower(name), folded) },
			func(name string) bool { return inOrder(folded, strings.ToLower(name)) })
	}
	for _, fits := range tests {
		var found []console.Candidate
		for _, c := range candidates {
			if strings.HasPrefix(c.Name, part[:fixed]) && fits(c.Name[fixed:]) {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// inOrder reports whether name has the characters of part in their order.
func inOrder(part, name string) bool {
	for _, r := range part {
		i := strings.IndexRune(name, r)
		if i < 0 || unicode.IsSpace(r) {
			return false
		}
		_, size := utf8.DecodeRuneInString(name[i:])
		name = name[i+size:]
	}
	return true
}

// candidatesOf returns a candidate for each name, with end behind it.
func candidatesOf(names []string, end string) []console.Candidate {
	found := make([]console.Candidate, 0, len(names))
	for _, n := range names {
		found = append(found, console.Candidate{Text: quoteWord(n) + end, Name: n})
	}
	return found
}
