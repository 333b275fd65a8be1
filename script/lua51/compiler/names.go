package compiler

import (
	"fmt"
	"slices"
)

// The limits of a function: visible locals, and upvalues.
const (
	maxLocals   = 200
	maxUpvalues = 60
)

// names are the visible locals of all functions that the parser is in.
type names struct {
	visible   []string
	functions []openFunction
}

// An openFunction is a function whose end was not parsed yet.
type openFunction struct {
	begin    int // the line that it begins in, 0 for the chunk
	first    int // its first local among the visible
	upvalues []string
}

func (n *names) open(line int) {
	n.functions = append(n.functions, openFunction{begin: line, first: len(n.visible)})
}

func (n *names) close() {
	n.visible = n.visible[:n.now().first]
	n.functions = n.functions[:len(n.functions)-1]
}

// now returns the function that the parser is in.
func (n *names) now() *openFunction { return &n.functions[len(n.functions)-1] }

func (n *names) declare(names ...string) { n.visible = append(n.visible, names...) }

// room fails if n more locals exceed the limit.
func (p *parser) room(n int) {
	if f := p.names.now(); len(p.names.visible)-f.first+n > maxLocals {
		p.limit(f, maxLocals, "local variables")
	}
}

// refer notes that a name is used, which may be an upvalue.
func (p *parser) refer(name string) {
	n := &p.names
	if n.now().first <= maxUpvalues {
		return // no function can have too many
	}
	i, end := len(n.functions)-1, len(n.visible)
	for i >= 0 && !slices.Contains(n.visible[n.functions[i].first:end], name) {
		end = n.functions[i].first
		i--
	}
	if i < 0 {
		return // a global
	}
	for j := range n.functions[i+1:] {
		f := &n.functions[i+1+j]
		if slices.Contains(f.upvalues, name) {
			continue
		}
		if f.upvalues = append(f.upvalues, name); len(f.upvalues) > maxUpvalues {
			p.limit(f, maxUpvalues, "upvalues")
		}
	}
}

// limit reports that a limit of a function is exceeded.
func (p *parser) limit(f *openFunction, n int, of string) {
	message := fmt.Sprintf("main function has more than %d %s", n, of)
	if f.begin > 0 {
		message = fmt.Sprintf("function at line %d has more than %d %s", f.begin+p.t.Before, n, of)
	}
	panic(&Error{Line: p.line() + p.t.Before, Message: message})
}
