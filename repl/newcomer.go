package repl

import (
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"sosh/internal/show"
	"sosh/script"
)

// escapes matches an escape that has its meaning only in double quotes. It is compiled when
// it is first needed.
var escapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\\(?:[rn0]|x[0-9A-Fa-f]{2})`)
})

// hintEscapes says, at a prompt, that data was sent with escapes as they were typed, because
// no double quotes enclosed them: what most first requests by hand have wrong.
func (s *Shell) hintEscapes(v *script.Verb, st statement) {
	if !s.live || freeParam(v) < 0 || v.Command {
		return
	}
	for i, r := range rolesOf(v, st.Words) {
		w := st.Words[i]
		if text, ok := w.text(); ok && !r.option && !w.Quoted && r.param != nil && r.param.Type == script.DataType && escapes().MatchString(text) {
			escape := escapes().FindString(text)
			s.out.notify(show.Sprintf("hint: %s was sent as it was typed; escapes have their meaning in double quotes: \"...%s\"", escape, escape))
			return
		}
	}
}

// isProgram reports whether the system has a program of that name.
func isProgram(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil && !strings.ContainsRune(name, '/')
}
