// Package annotate describes the verbs and the library to editors: it writes
// annotations for the Lua Language Server.
//
// The package imports script, for its tables; it runs no Lua, and starts no
// goroutine.
package annotate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"sosh/internal/luadoc"
	"sosh/script"
	"sosh/script/lua51"
	"sosh/sockets"
)

// eventFields are the fields of the event tables of wait and on.
var eventFields = []string{
	"name string", "data? string", "peer? string", "handle? sosh.Handle of accepted", "error? string", "code? string", "time number seconds since the start",
}

// Lua returns a file of annotations for the Lua Language Server
// (luals.github.io/wiki/annotations). It declares verbs, the methods of handles and of
// other objects, and the library: what scripts have beside Lua 5.1.
func Lua(verbs []*script.Verb) string {
	a := new(annotator)
	a.b.WriteString("---@meta\n\n-- The Lua functions of sosh, for the Lua Language Server. sosh types overwrites this file.\n")
	a.line("")
	a.alias("Seconds", "number|string", "0.5, or \"500ms\"")
	a.alias("Size", "number|string", "a number of bytes: 4096, \"64k\"")
	kinds, _ := sockets.Kinds()
	a.alias("Kind", literals(kinds), "a kind of socket")
	a.alias("Event", literals(sockets.EventTypes()), "the name of an event")
	a.line("---@class sosh.Handle A socket.")
	a.line("---@field [integer] sosh.Handle of a listener, the clients of serve")
	a.line("local Handle = {}\n")
	a.line("---@class sosh.EventTable")
	for _, f := range eventFields {
		a.line("---@field " + f)
	}
	a.line("")
	a.line("---@class sosh.Task A task, of spawn.")
	a.line("local Task = {}\n")
	a.line("---The live handles by name.\n---@type table<string, sosh.Handle>\nhandles = {}\n")
	a.line("---The variables of the environment.\n---@type table<string, string>\nenv = {}\n")
	a.options(nil, "TLS", "", script.TLSOptions())
	declared := make(map[string]bool)
	for _, v := range verbs {
		if object, _, ok := v.Object(); ok && !declared[object] {
			declared[object] = true
			a.line("---@class sosh." + className(object))
			a.line("local " + className(object) + " = {}\n")
		}
	}
	for _, v := range verbs {
		a.verb(v)
	}
	for _, f := range script.Functions() {
		if object, _, ok := f.Object(); ok && !declared[object] {
			declared[object] = true
			a.line("---@class sosh." + className(object))
			a.line("local " + className(object) + " = {}\n")
		}
		if lib := f.Library(); lib != "" && lib != "string" && !declared[lib] {
			declared[lib] = true
			a.line(lib + " = {}\n")
		}
		a.function(f)
	}
	a.line("---null of JSON.\n---@type userdata\njson.null = nil")
	return a.b.String()
}

// EditorConfig is a .luarc.json for the Lua Language Server, which finds annotations in
// the same directory.
const EditorConfig = `{
  "runtime.version": "Lua 5.1",
  "diagnostics.disable": ["lowercase-global"]
}
`

type annotator struct{ b strings.Builder }

func (a *annotator) line(s string) { a.b.WriteString(s + "\n") }

func (a *annotator) alias(name, types, doc string) {
	a.line("---@alias sosh." + name + " " + types + " # " + doc)
}

// doc writes a comment.
func (a *annotator) doc(paragraphs ...string) {
	for i, p := range paragraphs {
		if p == "" {
			continue
		}
		if i > 0 {
			a.line("---")
		}
		for line := range strings.SplitSeq(p, "\n") {
			a.line("---" + line)
		}
	}
}

// options declares the table of a verb's options; v is nil for options that several
// verbs share.
func (a *annotator) options(v *script.Verb, name, parent string, list []script.Param) {
	head := "---@class sosh." + name + "Options"
	if parent != "" {
		head += ": sosh." + parent + "Options"
	}
	a.line(head)
	for _, o := range list {
		a.line("---@field " + o.Name + "? " + annotation(&o, v) + " " + o.Doc)
	}
	a.line("")
}

// verb declares a verb as a function and, where it is one, as a method.
func (a *annotator) verb(v *script.Verb) {
	options := ""
	if len(v.Options) > 0 {
		options = strings.ReplaceAll(v.Name, ":", "_")
		own := slices.DeleteFunc(slices.Clone(v.Options), func(p script.Param) bool { return p.TLS })
		parent := ""
		if len(own) < len(v.Options) {
			parent = "TLS"
		}
		a.options(v, options, parent, own)
	}
	object, method, isMethod := v.Object()
	switch {
	case isMethod:
		a.signature(v, v.Params[1:], options, className(object)+":"+method)
		return
	case len(v.Params) > 0 && v.Params[0].Type == script.HandleType:
		a.signature(v, v.Params[1:], options, "Handle:"+v.Name)
	case len(v.Params) > 0 && v.Params[0].Type == script.ObjectType:
		a.signature(v, v.Params[1:], options, className(v.Params[0].Object)+":"+v.Name)
	}
	a.signature(v, v.Params, options, v.Name)
}

// signature declares a function with these parameters.
func (a *annotator) signature(v *script.Verb, params []script.Param, options, name string) {
	a.doc(v.Summary+".", v.Help, strings.Join(indented(v.Example), "\n"))
	var names []string
	for _, p := range params {
		n := luaName(p.Name)
		names = append(names, n)
		optional := ""
		if p.Optional {
			optional = "?"
		}
		a.line("---@param " + n + optional + " " + annotation(&p, v))
	}
	if f, ok := calledBack[v.Name]; ok && v.Rest && options != "" {
		names = append(names, "options", "fn")
		a.line("---@param options sosh." + options + "Options")
		a.line("---@param fn " + f)
		a.line("---@overload fun(name: string, fn: " + f + ")")
	} else if v.Rest {
		names = append(names, "...")
		a.line("---@param ... any")
	} else if options != "" {
		names = append(names, "options")
		a.line("---@param options? sosh." + options + "Options")
	}
	a.returns(v.Returns, v.Note)
	a.line("function " + name + "(" + strings.Join(names, ", ") + ") end\n")
}

// function declares a function of the library.
func (a *annotator) function(f script.Function) {
	a.doc(f.Summary+".", f.Help, strings.Join(indented(strings.Split(f.Example, "\n")), "\n"))
	var names []string
	optional := ""
	for p := range strings.SplitSeq(f.Params, ",") {
		name := strings.Trim(p, " []\"")
		if strings.HasPrefix(strings.TrimSpace(p), "[") {
			optional = "?"
		}
		switch {
		case name == "":
		case strings.HasSuffix(name, "..."):
			names = append(names, "...")
			a.line("---@param ... any")
		default:
			names = append(names, luaName(name))
			a.line("---@param " + luaName(name) + optional + " any")
		}
		if strings.HasSuffix(strings.TrimSpace(p), "[") { // what follows the comma
			optional = "?"
		}
	}
	a.returns(f.Returns, f.Note)
	name := f.Name
	if object, method, ok := f.Object(); ok {
		name = className(object) + ":" + method
	}
	a.line("function " + name + "(" + strings.Join(names, ", ") + ") end\n")
}

// returns declares the results of a call.
func (a *annotator) returns(results []luadoc.Result, note string) {
	for i := range results {
		r := &results[i]
		many, text := "", r.String()
		if r.Many {
			many = " ..."
		}
		if i == len(results)-1 && note != "" {
			text += "; " + note
		}
		a.line("---@return " + resultType(r.Type) + many + " # " + text)
	}
}

// resultType translates the type of a result for the Lua Language Server.
func resultType(types string) string {
	types, nillable := strings.CutSuffix(types, "?")
	list := strings.Split(types, "|")
	for i, t := range list {
		switch t {
		case "any", "string", "number", "integer", "boolean", "table", "userdata":
		case "function":
			list[i] = "fun(): ..."
		case "event":
			list[i] = "sosh.EventTable"
		default:
			list[i] = "sosh." + className(t)
		}
	}
	types = strings.Join(list, "|")
	if nillable {
		types += "|nil"
	}
	return types
}

// calledBack has the types of the functions that verbs take.
var calledBack = map[string]string{
	"serve":      "fun(c: sosh.Handle)",
	"on":         "fun(h: sosh.Handle, event: sosh.EventTable)",
	"relay":      "fun(data: string, connection: table): string|false|nil",
	"test":       "fun(t: sosh.Test)",
	"test:run":   "fun(t: sosh.Test)",
	"before":     "fun(t: sosh.Test)",
	"after":      "fun(t: sosh.Test)",
	"before_all": "fun()",
	"after_all":  "fun()",
}

// annotation returns the type of a parameter.
func annotation(p *script.Param, v *script.Verb) string {
	switch p.Type {
	case script.HandleType:
		return "sosh.Handle|string"
	case script.KindType:
		return "sosh.Kind"
	case script.EventType:
		return "sosh.Event"
	case script.NameType, script.AddressType, script.DataType, script.StringType, script.OptionType, script.FileType, script.LineType:
		return "string"
	case script.IntType:
		return "integer"
	case script.SizeType:
		return "sosh.Size"
	case script.SecondsType:
		return "sosh.Seconds"
	case script.BoolType:
		return "boolean"
	case script.ListType:
		return "string|string[]"
	case script.ChoiceType:
		return literals(p.Values)
	case script.ObjectType:
		return "sosh." + className(p.Object)
	case script.FunctionType:
		return cmp.Or(calledBack[v.Name], "function")
	}
	return "any"
}

func literals(values []string) string {
	var list []string
	for _, v := range values {
		list = append(list, fmt.Sprintf("%q", v))
	}
	return strings.Join(list, "|")
}

func indented(lines []string) []string {
	var list []string
	for _, l := range lines {
		list = append(list, "    "+l)
	}
	return list
}

// className returns the class of an object, such as Channel; no function has such a
// name.
func className(object string) string { return strings.ToUpper(object[:1]) + object[1:] }

// luaName turns the name of a parameter into a Lua name.
func luaName(name string) string {
	if name = strings.ReplaceAll(name, " ", "_"); !lua51.IsName(name) {
		return name + "_"
	}
	return name
}
