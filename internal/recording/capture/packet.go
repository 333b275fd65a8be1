package capture

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/ip6defrag"
	"github.com/gopacket/gopacket/layers"
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
func (r *Reader) decode(link layers.LinkType, p *packet) {
	if len(p.data) > maxPacket {
		r.broken++
		return
	}
	// The library recovers from a panic of its decoders, and reports it as a layer.
	pkt := gopacket.NewPacket(p.data, link, gopacket.DecodeOptions{NoCopy: true})
	r.network(pkt, p)
	if f := pkt.ErrorLayer(); f != nil && !p.short() && pkt.TransportLayer() == nil {
		r.broken++
	}
}

// short reports whether the snap length cut the packet off.
func (p *packet) short() bool { return p.info.Length > p.info.CaptureLength }

// network puts fragments together, and passes on what an IP packet carries.
func (r *Reader) network(pkt gopacket.Packet, p *packet) {
	at := p.info.Timestamp
	var src, dst netip.Addr
	size := -1 // of what follows the IP header, by the header's own length field
	switch ip := pkt.NetworkLayer().(type) {
	case *layers.IPv4:
		if ip.FragOffset != 0 || ip.Flags&layers.IPv4MoreFragments != 0 {
			if whole := r.frag.v4(ip, at); whole != nil {
				r.network(gopacket.NewPacket(whole, layers.LayerTypeIPv4, gopacket.NoCopy), p)
			}
			return
		}
		src, _ = netip.AddrFromSlice(ip.SrcIP.To4())
		dst, _ = netip.AddrFromSlice(ip.DstIP.To4())
		if ip.Length > 0 {
			size = int(ip.Length) - 4*int(ip.IHL)
		}
	case *layers.IPv6:
		if f, ok := pkt.Layer(layers.LayerTypeIPv6Fragment).(*layers.IPv6Fragment); ok {
			if whole := r.frag.v6(ip, f); whole != nil {
				r.network(gopacket.NewPacket(whole, layers.LayerTypeIPv6, gopacket.NoCopy), p)
			}
			return
		}
		src, _ = netip.AddrFromSlice(ip.SrcIP)
		dst, _ = netip.AddrFromSlice(ip.DstIP)
		if ip.Length > 0 {
			size = int(ip.Length)
			for _, l := range pkt.Layers() {
				switch l.(type) {
				case *layers.IPv6HopByHop, *layers.IPv6Routing, *layers.IPv6Destination:
					size -= len(l.LayerContents())
				}
			}
		}
	default:
		return
	}
	if icmp, ok := pkt.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
		r.udp.icmp(icmp.TypeCode.String(), icmp.TypeCode.Type() == layers.ICMPv4TypeDestinationUnreachable,
			gopacket.NewPacket(icmp.Payload, layers.LayerTypeIPv4, gopacket.NoCopy))
		return
	}
	if icmp, ok := pkt.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6); ok {
		if len(icmp.Payload) > 4 {
			r.udp.icmp(icmp.TypeCode.String(), icmp.TypeCode.Type() == layers.ICMPv6TypeDestinationUnreachable,
				gopacket.NewPacket(icmp.Payload[4:], layers.LayerTypeIPv6, gopacket.NoCopy))
		}
		return
	}
	switch t := pkt.TransportLayer().(type) {
	case *layers.TCP:
		s := segment{netip.AddrPortFrom(src, uint16(t.SrcPort)), netip.AddrPortFrom(dst, uint16(t.DstPort)), t.Payload, 0, at}
		s.measure(size, 4*int(t.DataOffset))
		r.tcp.segment(t, s)
	case *layers.UDP:
		s := segment{netip.AddrPortFrom(src, uint16(t.SrcPort)), netip.AddrPortFrom(dst, uint16(t.DstPort)), t.Payload, 0, at}
		if t.Length >= 8 {
			size = int(t.Length)
		}
		s.measure(size, 8)
		r.udp.datagram(s)
	}
}

// measure compares the payload with the size of what follows the IP header. Padding of the
// link is taken away, and what was not captured is counted.
func (s *segment) measure(size, header int) {
	switch want := size - header; {
	case size < 0 || want < 0: // the length is 0 where the network card cuts large segments itself
	case want < len(s.payload):
		s.payload = s.payload[:want]
	default:
		s.missing = want - len(s.payload)
	}
}

// maxFragments and maxFragmentBytes are how many fragments, and how many bytes of them, may wait
// for others before all are forgotten.
const (
	maxFragments     = 1 << 13
	maxFragmentBytes = 32 << 20
)

// fragments puts IP packets together.
type fragments struct {
	ip4     *ip4defrag.IPv4Defragmenter
	ip6     *ip6defrag.IPv6Defragmenter
	waiting map[packetID]held // by the packet that they are of
	all     held
}

// packetID tells the fragments of one packet from those of others (RFC 791, 3.2; RFC 8200, 4.5).
type packetID struct {
	src, dst string
	id       uint32
}

// held is how many fragments wait, and their bytes.
type held struct{ count, bytes int }

// admit counts a fragment. The libraries keep fragments without end, so they begin anew
// where too many wait.
func (f *fragments) admit(id packetID, payload []byte) {
	if f.ip4 == nil || f.all.count >= maxFragments || f.all.bytes >= maxFragmentBytes {
		f.ip4, f.ip6 = ip4defrag.NewIPv4Defragmenter(), ip6defrag.NewIPv6Defragmenter()
		f.waiting, f.all = make(map[packetID]held), held{}
	}
	h := f.waiting[id]
	f.waiting[id] = held{h.count + 1, h.bytes + len(payload)}
	f.all = held{f.all.count + 1, f.all.bytes + len(payload)}
}

// v4 returns the bytes of the whole packet once its last fragment is there, or nil.
func (f *fragments) v4(ip *layers.IPv4, at time.Time) []byte {
	id := packetID{string(ip.SrcIP), string(ip.DstIP), uint32(ip.Id)}
	f.admit(id, ip.Payload)
	whole, err := f.ip4.DefragIPv4WithTimestamp(ip, at)
	if err != nil || whole == nil {
		return nil
	}
	whole.Flags, whole.FragOffset = 0, 0
	return f.whole(id, whole, whole.Payload)
}

// v6 is v4 for IPv6.
func (f *fragments) v6(ip *layers.IPv6, frag *layers.IPv6Fragment) []byte {
	id := packetID{string(ip.SrcIP), string(ip.DstIP), frag.Identification}
	f.admit(id, frag.Payload)
	whole := f.ip6.DefragIPv6(ip, frag)
	if whole == nil {
		return nil
	}
	return f.whole(id, whole, whole.Payload)
}

// whole returns the bytes of a packet that was put together.
func (f *fragments) whole(id packetID, ip gopacket.SerializableLayer, payload []byte) []byte {
	h := f.waiting[id]
	f.all = held{f.all.count - h.count, f.all.bytes - h.bytes}
	delete(f.waiting, id)
	b := gopacket.NewSerializeBuffer()
	if gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, ip, gopacket.Payload(payload)) != nil {
		return nil
	}
	return b.Bytes()
}
