package lua51

import "slices"

// keywords are the words that are no names (2.1).
var keywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not", "or",
	"repeat", "return", "then", "true", "until", "while",
}

// IsKeyword reports whether s is a keyword of Lua.
func IsKeyword(s string) bool { return slices.Contains(keywords, s) }

// IsName reports whether s can be the name of a variable of Lua.
func IsName(s string) bool {
	return s != "" && !IsDigit(s[0]) && NameEnd(s, 0) == len(s) && !IsKeyword(s)
}
