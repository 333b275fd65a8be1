package repl

import (
	"os"
	"strings"
	"sync/atomic"

	"sosh/internal/show"
	"sosh/repl/arrivals"

	"github.com/fatih/color"
)

// The colours of the shell, named by their use.
type colour uint8

const (
	colourIn colour = iota
	colourOut
	colourPrompt
	colourError
	colourWarn
	colourDim
	colourTitle
)

// A palette colours text, or leaves it unchanged. It may be used concurrently.
type palette struct {
	on         atomic.Bool // with colours
	attributes bool        // without colours, bold and faint stay (no-color.org)
	colors     [7]*color.Color
}

// newPalette returns a palette that paints if the output is a terminal, and without
// colours if NO_COLOR is set.
func newPalette(terminal bool) *palette {
	p := new(palette)
	p.attributes = terminal && os.Getenv("TERM") != "dumb"
	p.on.Store(p.attributes && os.Getenv("NO_COLOR") == "")
	for c, attr := range map[colour][]color.Attribute{
		colourIn: {color.FgGreen}, colourOut: {color.FgCyan}, colourPrompt: {color.Bold},
		colourError: {color.FgRed}, colourWarn: {color.FgYellow}, colourDim: {color.Faint}, colourTitle: {color.Bold},
	} {
		p.colors[c] = color.New(attr...)
		p.colors[c].EnableColor()
	}
	return p
}

// paints reports whether text of a colour is painted.
func (p *palette) paints(c colour) bool {
	return p.on.Load() || p.attributes && (c == colourPrompt || c == colourDim || c == colourTitle)
}

func (p *palette) paint(c colour, text show.Trusted) show.Trusted {
	if p == nil || !p.paints(c) || text == "" {
		return text
	}
	// Line by line: a prompt may be drawn between two of them.
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = p.colors[c].Sprint(line)
		}
	}
	return show.Trusted(strings.Join(lines, "\n"))
}

// paintHandle paints the name of a handle in its colour, with an arrow after it, unless that is "".
func (s *Shell) paintHandle(name string, arrow show.Trusted) show.Trusted {
	text := show.Escaped(name)
	if arrow != "" {
		text += " " + arrow
	}
	if p := s.out.colours; p == nil || !p.on.Load() {
		return text
	}
	return show.Sprintf("\x1b[38;5;%dm", arrivals.Colour(name)) + text + "\x1b[0m"
}

// Paint returns a function that paints text for a terminal: red, green, yellow or
// faint. It leaves the text as it is if terminal is false, or where the shell
// would. The function may be used concurrently.
func Paint(terminal bool) func(name string, text show.Trusted) show.Trusted {
	p := newPalette(terminal)
	names := map[string]colour{"red": colourError, "green": colourIn, "yellow": colourWarn, "faint": colourDim}
	return func(name string, text show.Trusted) show.Trusted { return p.paint(names[name], text) }
}

func (o *output) paint(c colour, text show.Trusted) show.Trusted {
	return o.colours.paint(c, text)
}
