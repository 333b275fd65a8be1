package repl

import (
	"slices"
	"sort"
	"strings"

	"sosh/repl/console"
	"sosh/script"
	"sosh/script/lua51"
)

// Completion
//
// The candidates for the word that is being typed come from the verb's row in the table
// of verbs. The word is read by the scanner of words, so what is inside quotes is known
// without them, and a candidate takes the place of the whole word, spelled for the reader
// of the line: in this shell's quotes, or in those of the system's shell after a "!".
// Completion runs nothing and connects to nothing.

// complete is the completer of the prompt: candidates for the word that ends
// line. It runs on the editing goroutine, so it calls nothing that can block.
func (s *Shell) complete(line string) (from int, found []console.Candidate) {
	start := strings.LastIndexByte(line, '\n') + 1
	st := statement{Col: start + 1, End: start + 1}
	for at := start; ; {
		next, end, _, _ := typedStatement(line, at, s.isCommand, s.takesRest)
		if next.empty() {
			break
		}
		st, at = next, end
	}
	rest := strings.TrimLeft(line[st.End-1:], blanks)
	switch {
	case !st.empty() && rest == "":
		return s.completeStatement(line, st)
	case strings.Trim(rest, blanks+";") == "":
		return len(line), s.commandNames("")
	}
	return len(line), nil // a comment
}

func (s *Shell) completeStatement(line string, st statement) (int, []console.Candidate) {
	begin := st.Col - 1
	if st.Lua != "" {
		return s.completeLua(line, begin)
	}
	if st.Name == "!" {
		at, word, ok := lastShellWord(line, begin+1)
		if !ok {
			return len(line), nil
		}
		return at, files(word, quoteShell)
	}
	if begin+len(st.Name) == len(line) {
		return begin, s.commandNames(st.Name)
	}
	v := s.machine.Verb(st.Name)
	switch {
	case v == nil:
		return len(line), nil // an alias: what its words mean is not known
	case v.Raw:
		return s.completeRest(line, v, begin+len(st.Name))
	}
	return s.completeWords(line, v, st.Words)
}

// completeWords completes the last of a verb's words, or the next one after a blank.
func (s *Shell) completeWords(line string, v *script.Verb, words []word) (int, []console.Candidate) {
	typed := word{Pieces: []piece{{}}, Col: len(line) + 1, End: len(line) + 1}
	if n := len(words); n > 0 && words[n-1].End-1 == len(line) {
		typed, words = words[n-1], words[:n-1]
	}
	if from, found, ok := s.completeValue(line, typed); ok {
		return from, found
	}
	words = append(slices.Clone(words), typed)
	roles := rolesOf(v, words)
	last := roles[len(words)-1]
	from := typed.Col - 1
	if last.option {
		typed, from = typed.value(), typed.KeyEnd-1
	}
	part, ok := typed.text()
	if !ok {
		return len(line), nil // it depends on the value of a variable
	}
	var found []console.Candidate
	if last.param != nil && !last.joined {
		found = s.completeParam(v, last.param, part, argTexts(words, roles))
	}
	if last.option || typed.Quoted {
		return from, found
	}
	if free := freeParam(v); last.arg > 0 && (free < 0 || last.arg <= free && !last.joined || part == "") {
		found = append(found, matching(part, 0, optionsLeft(v, words))...)
	}
	return from, found
}

// completeValue completes the Lua that ends a word: a variable after $, or an expression
// in ${}. ok is false if the word ends otherwise.
func (s *Shell) completeValue(line string, w word) (from int, found []console.Candidate, ok bool) {
	end := " "
	if w.Open != 0 {
		end = "" // the quote comes first
	}
	last := w.Pieces[len(w.Pieces)-1]
	switch {
	case w.Open == '{':
		from, found = s.completeName(line, last.Col-1)
		return from, found, true
	case last.Expr != "" && last.Col-1+len(last.Expr) == len(line):
		return last.Col - 1, matching(last.Expr, 0, candidatesOf(s.globals(), end)), true
	case strings.HasSuffix(line, "$") && !strings.HasSuffix(line, `\$`) && strings.HasSuffix(last.Text, "$") && w.Open != '\'':
		return len(line), candidatesOf(s.globals(), end), true
	}
	return 0, nil, false
}

// argTexts returns the arguments before the last word, without the options; one with Lua
// in it is "".
func argTexts(words []word, roles []role) []string {
	var args []string
	for i, w := range words[:len(words)-1] {
		if !roles[i].option && !roles[i].unknown {
			text, _ := w.text()
			args = append(args, text)
		}
	}
	return args
}

// optionsLeft are the options of a verb that no word gives.
func optionsLeft(v *script.Verb, words []word) []console.Candidate {
	var found []console.Candidate
	for _, o := range v.Options {
		if o.Type != script.FunctionType && !slices.ContainsFunc(words, func(w word) bool { return w.Key == o.Name }) {
			found = append(found, console.Candidate{Text: o.Name + "=", Name: o.Name, Note: o.Doc})
		}
	}
	return found
}

// completeRest completes the line that a command such as time takes, as a line
// of its own.
func (s *Shell) completeRest(line string, v *script.Verb, at int) (int, []console.Candidate) {
	if !takesLine(v) {
		return len(line), nil
	}
	skip := restOffset(v, line[at:])
	if skip < 0 {
		return len(line), nil
	}
	from, found := s.complete(line[at+skip:])
	return at + skip + from, found
}

// takesLine reports whether a command that takes the rest of its line takes a line of
// this shell.
func takesLine(v *script.Verb) bool { return v.Raw && v.Name != "!" }

// restOffset returns where the line begins that a command such as time takes, in rest,
// which follows the command's name; -1 if it has not begun. A word comes first for every
// and alias, and options after it for every.
func restOffset(v *script.Verb, rest string) int {
	skip := len(rest) - len(strings.TrimLeft(rest, blanks))
	if v.Name != "every" && v.Name != "alias" {
		return skip
	}
	i := strings.IndexAny(rest[skip:], blanks)
	if i < 0 {
		return -1
	}
	for {
		skip = len(rest) - len(strings.TrimLeft(rest[skip+i:], blanks))
		if i = strings.IndexAny(rest[skip:], blanks); v.Name != "every" || i < 0 || !isJobOption(rest[skip:skip+i]) {
			return skip
		}
	}
}

// isJobOption reports whether every takes a word as an option of its own, right or wrong.
func isJobOption(word string) bool {
	taken, err := new(job).option(word)
	return taken || err != nil
}

// completeLua completes the name that ends a line of Lua, which begins at begin:
// a line that is one name may become a command.
func (s *Shell) completeLua(line string, begin int) (int, []console.Candidate) {
	for x := range lua51.Lexemes(line[begin:]) {
		if begin+x.To == len(line) && (x.Kind == lua51.LexComment || x.Kind == lua51.LexString && x.Open) {
			return len(line), nil
		}
	}
	i, found := s.completeName(line, begin)
	path := line[i:]
	if i > begin || strings.ContainsAny(path, ".:") {
		return i, found
	}
	all := s.commandNames(path)
	for _, c := range found {
		if v := s.machine.Verb(c.Text); v == nil || v.LuaOnly {
			all = append(all, c)
		}
	}
	return i, all
}

// completeName completes the name that ends an expression of Lua, which begins
// at begin: a global, or a field or method after "." or ":".
func (s *Shell) completeName(line string, begin int) (int, []console.Candidate) {
	i := len(line)
	for i > begin && isPathByte(line[i-1]) {
		i--
	}
	path := line[i:]
	dot := strings.LastIndexAny(path, ".:")
	if dot < 0 {
		return i, s.noteHandles(matching(path, 0, s.names()))
	}
	names, _ := s.machine.NamesNow(path[:dot], path[dot] == ':')
	found := candidatesOf(names, "")
	for i, name := range names {
		if v := s.machine.Verb(name); v != nil && v.Method() && path[dot] == ':' {
			found[i].Note = v.Summary
		}
	}
	return i + dot + 1, matching(path[dot+1:], 0, found)
}

// names are what a name in Lua can be: globals, and live handles.
func (s *Shell) names() []console.Candidate {
	found := candidatesOf(s.globals(), "")
	for i := range found {
		if v := s.machine.Verb(found[i].Name); v != nil {
			found[i].Note = v.Summary
		}
	}
	for _, h := range s.table.Handles() {
		found = append(found, console.Candidate{Text: h.Name(), Name: h.Name()})
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// globals are the names of Lua's globals; none while Lua runs.
func (s *Shell) globals() []string {
	names, _ := s.machine.NamesNow("", false)
	return names
}

func isPathByte(b byte) bool {
	return b == '_' || b == '.' || b == ':' || b == '[' || b == ']' || b == '"' ||
		'0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// commandNames are the verbs, commands and aliases that part may be completed to.
func (s *Shell) commandNames(part string) []console.Candidate {
	var found []console.Candidate
	for _, v := range s.machine.Verbs() {
		if !v.LuaOnly && v.Name != "!" {
			text := v.Name
			if len(v.Params) > 0 {
				text += " "
			}
			found = append(found, console.Candidate{Text: text, Name: v.Name, Note: v.Summary})
		}
	}
	for _, name := range s.settings.aliasNames() {
		found = append(found, console.Candidate{Text: name + " ", Name: name, Note: s.settings.alias(name)})
	}
	return matching(part, 0, found)
}
