package compiler

func (s *syntax) exprs() {
	s.expr()
	for s.skip(",") {
		s.expr()
	}
}

func (s *syntax) expr() { s.operation(0) }

// unaryPriority is how strong -, not and # bind.
const unaryPriority = 8

// priorities say how strong an operator binds what stands left and right of it.
var priorities = map[string][2]int{
	"or": {1, 1}, "and": {2, 2},
	"<": {3, 3}, ">": {3, 3}, "<=": {3, 3}, ">=": {3, 3}, "~=": {3, 3}, "==": {3, 3},
	"..": {5, 4}, "+": {6, 6}, "-": {6, 6}, "*": {7, 7}, "/": {7, 7}, "%": {7, 7}, "^": {10, 9},
}

// operation is an expression of operators that bind stronger than the limit.
func (s *syntax) operation(limit int) {
	s.enter()
	switch s.now {
	case "not", "-", "#":
		s.next()
		s.operation(unaryPriority)
	default:
		s.operand()
	}
	for {
		p, ok := priorities[s.now]
		if !ok || p[0] <= limit {
			break
		}
		s.next()
		s.operation(p[1])
	}
	s.depth--
}

func (s *syntax) operand() {
	switch {
	case s.now == "":
		s.primary()
	case s.isString(), isDigit(s.now[0]), s.now[0] == '.' && len(s.now) > 1 && isDigit(s.now[1]),
		s.now == "nil", s.now == "true", s.now == "false":
		s.next()
	case s.now == "...":
		if !s.vararg {
			s.fail("cannot use '...' outside a vararg function")
		}
		s.next()
	case s.now == "{":
		s.table()
	case s.now == "function":
		s.next()
		s.function(s.line())
	default:
		s.primary()
	}
}

// What an expression is that a statement may begin with.
const (
	isOther = iota
	isVariable
	isCall
)

// primary is a name or an expression in parentheses, with the fields and calls
// that follow.
func (s *syntax) primary() (what int) {
	switch line := s.line(); {
	case s.now == "(":
		s.next()
		s.expr()
		s.close(")", "(", line)
	case s.isName():
		s.next()
		what = isVariable
	default:
		s.fail("unexpected symbol")
	}
	for {
		switch {
		case s.now == ".":
			s.next()
			s.name()
			what = isVariable
		case s.now == "[":
			s.next()
			s.expr()
			s.want("]")
			what = isVariable
		case s.now == ":":
			s.next()
			s.name()
			s.arguments()
			what = isCall
		case s.now == "(", s.now == "{", s.isString():
			s.arguments()
			what = isCall
		default:
			return what
		}
	}
}

func (s *syntax) arguments() {
	switch line := s.line(); {
	case s.now == "(":
		if line != s.last() {
			s.fail("ambiguous syntax (function call x new statement)")
		}
		s.next()
		if s.now != ")" {
			s.exprs()
		}
		s.close(")", "(", line)
	case s.now == "{":
		s.table()
	case s.isString():
		s.next()
	default:
		s.fail("function arguments expected")
	}
}

func (s *syntax) table() {
	line := s.line()
	s.want("{")
	for s.now != "}" {
		switch {
		case s.now == "[":
			s.next()
			s.expr()
			s.want("]")
			s.want("=")
		case s.isName():
			if s.ahead = s.i + 1; s.t.at(s.ahead) == "=" {
				s.next()
				s.next()
			}
		}
		s.expr()
		if !s.skip(",") && !s.skip(";") {
			break
		}
	}
	s.close("}", "{", line)
}
