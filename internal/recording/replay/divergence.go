package replay

import (
	"fmt"
	"strings"
	"time"

	"sosh/internal/show"
	"sosh/internal/textdiff"
)

// A Divergence is the point at which the peer deviated from the recording.
type Divergence struct {
	Connection int           // its number in the replay, from 1
	Client     bool          // the peer is the client
	Peer       string        // its address
	Offset     int64         // offset in the peer's data, in bytes
	After      time.Duration // since the connection began
	Event      int           // the position in the recording of what was expected
	Want, Got  string        // the part that differs, with *** for what masks hide
	Cause      string        // what the peer did, if the difference is not in the data
}

// Error describes the place in its first line; the following lines show the difference.
func (d *Divergence) Error() string {
	line, detail := d.explain()
	if detail != "" {
		line += "\n" + strings.TrimSuffix(detail, "\n")
	}
	return line
}

func (d *Divergence) explain() (line, detail string) {
	who := "the server"
	if d.Client {
		who = "the client"
	}
	switch {
	case d.Want != "" || d.Got != "":
		line = fmt.Sprintf("connection %d: %s %s differs from the recording at byte %d of what it sent", d.Connection, who, show.Name(d.Peer), d.Offset)
	default:
		line = fmt.Sprintf("connection %d: %s %s differs from the recording", d.Connection, who, show.Name(d.Peer))
	}
	line += fmt.Sprintf(", after %s; expected in event %d of the recording", d.After.Round(10*time.Microsecond), d.Event)
	if d.Cause != "" {
		line += ": " + d.Cause
	}
	if d.Want == "" && d.Got == "" {
		return line, ""
	}
	sum, detail := textdiff.Explain(d.Got, d.Want)
	return line, sum + "\n" + detail
}

// maxShown is how much of each side a divergence keeps, in bytes.
const maxShown = 64 << 10

// diverged returns a divergence of expected and received data.
func (p *player) diverged(s step, got, want []byte, cause string) *Divergence {
	d := &Divergence{Connection: p.c.index + 1, Client: !p.client, Peer: p.peer, After: p.heard.Sub(p.began), Event: s.first, Cause: cause}
	if cause != "" {
		d.After = time.Since(p.began)
	}
	g, w := both(got, want, p.r.options.Mask, p.rules)
	at := 0
	for at < min(len(g.data), len(w.data)) && g.data[at] == w.data[at] {
		at++
	}
	d.Offset = p.offset + int64(g.back(at))
	if at > maxShown { // the report begins near the difference
		from := at - 1<<10
		g.data, w.data = g.data[from:], w.data[from:]
	}
	d.Got, d.Want = shown(g.data[:min(len(g.data), maxShown)]), shown(w.data[:min(len(w.data), maxShown)])
	return d
}
