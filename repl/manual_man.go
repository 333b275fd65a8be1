package repl

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"sosh/script"
)

// manPage is the manual for man(1), in the macros of mdoc(7). It has no date, so
// that it changes only when its text does.
func manPage() string {
	var b strings.Builder
	b.WriteString(".\\\" Made by go generate, from the table of verbs; changes here get lost.\n")
	b.WriteString(".Dd $Mdocdate$\n.Dt SOSH 1\n.Os\n.Sh NAME\n.Nm sosh\n.Nd the socket shell\n.Sh SYNOPSIS\n")
	for _, s := range synopsis {
		// A name on a line of its own begins a new line in a synopsis.
		b.WriteString(".Nm\n")
		if rest := strings.TrimSpace(manSynopsis(strings.TrimPrefix(s, "sosh"))); rest != "" {
			b.WriteString("." + rest + "\n")
		}
	}
	b.WriteString(".Sh DESCRIPTION\n")
	manText(&b, aboutText)
	manItems(&b, uses)
	for _, s := range manualSections() {
		fmt.Fprintf(&b, ".Sh %s\n", strings.ToUpper(s.title))
		if s.title == "See also" {
			manReferences(&b, s.blocks[0].text)
			continue
		}
		first := true
		for _, bl := range s.blocks {
			if bl.heading != "" {
				fmt.Fprintf(&b, ".Ss %s\n", manMacro(bl.heading))
				first = true
			}
			manBlock(&b, bl, first)
			first = false
		}
	}
	return b.String()
}

// manSynopsis is a way to start sosh in macros: options, arguments, and literal
// words.
func manSynopsis(text string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		inner, optional := strings.CutPrefix(word, "[")
		if optional {
			b.WriteString(" Op")
			inner = strings.TrimSuffix(inner, "]")
		}
		more := strings.HasSuffix(inner, "...")
		inner = strings.TrimSuffix(inner, "...")
		switch {
		case strings.HasPrefix(inner, "-"):
			b.WriteString(" Fl " + manText1(strings.TrimPrefix(inner, "-")))
		case strings.ToUpper(inner) == inner:
			b.WriteString(" Ar " + inner)
		default:
			b.WriteString(" Cm " + inner)
		}
		if more {
			b.WriteString(" ...")
		}
	}
	return b.String()
}

func manBlock(b *strings.Builder, bl block, first bool) {
	switch {
	case bl.verb != nil:
		manVerb(b, bl.verb)
	case bl.items != nil:
		manItems(b, bl.items)
	case bl.lines != nil:
		manLines(b, bl.lines)
	case bl.text != "":
		if !first {
			b.WriteString(".Pp\n")
		}
		manText(b, bl.text)
	}
}

func manVerb(b *strings.Builder, v *script.Verb) {
	b.WriteString(".Bl -tag -width Ds\n")
	for i, s := range spellings(v) {
		b.WriteString(".It " + manSpelling(v.Name, s, i == 0 && !v.LuaOnly) + "\n")
	}
	for i, paragraph := range strings.Split(sentence(v.Summary)+". "+v.Help, "\n") {
		if i > 0 {
			b.WriteString(".Pp\n")
		}
		manText(b, paragraph)
	}
	if len(v.Options) > 0 {
		b.WriteString(".Bl -tag -width timeout=\n")
		for _, o := range optionsOf(v) {
			b.WriteString(".It Cm " + o[0] + "\n")
			manText(b, sentence(o[1])+".")
		}
		b.WriteString(".El\n")
	}
	if text := v.ReturnsText(); text != "" {
		b.WriteString(".Pp\n")
		manText(b, "Returns "+text+".")
	}
	if len(v.Example) > 0 {
		manLines(b, prompted(v.Example))
	}
	b.WriteString(".El\n")
}

var manArgument = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Z][A-Z0-9]*`) })

// manSpelling sets the name of a verb in bold and its arguments in italics.
func manSpelling(name, text string, words bool) string {
	rest := manText1(strings.TrimPrefix(text, name))
	if words {
		rest = manArgument().ReplaceAllString(rest, `\fI$0\fR`)
	}
	return `\fB` + manText1(name) + `\fR` + rest
}

func manItems(b *strings.Builder, items []item) {
	b.WriteString(".Bl -tag -width Ds\n")
	for _, it := range items {
		b.WriteString(".It " + `\fB` + manText1(it.name) + `\fR` + "\n")
		manText(b, it.text)
	}
	b.WriteString(".El\n")
}

func manLines(b *strings.Builder, lines []string) {
	b.WriteString(".Bd -literal -offset indent\n")
	for _, l := range lines {
		b.WriteString(manLine(manText1(l)) + "\n")
	}
	b.WriteString(".Ed\n")
}

func manReferences(b *strings.Builder, text string) {
	list := strings.Split(text, ", ")
	for i, ref := range list {
		name, sec, _ := strings.Cut(strings.TrimSuffix(ref, ")"), "(")
		end := " ,"
		if i == len(list)-1 {
			end = ""
		}
		fmt.Fprintf(b, ".Xr %s %s%s\n", name, sec, end)
	}
}

var sentenceEnd = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([.?][)"]*) +`) })

// manText writes a paragraph. Each sentence begins a line, as mdoc wants it.
func manText(b *strings.Builder, text string) {
	for s := range strings.SplitSeq(sentenceEnd().ReplaceAllString(strings.TrimSpace(text), "$1\n"), "\n") {
		for line := range strings.Lines(wrap(s, "", 72)) {
			b.WriteString(manLine(manText1(line)))
		}
	}
}

// manText1 escapes the characters that mean something to roff within a line.
func manText1(text string) string {
	text = manEscapes.Replace(text)
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	return b.String()
}

var manEscapes = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// manLine keeps roff from taking a line for a macro.
func manLine(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

// manMacro is the argument of a macro, in which no word is taken for a macro.
func manMacro(text string) string {
	return manWord().ReplaceAllString(manText1(text), `\&$0`)
}

var manWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b[A-Z][a-z]{1,2}\b`) })
