package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openString(in *Interp, L *lua.LState) {
	t := Register(L, lua.StringLibName, map[string]lua.LGFunction{
		"byte":    stringByte,
		"char":    stringChar,
		"dump":    stringDump,
		"find":    func(L *lua.LState) int { return stringFind(L, true) },
		"gmatch":  stringGmatch,
		"gsub":    stringGsub,
		"len":     stringLen,
		"lower":   stringLower,
		"match":   func(L *lua.LState) int { return stringFind(L, false) },
		"rep":     stringRep,
		"reverse": stringReverse,
		"sub":     stringSub,
		"upper":   stringUpper,
	})
	t.RawSetString("gfind", t.RawGetString("gmatch"))
	// gopher-lua makes the library itself the metatable of strings.
	mt := L.CreateTable(0, 1)
	mt.RawSetString("__index", t)
	L.SetMetatable(lua.LString(""), mt)
	for _, old := range []string{"__index", "__gc", "__call"} {
		t.RawSetString(old, lua.LNil)
	}
}

// Position turns a position of a script, which may count from the end, into
// one that counts from 1 and may be anywhere.
func Position(pos, n int) int {
	if pos < 0 {
		pos += n + 1
	}
	return max(pos, 0)
}

// stringByte is string.byte (5.4).
func stringByte(L *lua.LState) int {
	s := CheckString(L, 1)
	i := Position(OptInt(L, 2, 1), len(s))
	j := Position(OptInt(L, 3, i), len(s))
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		return 0
	}
	if j-i >= MaxResults {
		Raise(L, 1, "string slice too long")
	}
	for _, c := range []byte(s[i-1 : j]) {
		pushNumber(L, float64(c))
	}
	return j - i + 1
}

// stringChar is string.char (5.4).
func stringChar(L *lua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := CheckInt(L, i+1)
		if c < 0 || c > 255 {
			ArgError(L, i+1, "invalid value")
		}
		b[i] = byte(c)
	}
	L.Push(lua.LString(b))
	return 1
}

// stringDump is string.dump (5.4), which this Lua has not.
func stringDump(L *lua.LState) int {
	CheckFunction(L, 1)
	Raise(L, 1, "unable to dump given function")
	return 0
}

// stringLen is string.len (5.4).
func stringLen(L *lua.LState) int {
	pushNumber(L, float64(len(CheckString(L, 1))))
	return 1
}

// stringLower is string.lower (5.4), in the C locale.
func stringLower(L *lua.LState) int {
	L.Push(lua.LString(mapBytes(CheckString(L, 1), 'A', 'Z')))
	return 1
}

// stringUpper is string.upper (5.4), in the C locale.
func stringUpper(L *lua.LState) int {
	L.Push(lua.LString(mapBytes(CheckString(L, 1), 'a', 'z')))
	return 1
}

// mapBytes changes the case of the bytes from one letter to another.
func mapBytes(s string, from, to byte) string {
	for i := range len(s) {
		if from <= s[i] && s[i] <= to {
			b := []byte(s)
			for ; i < len(b); i++ {
				if from <= b[i] && b[i] <= to {
					b[i] ^= 0x20
				}
			}
			return string(b)
		}
	}
	return s
}

// stringRep is string.rep (5.4).
func stringRep(L *lua.LState) int {
	s := CheckString(L, 1)
	n := CheckInt(L, 2)
	if n <= 0 || s == "" {
		L.Push(lua.LString(""))
		return 1
	}
	checkLength(L, 1, min(int64(n), 1<<31)*int64(len(s)))
	L.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}

// stringReverse is string.reverse (5.4).
func stringReverse(L *lua.LState) int {
	s := CheckString(L, 1)
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	L.Push(lua.LString(b))
	return 1
}

// stringSub is string.sub (5.4).
func stringSub(L *lua.LState) int {
	s := CheckString(L, 1)
	i := max(Position(CheckInt(L, 2), len(s)), 1)
	j := min(Position(OptInt(L, 3, -1), len(s)), len(s))
	if i > j {
		L.Push(lua.LString(""))
	} else {
		L.Push(lua.LString(s[i-1 : j]))
	}
	return 1
}

// stringFind is string.find, and string.match (5.4).
func stringFind(L *lua.LState, find bool) int {
	s, p := CheckString(L, 1), CheckString(L, 2)
	init := min(max(Position(OptInt(L, 3, 1), len(s))-1, 0), len(s))
	if find && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(p, "^$*+?.([%-")) {
		i := strings.Index(s[init:], p)
		if i < 0 {
			L.Push(lua.LNil)
			return 1
		}
		pushNumber(L, float64(init+i+1))
		pushNumber(L, float64(init+i+len(p)))
		return 2
	}
	anchor := strings.HasPrefix(p, "^")
	if anchor {
		p = p[1:]
	}
	m := matcher{L: L, s: s, p: p}
	for ; init <= len(s); init++ {
		m.start()
		if e := m.match(init, 0); e >= 0 {
			if !find {
				return m.push(init, e)
			}
			pushNumber(L, float64(init+1))
			pushNumber(L, float64(e))
			if m.level == 0 {
				return 2
			}
			return 2 + m.push(init, e)
		}
		if anchor {
			break
		}
	}
	L.Push(lua.LNil)
	return 1
}

// stringGmatch is string.gmatch (5.4).
func stringGmatch(L *lua.LState) int {
	m := &matcher{s: CheckString(L, 1), p: CheckString(L, 2)}
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) int {
		m.L = L
		for ; at <= len(m.s); at++ {
			m.start()
			if e := m.match(at, 0); e >= 0 {
				from := at
				if at = e; e == from {
					at++
				}
				return m.push(from, e)
			}
		}
		return 0
	}))
	return 1
}

// stringGsub is string.gsub (5.4).
func stringGsub(L *lua.LState) int {
	s, p := CheckString(L, 1), CheckString(L, 2)
	repl := L.Get(3)
	var text string
	switch repl.Type() {
	case lua.LTNumber, lua.LTString:
		text = CheckString(L, 3)
	case lua.LTTable, lua.LTFunction:
	default:
		ArgError(L, 3, "string/function/table expected")
	}
	limit := OptInt(L, 4, len(s)+1)
	anchor := strings.HasPrefix(p, "^")
	if anchor {
		p = p[1:]
	}
	m := matcher{L: L, s: s, p: p}
	var b strings.Builder
	at, n := 0, 0
	for n < limit {
		m.start()
		e := m.match(at, 0)
		if e >= 0 {
			n++
			m.replace(&b, repl, text, at, e)
		}
		if e > at {
			at = e
		} else if at < len(s) {
			b.WriteByte(s[at])
			at++
		} else {
			break
		}
		if anchor {
			break
		}
	}
	b.WriteString(s[at:])
	L.Push(lua.LString(b.String()))
	pushNumber(L, float64(n))
	return 2
}

// replace writes what stands in the place of the match from s to e.
func (m *matcher) replace(b *strings.Builder, repl lua.LValue, text string, s, e int) {
	L := m.L
	var v lua.LValue
	switch repl := repl.(type) {
	case *lua.LTable:
		v = Index(L, repl, m.get(0, s, e))
	case *lua.LFunction:
		L.Push(repl)
		L.Call(m.push(s, e), 1)
		v = L.Get(-1)
		L.Pop(1)
	default:
		for i := 0; i < len(text); i++ {
			c := text[i]
			if c == '%' {
				i++
				if c = 0; i < len(text) { // Lua takes the end for a zero byte
					c = text[i]
				}
				switch {
				case c == '0':
					b.WriteString(m.s[s:e])
					continue
				case IsDigit(c):
					b.WriteString(lua.LVAsString(m.get(int(c-'1'), s, e)))
					continue
				}
			}
			b.WriteByte(c)
		}
		return
	}
	switch v := v.(type) {
	case lua.LString:
		b.WriteString(string(v))
	case lua.LNumber:
		b.WriteString(FormatNumber(float64(v)))
	default:
		if lua.LVAsBool(v) {
			Raise(L, 1, "invalid replacement value (a %s)", v.Type())
		}
		b.WriteString(m.s[s:e])
	}
}
