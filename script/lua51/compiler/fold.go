package compiler

import "math"

// fold returns the result of an operation with two numerals, as Lua's compiler does.
// Divisions by zero and results that are NaN are left to the VM.
func fold(operator string, x, y float64) (v float64, ok bool) {
	switch operator {
	case "+":
		v = x + y
	case "-":
		v = x - y
	case "*":
		v = x * y
	case "/":
		if y == 0 {
			return 0, false
		}
		v = x / y
	case "%":
		if y == 0 {
			return 0, false
		}
		v = x - math.Floor(x/y)*y
	case "^":
		if x < 0x1p-1022 && x > -0x1p-1022 {
			return 0, false
		}
		v = math.Pow(x, y)
	}
	return v, v == v
}
