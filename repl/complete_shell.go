package repl

import (
	"strings"

	"sosh/repl/console"
)

// lastShellWord returns where the last word of a line for the system's shell
// begins, at from or behind it, and what it says without its quotes. ok is false
// where that depends on what the shell would do: after a $, a backquote, or a backslash in
// single quotes, which fish takes for an escape.
func lastShellWord(line string, from int) (at int, word string, ok bool) {
	at = from
	var b strings.Builder
	quote := rune(0)
	escaped := false
	for i, r := range line[from:] {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == '\'' && r == '\\':
			return 0, "", false
		case quote == '\'':
			b.WriteRune(r)
		case r == '$' || r == '`':
			return 0, "", false
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote = r
		case strings.ContainsRune(" \t\n;&|<>()=", r):
			at = from + i + 1
			b.Reset()
		default:
			b.WriteRune(r)
		}
	}
	return at, b.String(), !escaped
}

// shellQuotes writes quotes, backslashes, and the "!" of csh outside single quotes, where a
// backslash makes every shell take them as they are.
var shellQuotes = strings.NewReplacer("'", `'\''`, `\`, `'\\'`, "!", `'\!'`)

// quoteShell spells s so that a POSIX shell, fish or csh reads it as one word and expands
// nothing: unquoted if that is enough, else in single quotes. A leading ~/ stays
// unquoted. The result is "" for a name that has a line end.
func quoteShell(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		return ""
	}
	home := ""
	if rest, ok := strings.CutPrefix(s, "~/"); ok {
		home, s = "~/", rest
	} else if strings.HasPrefix(s, "-") {
		s = "./" + s // so that it is not taken for an option
	}
	if !strings.ContainsFunc(s, console.NeedsQuotes) {
		return home + s
	}
	return home + "'" + shellQuotes.Replace(s) + "'"
}
