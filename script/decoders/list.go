package decoders

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

//go:embed lua/*.lua
var files embed.FS

// aliases are further names of codecs.
var aliases = map[string]string{"websocket": "ws", "protobuf": "proto", "redis": "resp"}

// Names returns the names of the codecs that sosh has, sorted.
func Names() []string {
	entries, _ := files.ReadDir("lua")
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".lua"))
	}
	slices.Sort(names)
	return names
}

// Source returns the source of the codec of that name. It returns false if no codec has the name.
func Source(name string) (string, bool) {
	if a := aliases[name]; a != "" {
		name = a
	}
	p, err := files.ReadFile("lua/" + name + ".lua")
	return string(p), err == nil
}

// Summary returns what the codec of that name decodes: the first line of its source,
// a comment.
func Summary(name string) string {
	src, _ := Source(name)
	line, _, _ := strings.Cut(src, "\n")
	return strings.TrimSpace(strings.TrimPrefix(line, "--"))
}

// ErrUnknown is the error for a name that is neither a codec nor a path.
var ErrUnknown = errors.New("unknown codec")

// unknown returns an error for a name, with a hint in parentheses.
func unknown(name string) error {
	names := Names()
	hint := show.DidYouMean(name, names)
	if hint == "" {
		hint = "expected " + strings.Join(names, ", ") + ", or a file such as ./NAME.lua"
	}
	return fmt.Errorf("%w %s (%s)", ErrUnknown, show.Quote([]byte(show.Truncate(name, 40))), hint)
}

// IsPath reports whether the name of a codec is that of a file.
func IsPath(name string) bool {
	return strings.ContainsRune(name, filepath.Separator) || strings.HasSuffix(name, ".lua")
}

// read returns the source of a codec, and its name as a chunk of Lua.
func read(name string) (src, chunk string, err error) {
	if IsPath(name) {
		fi, err := os.Stat(name)
		switch {
		case err == nil && !fi.Mode().IsRegular():
			return "", "", fmt.Errorf("%s is not a file", show.Quote([]byte(name)))
		case err == nil && fi.Size() > maxSource:
			return "", "", fmt.Errorf("%s has %s (expected at most %s)", show.Quote([]byte(name)), show.Size(fi.Size()), show.Size(maxSource))
		}
		p, err := os.ReadFile(name)
		return string(p), "@" + name, err
	}
	src, ok := Source(name)
	if !ok {
		return "", "", unknown(name)
	}
	return src, "=codec." + name, nil
}

// maxSource is the largest file of a codec, in bytes.
const maxSource = 1 << 20

// Install sets the global variable codec of a state of Lua: a table from which
// codec.NAME takes the codec of that name, which is loaded when it is first used.
func Install(L *lua.LState) {
	t, mt := L.NewTable(), L.NewTable()
	mt.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		name, ok := L.Get(2).(lua.LString)
		if !ok {
			L.Push(lua.LNil)
			return 1
		}
		v, err := Load(L, string(name))
		if err != nil {
			lua51.Raise(L, 1, "codec: %v", err)
		}
		L.Push(v)
		return 1
	}))
	t.Metatable = mt
	L.G.Registry.RawSetString(loadedKey, L.NewTable())
	L.SetGlobal("codec", t)
}

// loadedKey is the name of the loaded codecs in the registry of a state.
const loadedKey = "sosh.codecs"

// Load returns the codec of a name in a state of [Install]: the value that its file
// returns. A codec of sosh is loaded once, a file of the user at each call.
func Load(L *lua.LState, name string) (lua.LValue, error) {
	loaded := L.G.Registry.RawGetString(loadedKey).(*lua.LTable)
	if v := loaded.RawGetString(name); v != lua.LNil {
		return v, nil
	}
	v, err := load(L, name)
	if err == nil && !IsPath(name) {
		loaded.RawSetString(name, v)
	}
	return v, err
}

// load runs the file of a codec, and returns what it returns.
func load(L *lua.LState, name string) (lua.LValue, error) {
	src, chunk, err := read(name)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(src, "#") {
		src = "--" + src
	}
	proto, err := lua51.Compile(src, chunk)
	if err != nil {
		return nil, err
	}
	values, raised := lua51.InterpOf(L).PCall(L, L.NewFunctionFromProto(proto))
	if raised != nil {
		return nil, errors.New(errorText(L, raised))
	}
	if len(values) == 0 || values[0] == lua.LNil {
		return nil, fmt.Errorf("%s returns nothing (expected a codec: a table with decode, or a schema)", name)
	}
	return values[0], nil
}
