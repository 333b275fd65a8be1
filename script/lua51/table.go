package lua51

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func openTable(_ *Interp, L *lua.LState) {
	Register(L, lua.TabLibName, map[string]lua.LGFunction{
		"concat":   tableConcat,
		"foreach":  tableForeach,
		"foreachi": tableForeachi,
		"getn":     tableGetn,
		"insert":   tableInsert,
		"maxn":     tableMaxn,
		"remove":   tableRemove,
		"setn":     tableSetn,
		"sort":     tableSort,
	})
}

// tableConcat is table.concat (5.5).
func tableConcat(L *lua.LState) int {
	sep := OptString(L, 2, "")
	t := CheckTable(L, 1)
	i := OptInt(L, 3, 1)
	j := length(t)
	if L.Get(4) != lua.LNil {
		j = CheckInt(L, 4)
	}
	var b strings.Builder
	for k := i; k <= j; k++ {
		switch v := GetInt(t, k).(type) {
		case lua.LString:
			b.WriteString(string(v))
		case lua.LNumber:
			b.WriteString(FormatNumber(float64(v)))
		default:
			Raise(L, 1, "invalid value (%s) at index %d in table for 'concat'", v.Type(), k)
		}
		if k == j {
			break // the next might not exist
		}
		b.WriteString(sep)
		checkLength(L, 1, int64(b.Len()))
	}
	L.Push(lua.LString(b.String()))
	return 1
}

// tableForeach is table.foreach, which Lua 5.1 still has.
func tableForeach(L *lua.LState) int {
	t, f := CheckTable(L, 1), CheckFunction(L, 2)
	for k, v := range Each(t) {
		if r := Call(L, f, k, v); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

// tableForeachi is table.foreachi, which Lua 5.1 still has.
func tableForeachi(L *lua.LState) int {
	t, f := CheckTable(L, 1), CheckFunction(L, 2)
	n := length(t)
	for i := 1; i <= n; i++ {
		if r := Call(L, f, lua.LNumber(i), GetInt(t, i)); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

// tableGetn is table.getn, which is the # operator now.
func tableGetn(L *lua.LState) int {
	pushNumber(L, float64(length(CheckTable(L, 1))))
	return 1
}

// tableSetn is table.setn, which is gone.
func tableSetn(L *lua.LState) int {
	CheckTable(L, 1)
	Raise(L, 1, "'setn' is obsolete")
	return 0
}

// tableInsert is table.insert (5.5).
func tableInsert(L *lua.LState) int {
	t := CheckTable(L, 1)
	n := length(t)
	switch L.GetTop() {
	case 2:
		SetInt(t, n+1, L.Get(2))
	case 3:
		pos, v := CheckInt(L, 2), L.Get(3)
		if pos >= 1 && pos <= n && insertItem(t, pos, v) {
			return 0
		}
		if pos < 1 && n-pos > MaxResults {
			Raise(L, 1, "position out of bounds")
		}
		for i := n + 1; i > pos; i-- {
			SetInt(t, i, GetInt(t, i-1))
		}
		SetInt(t, pos, v)
	default:
		Raise(L, 1, "wrong number of arguments to 'insert'")
	}
	return 0
}

// tableMaxn is table.maxn (5.5).
func tableMaxn(L *lua.LState) int {
	t := CheckTable(L, 1)
	L.Push(largestNumber(t))
	return 1
}

// tableRemove is table.remove (5.5).
func tableRemove(L *lua.LState) int {
	t := CheckTable(L, 1)
	n := length(t)
	pos := OptInt(L, 2, n)
	if pos < 1 || pos > n {
		return 0
	}
	L.Push(removeItem(t, pos))
	return 1
}

// tableSort is table.sort (5.5).
func tableSort(L *lua.LState) int {
	t := CheckTable(L, 1)
	s := sorter{L: L, a: make([]lua.LValue, length(t))}
	if L.Get(2) != lua.LNil {
		s.less = CheckFunction(L, 2)
	}
	for i := range s.a {
		s.a[i] = GetInt(t, i+1)
	}
	// An error leaves the items in some order, as in lua.
	defer func() {
		for i, v := range s.a {
			SetInt(t, i+1, v)
		}
	}()
	s.sort(1, len(s.a))
	return 0
}

// sorter sorts as lua does, down to the order of items that are equal: the
// median of three, and the smaller part first.
type sorter struct {
	L    *lua.LState
	less *lua.LFunction
	a    []lua.LValue
}

func (s *sorter) at(i int) lua.LValue { return s.a[i-1] }
func (s *sorter) swap(i, j int)       { s.a[i-1], s.a[j-1] = s.a[j-1], s.a[i-1] }

func (s *sorter) lt(x, y lua.LValue) bool {
	if s.less != nil {
		return lua.LVAsBool(Call(s.L, s.less, x, y))
	}
	if a, ok := x.(lua.LNumber); ok {
		if b, ok := y.(lua.LNumber); ok {
			return a < b
		}
	}
	if order, ok := CompareMixed(x, y); ok {
		return order == -1
	}
	return less(s.L, x, y)
}

func (s *sorter) sort(lo, hi int) {
	for lo < hi {
		if s.lt(s.at(hi), s.at(lo)) {
			s.swap(lo, hi)
		}
		if hi-lo == 1 {
			return
		}
		mid := int(uint(lo+hi) / 2)
		if s.lt(s.at(mid), s.at(lo)) {
			s.swap(mid, lo)
		} else if s.lt(s.at(hi), s.at(mid)) {
			s.swap(mid, hi)
		}
		if hi-lo == 2 {
			return
		}
		pivot := s.at(mid)
		s.swap(mid, hi-1)
		i, j := lo, hi-1
		for {
			for i++; s.lt(s.at(i), pivot); i++ {
				if i > hi || i >= len(s.a) {
					Raise(s.L, 1, "invalid order function for sorting")
				}
			}
			for j--; s.lt(pivot, s.at(j)); j-- {
				if j < lo || j <= 1 {
					Raise(s.L, 1, "invalid order function for sorting")
				}
			}
			if j < i {
				break
			}
			s.swap(i, j)
		}
		s.swap(hi-1, i)
		if i-lo < hi-i {
			s.sort(lo, i-1)
			lo = i + 1
		} else {
			s.sort(i+1, hi)
			hi = i - 1
		}
	}
}
