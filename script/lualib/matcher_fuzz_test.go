package lualib

import (
	"errors"
	"io"
	"strings"
	"testing"

	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// FuzzMatcher: a matcher is refused, or matches within what has
// arrived, a Lua pattern and a plain text where string.find finds them.
func FuzzMatcher(f *testing.F) {
	for _, p := range []string{"^%+OK (.*)\r\n", "%d+", "(", "[", "^", "", "()", "%f[%w]%w+", "a.-z", `(?s)a.*z`, `(\d+)`, `\xff`, "."} {
		f.Add("+OK ready\r\n220 a \xff z", p)
		f.Add("", p)
	}
	L := newLibrary(f, io.Discard)
	in := lua51.InterpOf(L)
	lib := L.GetGlobal("string")
	f.Fuzz(func(t *testing.T, s, text string) {
		if len(s) > 40 || strings.Count(text, "?")+strings.Count(text, "*")+strings.Count(text, "+")+strings.Count(text, "-") > 4 {
			t.Skip("may take for ever, as in Lua")
		}
		for _, what := range []string{"pattern", "text", "regex"} {
			a, err := NewMatcher(what, text)
			if err != nil {
				if what != "regex" || strings.Contains(err.Error(), "error parsing") {
					t.Errorf("%s %q: %v", what, text, err)
				}
				continue
			}
			var end int
			var caught []lua.LValue
			var ok bool
			arrived := s[:len(s)/2]
			if _, _, early, err := a.Find(arrived, noStop); !early && err == nil {
				arrived = s // the search goes on with the rest
			}
			s := arrived
			end, caught, ok, err = a.Find(s, noStop)
			switch {
			case err != nil:
				var bad lua51.PatternError
				if what != "pattern" || !errors.As(err, &bad) {
					t.Errorf("%v: %v", a, err)
				}
				continue
			case ok && (end < 0 || end > len(s) || len(caught) == 0):
				t.Fatalf("%v of %q: end %d, caught %v", a, s, end, caught)
			case what == "regex":
				continue
			}
			found, failed := in.PCall(L, L.GetField(lib, "find"), lua.LString(s), lua.LString(text), lua.LNumber(1), lua.LBool(what == "text"))
			if failed != nil || ok != (found[0] != lua.LNil) || ok && int(found[1].(lua.LNumber)) != end {
				t.Errorf("%v of %q: end %d, %v; string.find: %v, %v", a, s, end, ok, found, failed)
			}
		}
	})
}
