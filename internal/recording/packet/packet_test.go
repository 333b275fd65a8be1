package packet

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

var ends = map[string][2]netip.AddrPort{
	"IPv4": {netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("192.0.2.77:80")},
	"IPv6": {netip.MustParseAddrPort("[::1]:40000"), netip.MustParseAddrPort("[2001:db8::ffff]:80")},
}

// serialized returns a packet as gopacket writes it.
func serialized(t *testing.T, src, dst netip.Addr, protocol layers.IPProtocol, above ...gopacket.SerializableLayer) []byte {
	t.Helper()
	var ip gopacket.SerializableLayer = &layers.IPv4{Version: 4, TTL: 64, Id: 7, Flags: layers.IPv4DontFragment, Protocol: protocol,
		SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	if !src.Is4() {
		ip = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: src.AsSlice(), DstIP: dst.AsSlice()}
	}
	if l, ok := above[0].(interface {
		SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
	}); ok {
		l.SetNetworkLayerForChecksum(ip.(gopacket.NetworkLayer))
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, append([]gopacket.SerializableLayer{ip}, above...)...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAppend compares packets with those of gopacket, byte by byte, and reads them again.
func TestAppend(t *testing.T) {
	for version, e := range ends {
		src, dst := e[0], e[1]
		for _, payload := range []string{"", "x", "hello", strings.Repeat("\xff", 1001), strings.Repeat("long", 4000)} {
			p := AppendTCP([]byte(nil), src.Addr(), dst.Addr(), 7, Segment{SrcPort: 40000, DstPort: 80, Seq: 0xfffffff0, Ack: 9,
				Flags: ACK | PSH, Window: 65535, Payload: []byte(payload)})
			want := serialized(t, src.Addr(), dst.Addr(), layers.IPProtocolTCP, &layers.TCP{SrcPort: 40000, DstPort: 80, Seq: 0xfffffff0, Ack: 9,
				ACK: true, PSH: true, Window: 65535}, gopacket.Payload(payload))
			if !bytes.Equal(p, want) {
				t.Errorf("%s, TCP, %d bytes:\n%x\n%x", version, len(payload), p, want)
			}
			ip, err := ParseIP(append(p, "padding"...))
			if err != nil || ip.Src != src.Addr() || ip.Dst != dst.Addr() || ip.Protocol != TCP || ip.Length != len(ip.Payload) {
				t.Errorf("%s: %+v, %v", version, ip, err)
			}
			if s, err := ParseTCP(ip.Payload); err != nil || string(s.Payload) != payload || s.Seq != 0xfffffff0 || s.Flags != ACK|PSH {
				t.Errorf("%s: %+v, %v", version, s, err)
			}
			p = AppendUDP([]byte(nil), src, dst, 7, []byte(payload))
			want = serialized(t, src.Addr(), dst.Addr(), layers.IPProtocolUDP, &layers.UDP{SrcPort: 40000, DstPort: 80}, gopacket.Payload(payload))
			if !bytes.Equal(p, want) {
				t.Errorf("%s, UDP, %d bytes:\n%x\n%x", version, len(payload), p, want)
			}
		}
		p := AppendTCP(nil, src.Addr(), dst.Addr(), 7, Segment{SrcPort: 40000, DstPort: 80, Flags: SYN, MSS: 1460, Scale: 7})
		want := serialized(t, src.Addr(), dst.Addr(), layers.IPProtocolTCP, &layers.TCP{SrcPort: 40000, DstPort: 80, SYN: true, Options: []layers.TCPOption{
			{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{1460 >> 8, 1460 & 255}},
			{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{7}},
		}})
		if !bytes.Equal(p, want) {
			t.Errorf("%s, SYN:\n%x\n%x", version, p, want)
		}
		for why, text := range map[Reason]string{PortUnreachable: "port unreachable", HostUnreachable: "unreachable", NetworkUnreachable: "n"} {
			ip, err := ParseIP(AppendUnreachable(nil, src, dst, 7, why, 100))
			if err != nil {
				t.Fatal(err)
			}
			got, about, ok := ParseUnreachable(&ip)
			inner, err := ParseIP(about)
			u, uerr := ParseUDP(inner.Payload)
			if !ok || !strings.Contains(got, text) || err != nil || uerr != nil || inner.Src != src.Addr() || u.DstPort != 80 || u.Length != 108 || ip.Src != dst.Addr() {
				t.Errorf("%s: %q, %+v, %+v, %v %v", version, got, inner, u, err, uerr)
			}
			pkt := gopacket.NewPacket(AppendUnreachable(nil, src, dst, 7, why, 100), map[bool]gopacket.Decoder{true: layers.LayerTypeIPv4, false: layers.LayerTypeIPv6}[src.Addr().Is4()], gopacket.Default)
			if err := pkt.ErrorLayer(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestOfLink(t *testing.T) {
	mac, ip := strings.Repeat("00", 12), "450000140000000040110000 7f000001 7f000002"
	for _, c := range []struct {
		name string
		link LinkType
		data string
		ok   bool
	}{
		{"Ethernet", LinkEthernet, mac + "0800" + ip, true},
		{"VLAN", LinkEthernet, mac + "8100 0007 0800" + ip, true},
		{"VLAN in VLAN", LinkEthernet, mac + "88a8 0007 8100 0008 0800" + ip, true},
		{"ARP", LinkEthernet, mac + "0806" + ip, false},
		{"cut off", LinkEthernet, mac + "8100 00", false},
		{"raw", LinkRaw, ip, true},
		{"empty", LinkRaw, "", false},
		{"null, little-endian", LinkNull, "02000000" + ip, true},
		{"null, big-endian", LinkNull, "00000002" + ip, true},
		{"loop", LinkLoop, "00000018" + ip, true},
		{"loop, another family", LinkLoop, "18000000" + ip, false},
		{"SLL", LinkSLL, strings.Repeat("00", 14) + "0800" + ip, true},
		{"SLL2", LinkSLL2, "0800" + strings.Repeat("00", 18) + ip, true},
		{"USB", 220, ip, false},
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(c.data, " ", ""))
		if err != nil {
			t.Fatal(c.name, err)
		}
		got, ok := OfLink(c.link, data)
		if ok != c.ok || ok && len(got) != 20 {
			t.Errorf("%s: %x, %v", c.name, got, ok)
		}
	}
}

// TestExtensionHeaders has what may stand between IPv6 and UDP.
func TestExtensionHeaders(t *testing.T) {
	const addresses = "00000000000000000000000000000001 00000000000000000000000000000002"
	const udp = "9c40 0035 0009 0000 78"
	for _, c := range []struct {
		name, data string
		want       IP
	}{
		{"none", "60000000 0009 11 40" + addresses + udp, IP{Protocol: UDP, Length: 9}},
		{"hop by hop, routing, destination", "60000000 0029 00 40" + addresses + "2b00000000000000 3c01000000000000 0000000000000000 1100000000000000" + udp, IP{Protocol: UDP, Length: 9}},
		{"the first fragment", "60000000 0011 2c 40" + addresses + "11000001 0000abcd" + udp, IP{Protocol: UDP, Length: 9, More: true, ID: 0xabcd}},
		{"a later fragment", "60000000 0011 2c 40" + addresses + "3c000010 0000abcd" + udp, IP{Protocol: destination, Length: 9, Offset: 16, ID: 0xabcd}},
		{"a jumbogram", "60000000 0000 11 40" + addresses + udp, IP{Protocol: UDP, Length: -1}},
		{"a header that is too long", "60000000 0011 00 40" + addresses + "11ff000000000000" + udp, IP{}},
		{"a length that is too short", "60000000 0004 00 40" + addresses + "1100000000000000" + udp, IP{}},
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(c.data, " ", ""))
		if err != nil {
			t.Fatal(c.name, err)
		}
		ip, err := ParseIP(data)
		if c.want.Protocol == 0 {
			if err == nil {
				t.Errorf("%s: no error: %+v", c.name, ip)
			}
			continue
		}
		c.want.Src, c.want.Dst = netip.MustParseAddr("::1"), netip.MustParseAddr("::2")
		c.want.Payload = data[len(data)-9:]
		if diff := cmp.Diff(c.want, ip, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", c.name, err, diff)
		}
	}
}

// TestFragments puts parts together in every order, with overlaps and repetitions.
func TestFragments(t *testing.T) {
	const text = "0123456789abcdefghijklmnopqrstuv"
	parts := [][2]int{{0, 16}, {8, 24}, {16, 24}, {24, 32}}
	for n := range 4 * 4 * 4 * 4 {
		var f Fragments
		f.Add(IP{ID: 1, More: true, Offset: 8, Payload: []byte("other"), Length: 8})
		var got string
		seen := [4]bool{}
		for i, k := 0, n; i < 4; i, k = i+1, k/4 {
			from, to := parts[k%4][0], parts[k%4][1]
			seen[k%4] = true
			p, ok := f.Add(IP{ID: 2, More: to < len(text), Offset: from, Payload: []byte(text[from:to]), Length: to - from})
			if ok {
				got = string(p.Payload)
				break
			}
		}
		want := ""
		if seen[0] && seen[3] && (seen[1] || seen[2]) {
			want = text
		}
		if got != want {
			t.Errorf("%04o: %q, want %q", n, got, want)
		}
		if want != "" && (f.count != 1 || f.bytes != 5 || len(f.waiting) != 1) {
			t.Errorf("%d fragments with %d bytes are left", f.count, f.bytes)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range ends {
		f.Add(AppendTCP(nil, e[0].Addr(), e[1].Addr(), 1, Segment{MSS: 1, Payload: []byte("x")}))
		f.Add(AppendUnreachable(nil, e[0], e[1], 1, HostUnreachable, 5))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, link := range []LinkType{LinkNull, LinkEthernet, LinkRaw, LinkSLL, LinkSLL2} {
			data, ok := OfLink(link, p)
			if !ok {
				continue
			}
			ip, err := ParseIP(data)
			if err != nil {
				continue
			}
			if ip.Length >= 0 && len(ip.Payload) > ip.Length || ip.Length < -1 {
				t.Fatalf("%+v", ip)
			}
			if s, err := ParseTCP(ip.Payload); err == nil && s.Header+len(s.Payload) != len(ip.Payload) {
				t.Fatalf("%+v", s)
			}
			ParseUnreachable(&ip)
			var frag Fragments
			if whole, ok := frag.Add(ip); ok && len(whole.Payload) > maxPayload {
				t.Fatalf("%d bytes", len(whole.Payload))
			}
		}
	})
}

func BenchmarkAppendTCP(b *testing.B) {
	p := make([]byte, 65495)
	binary.BigEndian.PutUint32(p, 1)
	var buf []byte
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		buf = AppendTCP(buf[:0], ends["IPv4"][0].Addr(), ends["IPv4"][1].Addr(), 1, Segment{Payload: p})
	}
}
