package repl

import (
	"fmt"
	"slices"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets/sockopt"
)

// runHelp shows what there is, or one verb, command or topic.
func (s *Shell) runHelp(c *script.Call) error {
	name := c.String(0)
	switch name {
	case "":
		s.explain(s.overview())
		return nil
	case "all":
		s.explain(s.listing())
		return nil
	}
	if v := s.machine.Verb(name); v != nil {
		text := verbHelp(v, s.out.columns())
		if also := commandLineNames[name]; also != "" {
			text += "\n" + wrap("sosh "+name+" is also a command of the command line, which "+also+": sosh "+name+" --help.", "", s.out.columns())
		}
		s.explain(text)
		return nil
	}
	if words := s.settings.alias(name); words != "" {
		s.out.print(show.Sprintf("%s is an alias: %s\n", name, words))
		return nil
	}
	if t := findTopic(name); t != nil {
		s.explain(t.text(s.out.columns()))
		return nil
	}
	if f := findFunction(name); f != nil {
		s.explain(functionHelp(f, s.out.columns()))
		return nil
	}
	for _, row := range optionRows() {
		if row[0] == name && (name == "eol" || name == "inbox") {
			s.explain(wrap(name+": "+row[1], "", s.out.columns()))
			return nil
		}
	}
	if o, err := sockopt.Lookup(name); err == nil {
		s.explain(optionHelp(o, s.out.columns()))
		return nil
	}
	if row, topic := topicRow(name); row != nil {
		s.explain(entry(row[0], row[1], 12, s.out.columns()) + "\n" + wrap("help "+topic+" has the others.", "", s.out.columns()))
		return nil
	}
	if v := s.testMethod(name); v != nil {
		s.explain(verbHelp(v, s.out.columns()))
		return nil
	}
	names := HelpTopics()
	e := &script.ArgumentError{Index: 0, Err: fmt.Errorf("no help on %s", show.Quote([]byte(name)))}
	if slices.Contains(lineCommands, name) {
		e.Hint = name + " is a command of the command line; sosh " + name + " --help explains it"
	} else if near := show.Nearest(name, names); len(near) > 0 {
		e.Hint = "did you mean " + strings.Join(near, " or ") + "?"
	} else {
		e.Hint = "apropos " + quoteWord(name) + " looks everywhere"
	}
	return e
}

// topicRow returns the row of a topic for a name, such as a kind of socket or an event, and
// the topic. It returns nil for a name that no topic has.
func topicRow(name string) (row []string, topic string) {
	for _, t := range topics {
		if t.rows == nil {
			continue
		}
		for _, r := range t.rows() {
			if r[0] == name || r[0] == name+"=" {
				return r, t.name
			}
		}
	}
	return nil, ""
}

// lineCommands are the commands of the command line that are no verbs.
var lineCommands = []string{"convert", "nc", "ncat", "types", "completion"}

// commandLineNames are the names that are verbs and also commands of the command line,
// and what those do.
var commandLineNames = map[string]string{
	"test":   "finds and runs the tests in files",
	"run":    "runs a Lua program outside the shell",
	"replay": "plays a recording from the command line",
}

// AlsoVerb reports whether name is a verb or a command of the shell, and no synonym of
// the command of the command line.
func AlsoVerb(name string) bool { return commandLineNames[name] != "" }

// explain prints text of the manual, which is trusted because it is made from our
// own tables.
func (s *Shell) explain(text string) { s.page(show.Trusted(text)) }

// testMethod returns the method of a test's t that is called name, with or without
// t: before it, or nil.
func (s *Shell) testMethod(name string) *script.Verb {
	name = strings.TrimPrefix(strings.ReplaceAll(name, ".", ":"), "t:")
	return s.machine.Verb("test:" + name)
}

// Help writes the help of a verb, a command, an option or a topic, and returns the
// exit status.
func Help(topic string) int { return Words("help "+quoteWord(topic), "", nil, nil) }

// HelpTopics returns the names that have help, without those of socket options.
func HelpTopics() []string {
	var names []string
	for _, v := range append(allVerbs(), allCommands()...) {
		names = append(names, v.Name)
	}
	for _, t := range topics {
		names = append(names, t.name)
	}
	for _, f := range script.Functions() {
		names = append(names, f.Name)
	}
	return names
}

// IsWord reports whether name begins a line of words: it is a verb or a command.
func IsWord(name string) bool {
	return slices.ContainsFunc(append(allVerbs(), allCommands()...), func(v *script.Verb) bool { return v.Name == name && !v.LuaOnly })
}

// overview names all verbs, commands and topics. On 80 columns it fits a screen of 24
// rows, with the command above and the prompt below.
func (s *Shell) overview() string {
	columns := s.out.columns()
	var b strings.Builder
	b.WriteString(wrap("A line is a command with its words, such as dial 127.0.0.1:6379 c, or it is Lua.", "", columns) + "\n")
	names := make(map[string][]string)
	var groups []string
	for _, v := range s.machine.Verbs() {
		if _, _, method := v.Object(); method {
			continue // help channel, exec and tests lead to them
		}
		if names[v.Group] == nil {
			groups = append(groups, v.Group)
		}
		names[v.Group] = append(names[v.Group], v.Name)
	}
	for _, g := range groups {
		b.WriteString(entry(g, strings.Join(names[g], " "), 17, columns))
	}
	b.WriteString(entry("topics", strings.Join(topicNames(), " "), 17, columns))
	b.WriteString("\n" + wrap("help NAME explains one; help all has a line about each; apropos WORD searches.", "", columns))
	return b.String()
}

// topicNames returns the names of all topics.
func topicNames() (names []string) {
	for _, t := range topics {
		names = append(names, t.name)
	}
	return names
}

// listing has a line about each verb and command, under their headings.
func (s *Shell) listing() string {
	var b strings.Builder
	group := ""
	for _, v := range s.machine.Verbs() {
		if v.Group != group {
			if group = v.Group; b.Len() > 0 {
				b.WriteString("\n")
			}
			b.WriteString(strings.ToUpper(group[:1]) + group[1:] + "\n")
		}
		b.WriteString(entry(v.Name, v.Summary, 12, s.out.columns()))
	}
	b.WriteString("\nTopics\n")
	for _, t := range topics {
		b.WriteString(entry(t.name, t.summary, 12, s.out.columns()))
	}
	b.WriteString("\n" + wrap("help NAME explains each of these, and any socket option.", "", s.out.columns()))
	return b.String()
}

// verbHelp is the help of one verb.
func verbHelp(v *script.Verb, columns int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n", v.Name, v.Summary)
	if !v.LuaOnly {
		fmt.Fprintf(&b, "  %s\n", v.Words())
	}
	if !v.Command {
		fmt.Fprintf(&b, "  %s\n", v.Lua())
	}
	if v.Help != "" {
		b.WriteString("\n" + wrap(v.Help, "", columns))
	}
	if len(v.Options) > 0 {
		b.WriteString("\n")
		for _, o := range optionsOf(v) {
			b.WriteString(entry(o[0], o[1], 10, columns))
		}
	}
	if text := v.ReturnsText(); text != "" {
		b.WriteString("\n" + wrap("Returns "+text+".", "", columns))
	}
	if len(v.Example) > 0 {
		b.WriteString("\n")
		for _, e := range v.Example {
			fmt.Fprintf(&b, "  sosh> %s\n", e)
		}
	}
	return b.String()
}

// optionsOf are a verb's options, and a line about each.
func optionsOf(v *script.Verb) (rows [][]string) {
	for _, o := range v.OwnOptions() {
		rows = append(rows, []string{o.Name + "=", o.Doc})
	}
	if v.SpeaksTLS() {
		rows = append(rows, []string{"TLS...", "the options of TLS, which help tls lists"})
	}
	return rows
}

// functionHelp is the help of a function of the library.
func functionHelp(f *script.Function, columns int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\n  %s\n", f.Name, f.Summary, f.Usage())
	if f.Help != "" {
		b.WriteString("\n" + wrap(f.Help, "", columns))
	}
	b.WriteString("\n" + wrap("Returns "+f.ReturnsText()+".", "", columns) + "\n")
	for line := range strings.Lines(f.Example + "\n") {
		b.WriteString("  " + line)
	}
	b.WriteString("\n" + wrap("Prints:", "", columns) + "\n")
	for line := range strings.Lines(f.Prints) {
		b.WriteString("  " + line)
	}
	return b.String()
}

func optionHelp(o *sockopt.Option, columns int) string {
	var b strings.Builder
	b.WriteString(wrap(fmt.Sprintf("%s: socket option %s, level %s", o.Name, optionConstants(o), o.Level), "", columns) + "\n")
	b.WriteString(wrap(sentence(o.Doc)+".", "", columns))
	b.WriteString("\n" + wrap("Takes "+optionValue(o)+".", "", columns))
	if values := o.Values(); len(values) > 0 && o.Type != sockopt.Bool && o.Type != sockopt.Linger {
		b.WriteString("\n" + wrap("Values: "+strings.Join(values, ", ")+".", "", columns))
	}
	return b.String()
}

// entry is a name with its description beside it, wrapped to fit the terminal.
func entry(name, doc string, width, columns int) string {
	if columns < width+24 {
		return "  " + name + "\n" + wrap(doc, "    ", columns)
	}
	indent := strings.Repeat(" ", width+3)
	text := wrap(doc, indent, columns)
	if len(name) > width {
		return "  " + name + "\n" + text
	}
	return fmt.Sprintf("  %-*s ", width, name) + strings.TrimPrefix(text, indent)
}

// wrap breaks text at blanks to fit the terminal; a newline in it begins a
// paragraph.
func wrap(text, indent string, columns int) string {
	width := max(min(columns, 80)-len(indent), 18)
	var b strings.Builder
	for para := range strings.SplitSeq(text, "\n") {
		line := 0
		for word := range strings.FieldsSeq(para) {
			w := show.Width(word)
			switch {
			case line == 0:
				b.WriteString(indent)
			case line+1+w > width:
				b.WriteString("\n" + indent)
				line = 0
			default:
				b.WriteString(" ")
				line++
			}
			b.WriteString(word)
			line += w
		}
		b.WriteString("\n")
	}
	return b.String()
}
