package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// A film makes packets, a millisecond apart.
type film struct {
	t       *testing.T
	link    layers.LinkType
	v6      bool
	vlan    bool
	packets [][]byte
}

var (
	client = net.IPv4(127, 0, 0, 1).To4()
	server = net.IPv4(127, 0, 0, 2).To4()
)

// ip returns the layers below TCP and UDP.
func (f *film) ip(fromServer bool, proto layers.IPProtocol) (below []gopacket.SerializableLayer, network gopacket.NetworkLayer) {
	src, dst := client, server
	if fromServer {
		src, dst = dst, src
	}
	kind := layers.EthernetTypeIPv4
	if f.v6 {
		kind = layers.EthernetTypeIPv6
	}
	switch f.link {
	case layers.LinkTypeEthernet:
		eth := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: kind}
		below = append(below, eth)
		if f.vlan {
			eth.EthernetType = layers.EthernetTypeDot1Q
			below = append(below, &layers.Dot1Q{VLANIdentifier: 7, Type: kind})
		}
	case layers.LinkTypeLinuxSLL:
		head := make([]byte, 16)
		binary.BigEndian.PutUint16(head[14:], uint16(kind))
		below = append(below, gopacket.Payload(head))
	}
	if f.v6 {
		ip := &layers.IPv6{Version: 6, NextHeader: proto, HopLimit: 64, SrcIP: net.ParseIP("::1"), DstIP: net.ParseIP("fd00::2")}
		if fromServer {
			ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
		}
		return append(below, ip), ip
	}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: proto, SrcIP: src, DstIP: dst}
	return append(below, ip), ip
}

func (f *film) add(all []gopacket.SerializableLayer) {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, all...); err != nil {
		f.t.Fatal(err)
	}
	f.packets = append(f.packets, bytes.Clone(b.Bytes()))
}

// tcp adds a segment. flags is of S, A, F, R; seq counts from the side's SYN.
func (f *film) tcp(fromServer bool, flags string, seq uint32, payload string) {
	f.port(40000, fromServer, flags, seq, payload)
}

func (f *film) port(port layers.TCPPort, fromServer bool, flags string, seq uint32, payload string) {
	below, ip := f.ip(fromServer, layers.IPProtocolTCP)
	t := &layers.TCP{SrcPort: port, DstPort: 80, Seq: 0xfffffffe + seq, Window: 1000}
	if fromServer {
		t.SrcPort, t.DstPort, t.Seq = 80, port, 5000+seq
	}
	t.SYN, t.ACK = strings.Contains(flags, "S"), strings.Contains(flags, "A")
	t.FIN, t.RST = strings.Contains(flags, "F"), strings.Contains(flags, "R")
	t.SetNetworkLayerForChecksum(ip)
	f.add(append(below, t, gopacket.Payload(payload)))
}

func (f *film) handshake() {
	f.tcp(false, "S", 0, "")
	f.tcp(true, "SA", 0, "")
	f.tcp(false, "A", 1, "")
}

func (f *film) udp(fromServer bool, payload string) {
	below, ip := f.ip(fromServer, layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: 40000, DstPort: 53}
	if fromServer {
		u.SrcPort, u.DstPort = 53, 40000
	}
	u.SetNetworkLayerForChecksum(ip)
	f.add(append(below, u, gopacket.Payload(payload)))
}

var began = time.Unix(1700000000, 123456789)

// ng returns the packets as pcapng, each cut off after snap bytes.
func (f *film) ng(snap int) []byte {
	var b bytes.Buffer
	size := 1000
	for _, p := range f.packets {
		size += min(snap, len(p)) + 50
	}
	b.Grow(size)
	w, err := pcapgo.NewNgWriter(&b, f.link)
	if err != nil {
		f.t.Fatal(err)
	}
	for i, p := range f.packets {
		n := min(snap, len(p))
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: f.at(i), CaptureLength: n, Length: len(p)}, p[:n]); err != nil {
			f.t.Fatal(err)
		}
	}
	w.Flush()
	return b.Bytes()
}

func (f *film) at(i int) time.Time { return began.Add(time.Duration(i) * time.Millisecond) }

// old returns the packets as pcap, in a byte order and with a unit of time.
func (f *film) old(order binary.AppendByteOrder, nanoseconds bool) []byte {
	magic, unit := uint32(0xa1b2c3d4), time.Microsecond
	if nanoseconds {
		magic, unit = 0xa1b23c4d, time.Nanosecond
	}
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(b, 65535)
	b = order.AppendUint32(b, uint32(f.link))
	for i, p := range f.packets {
		at := f.at(i)
		b = order.AppendUint32(b, uint32(at.Unix()))
		b = order.AppendUint32(b, uint32(time.Duration(at.Nanosecond())/unit))
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// events reads a capture, and returns a line for each event.
func events(t *testing.T, file []byte) string {
	t.Helper()
	r, err := Open(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	last := time.Duration(0)
	for id := 1; ; id++ {
		ev, err := r.Next()
		if err == io.EOF {
			return b.String()
		}
		if err != nil || ev.ID != id || ev.Time < last {
			t.Fatalf("event %+v, %v", ev, err)
		}
		last = ev.Time
		b.WriteString(line(ev) + "\n")
	}
}

func line(ev recording.Event) string {
	s := strings.TrimSpace(ev.Handle + " " + string(ev.Type))
	switch ev.Type {
	case recording.Connected:
		s += fmt.Sprintf(" %s %s %s", ev.Kind, ev.Local, ev.Peer)
	case recording.Data, recording.Sent:
		s += fmt.Sprintf(" %q", ev.Data)
		if ev.Cut {
			s += " cut"
		}
	case recording.Gap:
		s += fmt.Sprintf(" %d %v", ev.N, ev.Out)
	}
	for _, more := range []string{ev.Op, ev.Error, ev.Text} {
		if more != "" {
			s += " " + more
		}
	}
	return s
}

const opened = "tcp1 connected tcp4 127.0.0.1:40000 127.0.0.2:80\n"

func TestStreams(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(f *film)
		want string
	}{
		{"in order, half-close, end", func(f *film) {
			f.handshake()
			f.tcp(false, "A", 1, "GET /\r\n")
			f.tcp(false, "FA", 8, "")
			f.tcp(true, "A", 1, "hello")
			f.tcp(true, "FA", 6, "")
		}, opened + "tcp1 sent \"GET /\\r\\n\"\ntcp1 halfclose\ntcp1 data \"hello\"\ntcp1 eof\ntcp1 closed\n"},
		{"out of order, and repeated", func(f *film) {
			f.handshake()
			f.tcp(false, "A", 4, "def")
			f.tcp(false, "A", 1, "abc")
			f.tcp(false, "A", 1, "abc")
			f.tcp(false, "A", 4, "def")
			f.tcp(false, "A", 7, "g")
		}, opened + "tcp1 sent \"abcdef\"\ntcp1 sent \"g\"\n"},
		{"overlapping", func(f *film) {
			f.handshake()
			f.tcp(false, "A", 1, "abcd")
			f.tcp(false, "A", 3, "cdef")
			f.tcp(false, "A", 2, "bc")
		}, opened + "tcp1 sent \"abcd\"\ntcp1 sent \"ef\"\n"},
		{"an end that comes before the data", func(f *film) {
			f.handshake()
			f.tcp(true, "FA", 4, "de")
			f.tcp(true, "A", 1, "abc")
		}, opened + "tcp1 data \"abcde\"\ntcp1 eof\n"},
		{"lost", func(f *film) {
			f.handshake()
			f.tcp(false, "A", 1, "abc")
			f.tcp(false, "A", 14, "xyz")
			f.tcp(true, "A", 1, "ok")
		}, opened + "tcp1 sent \"abc\"\ntcp1 data \"ok\"\ntcp1 gap 10 true\ntcp1 sent \"xyz\"\n"},
		{"from the middle", func(f *film) {
			f.tcp(true, "A", 100, "abc")
			f.tcp(false, "A", 50, "xyz")
		}, opened + "tcp1 note the capture begins in the middle of this connection\ntcp1 data \"abc\"\ntcp1 sent \"xyz\"\n"},
		{"the SYN was not captured", func(f *film) {
			f.tcp(true, "SA", 0, "")
			f.tcp(false, "A", 1, "abc")
		}, opened + "tcp1 sent \"abc\"\n"},
		{"reset by the server", func(f *film) {
			f.handshake()
			f.tcp(true, "A", 1, "abc")
			f.tcp(true, "RA", 4, "")
			f.tcp(true, "RA", 4, "")
		}, opened + "tcp1 data \"abc\"\ntcp1 reset connection reset by peer\ntcp1 closed\n"},
		{"reset by the client, after its end", func(f *film) {
			f.handshake()
			f.tcp(false, "FA", 1, "")
			f.tcp(true, "A", 1, "abc")
			f.tcp(false, "R", 2, "")
		}, opened + "tcp1 halfclose\ntcp1 data \"abc\"\ntcp1 reset here\ntcp1 closed\n"},
		{"refused, no answer", func(f *film) {
			f.tcp(false, "S", 0, "")
			f.tcp(true, "RA", 0, "")
			f.port(40001, false, "S", 0, "")
		}, "tcp1 error connect connection refused\ntcp2 error connect no answer was captured\n"},
		{"the same ports again", func(f *film) {
			f.handshake()
			f.tcp(false, "FA", 1, "a")
			f.tcp(true, "FA", 1, "b")
			f.tcp(false, "A", 3, "")
			f.handshake()
			f.tcp(false, "A", 1, "c")
		}, opened + "tcp1 sent \"a\"\ntcp1 halfclose\ntcp1 data \"b\"\ntcp1 eof\ntcp1 closed\n" +
			strings.ReplaceAll(opened, "tcp1", "tcp2") + "tcp2 sent \"c\"\n"},
		{"datagrams", func(f *film) {
			f.udp(false, "who?")
			f.udp(true, "me")
			f.udp(false, "")
		}, "udp1 connected udp4 127.0.0.1:40000 127.0.0.2:53\nudp1 sent \"who?\"\nudp1 data \"me\"\nudp1 sent \"\"\n"},
		{"an answer first", func(f *film) {
			f.udp(true, "me")
		}, "udp1 connected udp4 127.0.0.1:40000 127.0.0.2:53\nudp1 data \"me\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeRaw} {
				f := &film{t: t, link: link}
				c.make(f)
				if diff := cmp.Diff(c.want, events(t, f.ng(1<<16))); diff != "" {
					t.Errorf("link type %v (-want +got):\n%s", link, diff)
				}
			}
			f := &film{t: t, link: layers.LinkTypeEthernet, vlan: true}
			c.make(f)
			for name, file := range map[string][]byte{
				"big-endian":                 f.old(binary.BigEndian, false),
				"little-endian":              f.old(binary.LittleEndian, false),
				"big-endian, nanoseconds":    f.old(binary.BigEndian, true),
				"little-endian, nanoseconds": f.old(binary.LittleEndian, true),
			} {
				if diff := cmp.Diff(c.want, events(t, file)); diff != "" {
					t.Errorf("VLAN, %s (-want +got):\n%s", name, diff)
				}
			}
			f = &film{t: t, link: layers.LinkTypeRaw, v6: true}
			c.make(f)
			want := strings.NewReplacer("tcp4", "tcp6", "udp4", "udp6", "127.0.0.1", "[::1]", "127.0.0.2", "[fd00::2]").Replace(c.want)
			if diff := cmp.Diff(want, events(t, f.ng(1<<16))); diff != "" {
				t.Errorf("IPv6 (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSnapLength has packets of which only the beginning was captured.
func TestSnapLength(t *testing.T) {
	f := &film{t: t, link: layers.LinkTypeRaw}
	f.handshake()
	f.tcp(false, "A", 1, "0123456789")
	f.tcp(false, "A", 11, "abc")
	f.tcp(true, "FA", 1, "0123456789")
	f.udp(false, "0123456789012345678901234567")
	want := opened + "tcp1 sent \"0123\"\ntcp1 gap 6 true\ntcp1 sent \"abc\"\ntcp1 data \"0123\"\ntcp1 gap 6 false\ntcp1 eof\n" +
		"udp1 connected udp4 127.0.0.1:40000 127.0.0.2:53\nudp1 sent \"0123456789012345\" cut\n"
	if diff := cmp.Diff(want, events(t, f.ng(44))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFragments has a datagram in three IP packets, out of order.
func TestFragments(t *testing.T) {
	f := &film{t: t, link: layers.LinkTypeRaw}
	u := &layers.UDP{SrcPort: 40000, DstPort: 53}
	b := gopacket.NewSerializeBuffer()
	text := strings.Repeat("0123456789abcdef", 4)
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, u, gopacket.Payload(text)); err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(b.Bytes())
	for _, part := range [][2]int{{24, 48}, {0, 24}, {48, len(whole)}} {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: client, DstIP: server, Id: 9, FragOffset: uint16(part[0] / 8)}
		if part[1] < len(whole) {
			ip.Flags = layers.IPv4MoreFragments
		}
		f.add([]gopacket.SerializableLayer{ip, gopacket.Payload(whole[part[0]:part[1]])})
	}
	want := "udp1 connected udp4 127.0.0.1:40000 127.0.0.2:53\nudp1 sent \"" + text + "\"\n"
	if diff := cmp.Diff(want, events(t, f.ng(1<<16))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCutFile cuts a capture at every byte: what is there is read.
func TestCutFile(t *testing.T) {
	f := &film{t: t, link: layers.LinkTypeRaw}
	f.handshake()
	f.tcp(false, "A", 1, "abc")
	f.tcp(true, "FA", 1, "xyz")
	for _, whole := range [][]byte{f.ng(1 << 16), f.old(binary.LittleEndian, true)} {
		want := events(t, whole)
		for i := range whole {
			r, err := Open(bytes.NewReader(whole[:i]))
			if err != nil {
				continue // the header is cut
			}
			var got string
			for {
				ev, err := r.Next()
				if err != nil {
					break
				}
				if ev.Type != recording.Note && ev.Error != "no answer was captured" {
					got += line(ev) + "\n"
				}
			}
			if !strings.HasPrefix(want, got) {
				t.Fatalf("cut at %d:\n%s", i, got)
			}
		}
	}
}

func FuzzCapture(f *testing.F) {
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeRaw, layers.LinkTypeLinuxSLL} {
		m := &film{link: link}
		m.handshake()
		m.tcp(false, "A", 1, "abc")
		m.tcp(true, "FA", 1, "xyz")
		m.udp(false, "who?")
		f.Add(m.ng(1 << 16))
		f.Add(m.ng(60))
		f.Add(m.old(binary.BigEndian, false))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := Open(bytes.NewReader(file))
		if err != nil {
			return
		}
		for {
			if _, err := r.Next(); err != nil {
				return
			}
		}
	})
}

// TestManyFragments has datagrams of which one fragment is missing, between whole ones: the
// whole ones are put together, however many wait.
func TestManyFragments(t *testing.T) {
	t.Parallel()
	f := &film{t: t, link: layers.LinkTypeRaw}
	fragment := func(id uint16, offset int, more bool, payload []byte) {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: client, DstIP: server, Id: id, FragOffset: uint16(offset / 8)}
		if more {
			ip.Flags = layers.IPv4MoreFragments
		}
		f.add([]gopacket.SerializableLayer{ip, gopacket.Payload(payload)})
	}
	head := []byte{0x9c, 0x40, 0, 53, 0, 24, 0, 0} // ports 40000 and 53, 24 bytes
	const wholes = 3 * packet.MaxFragments
	for i := range wholes {
		fragment(uint16(i), 0, true, head)
		fragment(uint16(i), 8, false, []byte("0123456789abcdef"))
		if i%8 == 0 {
			fragment(uint16(i+40000), 0, true, head) // and no more of it
		}
	}
	got := strings.Count(events(t, f.ng(1<<16)), "udp1 sent \"0123456789abcdef\"\n")
	if got != wholes {
		t.Errorf("%d datagrams were put together, want %d", got, wholes)
	}
}
