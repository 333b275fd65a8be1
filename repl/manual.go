package repl

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"sosh/script"
	"sosh/script/suite"
	"sosh/sockets/sockopt"
)

// The manual
//
// The manual is made from the table of verbs, the commands, the topics of help, the
// socket options, and the texts in manual_text.go. The same sections become a page
// for man(1) and one in Markdown.

// A section of the manual has a title and blocks.
type section struct {
	title  string
	blocks []block
}

// A block is one of: a paragraph, lines as they are, items with a line or two
// about each, or the entry of a verb. It may have a heading.
type block struct {
	heading string
	text    string
	lines   []string
	items   []item
	verb    *script.Verb
}

type item struct{ name, text string }

// The files that are generated, from the top of the tree.
const (
	manFile       = "doc/sosh.1"
	referenceFile = "doc/reference.md"
)

// WriteManual writes the manual to w: as a page for man(1), as Markdown, or as
// the table of verbs alone. The form "files" writes each page to its own file,
// below the directory that the process is in.
func WriteManual(w io.Writer, form string) error {
	text := ""
	switch form {
	case "man":
		text = manPage()
	case "markdown":
		text = reference()
	case "table":
		text = verbTable()
	case "files":
		return writeManualFiles(".")
	default:
		return fmt.Errorf("no form %q of the manual (expected man, markdown, table or files)", form)
	}
	_, err := io.WriteString(w, text)
	return err
}

// writeManualFiles writes what is generated below dir.
func writeManualFiles(dir string) error {
	for name, text := range manualFiles() {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// manualFiles returns the generated files.
func manualFiles() map[string]string {
	return map[string]string{manFile: manPage(), referenceFile: reference()}
}

// allVerbs are the verbs of every machine and those of tests.
func allVerbs() []*script.Verb { return append(script.Verbs(), suite.Verbs()...) }

// allCommands are the commands of the shell, without a shell to run them.
func allCommands() []*script.Verb { return new(Shell).commands() }

// manualSections is the manual without its head.
func manualSections() []section {
	list := []section{
		{"Words and Lua", append(topicBlocks("words"), topicBlocks("lua")...)},
		{"Addresses", append(topicBlocks("addresses"), topicBlocks("kinds")...)},
		{"TCP, UDP and ICMP", slices.Concat(topicBlocks("tcp"), topicBlocks("udp"), topicBlocks("icmp"))},
		{"TLS", topicBlocks("tls")},
		{"Verbs", append([]block{{text: verbsText}}, verbBlocks(allVerbs())...)},
		{"The library", append(topicBlocks("library"), topicBlocks("luasocket")...)},
		{"Tests", topicBlocks("tests")},
		{"Commands of the shell", append([]block{{text: commandsText}}, verbBlocks(allCommands())...)},
		{"The prompt", slices.Concat(topicBlocks("events"), topicBlocks("recordings"), topicBlocks("views"), topicBlocks("decoders"), topicBlocks("keys"), topicBlocks("vi"))},
		{"Socket options", optionBlocks()},
	}
	return append(list, manualEnd...)
}

// topicBlocks is a topic of help, under its summary.
func topicBlocks(name string) []block {
	t := findTopic(name)
	var blocks []block
	example := false
	for line := range strings.SplitSeq(strings.TrimSpace(t.prose), "\n") {
		text, indented := strings.CutPrefix(line, "  ")
		switch {
		case indented && example:
			last := &blocks[len(blocks)-1]
			last.lines = append(last.lines, text)
		case indented:
			blocks = append(blocks, block{lines: []string{text}})
		default:
			blocks = append(blocks, block{text: text})
		}
		example = indented
	}
	if t.rows != nil {
		b := block{}
		for _, r := range t.rows() {
			b.items = append(b.items, item{r[0], r[1]})
		}
		blocks = append(blocks, b)
	}
	blocks[0].heading = strings.ToUpper(t.summary[:1]) + t.summary[1:]
	return blocks
}

// verbBlocks are the entries of verbs, under the heading of their group.
func verbBlocks(verbs []*script.Verb) []block {
	var blocks []block
	group := ""
	for _, v := range verbs {
		b := block{verb: v}
		if v.Group != group {
			group = v.Group
			b.heading = strings.ToUpper(group[:1]) + group[1:]
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// optionBlocks are the socket options, under the heading of their level.
func optionBlocks() []block {
	blocks := topicBlocks("options")
	blocks = blocks[:len(blocks)-1] // its list is longer here
	blocks[0].heading = ""
	level := ""
	for _, o := range sockopt.All() {
		if o.Level != level {
			level = o.Level
			blocks = append(blocks, block{heading: level})
		}
		last := &blocks[len(blocks)-1]
		last.items = append(last.items, item{o.Name, fmt.Sprintf("%s. %s; %s.", sentence(o.Doc), sentence(optionValue(o)), optionConstants(o))})
	}
	own := block{heading: "sosh's own"}
	for _, r := range optionRows()[len(sockopt.All()):] {
		own.items = append(own.items, item{r[0], strings.TrimPrefix(r[1], "sosh's own: ") + "."})
	}
	return append(blocks, own)
}

// optionConstants names the constants that an option stands for.
func optionConstants(o *sockopt.Option) string {
	if o.C6 != "" {
		return o.C + ", on an IPv6 socket " + o.C6
	}
	return o.C
}

// optionValue says what an option takes.
func optionValue(o *sockopt.Option) string {
	value := map[sockopt.Type]string{
		sockopt.Bool:      "on or off",
		sockopt.Int:       "a number",
		sockopt.Seconds:   "seconds, such as 30 or 2m",
		sockopt.Millis:    "milliseconds, such as 500 or 1.5s",
		sockopt.String:    "text",
		sockopt.Linger:    "off, or seconds",
		sockopt.Group:     "a group, such as 239.1.2.3 or 239.1.2.3@eth0",
		sockopt.Interface: "an interface, by name, index or address",
		sockopt.Cred:      "a process",
	}[o.Type]
	if o.Type == sockopt.Int && o.Unit != "" {
		value = "a number of " + o.Unit
		if o.Unit == "µs" {
			value = "microseconds"
		}
	}
	switch {
	case o.ReadOnly:
		value += ", read-only"
	case o.WriteOnly:
		value += ", write-only"
	}
	return value
}

// verbTable is the reference's table: the verbs, and then the commands, with links to their
// entries.
func verbTable() string {
	var b strings.Builder
	table := func(head string, verbs []*script.Verb) {
		fmt.Fprintf(&b, "| %s | syntax | what it does |\n|---|---|---|\n", head)
		for _, v := range verbs {
			words := "`" + strings.ReplaceAll(v.Words(), "|", `\|`) + "`"
			if v.LuaOnly {
				words = "in Lua: `" + v.Lua() + "`"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", link(v.Name), words, markdown(v.Summary))
		}
	}
	table("verb", allVerbs())
	b.WriteString("\n")
	table("command", allCommands())
	return b.String()
}

// link is a link to the entry of a verb, whose anchor is made as on GitHub.
func link(name string) string {
	anchor := strings.NewReplacer(":", "", "!", "").Replace(name)
	if anchor == "" {
		return markdown(name)
	}
	return fmt.Sprintf("[%s](#%s)", name, anchor)
}
