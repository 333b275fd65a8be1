package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets/sockopt"
)

// runApropos lists what mentions all the given words: in its name, its summary or its
// whole help text.
func (s *Shell) runApropos(c *script.Call) error {
	words := strings.Fields(strings.ToLower(c.String(0)))
	if len(words) == 0 {
		return &script.ArgumentError{Index: 0, Err: errors.New("no word to search for (expected one or more)")}
	}
	var found []string
	for _, mentioned := range []func(text, word string) bool{beginsWord, strings.Contains} {
		if found = s.mentioning(words, mentioned); len(found) > 0 {
			break
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("nothing mentions %s", show.Quote([]byte(c.String(0))))
	}
	s.explain(strings.Join(found, ""))
	return nil
}

// mentioning returns an entry for each subject of help whose text mentions all words.
func (s *Shell) mentioning(words []string, mentioned func(text, word string) bool) (found []string) {
	mentions := func(text string) bool {
		text = strings.ToLower(text)
		return !slices.ContainsFunc(words, func(w string) bool { return !mentioned(text, w) })
	}
	consider := func(name, summary string, texts ...string) {
		head := name + " " + summary
		if !mentions(head + " " + strings.Join(texts, " ")) {
			return
		}
		for i := 0; i < len(texts) && !mentions(head); i++ {
			if quoted := quotation(texts[i], words, mentioned); quoted != "" {
				summary += ": " + quoted
				break
			}
		}
		found = append(found, entry(name, summary, 12, s.out.columns()))
	}
	const unwrapped = 1 << 20
	for _, v := range s.machine.Verbs() {
		if i := slices.IndexFunc(v.Options, func(o script.Param) bool { return mentions(o.Name + "= " + o.Doc) }); i >= 0 && !mentions(v.Name+" "+v.Summary+" "+v.Help) {
			consider(v.Name, v.Options[i].Name+"= "+v.Options[i].Doc)
		} else if v.Name == "apropos" { // its examples are words to search for
			consider(v.Name, v.Summary, v.Help)
		} else {
			consider(v.Name, v.Summary, v.Help, verbHelp(v, unwrapped))
		}
	}
	for _, t := range topics {
		consider(t.name, "topic: "+t.summary, t.text(unwrapped))
	}
	for _, f := range script.Functions() {
		consider(f.Name, f.Summary, f.Help, functionHelp(&f, unwrapped))
	}
	for _, o := range sockopt.All() {
		consider(o.Name, "option: "+o.Doc, optionHelp(o, unwrapped))
	}
	return found
}

// beginsWord reports whether text contains word where no letter or digit is before it.
func beginsWord(text, word string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		if at := from + i; at == 0 || !isLetter(text[at-1]) && !isDigit(text[at-1]) || !isLetter(word[0]) && !isDigit(word[0]) {
			return true
		}
		from += i + 1
	}
}

// quotation returns a few words of text around the first that mentions one of words, or
// "" if none does.
func quotation(text string, words []string, mentioned func(text, word string) bool) string {
	const around = 4 // words on each side
	fields := strings.Fields(text)
	n := slices.IndexFunc(fields, func(f string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return mentioned(strings.ToLower(f), w) })
	})
	if n < 0 {
		return ""
	}
	from, to := max(0, n-around), min(len(fields), n+around+1)
	quoted := strings.Join(fields[from:to], " ")
	if from > 0 {
		quoted = "... " + quoted
	}
	if to < len(fields) {
		quoted += " ..."
	}
	return quoted
}
