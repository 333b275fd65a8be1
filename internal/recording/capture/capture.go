// Package capture reads captures (pcap and pcapng) of any program as recordings: each TCP
// connection and each UDP conversation in it becomes a handle, seen from its client.
//
// It knows no handles of sosh and starts no goroutine. Files are read in one pass: what is
// kept is bounded by the limits below, whatever the file says.
package capture

import (
	"errors"
	"fmt"
	"io"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// Limits of what a Reader keeps.
const (
	maxConversations = 1 << 16  // of TCP and of UDP, each; the one idle longest is given up
	maxWaiting       = 64 << 20 // bytes of segments that wait for earlier ones, over all connections
	maxSideWaiting   = 4 << 20  // the same for one direction of a connection
	maxPacket        = 1 << 20  // bytes of a packet; longer ones are not looked at
)

// lostAfter is how long later segments wait for one that is missing, by the capture's clock,
// before the missing bytes are reported as a gap. A retransmission takes 200 ms or more.
const lostAfter = 3 * time.Second

// A Reader reads a capture as a recording. It must not be used concurrently.
type Reader struct {
	// Header has the time of the first packet as its start.
	Header recording.Header

	packets *packet.Reader
	first   *packet.Packet // the packet that Open has read
	now     time.Duration
	queue   []recording.Event
	events  int
	handles int
	broken  int // packets whose headers could not be read
	ended   bool

	tcp       *connections
	udp       *conversations
	fragments packet.Fragments
}

// Open reads up to the first packet of r. The error is [packet.ErrNotCapture] if r is not a
// capture; other errors say what is wrong with its header.
func Open(r io.Reader) (*Reader, error) {
	packets, err := packet.NewReader(r)
	if err != nil {
		return nil, err
	}
	c := &Reader{Header: recording.Header{Version: recording.Version, Program: "a capture"}, packets: packets}
	c.tcp, c.udp = newConnections(c), newConversations(c)
	p, err := c.read()
	if app := packets.Application(); app != "" {
		c.Header.Program = app
	}
	if err == nil {
		c.first = p
		c.Header.Start = p.Time
	} else {
		c.ended = true // what follows a packet that cannot be read is none
	}
	return c, nil
}

// read returns the next packet, or io.EOF. A file that ends in the middle of one ends there, with a
// note; so does one whose rest cannot be read.
func (r *Reader) read() (*packet.Packet, error) {
	p, err := r.packets.Next()
	switch {
	case err == nil:
		return &p, nil
	case err == io.EOF:
	case errors.Is(err, io.ErrUnexpectedEOF):
		r.note("the capture ends in the middle of a packet")
	default:
		r.note(fmt.Sprintf("reading the capture failed: %v", err))
	}
	return nil, io.EOF
}

// Next returns the next event, or io.EOF at the end. It returns no other error: what is
// wrong with the rest of a file is told by a last event of the type note.
func (r *Reader) Next() (recording.Event, error) {
	for len(r.queue) == 0 {
		if r.ended {
			return recording.Event{}, io.EOF
		}
		r.step()
	}
	ev := r.queue[0]
	r.queue = r.queue[1:]
	r.events++
	ev.ID = r.events
	return ev, nil
}

// step looks at one packet, or ends the reading.
func (r *Reader) step() {
	p, err := r.first, error(nil)
	r.first = nil
	if p == nil {
		p, err = r.read()
	}
	if err != nil {
		r.ended = true
		r.tcp.end()
		if r.broken > 0 {
			r.note(fmt.Sprintf("packets whose headers could not be read: %d", r.broken))
		}
		return
	}
	// Clocks that are set back, and captures that were joined, do not turn time back here.
	r.now = max(r.now, p.Time.Sub(r.Header.Start))
	r.decode(p)
}

// emit adds an event at the time of the packet that is looked at.
func (r *Reader) emit(ev recording.Event) {
	ev.Time = r.now
	r.queue = append(r.queue, ev)
}

func (r *Reader) note(text string) { r.emit(recording.Event{Type: recording.Note, Text: text}) }

// handle returns the number of a new handle.
func (r *Reader) handle() int {
	r.handles++
	return r.handles
}
