package repl

import (
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
		if s.out.tell(s.body(colourIn, show.Text(ev.Data))) {
			ev.Handle.Shown(ev.End, len(ev.Data), len(ev.Data))
		}
	case sockets.EventEOF, sockets.EventReset, sockets.EventICMP, sockets.EventError, sockets.EventClosed:
		text, _ := s.eventText(ev)
		s.out.tell(text)
	}
}
