package compiler

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// constants are those of a function. Each is there once: zero and minus zero
// are two.
type constants struct {
	values  []lua.LValue
	texts   []string // of the values, "" for what is no text
	strings map[string]int
	numbers map[uint64]int
	others  [3]int // where nil, false and true are, plus 1
}

// few is how many constants are looked through one by one.
const few = 12

func (f *function) addConstant(v lua.LValue, text string) int {
	k := &f.constants
	if len(k.values) == maxBx {
		panic(&Error{Message: "constant table overflow"})
	}
	k.values = append(k.values, v)
	k.texts = append(k.texts, text)
	return len(k.values) - 1
}

// text returns the number of a constant text.
func (f *function) text(s string) int {
	k := &f.constants
	if len(k.values) <= few {
		for i, t := range k.texts {
			if t == s {
				if _, ok := k.values[i].(lua.LString); ok {
					return i
				}
			}
		}
		return f.addConstant(lua.LString(s), s)
	}
	if k.strings == nil {
		k.strings = make(map[string]int)
		for i, v := range k.values {
			if v, ok := v.(lua.LString); ok {
				k.strings[string(v)] = i
			}
		}
	}
	i, ok := k.strings[s]
	if !ok {
		i = f.addConstant(lua.LString(s), s)
		k.strings[s] = i
	}
	return i
}

// number returns the number of a constant number.
func (f *function) number(n float64) int {
	k := &f.constants
	bits := math.Float64bits(n)
	if len(k.values) <= few {
		for i, v := range k.values {
			if v, ok := v.(lua.LNumber); ok && math.Float64bits(float64(v)) == bits {
				return i
			}
		}
		return f.addConstant(lua.LNumber(n), "")
	}
	if k.numbers == nil {
		k.numbers = make(map[uint64]int)
		for i, v := range k.values {
			if v, ok := v.(lua.LNumber); ok {
				k.numbers[math.Float64bits(float64(v))] = i
			}
		}
	}
	i, ok := k.numbers[bits]
	if !ok {
		i = f.addConstant(lua.LNumber(n), "")
		k.numbers[bits] = i
	}
	return i
}

// other returns the number of the constant nil, false or true.
func (f *function) other(v lua.LValue) int {
	which := 0
	switch v {
	case lua.LFalse:
		which = 1
	case lua.LTrue:
		which = 2
	}
	at := &f.constants.others[which]
	if *at == 0 {
		*at = f.addConstant(v, "") + 1
	}
	return *at - 1
}
