package repl

import (
	"fmt"
	"strings"

	"sosh/script"
)

// reference is the manual in Markdown.
func reference() string {
	var b strings.Builder
	b.WriteString("<!-- Made by go generate, from the table of verbs; changes here get lost. -->\n\n# The reference manual of sosh\n\n")
	b.WriteString(markdown(aboutText) + "\n\n")
	code(&b, synopsis)
	markdownItems(&b, uses)
	fmt.Fprintf(&b, "## All verbs and commands\n\n%s\n", verbTable())
	for _, s := range manualSections() {
		fmt.Fprintf(&b, "## %s\n\n", s.title)
		for _, bl := range s.blocks {
			markdownBlock(&b, bl)
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func markdownBlock(b *strings.Builder, bl block) {
	if bl.heading != "" {
		fmt.Fprintf(b, "### %s\n\n", markdown(bl.heading))
	}
	switch {
	case bl.verb != nil:
		markdownVerb(b, bl.verb)
	case bl.items != nil:
		markdownItems(b, bl.items)
	case bl.lines != nil:
		code(b, bl.lines)
	case bl.text != "":
		b.WriteString(markdown(bl.text) + "\n\n")
	}
}

func markdownVerb(b *strings.Builder, v *script.Verb) {
	fmt.Fprintf(b, "#### %s\n\n%s.\n\n", v.Name, markdown(sentence(v.Summary)))
	code(b, spellings(v))
	if v.Help != "" {
		b.WriteString(strings.ReplaceAll(markdown(v.Help), "\n", "\n\n") + "\n\n")
	}
	var options []item
	for _, o := range optionsOf(v) {
		options = append(options, item{o[0], sentence(o[1]) + "."})
	}
	markdownItems(b, options)
	if text := v.ReturnsText(); text != "" {
		b.WriteString("Returns " + markdown(text) + ".\n\n")
	}
	if len(v.Example) > 0 {
		b.WriteString("For example:\n\n")
		code(b, prompted(v.Example))
	}
}

func markdownItems(b *strings.Builder, items []item) {
	for _, it := range items {
		fmt.Fprintf(b, "- `%s`: %s\n", it.name, markdown(it.text))
	}
	if len(items) > 0 {
		b.WriteString("\n")
	}
}

// code writes lines as they are.
func code(b *strings.Builder, lines []string) {
	b.WriteString("```\n" + strings.Join(lines, "\n") + "\n```\n\n")
}

// markdown escapes the characters that mean something to Markdown.
var markdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "]", `\]`, "$", `\$`, "|", `\|`, "#", `\#`, "~", `\~`).Replace

// sentence begins text with a capital, unless its first word is a name.
func sentence(text string) string {
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// spellings are how a verb is written, in words and in Lua.
func spellings(v *script.Verb) []string {
	var lines []string
	if !v.LuaOnly {
		lines = append(lines, v.Words())
	}
	if !v.Command {
		lines = append(lines, v.Lua())
	}
	return lines
}

// prompted are lines as they stand at the prompt.
func prompted(lines []string) []string {
	var list []string
	for _, l := range lines {
		list = append(list, "sosh> "+l)
	}
	return list
}
