package capture

import (
	"net/netip"
	"time"

	"sosh/internal/recording/packet"
)

// segment is a TCP segment or a UDP datagram with what its headers say.
type segment struct {
	src, dst netip.AddrPort
	payload  []byte // what was captured of it
	missing  int    // bytes of the payload that the snap length cut off
	at       time.Time
}

// decode looks for a TCP segment, a UDP datagram or an ICMP error in a packet, and passes
// it on. Other packets are ignored.
func (r *Reader) decode(p *packet.Packet) {
	if len(p.Data) > maxPacket {
		r.broken++
		return
	}
	data, ok := packet.OfLink(p.Link, p.Data)
	if !ok {
		return
	}
	ip, err := packet.ParseIP(data)
	if err == nil && ip.IsFragment() {
		if ip, ok = r.fragments.Add(ip); !ok {
			return
		}
	}
	if err == nil {
		err = r.network(&ip, p.Time)
	}
	if err != nil && !p.Short() {
		r.broken++
	}
}

// network passes on what a packet of IP carries.
func (r *Reader) network(ip *packet.IP, at time.Time) error {
	switch ip.Protocol {
	case packet.TCP:
		t, err := packet.ParseTCP(ip.Payload)
		if err != nil {
			return err
		}
		s := segment{netip.AddrPortFrom(ip.Src, t.SrcPort), netip.AddrPortFrom(ip.Dst, t.DstPort), t.Payload, 0, at}
		s.measure(ip.Length, t.Header)
		r.tcp.segment(&t, s)
	case packet.UDP:
		u, err := packet.ParseUDP(ip.Payload)
		if err != nil {
			return err
		}
		s := segment{netip.AddrPortFrom(ip.Src, u.SrcPort), netip.AddrPortFrom(ip.Dst, u.DstPort), u.Payload, 0, at}
		size := ip.Length
		if u.Length >= 8 {
			size = u.Length
		}
		s.measure(size, 8)
		r.udp.datagram(s)
	default:
		if why, about, ok := packet.ParseUnreachable(ip); ok {
			r.udp.unreachable(why, about)
		}
	}
	return nil
}

// measure compares the payload with the size of what follows the IP header. What was not captured
// is counted.
func (s *segment) measure(size, header int) {
	switch want := size - header; {
	case size < 0 || want < 0: // the length is 0 where the network card cuts large segments itself
	case want < len(s.payload):
		s.payload = s.payload[:want]
	default:
		s.missing = want - len(s.payload)
	}
}
