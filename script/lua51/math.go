package lua51

import (
	"math"
	"math/rand"

	lua "github.com/yuin/gopher-lua"
)

func openMath(in *Interp, L *lua.LState) {
	in.random = rand.New(rand.NewSource(1)) // C's rand begins with 1 as well
	funcs := map[string]lua.LGFunction{
		"frexp":      mathFrexp,
		"ldexp":      mathLdexp,
		"max":        mathMax,
		"min":        mathMin,
		"modf":       mathModf,
		"random":     in.mathRandom,
		"randomseed": in.mathRandomseed,
	}
	for name, f := range map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan,
		"ceil": math.Ceil, "cos": math.Cos, "cosh": math.Cosh,
		"deg":   func(x float64) float64 { return x / (math.Pi / 180) },
		"exp":   math.Exp,
		"floor": math.Floor,
		"log":   math.Log, "log10": math.Log10,
		"rad": func(x float64) float64 { return x * (math.Pi / 180) },
		"sin": math.Sin, "sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
	} {
		funcs[name] = func(L *lua.LState) int {
			pushNumber(L, f(CheckNumber(L, 1)))
			return 1
		}
	}
	for name, f := range map[string]func(x, y float64) float64{
		"atan2": math.Atan2, "fmod": math.Mod, "mod": math.Mod, "pow": power,
	} {
		funcs[name] = func(L *lua.LState) int {
			pushNumber(L, f(CheckNumber(L, 1), CheckNumber(L, 2)))
			return 1
		}
	}
	t := Register(L, lua.MathLibName, funcs)
	t.RawSetString("pi", lua.LNumber(math.Pi))
	t.RawSetString("huge", lua.LNumber(math.Inf(1)))
}

// mathFrexp is math.frexp (5.6).
func mathFrexp(L *lua.LState) int {
	m, e := math.Frexp(CheckNumber(L, 1))
	pushNumber(L, m)
	pushNumber(L, float64(e))
	return 2
}

// mathLdexp is math.ldexp (5.6).
func mathLdexp(L *lua.LState) int {
	pushNumber(L, math.Ldexp(CheckNumber(L, 1), CheckInt(L, 2)))
	return 1
}

// mathMax is math.max (5.6).
func mathMax(L *lua.LState) int {
	v := CheckNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := CheckNumber(L, i); x > v {
			v = x
		}
	}
	pushNumber(L, v)
	return 1
}

// mathMin is math.min (5.6).
func mathMin(L *lua.LState) int {
	v := CheckNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if x := CheckNumber(L, i); x < v {
			v = x
		}
	}
	pushNumber(L, v)
	return 1
}

// mathModf is math.modf (5.6).
func mathModf(L *lua.LState) int {
	v := CheckNumber(L, 1)
	whole, part := math.Modf(v)
	if math.IsInf(v, 0) {
		part = 0
	}
	pushNumber(L, whole)
	pushNumber(L, part)
	return 2
}

// mathRandom is math.random (5.6).
func (in *Interp) mathRandom(L *lua.LState) int { return Random(L, in.random) }

// Random is math.random by a generator.
func Random(L *lua.LState, generator *rand.Rand) int {
	r := generator.Float64()
	lo, hi := 1, 0
	switch L.GetTop() {
	case 0:
		pushNumber(L, r)
		return 1
	case 1:
		hi = CheckInt(L, 1)
		if hi < lo {
			ArgError(L, 1, "interval is empty")
		}
	case 2:
		lo, hi = CheckInt(L, 1), CheckInt(L, 2)
		if hi < lo {
			ArgError(L, 2, "interval is empty")
		}
	default:
		Raise(L, 1, "wrong number of arguments")
	}
	pushNumber(L, math.Floor(r*(float64(hi)-float64(lo)+1))+float64(lo))
	return 1
}

// mathRandomseed is math.randomseed (5.6).
func (in *Interp) mathRandomseed(L *lua.LState) int {
	in.random.Seed(int64(CheckInt(L, 1)))
	return 0
}
