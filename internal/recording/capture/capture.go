// Package capture reads captures (pcap and pcapng) of any program as recordings: each TCP
// connection and each UDP conversation in it becomes a handle, seen from its client.
//
// It knows no handles of sosh and starts no goroutine. Files are read in one pass: what is
// kept is bounded by the limits below, whatever the file says.
package capture

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Limits of what a Reader keeps.
const (
	maxConversations = 1 << 16 // of TCP and of UDP, each; the one idle longest is given up
	maxPages         = 1 << 15 // pages of 1,900 bytes that wait for earlier segments, over all connections
	maxConnPages     = 1 << 11 // the same for one direction of a connection
	maxHoles         = 1 << 12 // parts of a stream that the snap length cut off and that are not yet reached
	maxPacket        = 1 << 20 // bytes of a packet; longer ones are not looked at
	maxRecord        = 1 << 25 // bytes of the file up to the next packet; a capture with more ends there
)

// lostAfter is how long later segments wait for one that is missing, by the capture's clock,
// before the missing bytes are reported as a gap. A retransmission takes 200 ms or more.
const lostAfter = 3 * time.Second

// ErrNotCapture is the error of [Open] for a file that is neither pcap nor pcapng.
var ErrNotCapture = errors.New("not a capture (expected pcap or pcapng)")

// source reads packets, whatever the form of the file.
type source interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
}

// A Reader reads a capture as a recording. It must not be used concurrently.
type Reader struct {
	// Header has the time of the first packet as its start.
	Header recording.Header

	packets source
	file    *bounded
	link    layers.LinkType // of all packets, unless mixed
	mixed   bool            // each packet tells its own

	first   *packet // the packet that Open has read
	now     time.Duration
	queue   []recording.Event
	events  int
	handles int
	broken  int // packets whose headers could not be read
	ended   bool

	tcp  *connections
	udp  *conversations
	frag fragments
}

// packet is one packet of the file.
type packet struct {
	data []byte
	info gopacket.CaptureInfo
}

// bounded reads a file. It fails after the bytes that one packet may take: the library reads as
// many as the file says.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a packet has more than %d MiB", maxRecord>>20)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// IsCapture reports whether a file that begins with head is pcap or pcapng, or such a file
// compressed by gzip. It needs the first four bytes.
func IsCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch binary.BigEndian.Uint32(head) {
	case 0x0a0d0d0a, 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1:
		return true
	}
	return head[0] == 0x1f && head[1] == 0x8b
}

// Open reads up to the first packet of r. The error is [ErrNotCapture] if r is not a capture;
// other errors say what is wrong with its header.
func Open(r io.Reader) (*Reader, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, _ := b.Peek(4)
	if !IsCapture(head) {
		return nil, ErrNotCapture
	}
	c := &Reader{Header: recording.Header{Version: recording.Version, Program: "a capture"}, file: &bounded{b, maxRecord}}
	if head[0] == 0x0a {
		ng, err := pcapgo.NewNgReader(c.file, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fmt.Errorf("pcapng: %w", err)
		}
		if app := ng.SectionInfo().Application; app != "" {
			c.Header.Program = app
		}
		c.packets, c.mixed = ng, true
	} else {
		old, err := pcapgo.NewReader(c.file)
		if err != nil {
			return nil, fmt.Errorf("pcap: %w", err)
		}
		// What gzip makes of a few bytes, only this bounds.
		old.SetSnaplen(min(old.Snaplen(), maxRecord))
		c.packets, c.link = old, old.LinkType()
	}
	c.tcp, c.udp = newConnections(c), newConversations(c)
	p, err := c.read()
	if err == nil {
		c.first = p
		c.Header.Start = p.info.Timestamp
	} else if err == io.EOF {
		c.ended = true // what follows a packet that cannot be read is none
	} else {
		return nil, err
	}
	return c, nil
}

// read returns the next packet. A file that ends in the middle of one ends there, with a
// note; so does one whose rest cannot be read.
func (r *Reader) read() (*packet, error) {
	r.file.left = maxRecord
	data, info, err := r.packets.ReadPacketData()
	switch {
	case err == nil:
		return &packet{data, info}, nil
	case err == io.EOF:
		return nil, io.EOF
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
	r.now = max(r.now, p.info.Timestamp.Sub(r.Header.Start))
	link := r.link
	if r.mixed && len(p.info.AncillaryData) > 0 {
		link, _ = p.info.AncillaryData[0].(layers.LinkType)
	}
	r.decode(link, p)
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
