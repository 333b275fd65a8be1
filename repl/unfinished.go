package repl

import (
	"errors"
	"strings"

	"sosh/script"
	"sosh/script/lua51"
)

// unfinishedMax is the size in bytes of a text above which Enter always runs it: what is missing at its
// end is then asked for as further lines.
const unfinishedMax = 64 << 10

// unfinished reports whether text, an entry at the prompt, ends within a statement of Lua, so that Enter
// begins another line of it. It runs nothing.
func (s *Shell) unfinished(text string) bool {
	if len(text) > unfinishedMax {
		return false
	}
	for from := 0; ; {
		st, next, err := nextStatement(text, from, s.isCommand, s.takesRest)
		if err != nil || st.empty() {
			return false
		}
		if from = next; st.Lua == "" {
			continue
		}
		end, err := luaEnd(text, st, next)
		if err == nil {
			from = end
			continue
		}
		var e *script.Error
		return errors.As(err, &e) && e.Incomplete && s.unknown(st.Lua, e) == nil && s.luaOnly(st.Lua) == nil && !s.wordsAfterLua(st.Lua, e)
	}
}

// luaEnd returns the offset after the statement of Lua that st begins, which takes as many lines as it
// needs. The error says that it does not compile.
func luaEnd(text string, st statement, next int) (int, error) {
	var outline lua51.Outline
	for outlined := 0; ; {
		err := compiles(strings.TrimPrefix(st.Lua, "="))
		if !lua51.IsIncomplete(err) {
			if err != nil {
				err = &script.Error{Message: err.Error(), Syntax: true}
			}
			return next, err
		}
		for more := false; !more || outline.Open(); more = true {
			longer, n, ok := extendLua(text, st)
			if !ok {
				return next, &script.Error{Message: err.Error(), Incomplete: true, Syntax: true}
			}
			st, next = longer, n
			outline.Add(text[st.Col-1+outlined : next])
			outlined = next - (st.Col - 1)
		}
	}
}

// compiles returns why src is neither an expression nor a chunk.
func compiles(src string) error {
	if _, err := lua51.CompileNamed("return "+src, "=stdin", 0); err == nil {
		return nil
	}
	_, err := lua51.CompileNamed(src, "=stdin", 0)
	return err
}
