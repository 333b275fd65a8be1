package lualib

import (
	"strings"

	"sosh/internal/luadoc"
	"sosh/script/lua51"

	lua "github.com/yuin/gopher-lua"
)

// The functions of regex are those of string, for regular expressions in Go's
// syntax (RE2): no backreferences, and the time is proportional to the text. They
// read UTF-8; an expression that begins with (?b) reads bytes.

var regexFunctions = []Function{
	{
		Name: "regex.match", Params: "text, expression [, init]", Returns: []luadoc.Result{{Name: "captures, or the whole match", Type: "string?", Many: true}}, Note: "nil without a match", Summary: "string.match with a regular expression",
		Help:    `Expressions have the syntax of RE2: no back references, and matching takes time linear in the length of the text. Text is read as UTF-8. With (?b) at the start of the expression it is read as bytes: \xff is the byte 255, and . is any byte except newline.`,
		Example: `print(regex.match("HTTP/1.1 404 Not Found", [[^HTTP/(\d\.\d) (\d{3})]]))`, Prints: "1.1\t404\n",
		Run: func(L *lua.LState) int { return regexFind(L, false) },
	},
	{
		Name: "regex.find", Params: "text, expression [, init]", Returns: []luadoc.Result{{Type: "integer?", Doc: "where it begins"}, {Type: "integer?", Doc: "where it ends"}, {Name: "captures", Type: "string", Many: true}}, Note: "nil without a match", Summary: "string.find with a regular expression",
		Example: `print(regex.find("a: 12, b: 345", [[b: (\d+)]]))`, Prints: "8\t13\t345\n",
		Run: func(L *lua.LState) int { return regexFind(L, true) },
	},
	{
		Name: "regex.gmatch", Params: "text, expression", Returns: []luadoc.Result{{Type: "function", Doc: "an iterator over the matches"}}, Summary: "string.gmatch with a regular expression",
		Example: `for k, v in regex.gmatch("a=1; b=2", [[(\w)=(\d)]]) do print(k, v) end`, Prints: "a\t1\nb\t2\n",
		Run: regexGmatch,
	},
	{
		Name: "regex.gsub", Params: "text, expression, replacement [, n]", Returns: []luadoc.Result{{Name: "new text", Type: "string"}, {Type: "integer", Doc: "how many matches there were"}}, Summary: "string.gsub with a regular expression",
		Help:    `As in string.gsub, the replacement is a string with %0 to %9 for the captures, a table, or a function.`,
		Example: `print(regex.gsub("2026-11-26", [[(\d+)-(\d+)-(\d+)]], "%3.%2.%1"))`, Prints: "26.11.2026\t1\n",
		Run: regexGsub,
	},
}

func checkRegex(L *lua.LState, n int) *regex {
	re, err := compileRegex(lua51.CheckString(L, n))
	if err != nil {
		lua51.ArgError(L, n, err.Error())
	}
	return re
}

// captures returns the values of a match in s, which is as find returns
// it: its groups, or the whole match if it has none. A group that took no part
// in the match is false.
func captures(s string, m []int) []lua.LValue {
	if len(m) == 2 {
		return []lua.LValue{lua.LString(s[m[0]:m[1]])}
	}
	var vals []lua.LValue
	for i := 2; i < len(m); i += 2 {
		if m[i] < 0 {
			vals = append(vals, lua.LFalse) // a group that took no part; nil would end a list
			continue
		}
		vals = append(vals, lua.LString(s[m[i]:m[i+1]]))
	}
	return vals
}

// interruptOf returns the stop function of a search that a script makes: it raises
// the error of an interrupt.
func interruptOf(L *lua.LState) func() error {
	return func() error {
		lua51.CheckInterrupt(L)
		return nil
	}
}

func regexFind(L *lua.LState, find bool) int {
	s, re := lua51.CheckString(L, 1), checkRegex(L, 2)
	init := max(lua51.Position(lua51.OptInt(L, 3, 1), len(s))-1, 0)
	if init > len(s) {
		L.Push(lua.LNil)
		return 1
	}
	m, _ := re.find(s[init:], interruptOf(L))
	if m == nil {
		L.Push(lua.LNil)
		return 1
	}
	var vals []lua.LValue
	if find {
		vals = append(vals, lua.LNumber(init+m[0]+1), lua.LNumber(init+m[1]))
	}
	if !find || len(m) > 2 {
		vals = append(vals, captures(s[init:], m)...)
	}
	return lua51.PushAll(L, vals)
}

func regexGmatch(L *lua.LState) int {
	s := lua51.CheckString(L, 1)
	all := checkRegex(L, 2).all(s)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		m := all.next(interruptOf(L))
		if m == nil {
			L.Push(lua.LNil)
			return 1
		}
		return lua51.PushAll(L, captures(s, m))
	}))
	return 1
}

func regexGsub(L *lua.LState) int {
	s, re, repl, n := lua51.CheckString(L, 1), checkRegex(L, 2), L.Get(3), lua51.OptInt(L, 4, -1)
	switch repl.Type() {
	case lua.LTString, lua.LTNumber, lua.LTTable, lua.LTFunction:
	default:
		lua51.ArgError(L, 3, "string/function/table expected")
	}
	var b strings.Builder
	at, count := 0, 0
	for all := re.all(s); n < 0 || count < n; {
		m := all.next(interruptOf(L))
		if m == nil {
			break
		}
		b.WriteString(s[at:m[0]])
		at = m[1]
		count++
		whole, groups := s[m[0]:m[1]], captures(s, m)
		var v lua.LValue
		switch r := repl.(type) {
		case *lua.LTable:
			v = lua51.Index(L, r, groups[0])
		case *lua.LFunction:
			v = lua51.Call(L, r, groups...)
		default:
			v = lua.LString(expandCaptures(L, lua.LVAsString(r), whole, groups))
		}
		switch v.Type() {
		case lua.LTString, lua.LTNumber:
			b.WriteString(lua.LVAsString(lua51.ToString(L, v)))
		case lua.LTNil, lua.LTBool:
			if lua.LVAsBool(v) {
				lua51.Raise(L, 1, "invalid replacement value (a %s)", v.Type())
			}
			b.WriteString(whole)
		default:
			lua51.Raise(L, 1, "invalid replacement value (a %s)", v.Type())
		}
	}
	b.WriteString(s[at:])
	L.Push(lua.LString(b.String()))
	L.Push(lua.LNumber(count))
	return 2
}

// expandCaptures replaces %0 to %9 in repl by the captures.
func expandCaptures(L *lua.LState, repl, whole string, groups []lua.LValue) string {
	var b strings.Builder
	for i := 0; i < len(repl); i++ {
		c := repl[i]
		if c != '%' || i+1 == len(repl) {
			b.WriteByte(c)
			continue
		}
		i++
		switch d := int(repl[i] - '0'); {
		case repl[i] == '0':
			b.WriteString(whole)
		case d >= 1 && d <= 9 && d <= len(groups):
			if s, ok := groups[d-1].(lua.LString); ok {
				b.WriteString(string(s))
			}
		case d >= 1 && d <= 9:
			lua51.Raise(L, 1, "invalid capture index %%%d", d)
		default:
			b.WriteByte(repl[i])
		}
	}
	return b.String()
}
