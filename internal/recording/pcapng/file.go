package pcapng

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"runtime"
	"time"

	"sosh/internal/recording"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A file writes the blocks of a capture. The first error of the underlying writer ends it:
// later calls do nothing.
type file struct {
	out   *bufio.Writer
	ng    *pcapgo.NgWriter
	err   error
	start time.Time
	now   time.Time // of the event
	lost  int       // events that were not recorded before the next packet
	ipID  uint16

	buf gopacket.SerializeBuffer
	v4  layers.IPv4
	v6  layers.IPv6
}

func newFile(w io.Writer, h recording.Header) (*file, error) {
	f := &file{out: bufio.NewWriterSize(w, 128<<10), start: h.Start, now: h.Start, buf: gopacket.NewSerializeBuffer()}
	intf := pcapgo.NgInterface{
		Name: "sosh", Description: "the sockets of a session", OS: runtime.GOOS,
		LinkType: layers.LinkTypeRaw, TimestampResolution: 9,
	}
	section := pcapgo.NgSectionInfo{Hardware: runtime.GOARCH, OS: runtime.GOOS, Application: label(h.Program)}
	var err error
	f.ng, err = pcapgo.NewNgWriterInterface(f.out, intf, pcapgo.NgWriterOptions{SectionInfo: section})
	if err != nil {
		return nil, err
	}
	return f, f.flush()
}

// flush writes everything to the underlying writer.
func (f *file) flush() error {
	f.fail(f.ng.Flush())
	if f.err == nil {
		f.fail(f.out.Flush())
	}
	return f.err
}

func (f *file) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// at sets the time of the next packets.
func (f *file) at(t time.Duration) { f.now = f.start.Add(t) }

// packet writes a packet of IP from src to dst with a transport header, which may be a
// TCP, UDP or ICMP layer, and its payload.
func (f *file) packet(src, dst netip.Addr, transport gopacket.SerializableLayer, payload []byte, comment string) {
	if f.err != nil {
		return
	}
	var ip gopacket.SerializableLayer
	protocol := protocolOf(transport)
	if src.Is4() {
		f.ipID++
		f.v4 = layers.IPv4{Version: 4, TTL: 64, Id: f.ipID, Flags: layers.IPv4DontFragment, Protocol: protocol,
			SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
		ip = &f.v4
	} else {
		f.v6 = layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
		ip = &f.v6
	}
	if t, ok := transport.(interface {
		SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
	}); ok {
		f.fail(t.SetNetworkLayerForChecksum(ip.(gopacket.NetworkLayer)))
	}
	f.fail(gopacket.SerializeLayers(f.buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		ip, transport, gopacket.Payload(payload)))
	if f.err != nil {
		return
	}
	p := f.buf.Bytes()
	var comments []string
	if f.lost > 0 {
		comments = append(comments, fmt.Sprintf("lost events before this packet: %d", f.lost))
		f.lost = 0
	}
	if comment != "" {
		comments = append(comments, comment)
	}
	f.fail(f.ng.WritePacketWithOptions(gopacket.CaptureInfo{Timestamp: f.now, CaptureLength: len(p), Length: len(p)}, p,
		pcapgo.NgPacketOptions{Comments: comments}))
}

func protocolOf(l gopacket.SerializableLayer) layers.IPProtocol {
	switch l.(type) {
	case *layers.TCP:
		return layers.IPProtocolTCP
	case *layers.UDP:
		return layers.IPProtocolUDP
	case *layers.ICMPv4:
		return layers.IPProtocolICMPv4
	}
	return layers.IPProtocolICMPv6
}

// maxSecret is the greatest length of a line of a key log that is written.
const maxSecret = 4096

// secret writes a line of a key log as a decryption secrets block.
func (f *file) secret(line string) {
	if f.err != nil || len(line) > maxSecret {
		return
	}
	if n := len(line); n == 0 || line[n-1] != '\n' {
		line += "\n"
	}
	f.fail(f.ng.WriteDecryptionSecretsBlock(pcapgo.DSB_SECRETS_TYPE_TLS, []byte(line)))
}

// name writes a name resolution block for one address, which pcapgo can only read
// (draft-ietf-opsawg-pcapng, section 4.5).
func (f *file) name(a netip.Addr, name string) {
	const block, ipv4, end = 4, 1, 0
	b := binary.LittleEndian.AppendUint32(nil, block)
	b = append(b, 0, 0, 0, 0) // the length
	b = binary.LittleEndian.AppendUint16(b, ipv4)
	value := append(append(a.AsSlice(), name...), 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	b = binary.LittleEndian.AppendUint32(b, end)
	length := uint32(len(b) + 4)
	b = binary.LittleEndian.AppendUint32(b, length)
	binary.LittleEndian.PutUint32(b[4:], length)
	if f.err == nil {
		f.fail(f.ng.Flush()) // its buffer comes before ours
	}
	if f.err == nil {
		_, err := f.out.Write(b)
		f.fail(err)
	}
}
