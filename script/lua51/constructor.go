package lua51

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// maxFields is how many fields of a table one function builds. The compiler
// gets 25,550 items right (a batch of 50 has a number of 9 bits), and looks for
// each constant among all others of the function.
const maxFields = 4000

// batch is how many items Lua and the compiler store at once; fewer are stored
// at the end. A named field is stored when it is evaluated.
const batch = 50

// table returns a table constructor in a form that the compiler gets right.
func (m *rewriter) table(t *ast.TableExpr) ast.Expr {
	m.watch = append(m.watch, watched{name: "arg"})
	items := 0
	split := len(t.Fields) > maxFields
	for i, f := range t.Fields {
		if f.Key != nil {
			m.expr(&f.Key)
		} else if items++; i == len(t.Fields)-1 && isMulti(f.Value) {
			items--
			// The compiler stores several values after a full batch over it.
			split = split || items > 0 && items%batch == 0
		}
		m.expr(&f.Value)
		if f.Key != nil {
			// The compiler stores a full batch again after each named field,
			// from registers that hold other values by now.
			split = split || items > 0 && items%batch == 0
			adjust(f.Value, true)
		}
	}
	last := len(m.watch) - 1
	usesArg := m.watch[last].seen
	m.watch = m.watch[:last]
	if !split {
		return t
	}
	return splitTable(t, usesArg)
}

// adjust sets whether a call or ... gives exactly one value: the compiler takes
// a named field that stands last for a list of values.
func adjust(e ast.Expr, one bool) {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = one
	case *ast.Comma3Expr:
		e.AdjustRet = one
	}
}

// splitTable returns a call of a function that builds the table in parts, each
// in a function of its own if they have more than maxFields fields:
//
//	(function((a), ...)
//	  local arg = (a)
//	  local (t), (u) = {first fields}, {};
//	  (u)[1] = next item
//	  (t).key = value
//	  ...
//	  for (i) = 1, 50 do (t)[(i) + n] = (u)[(i)] end
//	  do
//	    local (v) = {last items}
//	    for (i) = 1, #(v) do (t)[(i) + n] = (v)[(i)] end
//	  end
//	  return (t)
//	end)(arg, ...)
//
// The ... are there if the fields use them, arg if they use that: a function
// with ... has an arg of its own.
func splitTable(t *ast.TableExpr, usesArg bool) ast.Expr {
	s := &splitter{t: t}
	for _, f := range t.Fields {
		s.varargs = s.varargs || usesVarargs(f.Value) || f.Key != nil && usesVarargs(f.Key)
	}
	s.arg = s.varargs && usesArg
	first, items := s.whole(0, true)
	s.stored = items
	for from := first; from < len(t.Fields); {
		from = s.part(from)
	}
	if s.pending > 0 {
		s.add(s.copy("(u)", s.num(s.pending)), 0)
	}
	start := ast.Expr(s.list(0, first))
	if len(t.Fields) > maxFields {
		start = s.call(at(&ast.ReturnStmt{Exprs: []ast.Expr{start}}, t))
	}
	body := []ast.Stmt{at(&ast.LocalAssignStmt{
		Names: []string{"(t)", "(u)"},
		Exprs: []ast.Expr{start, at(&ast.TableExpr{}, t)},
	}, t)}
	body = append(append(body, s.functions...), s.stmts...)
	return s.call(append(body, at(&ast.ReturnStmt{Exprs: []ast.Expr{s.id("(t)")}}, t))...)
}

// splitter writes the statements that make a table. Those of up to maxFields
// fields are in stmts until functions takes them.
type splitter struct {
	t            *ast.TableExpr
	varargs, arg bool
	stmts        []ast.Stmt
	functions    []ast.Stmt
	fields       int // how many are in stmts
	stored       int // how many items are in the table
	pending      int // how many are in (u)
}

func (s *splitter) id(name string) ast.Expr { return at(&ast.IdentExpr{Value: name}, s.t) }

func (s *splitter) num(n int) ast.Expr { return at(&ast.NumberExpr{Value: strconv.Itoa(n)}, s.t) }

// call returns a call of a function of these statements.
func (s *splitter) call(stmts ...ast.Stmt) *ast.FuncCallExpr {
	par := &ast.ParList{HasVargs: s.varargs}
	var args []ast.Expr
	if s.arg {
		par.Names = []string{"(a)"}
		args = append(args, s.id("arg"))
		stmts = append([]ast.Stmt{at(&ast.LocalAssignStmt{Names: []string{"arg"}, Exprs: []ast.Expr{s.id("(a)")}}, s.t)}, stmts...)
	}
	if s.varargs {
		args = append(args, at(&ast.Comma3Expr{}, s.t))
	}
	return at(&ast.FuncCallExpr{
		Func:      at(&ast.FunctionExpr{ParList: par, Stmts: stmts}, s.t),
		Args:      args,
		AdjustRet: true,
	}, s.t)
}

// add adds a statement that has some fields of the table.
func (s *splitter) add(stmt ast.Stmt, fields int) {
	if s.fields += fields; s.fields > maxFields {
		s.functions = append(s.functions, at(&ast.FuncCallStmt{Expr: s.call(s.stmts...)}, s.t))
		s.stmts, s.fields = nil, fields
	}
	s.stmts = append(s.stmts, stmt)
}

// whole returns the end of the fields from some place on that one constructor
// builds, and how many of them are items: full batches, and, where they may
// stand among them, the named fields before.
func (s *splitter) whole(from int, named bool) (end, items int) {
	n := 0
	end = from
	for i := from; i < min(len(s.t.Fields), from+maxFields); i++ {
		switch f := s.t.Fields[i]; {
		case f.Key != nil && (!named || n > 0 && n%batch == 0), s.multi(i):
			return end, items
		case f.Key != nil:
			if n == 0 {
				end = i + 1
			}
		default:
			if n++; n%batch == 0 {
				end, items = i+1, n
			}
		}
	}
	return end, items
}

// list returns a constructor of some fields.
func (s *splitter) list(from, end int) *ast.TableExpr {
	if end > from && !s.multi(end-1) {
		adjust(s.t.Fields[end-1].Value, true) // it is the last only here
	}
	return at(&ast.TableExpr{Fields: s.t.Fields[from:end]}, s.t)
}

// multi reports whether field i gives any number of values.
func (s *splitter) multi(i int) bool {
	f := s.t.Fields[i]
	return i == len(s.t.Fields)-1 && f.Key == nil && isMulti(f.Value)
}

// part adds the fields from some place on, and returns where the next begin.
func (s *splitter) part(from int) int {
	f := s.t.Fields[from]
	if f.Key != nil {
		s.add(store(s.id("(t)"), f.Key, f.Value), 1)
		return from + 1
	}
	end := from
	if s.multi(from) {
		end++
	} else if s.pending == 0 {
		end, _ = s.whole(from, false)
	}
	if end > from {
		block := []ast.Stmt{at(&ast.LocalAssignStmt{Names: []string{"(v)"}, Exprs: []ast.Expr{s.list(from, end)}}, f.Value)}
		if s.pending > 0 {
			// They are stored when the values after them are there.
			block = append(block, s.copy("(u)", s.num(s.pending)))
			s.stored += s.pending
			s.pending = 0
		}
		n := s.num(end - from)
		if s.multi(from) {
			n = at(&ast.UnaryLenOpExpr{Expr: s.id("(v)")}, s.t)
		}
		block = append(block, s.copy("(v)", n))
		s.add(at(&ast.DoBlockStmt{Stmts: block}, s.t), end-from)
		s.stored += end - from
		return end
	}
	s.pending++
	s.add(store(s.id("(u)"), s.num(s.pending), f.Value), 1)
	if s.pending == batch {
		s.add(s.copy("(u)", s.num(batch)), 0)
		s.stored += batch
		s.pending = 0
	}
	return from + 1
}

// store returns the statement t[key] = value.
func store(t, key, value ast.Expr) ast.Stmt {
	adjust(value, false) // see assign
	return at(&ast.AssignStmt{
		Lhs: []ast.Expr{at(&ast.AttrGetExpr{Object: t, Key: key}, value)},
		Rhs: []ast.Expr{value},
	}, value)
}

// copy returns a loop that stores the first n items of a list after those that
// the table has.
func (s *splitter) copy(list string, n ast.Expr) ast.Stmt {
	to := at(&ast.ArithmeticOpExpr{Operator: "+", Lhs: s.id("(i)"), Rhs: s.num(s.stored)}, s.t)
	from := at(&ast.AttrGetExpr{Object: s.id(list), Key: s.id("(i)")}, s.t)
	return at(&ast.NumberForStmt{Name: "(i)", Init: s.num(1), Limit: n, Stmts: []ast.Stmt{store(s.id("(t)"), to, from)}}, s.t)
}

// usesVarargs reports whether ... stands in e, outside of functions.
func usesVarargs(e ast.Expr) bool {
	_, uses := e.(*ast.Comma3Expr)
	operands(e, func(p *ast.Expr) { uses = uses || usesVarargs(*p) })
	return uses
}
