package script

import (
	"slices"
	"strings"

	"sosh/internal/luadoc"
	"sosh/sockets"
)

// A Verb is a call that can be made in words at the prompt, as a Lua function, and as a
// method of a handle. It is declared once, in the table of verbs; the prompt, completion,
// help and the manual are derived from that. A Verb does not change while its machine runs.
type Verb struct {
	Name     string
	Group    string   // the heading under which help lists it
	Params   []Param  // in order; optional ones may be left out
	Options  []Param  // by name: KEY=VALUE in words, fields of a last table in Lua
	Summary  string   // one line, lower case, without a period
	Help     string   // paragraphs
	Example  []string // lines to type: words, or Lua if words can't express it
	Returns  []luadoc.Result
	Note     string // more about the results
	LuaOnly  bool   // takes a function or a task, so words can't call it
	TestOnly bool   // only in files of sosh test; elsewhere the name is free
	Command  bool   // a command of the shell, not a function of Lua
	Rest     bool   // any number of further values may follow the parameters
	Raw      bool   // takes the rest of its line unparsed, as its last parameter

	Run func(c *Call) error
}

// A Type is the type of a parameter.
type Type uint8

// The types of parameters.
const (
	HandleType   Type = iota // an open handle, by name or as a Lua value
	NameType                 // a name for a new handle
	KindType                 // tcp, udp...
	AddressType              // HOST:PORT, a path, @NAME
	DataType                 // bytes; in words, all remaining words
	IntType                  // a whole number
	SizeType                 // a number of bytes: 4096, 64k, 1MiB
	SecondsType              // 0.5, 500ms, 2s
	BoolType                 // true, false, on, off, 1, 0
	StringType               // one word
	ListType                 // words separated by commas, or a table of strings
	ChoiceType               // one of Values
	OptionType               // the name of a socket option
	EventType                // the name of an event
	FunctionType             // a Lua function
	ObjectType               // a value of another type: a task, a channel
	FileType                 // a path
	LineType                 // the rest of the line, as it was typed
	AnyType                  // any value
)

// A Param is a parameter or an option of a verb.
type Param struct {
	Name         string
	Type         Type
	Optional     bool
	Values       []string     // of ChoiceType
	Open         bool         // of ChoiceType: other values are possible too
	Object       string       // of ObjectType: which, as in the names of its methods (channel:send)
	HandleFilter HandleFilter // of HandleType: which handles completion offers
	ClosedToo    bool         // of HandleType: the name of a closed handle is allowed; Call.Handle is nil then
	Doc          string       // of an option: one line
	TLS          bool         // an option of TLS: documented in one place
}

// A HandleFilter says which handles a verb can use.
type HandleFilter uint8

// Which handles a verb can use.
const (
	AnyHandle HandleFilter = iota
	Listener
	Peered   // connected, or able to receive
	Datagram // udp and unixgram
	Fresh    // neither connected nor listening
	Idle     // like Fresh, for stream sockets: those that can become a listener
)

// Fits reports whether the verb can use h in its present state.
func (f HandleFilter) Fits(h *sockets.Handle) bool {
	switch f {
	case Listener:
		return h.Listening()
	case Peered:
		return h.Connected() || h.Kind().Datagram()
	case Datagram:
		return h.Kind().Datagram()
	case Fresh:
		return !h.Connected() && !h.Listening()
	case Idle:
		return Fresh.Fits(h) && !h.Kind().Datagram()
	}
	return true
}

// Expected describes the values of a parameter or option, such as "a handle", for errors and help.
func (p *Param) Expected() string {
	switch p.Type {
	case HandleType:
		return "a handle"
	case NameType:
		return "a name"
	case KindType:
		names, _ := sockets.Kinds()
		return "a kind of socket: " + strings.Join(names, ", ")
	case AddressType:
		return "an address: HOST:PORT, or a PATH or @NAME"
	case DataType:
		return "a string of bytes"
	case IntType:
		return "a whole number"
	case SizeType:
		return "a number of bytes, such as 4096, 64k or 1MiB"
	case SecondsType:
		return "seconds, such as 0.5 or 500ms"
	case BoolType:
		return "true or false"
	case StringType:
		return "a string"
	case ListType:
		return "names separated by commas, or a table of strings"
	case ChoiceType:
		return strings.Join(p.Values, ", ")
	case OptionType:
		return "the name of a socket option"
	case EventType:
		return "an event: " + strings.Join(sockets.EventTypes(), ", ")
	case FunctionType:
		return "a function"
	case ObjectType:
		return "a " + p.Object
	case FileType:
		return "the name of a file"
	case LineType:
		return "a command"
	}
	return "a value"
}

// Words returns the verb's syntax in words: "recv H [LIMIT] [timeout=SECONDS]".
func (v *Verb) Words() string {
	text := v.Name
	for _, part := range v.Syntax() {
		text += " " + part.Text
	}
	return text
}

// A SyntaxPart is one parameter or option in the syntax of a verb in words.
type SyntaxPart struct {
	Text   string // "H", "[LIMIT]", "[timeout=SECONDS]", "[TLS...]"
	Param  *Param // nil for options that share one part
	Option bool
}

// Syntax returns the parameters and options of the verb's syntax in words, in order.
func (v *Verb) Syntax() []SyntaxPart {
	var parts []SyntaxPart
	for i := range v.Params {
		p := &v.Params[i]
		if p.Type == FunctionType {
			continue
		}
		name := strings.ToUpper(p.Name)
		if p.Type == ChoiceType && len(p.Values) <= 5 {
			name = strings.Join(p.Values, "|")
		}
		if p.Type == DataType || p.Type == LineType || v.Command && v.Rest && i == len(v.Params)-1 {
			name += "..."
		}
		if p.Optional {
			name = "[" + name + "]"
		}
		parts = append(parts, SyntaxPart{Text: name, Param: p})
	}
	own := v.OwnOptions()
	for i := range own {
		parts = append(parts, SyntaxPart{Text: "[" + own[i].Usage() + "]", Param: &own[i], Option: true})
	}
	if v.SpeaksTLS() {
		parts = append(parts, SyntaxPart{Text: "[TLS...]", Option: true})
	}
	return parts
}

// Usage returns how an option is written in words: "timeout=SECONDS".
func (p *Param) Usage() string { return p.Name + "=" + p.Type.placeholder() }

// OwnOptions returns the options without those of TLS, which several verbs share and
// [TLSOptions] lists.
func (v *Verb) OwnOptions() []Param {
	n := slices.IndexFunc(v.Options, func(o Param) bool { return o.TLS })
	if n < 0 {
		return v.Options
	}
	return v.Options[:n]
}

// SpeaksTLS reports whether the verb has the options of TLS.
func (v *Verb) SpeaksTLS() bool { return len(v.OwnOptions()) < len(v.Options) }

// placeholder returns the placeholder for the value of an option in words.
func (t Type) placeholder() string {
	switch t {
	case SecondsType:
		return "SECONDS"
	case IntType:
		return "N"
	case BoolType:
		return "true"
	case FileType:
		return "PATH"
	case ListType:
		return "A,B"
	}
	return "..."
}

// Lua returns the verb's syntax in Lua: "recv(h [, limit] [, {timeout=}])".
func (v *Verb) Lua() string {
	var b strings.Builder
	b.WriteString(v.Name + "(")
	for _, part := range v.LuaSyntax() {
		b.WriteString(part.Text)
	}
	return b.String() + ")"
}

// LuaSyntax returns the parameters of the verb's syntax in Lua, in order, each with the
// comma before it; the table of options is the last part.
func (v *Verb) LuaSyntax() []SyntaxPart {
	var parts []SyntaxPart
	first := 0
	if _, _, ok := v.Object(); ok {
		first = 1
	}
	for i := first; i < len(v.Params); i++ {
		p := &v.Params[i]
		text := p.Name
		switch {
		case i == first && p.Optional:
			text = "[" + text + "]"
		case i == first:
		case p.Optional:
			text = " [, " + text + "]"
		default:
			text = ", " + text
		}
		parts = append(parts, SyntaxPart{Text: text, Param: p})
	}
	if v.Rest {
		text := "..."
		if len(v.Params) > first {
			text = ", ..."
		}
		parts = append(parts, SyntaxPart{Text: text})
	}
	if len(v.Options) > 0 {
		text := "["
		if len(v.Params) > first {
			text = " [, "
		}
		var names []string
		for _, o := range v.OwnOptions() {
			names = append(names, o.Name+"=")
		}
		if v.SpeaksTLS() {
			names = append(names, "TLS...")
		}
		parts = append(parts, SyntaxPart{Text: text + "{" + strings.Join(names, ", ") + "}]", Option: true})
	}
	return parts
}

// ReturnsText describes the results, in words to follow "returns"; "" for a command,
// which has none.
func (v *Verb) ReturnsText() string {
	if v.Command {
		return ""
	}
	return luadoc.Sentence(v.Returns, v.Note)
}

// Option returns the option of that name, or nil.
func (v *Verb) Option(name string) *Param {
	for i := range v.Options {
		if v.Options[i].Name == name {
			return &v.Options[i]
		}
	}
	return nil
}

// Object returns the type and the method name of a verb that is a method of values other
// than handles: channel and send for "channel:send".
func (v *Verb) Object() (typ, name string, ok bool) { return strings.Cut(v.Name, ":") }

// Method reports whether the verb is a method of handles: its first parameter is a handle.
func (v *Verb) Method() bool {
	return !v.Command && len(v.Params) > 0 && v.Params[0].Type == HandleType
}
