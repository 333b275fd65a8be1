package packet

import (
	"encoding/binary"
	"net/netip"
)

// Flags are the flags of a TCP segment.
type Flags uint8

// The flags (RFC 9293, section 3.1).
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
)

// Has reports whether all of some flags are set.
func (f Flags) Has(some Flags) bool { return f&some == some }

// Segment is a TCP segment.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         uint32
	Flags            Flags
	Window           uint16

	// MSS and Scale are written as options if MSS is not 0.
	MSS   uint16
	Scale uint8

	Header  int // the length of the header with its options, in bytes; only read
	Payload []byte
}

// ParseTCP reads a segment. Its payload is a part of p.
func ParseTCP(p []byte) (s Segment, err error) {
	if len(p) < headerTCP {
		return s, ErrHeader
	}
	s = Segment{
		SrcPort: binary.BigEndian.Uint16(p), DstPort: binary.BigEndian.Uint16(p[2:]),
		Seq: binary.BigEndian.Uint32(p[4:]), Ack: binary.BigEndian.Uint32(p[8:]),
		Flags: Flags(p[13]), Window: binary.BigEndian.Uint16(p[14:]), Header: 4 * int(p[12]>>4),
	}
	if s.Header < headerTCP || len(p) < s.Header {
		return s, ErrHeader
	}
	s.Payload = p[s.Header:]
	return s, nil
}

// AppendTCP appends a packet of IP with a segment. id is as for [AppendIP].
func AppendTCP(b []byte, src, dst netip.Addr, id uint16, s Segment) []byte {
	header := headerTCP
	if s.MSS != 0 {
		header += 8
	}
	length := header + len(s.Payload)
	b = AppendIP(b, src, dst, TCP, id, length)
	at := len(b)
	b = binary.BigEndian.AppendUint16(b, s.SrcPort)
	b = binary.BigEndian.AppendUint16(b, s.DstPort)
	b = binary.BigEndian.AppendUint32(b, s.Seq)
	b = binary.BigEndian.AppendUint32(b, s.Ack)
	b = append(b, byte(header/4)<<4, byte(s.Flags))
	b = binary.BigEndian.AppendUint16(b, s.Window)
	b = append(b, 0, 0, 0, 0) // the checksum, and the urgent pointer
	if s.MSS != 0 {
		b = append(b, 2, 4, byte(s.MSS>>8), byte(s.MSS)) // RFC 9293, section 3.2
		b = append(b, 3, 3, s.Scale, 0)                  // RFC 7323, section 2.2, and the end
	}
	b = append(b, s.Payload...)
	binary.BigEndian.PutUint16(b[at+16:], ^fold(sum(pseudo(src, dst, TCP, length), b[at:])))
	return b
}

// Datagram is a UDP datagram.
type Datagram struct {
	SrcPort, DstPort uint16
	Length           int // by its own field, of the header and the payload; 0 if it does not say
	Payload          []byte
}

// ParseUDP reads a datagram. Its payload is a part of p.
func ParseUDP(p []byte) (d Datagram, err error) {
	if len(p) < headerUDP {
		return d, ErrHeader
	}
	d = Datagram{SrcPort: binary.BigEndian.Uint16(p), DstPort: binary.BigEndian.Uint16(p[2:]), Length: int(binary.BigEndian.Uint16(p[4:]))}
	d.Payload = p[headerUDP:]
	return d, nil
}

// AppendUDP appends a packet of IP with a datagram. id is as for [AppendIP].
func AppendUDP(b []byte, src, dst netip.AddrPort, id uint16, payload []byte) []byte {
	length := headerUDP + len(payload)
	b = AppendIP(b, src.Addr(), dst.Addr(), UDP, id, length)
	at := len(b)
	b = appendUDPHeader(b, src.Port(), dst.Port(), length)
	b = append(b, payload...)
	check := ^fold(sum(pseudo(src.Addr(), dst.Addr(), UDP, length), b[at:]))
	if check == 0 {
		check = 0xffff // 0 is for no checksum (RFC 768)
	}
	binary.BigEndian.PutUint16(b[at+6:], check)
	return b
}

func appendUDPHeader(b []byte, src, dst uint16, length int) []byte {
	b = binary.BigEndian.AppendUint16(b, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	return append(b, 0, 0)
}
