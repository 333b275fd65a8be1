package script

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sosh/script/lua51"
	"sosh/sockets"

	lua "github.com/yuin/gopher-lua"
)

// TestGlobals compares the list of globals in doc/lua.md with those of a machine
// that Lua itself has not.
func TestGlobals(t *testing.T) {
	page, err := os.ReadFile("../doc/lua.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## Global names\n")
	if !ok {
		t.Fatal("doc/lua.md has no section Global names")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	list, rest, _ := strings.Cut(strings.TrimPrefix(section[strings.Index(section, "\n\n    "):], "\n\n"), "\n\n")
	documented := strings.Fields(list)
	plain, err := lua51.New(lua51.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.L.Close()
	m, err := New(Config{Table: sockets.NewTable(), Stdout: io.Discard, Stderr: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer m.End()
	added := func(of, plain *lua.LTable) (names []string) {
		of.ForEach(func(k, _ lua.LValue) {
			if plain.RawGet(k) == lua.LNil {
				names = append(names, k.String())
			}
		})
		slices.Sort(names)
		return names
	}
	if got := added(m.l.G.Global, plain.L.G.Global); !slices.Equal(got, documented) {
		t.Errorf("the machine has the globals\n    %s\ndoc/lua.md lists\n    %s", strings.Join(got, " "), strings.Join(documented, " "))
	}
	// The libraries of Lua have a few functions more.
	var fields []string
	plain.L.G.Global.ForEach(func(k, v lua.LValue) {
		lib, ok := v.(*lua.LTable)
		if ours, ok2 := m.l.G.Global.RawGet(k).(*lua.LTable); ok && ok2 && lib != plain.L.G.Global {
			for _, name := range added(ours, lib) {
				fields = append(fields, k.String()+"."+name)
			}
		}
	})
	slices.Sort(fields)
	var listed []string
	for _, f := range regexp.MustCompile("`(\\w+\\.\\w+)`").FindAllStringSubmatch(rest, -1) {
		listed = append(listed, f[1])
	}
	slices.Sort(listed)
	listed = slices.Compact(listed)
	if !slices.Equal(fields, listed) {
		t.Errorf("the libraries have also %q, doc/lua.md lists %q", fields, listed)
	}
}
