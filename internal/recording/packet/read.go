package packet

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// MaxRecord is how many bytes of a file may belong to one packet, with everything before it that
// is no packet. Reading ends with an error at a packet that has more.
const MaxRecord = 1 << 25

// ErrNotCapture is the error of [NewReader] for a file that is neither pcap nor pcapng.
var ErrNotCapture = errors.New("not a capture (expected pcap or pcapng)")

// A Packet is one packet of a capture.
type Packet struct {
	Time   time.Time // zero if the capture does not say
	Link   LinkType
	Data   []byte // as much of the packet as was captured
	Length int    // of the packet on the wire, in bytes
}

// Short reports whether only the beginning of the packet was captured.
func (p *Packet) Short() bool { return p.Length > len(p.Data) }

// A Reader reads a capture.
type Reader struct {
	in     *bounded
	order  binary.ByteOrder
	next   func() (Packet, error)
	app    string
	fields []byte // of the header that was read last

	// of pcap
	nanos bool
	link  LinkType
	zone  int // seconds

	interfaces []networkInterface // of pcapng: those of the section
}

// bounded reads a file, and fails after the bytes that one packet may take.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a packet has more than %d MiB", MaxRecord>>20)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// The first four bytes of a file, in its byte order.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
	blockSHB   = 0x0a0d0d0a // pcapng; the same in both orders
)

// IsCapture reports whether a file that begins with head is pcap or pcapng, or a file compressed
// by gzip, which may be one. It needs the first four bytes.
func IsCapture(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	order, magic := magicOf(head)
	return order != nil && magic != 0 || head[0] == 0x1f && head[1] == 0x8b
}

// magicOf returns the byte order in which the first four bytes are one of the magic numbers, and
// the number.
func magicOf(head []byte) (binary.ByteOrder, uint32) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch n := order.Uint32(head); n {
		case magicMicro, magicNano, blockSHB:
			return order, n
		}
	}
	return nil, 0
}

// MaxExpanded is how large a file that is compressed by gzip may be when it is expanded, in
// bytes: a few kilobytes could otherwise become terabytes. A file that is not compressed
// has no limit.
const MaxExpanded = 4 << 30

// maxExpanded is MaxExpanded, but in tests.
var maxExpanded int64 = MaxExpanded

// expanding reads at most so many bytes that were compressed, and fails if there are more.
type expanding struct {
	r    io.Reader
	left int64
}

func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.r.Read(p[:min(int64(len(p)), e.left+1)])
	if e.left -= int64(n); e.left < 0 {
		return 0, fmt.Errorf("gzip: the file expands to more than %d MiB (gunzip it first)", maxExpanded>>20)
	}
	return n, err
}

// NewReader reads the beginning of a capture, which may be compressed by gzip. The error is
// [ErrNotCapture] if r is not a capture; other errors say what is wrong with its header.
func NewReader(r io.Reader) (*Reader, error) {
	in := bufio.NewReaderSize(r, 1<<16)
	head, _ := in.Peek(4)
	if !IsCapture(head) {
		return nil, ErrNotCapture
	}
	if head[0] == 0x1f {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		in = bufio.NewReaderSize(&expanding{z, maxExpanded}, 1<<16)
		if head, _ = in.Peek(4); !IsCapture(head) {
			return nil, ErrNotCapture
		}
	}
	order, magic := magicOf(head)
	if order == nil {
		return nil, ErrNotCapture // compressed twice
	}
	c := &Reader{in: &bounded{in, MaxRecord}, order: order}
	if magic == blockSHB {
		c.next = c.nextBlock
		if err := c.section(); err != nil {
			return nil, fmt.Errorf("pcapng: %w", unexpected(err))
		}
		return c, nil
	}
	// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
	p, err := c.read(24)
	if err != nil {
		return nil, fmt.Errorf("pcap: %w", unexpected(err))
	}
	if major := order.Uint16(p[4:]); major != 2 {
		return nil, fmt.Errorf("pcap: version %d (expected 2)", major)
	}
	c.nanos, c.zone, c.link = magic == magicNano, int(int32(order.Uint32(p[8:]))), LinkType(order.Uint32(p[20:])&0x03ffffff)
	c.next = c.nextRecord
	return c, nil
}

// Application returns the program that has written the capture, or "".
func (c *Reader) Application() string { return c.app }

// Next returns the next packet. The error is io.EOF at the end, and io.ErrUnexpectedEOF if the
// file ends in the middle of a packet. After an error nothing more can be read.
func (c *Reader) Next() (Packet, error) {
	c.in.left = MaxRecord
	return c.next()
}

// unexpected returns io.ErrUnexpectedEOF for io.EOF.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// read reads n bytes, which are valid until the next call. The error is io.EOF if there are none.
func (c *Reader) read(n int) ([]byte, error) {
	if cap(c.fields) < n {
		c.fields = make([]byte, max(n, 64))
	}
	p := c.fields[:n]
	_, err := io.ReadFull(c.in, p)
	return p, err
}

// chunk is how many bytes are allocated before they are there.
const chunk = 1 << 20

// take reads n bytes, which are the caller's. It allocates no more than twice what is there.
func (c *Reader) take(n uint32) ([]byte, error) {
	if n <= chunk {
		p := make([]byte, n)
		_, err := io.ReadFull(c.in, p)
		return p, unexpected(err)
	}
	var b bytes.Buffer
	if m, err := io.CopyN(&b, c.in, int64(n)); err != nil || m < int64(n) {
		return nil, unexpected(err)
	}
	return b.Bytes(), nil
}

func (c *Reader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, c.in, n)
	return unexpected(err)
}

// nextRecord reads a packet of pcap.
func (c *Reader) nextRecord() (Packet, error) {
	p, err := c.read(16)
	if err != nil {
		return Packet{}, err
	}
	seconds, part, captured, length := c.order.Uint32(p), c.order.Uint32(p[4:]), c.order.Uint32(p[8:]), c.order.Uint32(p[12:])
	unit := time.Microsecond
	if c.nanos {
		unit = time.Nanosecond
	}
	data, err := c.take(captured)
	if err != nil {
		return Packet{}, err
	}
	at := time.Unix(int64(seconds)+int64(c.zone), 0).Add(time.Duration(part) * unit)
	return Packet{at, c.link, data, max(int(length), len(data))}, nil
}
