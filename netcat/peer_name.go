package netcat

import (
	"strings"

	"sosh/internal/show"
	"sosh/sockets"
)

// peerName is the address of a peer for a message: host and port, an IPv6
// address in brackets, or the path of a unix socket. The path is the peer's own
// choice, so it is escaped: it can neither forge a line nor reach a terminal.
func peerName(a sockets.Addr) string {
	switch {
	case a.HasPort():
		return a.String()
	case a.Path == "":
		return "(unnamed socket)"
	}
	return show.Line([]byte(a.Path))
}

// foreign is text for a message that may have words of a peer in it, such as the
// names in its certificate, and in which some may be escaped already.
func foreign(text string) string { return show.Cell([]byte(text)) }

// fieldValue is the value of a field of a name, which a peer chooses: escaped,
// and in quotes where it might pass for more fields than one.
func fieldValue(value string) string {
	if strings.ContainsAny(value, `,+=";<>`) || strings.TrimSpace(value) != value {
		return show.Literal([]byte(value))
	}
	return show.Line([]byte(value))
}
