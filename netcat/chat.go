package netcat

import (
	"bytes"
	"fmt"
	"strings"
)

// said formats data from a user of a chat for the others: each line names its sender, so
// that nobody can impersonate another, and control characters are escaped, so that they
// can't affect the terminals of the others.
func said(id int, p []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(p) {
		fmt.Fprintf(&b, "<user%d> ", id)
		for i, c := range line {
			switch {
			case c >= 0x20 && c < 0x7f, c == '\n', c == '\t', c == '\r' && i == len(line)-2 && line[i+1] == '\n':
				b.WriteByte(c)
			default:
				fmt.Fprintf(&b, "\\%03o", c)
			}
		}
	}
	return b.Bytes()
}

// announce tells everyone in a chat about a new user, and the new user who is present.
func (b *hub) announce(m *member, others []*member) {
	if !b.n.opt.chat || b.n.opt.recvOnly {
		return
	}
	hello := fmt.Appendf(nil, "<announce> %s is connected as <user%d>.\n", peerName(m.peer), m.id)
	list := make([]string, len(others))
	for i, o := range others {
		list[i] = fmt.Sprintf("%s as <user%d>", peerName(o.peer), o.id)
	}
	if len(list) == 0 {
		list = []string{"nobody"}
	}
	b.send(hello, append(others, m))
	b.send([]byte("<announce> already connected: "+strings.Join(list, ", ")+".\n"), []*member{m})
}

// announceEnd tells everyone in a chat that a user has left.
func (b *hub) announceEnd(m *member) {
	if b.n.opt.chat && !b.n.opt.recvOnly {
		b.broadcast(fmt.Appendf(nil, "<announce> <user%d> is disconnected.\n", m.id), nil)
	}
}
