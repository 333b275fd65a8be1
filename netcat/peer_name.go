package netcat

import (
	"strings"

	"sosh/internal/show"
	"sosh/sockets"
)

// peerName returns the address of a peer for a message: host and port, with an IPv6 address
// in brackets, or the path of a unix socket. The peer chooses its path, so it is escaped: it
// can neither forge a line nor control a terminal.
func peerName(a sockets.Addr) string {
	switch {
	case a.HasPort():
		return a.String()
	case a.Path == "":
		return "(unnamed socket)"
	}
	return show.Line([]byte(a.Path))
}

// foreign escapes text for a message that may contain text of a peer, such as names in its
// certificate. Parts of it may already be escaped.
func foreign(text string) string { return show.Cell([]byte(text)) }

// fieldValue returns the value of a field of a name, which a peer chooses: escaped, and
// quoted if it could be mistaken for several fields.
func fieldValue(value string) string {
	if strings.ContainsAny(value, `,+=";<>`) || strings.TrimSpace(value) != value {
		return show.Literal([]byte(value))
	}
	return show.Line([]byte(value))
}
