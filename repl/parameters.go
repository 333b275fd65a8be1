package repl

import (
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
	"sosh/script/lua51"
)

// The status row
//
// Below the line stand the parameters of the verb that is being typed, from its row in the
// table of verbs, the current one bold and with what it takes; and what is going on: jobs,
// and the notices of the shell. Without either there is no row.

// statusRow returns the row below a line with the cursor at the byte pos. It is called on
// the editing goroutine.
func (s *Shell) statusRow(line string, pos int) []console.Segment {
	columns := s.out.columns()
	var row []console.Segment
	notices := strings.Join(s.noticesNow(), "  ")
	if h := s.attachment.current.Load(); h != nil {
		row = []console.Segment{{Text: "attached to ", Style: console.Dim}, {Text: show.Name(h.Name()), Style: console.Handle}, {Text: " " + handleNote(h), Style: console.Dim}}
	} else {
		row = s.parametersAt(line[:pos])
	}
	if notices == "" {
		return fitRow(row, columns)
	}
	if len(row) == 0 {
		return []console.Segment{{Text: notices, Style: console.Dim}}
	}
	if room := columns - show.Width(notices) - 2; room >= columns/2 { // else what is typed matters more
		row = fitRow(row, room)
		row = append(row, console.Segment{Text: "  "}, console.Segment{Text: notices, Style: console.Dim})
	}
	return fitRow(row, columns)
}

// A notice returns what the status row says whatever is typed, such as "412 lines held", or
// "" for nothing. It is called at each key, on the editing goroutine.
type notice func() string

// noticesNow are what the status row says whatever is typed.
func (s *Shell) noticesNow() []string {
	var list []string
	for _, notice := range s.notices {
		if text := notice(); text != "" {
			list = append(list, text)
		}
	}
	if n := s.jobs.count(); n > 0 {
		list = append(list, show.Count(n, "job"))
	}
	return list
}

// parametersAt returns the parameters of the verb of the statement that ends line.
func (s *Shell) parametersAt(line string) []console.Segment {
	start := strings.LastIndexByte(line, '\n') + 1
	st := statement{}
	for at := start; ; {
		next, end, _, _ := typedStatement(line, at, s.isCommand, s.takesRest)
		if next.empty() {
			break
		}
		st, at = next, end
	}
	switch {
	case st.empty() || strings.Trim(line[st.End-1:], blanks) != "":
		return nil // nothing, or a ";" or a comment
	case st.Lua != "":
		return s.luaParameters(line)
	}
	begin := st.Col - 1
	v := s.machine.Verb(st.Name)
	if v == nil {
		if words := s.settings.alias(st.Name); words != "" {
			return []console.Segment{{Text: st.Name + " = " + words, Style: console.Dim}}
		}
		return nil
	}
	if takesLine(v) {
		if skip := restOffset(v, line[begin+len(st.Name):]); skip >= 0 && v.Name != "alias" {
			if row := s.parametersAt(line[begin+len(st.Name)+skip:]); row != nil {
				return row
			}
		}
	}
	return s.wordParameters(line, v, st)
}

// wordParameters returns the parameters of a verb in words.
func (s *Shell) wordParameters(line string, v *script.Verb, st statement) []console.Segment {
	parts := v.Syntax()
	row := []console.Segment{{Text: v.Name, Style: console.Verb}}
	words := st.Words
	if n := len(words); n == 0 || words[n-1].End-1 < len(line) {
		words = append(slices.Clone(words), word{Pieces: []piece{{}}, Col: len(line) + 1, End: len(line) + 1})
	}
	typing := st.End-1 < len(line) || len(st.Words) > 0 // past the name
	var current *script.Param
	if typing && !v.Raw {
		current = rolesOf(v, words)[len(words)-1].param
	}
	own := slices.ContainsFunc(parts, func(part script.SyntaxPart) bool { return part.Param == current })
	for _, part := range parts {
		style := console.Plain
		if current != nil && (part.Param == current || !own && part.Param == nil) {
			style = console.Bold
		}
		row = append(row, console.Segment{Text: " "}, console.Segment{Text: part.Text, Style: style})
	}
	return append(row, explain(v, current)...)
}

// explain says what a parameter takes, or what an option means; without a parameter, what
// the verb does.
func explain(v *script.Verb, p *script.Param) []console.Segment {
	text := v.Summary
	if p != nil {
		if text = p.Doc; text == "" {
			text = p.Expected()
		}
		if o := v.Option(p.Name); o == p && p.TLS {
			text = p.Usage() + " " + text
		}
	}
	return []console.Segment{{Text: "  "}, {Text: text, Style: console.Dim}}
}

// luaParameters returns the parameters of the verb whose call is open at the end of a line
// of Lua, or nil if no such call is open.
func (s *Shell) luaParameters(line string) []console.Segment {
	var calls luaCalls
	for x := range lua51.Lexemes(line) {
		if x.Kind == lua51.LexComment && x.To == len(line) {
			return nil
		}
		calls.add(line[x.From:x.To], x.Kind)
	}
	v := calls.verb(s)
	if v == nil {
		return nil
	}
	call := calls.call()
	at := call.commas
	if strings.HasPrefix(call.callee, ":") {
		at++ // the handle comes before the colon
	}
	parts := v.LuaSyntax()
	table := calls.inTable() && len(v.Options) > 0 && at > 0
	if table {
		at = len(parts) - 1
	}
	row := []console.Segment{{Text: v.Name, Style: console.Verb}, {Text: "("}}
	var current *script.Param
	for i, part := range parts {
		style := console.Plain
		if i == at || i == len(parts)-1 && at >= len(parts) && v.Rest {
			style, current = console.Bold, part.Param
		}
		row = append(row, console.Segment{Text: part.Text, Style: style})
	}
	return append(append(row, console.Segment{Text: ")"}), explain(v, current)...)
}

// fitRow shortens a row to a width in columns so that the part in bold stays: first what
// stands at the end goes, then what stands before that part.
func fitRow(row []console.Segment, columns int) []console.Segment {
	width := 0
	bold, before := -1, 0
	for i, seg := range row {
		if seg.Style == console.Bold && bold < 0 {
			bold, before = i, width
		}
		width += show.Width(string(show.Escaped(seg.Text)))
	}
	if bold <= 0 || before+show.Width(row[bold].Text) < columns {
		return row // the console shortens its end
	}
	short := []console.Segment{row[0], {Text: " … "}}
	if show.Width(row[0].Text)+3+show.Width(row[bold].Text) > columns {
		short = nil
	}
	return append(short, row[bold:]...)
}
