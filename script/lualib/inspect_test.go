package lualib

import (
	"io"
	"strings"
	"testing"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// TestInspect shows values as a person reads them.
func TestInspect(t *testing.T) {
	L := newLibrary(t, io.Discard)
	for _, tt := range []struct{ expr, want string }{
		{`"a\n"`, `"a\n"`},
		{`{1, "x", n = {true}, ["a b"] = 2, ["end"] = 3}`, `{1, "x", ["a b"] = 2, ["end"] = 3, n = {true}}`},
		{`(function() local t = {} t.me = t return t end)()`, `{me = {...}}`},
		{`{{{{{}}}}}`, `{{{{{...}}}}}`},
		{`setmetatable({}, {__tostring = function() return "mine" end})`, `mine`},
		{`setmetatable({}, {__tostring = function() error("no") end})`, `table: `},
		{`(function() local t = {} for i = 1, 102 do t[i] = 0 end return t end)()`, `{` + strings.Repeat("0, ", 100) + `... 2 more}`},
	} {
		proto, err := lua51.Compile("return "+tt.expr, "=test")
		if err != nil {
			t.Fatal(err)
		}
		values, err := lua51.Run(L, L.NewFunctionFromProto(proto))
		if err != nil {
			t.Fatal(err)
		}
		got := Inspect(L, values[0], show.Quote, 0)
		if got != tt.want && !(strings.HasSuffix(tt.want, " ") && strings.HasPrefix(got, tt.want)) {
			t.Errorf("%s: got %s, want %s", tt.expr, got, tt.want)
		}
	}
	long := L.NewTable()
	long.Append(lua.LString(strings.Repeat("x", 1000)))
	if got := Inspect(L, long, show.Quote, 10); len(got) > 20 {
		t.Errorf("with a limit of 10 bytes: %s", got)
	}
}
