package repl

import (
	"strings"

	"sosh/internal/show"
	"sosh/sockets"

	"golang.org/x/sys/unix"
)

const shutWrite = unix.SHUT_WR

// endEvents are those after which nothing more comes.
var endEvents = []sockets.EventType{sockets.EventEOF, sockets.EventReset, sockets.EventError, sockets.EventClosed}

// showAttached shows what comes on the attached connection, without the line
// that tells of an event: escaped, but in the peer's own lines.
func (s *Shell) showAttached(ev sockets.Event) {
	switch ev.Type {
	case sockets.EventData:
		text := show.Text(ev.Data)
		s.out.tell(s.body0(text))
		ev.Handle.Shown(ev.End)
	case sockets.EventEOF, sockets.EventReset, sockets.EventICMP, sockets.EventError, sockets.EventClosed:
		s.out.tell(s.eventText(ev))
	}
}

// body0 colours received text line by line.
func (s *Shell) body0(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(s.out.paint(colourIn, strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}
