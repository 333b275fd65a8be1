package pcapng

import (
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// A file writes packets with their times and comments. The first error of the underlying writer ends
// it: later calls do nothing.
type file struct {
	*packet.Writer
	start time.Time
	now   time.Time // of the event
	lost  int       // events that were not recorded before the next packet
	id    uint16    // of the last packet of IP

	buf []byte
}

func newFile(w io.Writer, h recording.Header) (*file, error) {
	f := &file{start: h.Start, now: h.Start, Writer: packet.NewWriter(w, packet.Header{
		Hardware: runtime.GOARCH, System: runtime.GOOS, Application: label(h.Program),
		Interface: "sosh", Description: "the sockets of a session", Link: packet.LinkRaw,
	})}
	return f, f.Writer.Flush()
}

// at sets the time of the next packets.
func (f *file) at(t time.Duration) { f.now = f.start.Add(t) }

// nextID returns the identification of the next packet of IP.
func (f *file) nextID() uint16 {
	f.id++
	return f.id
}

// segment writes a TCP segment.
func (f *file) segment(src, dst netip.Addr, s packet.Segment, comment string) {
	f.packet(packet.AppendTCP(f.buf[:0], src, dst, f.nextID(), s), comment)
}

// datagram writes a UDP datagram.
func (f *file) datagram(src, dst address, payload []byte, comment string) {
	f.packet(packet.AppendUDP(f.buf[:0], src, dst, f.nextID(), payload), comment)
}

// packet writes a packet of IP.
func (f *file) packet(p []byte, comment string) {
	f.buf = p
	var comments []string
	if f.lost > 0 {
		comments = append(comments, fmt.Sprintf("lost events before this packet: %d", f.lost))
		f.lost = 0
	}
	if comment != "" {
		comments = append(comments, comment)
	}
	f.Packet(f.now, p, comments...)
}

// maxSecret is the greatest length of a line of a key log that is written.
const maxSecret = 4096

// secret writes a line of a key log as a decryption secrets block.
func (f *file) secret(line string) {
	if len(line) > maxSecret {
		return
	}
	if n := len(line); n == 0 || line[n-1] != '\n' {
		line += "\n"
	}
	f.TLSSecrets(line)
}
