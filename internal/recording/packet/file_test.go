package packet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

var began = time.Unix(1700000000, 123456789)

// all reads a capture.
func all(t *testing.T, file []byte) (list []Packet) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// TestWriter has gopacket and the Reader read what the Writer writes.
func TestWriter(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, Header{Hardware: "h", System: "s", Application: "app", Interface: "i", Description: "d", Link: LinkRaw})
	w.Packet(began, []byte("one"), "a comment", "another")
	w.TLSSecrets("CLIENT_RANDOM 00 11\n")
	w.Name(ends["IPv4"][0].Addr(), "name")
	w.Packet(began.Add(time.Nanosecond), []byte("four"))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	r, err := pcapgo.NewNgReader(bytes.NewReader(b.Bytes()), pcapgo.DefaultNgReaderOptions)
	if err != nil || r.SectionInfo().Application != "app" || r.SectionInfo().Hardware != "h" || r.LinkType() != layers.LinkTypeRaw {
		t.Fatal(err, r.SectionInfo())
	}
	list := all(t, b.Bytes())
	for i, want := range []string{"one", "four"} {
		data, info, err := r.ReadPacketData()
		at := began.Add(time.Duration(i))
		if err != nil || string(data) != want || !info.Timestamp.Equal(at) {
			t.Errorf("gopacket: %q %+v, %v", data, info, err)
		}
		if p := list[i]; string(p.Data) != want || !p.Time.Equal(at) || p.Link != LinkRaw || p.Length != len(want) {
			t.Errorf("%+v", p)
		}
	}
	if _, _, err := r.ReadPacketData(); err != io.EOF || len(list) != 2 {
		t.Errorf("%v, %d packets", err, len(list))
	}
}

// TestReader reads files of gopacket's, with interfaces of several kinds, compressed too.
func TestReader(t *testing.T) {
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriterInterface(&b, pcapgo.NgInterface{LinkType: layers.LinkTypeEthernet, TimestampResolution: 9, SnapLength: 100}, pcapgo.DefaultNgWriterOptions)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := w.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkTypeRaw, TimestampResolution: 9})
	third, _ := w.AddInterface(pcapgo.NgInterface{LinkType: layers.LinkTypeRaw, TimestampResolution: 9})
	for i, n := range []int{0, second, third} {
		info := gopacket.CaptureInfo{Timestamp: began, CaptureLength: 3, Length: 3 + i, InterfaceIndex: n}
		if err := w.WritePacket(info, []byte("abc")); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(b.Bytes())
	z.Close()
	for _, file := range [][]byte{b.Bytes(), packed.Bytes(), append(bytes.Clone(b.Bytes()), b.Bytes()...)} {
		list := all(t, file)
		if len(list)%3 != 0 || len(list) == 0 {
			t.Fatalf("%d packets", len(list))
		}
		for i, p := range list {
			want := []Packet{
				{Time: began, Link: LinkEthernet, Length: 3},
				{Time: began, Link: LinkRaw, Length: 4},
				{Time: began, Link: LinkRaw, Length: 5},
			}[i%3]
			if string(p.Data) != "abc" || p.Link != want.Link || p.Length != want.Length || p.Time.Sub(want.Time).Abs() > time.Nanosecond {
				t.Errorf("packet %d: %+v, want %+v", i, p, want)
			}
		}
	}
}

func TestResolution(t *testing.T) {
	for _, c := range []struct {
		code   byte
		offset int64
		units  uint64
		want   time.Time
	}{
		{3, 0, 1700000000123, time.Unix(1700000000, 123e6)},
		{6, 3600, 1700000000123456, time.Unix(1700003600, 123456e3)},
		{9, 0, 1700000000123456789, began},
		{0x80 | 1, 0, 1700000000<<1 | 1, time.Unix(1700000000, 5e8)},
		{0x80 | 30, 0, 1700000000<<30 | 1<<29, time.Unix(1700000000, 5e8)},
		{0x80 | 127, 0, 1 << 63, time.Unix(1, 0)},
		{19, 0, 1e19, time.Unix(1, 0)},
		{0, 0, 1 << 62, time.Time{}},
	} {
		i := networkInterface{units: resolution(c.code), offset: c.offset}
		if got := i.at(c.units); !got.Equal(c.want) {
			t.Errorf("resolution %#x: %v, want %v", c.code, got, c.want)
		}
	}
}

// TestSimplePackets reads blocks without a time, in a section of the other byte order.
func TestSimplePackets(t *testing.T) {
	be := binary.BigEndian
	block := func(b []byte, kind uint32, body ...byte) []byte {
		n := uint32(12 + len(body))
		b = be.AppendUint32(be.AppendUint32(b, kind), n)
		return be.AppendUint32(append(b, body...), n)
	}
	file := block(nil, blockSHB, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)
	file = block(file, blockIDB, 0, byte(LinkRaw), 0, 0, 0, 0, 0, 2) // snap length 2
	file = block(file, 0x99, 1, 2, 3, 4)                             // unknown
	file = block(file, blockSPB, 0, 0, 0, 5, 'a', 'b', 0, 0)
	list := all(t, file)
	if len(list) != 1 || string(list[0].Data) != "ab" || list[0].Length != 5 || !list[0].Short() || !list[0].Time.IsZero() {
		t.Errorf("%+v", list)
	}
}

func FuzzReader(f *testing.F) {
	var b bytes.Buffer
	w := NewWriter(&b, Header{Application: "app", Link: LinkRaw})
	w.Packet(began, []byte("one"), "a comment")
	w.Flush()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		for err == nil {
			var p Packet
			if p, err = r.Next(); len(p.Data) > len(file)+MaxRecord {
				t.Fatal(len(p.Data))
			}
		}
	})
}

// TestExpanded reads a compressed capture up to the limit of its expanded size, and the same
// capture without compression to its end.
func TestExpanded(t *testing.T) {
	defer func(n int64) { maxExpanded = n }(maxExpanded)
	maxExpanded = 1 << 20
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	w.WriteFileHeader(1<<16, layers.LinkTypeRaw)
	const packets, size = 100, 20000
	for range packets {
		w.WritePacket(gopacket.CaptureInfo{Timestamp: began, CaptureLength: size, Length: size}, make([]byte, size))
	}
	if n := len(all(t, file.Bytes())); n != packets {
		t.Errorf("%d packets of the file, want %d", n, packets)
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	z.Write(file.Bytes())
	z.Close()
	r, err := NewReader(&small)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; err == nil; n++ {
		_, err = r.Next()
	}
	if !strings.Contains(err.Error(), "expands to more than 1 MiB") || n < 50 || n > 54 {
		t.Errorf("%v after %d packets", err, n)
	}
}
