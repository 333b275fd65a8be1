package repl

import (
	"context"
	"fmt"
	"strings"

	"sosh/internal/show"
	"sosh/script"
	"sosh/sockets"
)

// publishes are the verbs whose effect is an event, which a live prompt shows
// already.
var publishes = map[string]bool{
	"connect": true, "dial": true, "accept": true, "close": true, "abort": true,
	"send": true, "sendline": true, "sendto": true,
}

// showOutcome shows the result of a verb: received bytes, requested text, or a
// notice of what happened.
func (s *Shell) showOutcome(ctx context.Context, v *script.Verb, args []script.Arg, out script.Outcome) {
	switch {
	case out.Message != nil:
		s.showReceived(ctx, v, s.machine.Text(ctx, args[0]), *out.Message)
	case out.Text != "":
		s.out.print(s.label(ctx, out.Text))
	case v.Name == "now":
		s.out.print(s.label(ctx, show.Escaped(s.machine.Display(ctx, out.Values[0]))+"\n"))
	case out.Notice != "" && !(s.live && publishes[v.Name] && s.tells(ctx, v, args, out)):
		s.out.notify(s.label(ctx, s.out.paint(colourDim, out.Notice)))
	}
}

// tells reports whether the prompt has shown the event of a verb that publishes one: its handle is
// not muted, nor are the events held that others may have caused.
func (s *Shell) tells(ctx context.Context, v *script.Verb, args []script.Arg, out script.Outcome) bool {
	if s.hold.On() {
		return v.Name != "accept"
	}
	if !s.filter.Active() {
		return true
	}
	name, parent := "", ""
	switch {
	case len(out.Values) > 0 && (v.Name == "dial" || v.Name == "accept"):
		name = s.machine.Text(ctx, script.Arg{Value: out.Values[0]})
	case len(args) > 0:
		name = s.machine.Text(ctx, args[0])
	}
	if h, err := s.table.Get("", name); err == nil {
		parent = h.Parent()
	}
	return !s.filter.Hides(name, parent)
}

// showReceived shows the bytes that a receiving verb returned, without those that
// were shown as events.
func (s *Shell) showReceived(ctx context.Context, v *script.Verb, name string, m sockets.Message) {
	if !s.out.outTerminal {
		s.out.bytes(m.Data)
		if v.Name == "recvline" {
			s.out.bytes([]byte("\n"))
		}
		s.notifyCut(name, m)
		return
	}
	from := ""
	if h, err := s.table.Get("", name); err == nil && h.Kind().Datagram() && !m.From.IsZero() {
		from = " from " + m.From.String()
	}
	head := fmt.Sprintf("%s: %s%s", name, show.Count(len(m.Data), "byte"), from)
	hidden := notShown(m)
	switch {
	case len(m.Data) == 0 || len(hidden) == 1 && len(hidden[0].data) == len(m.Data):
	case len(hidden) == 0:
		head += ", shown above: "
		head += excerpt(m.Data, s.out.columns()-show.Width(head))
	case len(hidden) == 1 && hidden[0].after == len(m.Data):
		head += fmt.Sprintf(", the first %d shown above", len(m.Data)-len(hidden[0].data))
	default:
		head += "; the part shown above is left out"
	}
	view := s.requestedView(name)
	text := s.out.paint(colourDim, show.Escaped(head)) + "\n"
	for _, h := range hidden {
		if len(hidden) > 1 {
			text += show.Sprintf("  from byte %d on:\n", h.after-len(h.data)+1)
		}
		text += s.body(colourIn, view.Render(h.data, s.out.columns()-2))
	}
	s.out.notify(s.label(ctx, text))
	s.notifyCut(name, m)
}

// requestedView returns the view of a handle for bytes that were requested.
func (s *Shell) requestedView(name string) show.View {
	parent := ""
	if h, err := s.table.Get("", name); err == nil {
		parent = h.Parent()
	}
	if view := s.settings.viewOf(name, parent); view != show.None {
		return view
	}
	return show.Auto
}

// A hiddenPart is a part of a message that was not shown; after is the offset of
// its end.
type hiddenPart struct {
	data  []byte
	after int
}

// notShown returns the parts of m's data that were not shown.
func notShown(m sockets.Message) (parts []hiddenPart) {
	at := 0
	add := func(to int) {
		if to = min(to, len(m.Data)); to > at {
			parts = append(parts, hiddenPart{m.Data[at:to], to})
		}
	}
	for _, s := range m.Shown {
		add(s.From)
		at = max(at, s.To)
	}
	add(len(m.Data))
	return parts
}

// showLimit is how many bytes show prints at once.
const showLimit = 64 << 10

// runShow prints received bytes that were not shown, and leaves them in the inbox.
func (s *Shell) runShow(c *script.Call) error {
	h := c.Handle(0)
	list, more := h.Held(c.Int(1, showLimit))
	if len(list) == 0 {
		s.out.notify(show.Sprintf("%s: all received data has been shown", h.Name()))
		return nil
	}
	view := s.requestedView(h.Name())
	for _, held := range list {
		from := ""
		if h.Kind().Datagram() {
			from = " from " + held.From.String()
		}
		head := s.out.paint(colourDim, show.Sprintf("%s: %s%s, not shown before", h.Name(), show.Count(len(held.Data), "byte"), from))
		if s.out.notify(head + "\n" + s.body(colourIn, view.Render(held.Data, s.out.columns()-2))) {
			h.MarkShown(held.End, held.Size, held.Size)
		}
	}
	if more > 0 {
		s.out.notify(show.Sprintf("  ... %s more; show %s continues", show.Count(more, "byte"), h.Name()))
	}
	return nil
}

// excerpt is the beginning of p as a literal of at most so many columns.
func excerpt(p []byte, columns int) string {
	columns = max(columns, 10)
	return show.Truncate(show.Quote(p[:min(len(p), columns)]), columns)
}

func (s *Shell) notifyCut(name string, m sockets.Message) {
	if !m.Cut {
		return
	}
	of := ""
	if m.Size > len(m.Data) {
		of = fmt.Sprintf(" of %d", m.Size)
	}
	s.out.notify(s.out.paint(colourWarn, show.Sprintf("%s: the datagram was truncated: %d%s bytes; the rest is lost", name, len(m.Data), of)))
}

// body is received data behind the gutter, in its colour. It is folded when it is
// drawn.
func (s *Shell) body(c colour, text string) (rows show.Trusted) {
	if s.out.colours == nil || !s.out.colours.on.Load() {
		return show.Rows(text, 0)
	}
	var b strings.Builder
	for row := range strings.Lines(string(show.Rows(text, 0))) {
		row = strings.TrimSuffix(strings.TrimPrefix(row, string(show.Gutter)), "\n")
		b.WriteString(string(show.Gutter + s.out.paint(c, show.Trusted(row)) + "\n"))
	}
	return show.Trusted(b.String())
}
