package repl

import (
	"os"
	"path/filepath"
	"sort"
	"strings"

	"sosh/repl/console"
	"sosh/script"
	"sosh/sockets"
	"sosh/sockets/sockopt"

	"golang.org/x/sys/unix"
)

// complete is the completer of the prompt: candidates for the word that ends
// line. It runs on the editing goroutine, so it calls nothing that can block.
func (s *Shell) complete(line string) (from int, found []console.Candidate) {
	start := 0
	if i := strings.LastIndexByte(line, '\n'); i >= 0 {
		start = i + 1
	}
	var st statement
	for at := start; ; {
		next, end, err := nextStatement(line, at, s.isCommand, s.takesRest)
		if err != nil || next.empty() {
			break
		}
		st, at = next, end
	}
	if st.empty() || st.End-1 < len(strings.TrimRight(line, " ")) {
		// Nothing yet, or a ";" after the last statement.
		rest := line[start:]
		if i := strings.LastIndexByte(rest, ';'); i >= 0 {
			start += i + 1
		}
		trimmed := strings.TrimLeft(line[start:], " ")
		if trimmed != "" {
			return s.completeUnfinished(line, start)
		}
		return len(line), s.commandNames("")
	}
	return s.completeStatement(line, st)
}

// completeUnfinished completes a line that does not parse, because of a quote
// or a ${ that is still open: its last word may name a file, or be Lua.
func (s *Shell) completeUnfinished(line string, start int) (int, []console.Candidate) {
	if i := strings.LastIndex(line, "${"); i >= start && closingBrace(line, i+2) < 0 {
		return s.completeName(line, i+2)
	}
	if i := strings.LastIndexAny(line, "\"'= "); i >= start {
		return i + 1, files(line[i+1:], quoteWord)
	}
	return len(line), nil
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
	if v == nil {
		return len(line), nil // an alias: what its words mean is not known
	}
	if v.Raw {
		return s.completeRest(line, v, begin+len(st.Name))
	}
	// The words before the one being typed, which is empty after a blank.
	words := st.Words
	at := len(line)
	if n := len(words); n > 0 && words[n-1].End-1 == len(line) {
		at = words[n-1].Col - 1
		words = words[:n-1]
	}
	part := line[at:]
	if i := strings.LastIndexByte(part, '$'); i >= 0 && isNamePrefix(part[i+1:]) {
		return at + i + 1, prefixed(part[i+1:], s.machine.Globals(), " ")
	}
	if key, value, ok := strings.Cut(part, "="); ok {
		if o := v.Option(key); o != nil {
			return at + len(key) + 1, s.completeParam(v, o, value, nil)
		}
	}
	return at, s.completeWord(v, words, part)
}

// completeWord completes an argument: what its parameter takes, and the options
// that are not given yet.
func (s *Shell) completeWord(v *script.Verb, words []word, part string) []console.Candidate {
	var args []string
	given := make(map[string]bool)
	for _, w := range words {
		if w.Key != "" && v.Option(w.Key) != nil {
			given[w.Key] = true
			continue
		}
		text, _ := w.text()
		args = append(args, text)
	}
	var found []console.Candidate
	i := len(args)
	// A parameter that only Lua can give stands before this one.
	for j := 0; j <= i && j < len(v.Params); j++ {
		if v.Params[j].Type == script.FunctionType {
			i++
		}
	}
	if i < len(v.Params) {
		found = s.completeParam(v, &v.Params[i], part, args)
	}
	if free := freeParam(v); i > 0 && (free < 0 || i <= free || part == "") {
		for _, o := range v.Options {
			if !given[o.Name] && strings.HasPrefix(o.Name, part) {
				found = append(found, console.Candidate{Text: o.Name + "=", Note: o.Doc})
			}
		}
	}
	return found
}

// completeParam completes a value of a parameter or an option.
func (s *Shell) completeParam(v *script.Verb, p *script.Param, part string, args []string) []console.Candidate {
	switch p.Type {
	case script.HandleType:
		var names []string
		for _, h := range s.table.Handles() {
			if p.HandleFilter.Fits(h) {
				names = append(names, h.Name())
			}
		}
		return prefixed(part, names, " ")
	case script.KindType:
		names, docs := sockets.Kinds()
		found := prefixed(part, names, " ")
		for i := range found {
			for j, n := range names {
				if found[i].Text == n+" " {
					found[i].Note = docs[j]
				}
			}
		}
		return found
	case script.ChoiceType:
		return prefixed(part, p.Values, " ")
	case script.BoolType:
		return prefixed(part, []string{"true", "false"}, " ")
	case script.EventType:
		return prefixed(part, sockets.EventTypes(), " ")
	case script.FileType:
		return files(part, quoteWord)
	case script.OptionType:
		return s.completeOption(part, args)
	case script.AnyType:
		if len(args) >= 2 && v.Params[1].Type == script.OptionType {
			if o, err := sockopt.Lookup(args[1]); err == nil {
				return prefixed(part, o.Values(), " ")
			}
		}
	case script.AddressType:
		return prefixed(part, s.addresses(), " ")
	case script.StringType:
		return s.completeString(v, part, args)
	case script.IntType:
		if v.Name == "kill" {
			return s.jobs.complete(part)
		}
	}
	return nil
}

// completeOption completes the name of a socket option that the handle has.
func (s *Shell) completeOption(part string, args []string) []console.Candidate {
	network, family := "", 0
	if h, err := s.table.Get("", args[0]); err == nil {
		network, family = h.Network(), h.Family()
	}
	var found []console.Candidate
	for _, o := range sockopt.All() {
		if !strings.HasPrefix(o.Name, part) {
			continue
		}
		if network == "" || o.AppliesTo(network, family) || family == unix.AF_INET && o.AppliesTo(network, unix.AF_INET6) {
			found = append(found, console.Candidate{Text: o.Name + " ", Note: o.Doc})
		}
	}
	return append(found, prefixed(part, []string{"inbox", "eol"}, " ")...)
}

// completeString completes the names that help, set and unalias take.
func (s *Shell) completeString(v *script.Verb, part string, args []string) []console.Candidate {
	var names []string
	switch {
	case v.Name == "help":
		names = HelpTopics()
	case v.Name == "unalias":
		names = s.settings.aliasNames()
	case v.Name == "set" && len(args) == 0:
		for _, st := range s.settingsList() {
			names = append(names, st.name)
		}
	case v.Name == "set":
		for _, st := range s.settingsList() {
			if st.name == args[0] {
				names = st.values
			}
		}
	}
	return prefixed(part, names, " ")
}

// addresses are those of this shell's own sockets that a socket could connect or
// send to.
func (s *Shell) addresses() []string {
	var list []string
	for _, h := range s.table.Handles() {
		if a := h.LocalAddr(); !a.IsZero() && (h.Listening() || h.Kind().Datagram()) {
			list = append(list, a.String())
		}
	}
	return list
}

// completeRest completes the line that a command such as time takes, as a line
// of its own.
func (s *Shell) completeRest(line string, v *script.Verb, at int) (int, []console.Candidate) {
	rest := line[at:]
	skip := len(rest) - len(strings.TrimLeft(rest, " "))
	rest = rest[skip:]
	if v.Name == "every" || v.Name == "alias" {
		i := strings.IndexByte(rest, ' ')
		if i < 0 {
			return len(line), nil
		}
		trimmed := strings.TrimLeft(rest[i:], " ")
		skip += len(rest) - len(trimmed)
		rest = trimmed
	}
	from, found := s.complete(rest)
	return at + skip + from, found
}

// completeLua completes the name that ends a line of Lua, which begins at begin:
// a line that is one name may become a command.
func (s *Shell) completeLua(line string, begin int) (int, []console.Candidate) {
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
		return i, prefixed(path, s.names(), "")
	}
	names := s.machine.Fields(path[:dot], path[dot] == ':')
	return i + dot + 1, prefixed(path[dot+1:], names, "")
}

// names are what a name in Lua can be: globals, and live handles.
func (s *Shell) names() []string {
	names := s.machine.Globals()
	for _, h := range s.table.Handles() {
		names = append(names, h.Name())
	}
	sort.Strings(names)
	return names
}

func isPathByte(b byte) bool {
	return b == '_' || b == '.' || b == ':' || b == '[' || b == ']' || b == '"' ||
		'0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func isNamePrefix(s string) bool { return s == "" || identifier(s) == s }

// commandNames are the verbs, commands and aliases that begin with part.
func (s *Shell) commandNames(part string) []console.Candidate {
	var found []console.Candidate
	for _, v := range s.machine.Verbs() {
		if strings.HasPrefix(v.Name, part) && !v.LuaOnly && v.Name != "!" {
			text := v.Name
			if len(v.Params) > 0 {
				text += " "
			}
			found = append(found, console.Candidate{Text: text, Note: v.Summary})
		}
	}
	return append(found, prefixed(part, s.settings.aliasNames(), " ")...)
}

func prefixed(part string, names []string, end string) []console.Candidate {
	var found []console.Candidate
	for _, n := range names {
		if strings.HasPrefix(n, part) {
			found = append(found, console.Candidate{Text: n + end})
		}
	}
	return found
}

// files completes a path. quote spells a path for the reader of the line, and
// returns "" where it can't.
func files(part string, quote func(string) string) []console.Candidate {
	dir, base := filepath.Split(part)
	list := dir
	if list == "" {
		list = "."
	}
	if strings.HasPrefix(list, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			list = home + list[1:]
		}
	}
	entries, err := os.ReadDir(list)
	if err != nil {
		return nil
	}
	var found []console.Candidate
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, base) || strings.HasPrefix(name, ".") && base == "" {
			continue
		}
		text, end := dir+name, " "
		if e.IsDir() {
			end = "/"
		}
		if q := quote(text); q == "" {
			continue
		} else if q != text {
			text = q
			if end == " " {
				end = ""
			}
		}
		found = append(found, console.Candidate{Text: text + end, Name: dir + name})
	}
	return found
}
