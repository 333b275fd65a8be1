package netcat

// The bytes of telnet's commands (RFC 854).
const (
	telnetIAC  = 255
	telnetDont = 254
	telnetDo   = 253
	telnetWont = 252
	telnetWill = 251
	telnetSB   = 250 // a subnegotiation begins
	telnetSE   = 240 // and ends
)

// telnet parses the telnet commands of a connection. It refuses everything that the peer
// offers or asks for. It keeps its state between reads, but stores no bytes of the peer, so
// a subnegotiation can have any length.
type telnet struct {
	state telnetState
	verb  byte // the command whose option byte comes next
	data  []byte
}

type telnetState int

const (
	telnetText      telnetState = iota
	telnetCommand               // after IAC
	telnetOption                // after IAC and DO, DONT, WILL or WONT
	telnetSub                   // in a subnegotiation
	telnetSubEscape             // after IAC in a subnegotiation
)

// parse returns p without the commands, valid until the next call, and the reply to send. The
// reply has three bytes for each command of three bytes, so it is at most two bytes longer
// than p.
func (t *telnet) parse(p []byte) (data, reply []byte) {
	t.data = t.data[:0]
	for _, b := range p {
		switch t.state {
		case telnetText:
			if b == telnetIAC {
				t.state = telnetCommand
				continue
			}
			t.data = append(t.data, b)
		case telnetCommand:
			t.state = telnetText
			switch b {
			case telnetIAC:
				t.data = append(t.data, b)
			case telnetDo, telnetDont, telnetWill, telnetWont:
				t.state, t.verb = telnetOption, b
			case telnetSB:
				t.state = telnetSub
			}
		case telnetOption:
			t.state = telnetText
			switch t.verb {
			case telnetDo:
				reply = append(reply, telnetIAC, telnetWont, b)
			case telnetWill:
				reply = append(reply, telnetIAC, telnetDont, b)
			}
		case telnetSub:
			if b == telnetIAC {
				t.state = telnetSubEscape
			}
		case telnetSubEscape:
			t.state = telnetSub
			if b == telnetSE {
				t.state = telnetText
			}
		}
	}
	return t.data, reply
}
