package lualib

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"sosh/internal/luadoc"
	"sosh/internal/show"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// JSON (RFC 8259) in Lua: an object is a table with strings as keys, and pairs and
// encode keep the order of the text; an array is a table with indices from 1,
// marked so that an empty one stays an array; null is json.null, since a table
// cannot hold nil; a whole number above 2^53 is a 64-bit integer.

// maxJSONDepth limits how deep values may be nested, in both directions.
const maxJSONDepth = 1000

var jsonFunctions = []Function{
	{
		Name: "json.decode", Params: "text", Returns: []luadoc.Result{{Type: "any", Doc: "a value"}}, Summary: "decode JSON; an error gives the position of bad syntax or invalid UTF-8",
		Help: `null becomes json.null, which counts as true in a condition and equals only itself. Arrays are marked, so that encode writes an empty one as an array again.`,
		Example: `local v = json.decode('{"id": 9007199254740993, "tags": ["a", null]}')
print(v.id, #v.tags, v.tags[2] == json.null)`,
		Prints: "9007199254740993\t2\ttrue\n",
		Run:    jsonDecode,
	},
	{
		Name: "json.encode", Params: "value [, indent]", Returns: []luadoc.Result{{Type: "string"}}, Summary: "encode a value as JSON, on one line, or with indent as indentation",
		Example: `print(json.encode({1, 2, {name = "x", none = json.null}}))`,
		Prints:  `[1,2,{"name":"x","none":null}]` + "\n",
		Run:     jsonEncode,
	},
	{
		Name: "json.array", Params: "table", Returns: []luadoc.Result{{Name: "table", Type: "table"}}, Summary: "mark a table as an array, so that encode writes [] and not {} if it is empty",
		Example: `print(json.encode({}), json.encode(json.array({})))`, Prints: "{}\t[]\n",
		Run: func(L *lua.LState) int {
			t := lua51.CheckTable(L, 1)
			t.Metatable = libraryOf(L).jsonArray
			L.Push(t)
			return 1
		},
	},
}

// openJSON makes json.null and the mark of arrays.
func (lib *library) openJSON(L *lua.LState) {
	lib.jsonArray = L.NewTable()
	lib.jsonArray.RawSetString("__name", lua.LString("json.array"))
	mt := L.NewTable()
	mt.RawSetString("__name", lua.LString("json.null"))
	mt.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(lua.LString("null"))
		return 1
	}))
	lib.jsonNull = L.NewUserData()
	lib.jsonNull.Metatable = mt
	lua51.Register(L, "json", nil).RawSetString("null", lib.jsonNull)
}

func jsonDecode(L *lua.LState) int {
	text := lua51.CheckString(L, 1)
	if at := invalidUTF8(text); at >= 0 {
		Failf(L, "json.decode", "invalid UTF-8 at byte %d", at+1)
	}
	// Unmarshal reports the position of a syntax error; a Decoder's tokens do not.
	var raw json.RawMessage
	var syntax *json.SyntaxError
	err := json.Unmarshal([]byte(text), &raw)
	if errors.As(err, &syntax) {
		Failf(L, "json.decode", "%v at byte %d", syntax, max(syntax.Offset, 1))
	}
	d := jsonReader{L: L, lib: libraryOf(L), d: json.NewDecoder(strings.NewReader(text))}
	d.d.UseNumber()
	v, err := d.value(0)
	if err != nil {
		Failf(L, "json.decode", "%v", err)
	}
	L.Push(v)
	return 1
}

// invalidUTF8 returns the index of the first byte that is not UTF-8, or -1.
func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

type jsonReader struct {
	L   *lua.LState
	lib *library
	d   *json.Decoder
}

func (r *jsonReader) value(depth int) (lua.LValue, error) {
	t, err := r.d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case nil:
		return r.lib.jsonNull, nil
	case bool:
		return lua.LBool(t), nil
	case string:
		return lua.LString(t), nil
	case json.Number:
		return r.number(string(t))
	}
	if depth >= maxJSONDepth {
		return nil, fmt.Errorf("nested more than %d levels deep at byte %d", maxJSONDepth, r.d.InputOffset())
	}
	table := r.L.CreateTable(0, 1) // small: a peer may send a great many
	if t == json.Delim('[') {
		table.Metatable = r.lib.jsonArray
		for r.d.More() {
			v, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			table.Append(v)
		}
	}
	for t == json.Delim('{') && r.d.More() {
		key, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		table.RawSetString(key.(string), v)
	}
	_, err = r.d.Token() // the closing one
	return table, err
}

func (r *jsonReader) number(s string) (lua.LValue, error) {
	if !strings.ContainsAny(s, ".eE") {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && s != "-0" {
			return intValue(r.L, n), nil
		}
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return intValue(r.L, n), nil
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fmt.Errorf("the number %s is out of range at byte %d", show.Truncate(s, 40), r.d.InputOffset())
	}
	return lua.LNumber(f), nil
}

func jsonEncode(L *lua.LState) int {
	w := jsonWriter{L: L, lib: libraryOf(L), indent: lua51.OptString(L, 2, "")}
	if err := w.value(lua51.CheckAny(L, 1), 0); err != nil {
		Failf(L, "json.encode", "%v", err)
	}
	L.Push(lua.LString(w.b.String()))
	return 1
}

type jsonWriter struct {
	L      *lua.LState
	lib    *library
	indent string
	b      strings.Builder
}

// newline begins a line of an indented text.
func (w *jsonWriter) newline(depth int) {
	if w.indent != "" {
		w.b.WriteString("\n" + strings.Repeat(w.indent, depth))
	}
}

func (w *jsonWriter) value(v lua.LValue, depth int) error {
	if depth > maxJSONDepth {
		return fmt.Errorf("nested more than %d levels deep, or a table that contains itself", maxJSONDepth)
	}
	switch v := v.(type) {
	case lua.LBool:
		w.b.WriteString(v.String())
	case lua.LString:
		return w.text(string(v))
	case lua.LNumber:
		f := float64(v)
		switch {
		case math.IsNaN(f) || math.IsInf(f, 0):
			return fmt.Errorf("cannot encode the number %s", lua51.FormatNumber(f))
		case f == math.Trunc(f) && math.Abs(f) < 1e15:
			w.b.WriteString(strconv.FormatFloat(f, 'f', -1, 64))
		default:
			w.b.WriteString(strconv.FormatFloat(f, 'g', -1, 64))
		}
	case *lua.LTable:
		return w.table(v, depth)
	default:
		digits := lua51.Int64Text(v)
		switch {
		case v == w.lib.jsonNull:
			digits = "null"
		case v == lua.LNil:
			return errors.New("cannot encode nil (use json.null)")
		case digits == "":
			return fmt.Errorf("cannot encode a %s", v.Type())
		}
		w.b.WriteString(digits)
	}
	return nil
}

func (w *jsonWriter) text(s string) error {
	if at := invalidUTF8(s); at >= 0 {
		return fmt.Errorf("invalid UTF-8 at byte %d of a string (encode bytes with hex or base64)", at+1)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	w.b.WriteString(strings.TrimSuffix(b.String(), "\n"))
	return nil
}

func (w *jsonWriter) table(t *lua.LTable, depth int) error {
	n := t.Len()
	if n > 0 || t.Metatable == w.lib.jsonArray {
		w.b.WriteByte('[')
		for i := 1; i <= n; i++ {
			if i > 1 {
				w.b.WriteByte(',')
			}
			w.newline(depth + 1)
			if err := w.value(t.RawGetInt(i), depth+1); err != nil {
				return err
			}
		}
		if n > 0 {
			w.newline(depth)
		}
		w.b.WriteByte(']')
		for k := range lua51.Each(t) {
			if i, ok := k.(lua.LNumber); !ok || float64(i) != math.Trunc(float64(i)) || i < 1 || int(i) > n {
				return fmt.Errorf("cannot encode an array that also has the key %s", lua.LVAsString(lua51.ToString(w.L, k)))
			}
		}
		return nil
	}
	w.b.WriteByte('{')
	first := true
	for k, v := range lua51.Each(t) { // in order, unlike ForEach
		if !first {
			w.b.WriteByte(',')
		}
		first = false
		w.newline(depth + 1)
		key, ok := k.(lua.LString)
		if !ok {
			return fmt.Errorf("cannot encode an object with a key that is not a string: %s", lua.LVAsString(lua51.ToString(w.L, k)))
		}
		if err := w.text(string(key)); err != nil {
			return err
		}
		w.b.WriteByte(':')
		if w.indent != "" {
			w.b.WriteByte(' ')
		}
		if err := w.value(v, depth+1); err != nil {
			return err
		}
	}
	if !first {
		w.newline(depth)
	}
	w.b.WriteByte('}')
	return nil
}
