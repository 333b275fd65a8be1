package packet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Types of blocks and options of pcapng
// (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html).
const (
	blockIDB       = 1 // an interface
	blockPacket    = 2 // obsolete
	blockSPB       = 3 // a packet without a time
	blockNRB       = 4 // names of addresses
	blockEPB       = 6 // a packet
	blockDSB       = 10
	byteOrderMagic = 0x1a2b3c4d

	optEnd         = 0
	optComment     = 1
	optName        = 2 // of an interface; of a section, the hardware
	optDescription = 3 // of an interface; of a section, the system
	optApplication = 4 // of a section
	optResolution  = 9 // of an interface
	optSystem      = 12
	optOffset      = 14
)

// maxInterfaces bounds the interfaces of a section.
const maxInterfaces = 1 << 16

// A networkInterface is what its block says of its packets.
type networkInterface struct {
	link   LinkType
	snap   uint32
	units  uint64 // of time in a second
	offset int64  // seconds
}

// section reads the header of a section after its first four bytes were seen, or read.
func (c *Reader) section() error {
	p, err := c.read(12)
	if err != nil {
		return err
	}
	return c.sectionAfter([12]byte(p))
}

// sectionAfter reads the rest of the header of a section, of which the type, the length and the
// byte order were read.
func (c *Reader) sectionAfter(head [12]byte) error {
	switch {
	case binary.LittleEndian.Uint32(head[8:]) == byteOrderMagic:
		c.order = binary.LittleEndian
	case binary.BigEndian.Uint32(head[8:]) == byteOrderMagic:
		c.order = binary.BigEndian
	default:
		return fmt.Errorf("the byte order of a section is %x", head[8:])
	}
	length := c.order.Uint32(head[4:])
	if length < 28 || length%4 != 0 {
		return fmt.Errorf("the header of a section has %d bytes", length)
	}
	p, err := c.take(length - 12)
	if err != nil {
		return err
	}
	if major := c.order.Uint16(p); major != 1 {
		return fmt.Errorf("version %d (expected 1)", major)
	}
	c.interfaces = nil
	c.options(p[12:len(p)-4], func(code uint16, value []byte) {
		if code == optApplication {
			c.app = string(value)
		}
	})
	return nil
}

// options calls f for each option of a block.
func (c *Reader) options(p []byte, f func(code uint16, value []byte)) {
	for len(p) >= 4 {
		code, n := c.order.Uint16(p), int(c.order.Uint16(p[2:]))
		if p = p[4:]; code == optEnd || n > len(p) {
			return
		}
		f(code, p[:n])
		p = p[min(len(p), (n+3)&^3):]
	}
}

// nextBlock reads blocks up to the next packet.
func (c *Reader) nextBlock() (Packet, error) {
	for {
		p, err := c.read(8)
		if err != nil {
			return Packet{}, err
		}
		kind, length := c.order.Uint32(p), c.order.Uint32(p[4:])
		if kind == blockSHB {
			head := [12]byte(append(append([]byte(nil), p...), 0, 0, 0, 0))
			if p, err = c.read(4); err == nil {
				copy(head[8:], p)
				err = c.sectionAfter(head)
			}
			if err != nil {
				return Packet{}, unexpected(err)
			}
			continue
		}
		if length < 12 || length%4 != 0 {
			return Packet{}, fmt.Errorf("a block has %d bytes", length)
		}
		body := length - 12
		switch kind {
		case blockEPB, blockPacket:
			return c.enhanced(kind, body)
		case blockSPB:
			return c.simple(body)
		case blockIDB:
			err = c.addInterface(body)
		default:
			err = c.skip(int64(body))
		}
		if err == nil {
			err = c.skip(4) // the length once more
		}
		if err != nil {
			return Packet{}, err
		}
	}
}

func (c *Reader) addInterface(body uint32) error {
	if body < 8 || len(c.interfaces) >= maxInterfaces {
		return fmt.Errorf("the block of interface %d has %d bytes", len(c.interfaces), body)
	}
	p, err := c.take(body)
	if err != nil {
		return err
	}
	i := networkInterface{link: LinkType(c.order.Uint16(p)), snap: c.order.Uint32(p[4:]), units: 1e6}
	c.options(p[8:], func(code uint16, value []byte) {
		switch {
		case code == optResolution && len(value) == 1:
			i.units = resolution(value[0])
		case code == optOffset && len(value) == 8:
			i.offset = int64(c.order.Uint64(value))
		}
	})
	c.interfaces = append(c.interfaces, i)
	return nil
}

// resolution returns how many units a second has: a power of 10, or of 2 if the highest bit is
// set.
func resolution(b byte) uint64 {
	if b&0x80 != 0 {
		return 1 << min(b&0x7f, 63)
	}
	n := uint64(1)
	for range min(b, 19) {
		n *= 10
	}
	return n
}

// at returns the time for a number of units.
func (i *networkInterface) at(n uint64) time.Time {
	part, rest := n/i.units, n%i.units
	high, low := bits.Mul64(rest, uint64(time.Second))
	nanos, _ := bits.Div64(high, low, i.units) // rest < units
	if part > math.MaxInt32<<8 {
		return time.Time{} // no date
	}
	return time.Unix(int64(part)+i.offset, int64(nanos))
}

// enhanced reads a packet with its interface and time, of which the type and the length were
// read.
func (c *Reader) enhanced(kind, body uint32) (Packet, error) {
	if body < 20 {
		return Packet{}, fmt.Errorf("the block of a packet has %d bytes", body)
	}
	p, err := c.read(20)
	if err != nil {
		return Packet{}, unexpected(err)
	}
	n := c.order.Uint32(p)
	if kind == blockPacket {
		n = uint32(c.order.Uint16(p)) // what follows is a count of drops
	}
	if int64(n) >= int64(len(c.interfaces)) {
		return Packet{}, fmt.Errorf("a packet is of interface %d (expected one of %d)", n, len(c.interfaces))
	}
	i := &c.interfaces[n]
	at := i.at(uint64(c.order.Uint32(p[4:]))<<32 | uint64(c.order.Uint32(p[8:])))
	captured, length := c.order.Uint32(p[12:]), c.order.Uint32(p[16:])
	return c.body(Packet{Time: at, Link: i.link, Length: int(length)}, captured, body-20)
}

// simple reads a packet of the first interface without a time.
func (c *Reader) simple(body uint32) (Packet, error) {
	if body < 4 || len(c.interfaces) == 0 {
		return Packet{}, fmt.Errorf("the block of a packet has %d bytes, and there are %d interfaces", body, len(c.interfaces))
	}
	p, err := c.read(4)
	if err != nil {
		return Packet{}, unexpected(err)
	}
	i, length := &c.interfaces[0], c.order.Uint32(p)
	captured := length
	if i.snap > 0 {
		captured = min(captured, i.snap)
	}
	return c.body(Packet{Link: i.link, Length: int(length)}, captured, body-4)
}

// body reads the data of a packet and what follows it in its block.
func (c *Reader) body(p Packet, captured, left uint32) (Packet, error) {
	if captured > left {
		return Packet{}, fmt.Errorf("a packet of %d bytes is in a block that has %d left", captured, left)
	}
	var err error
	if p.Data, err = c.take(captured); err != nil {
		return Packet{}, err
	}
	p.Length = max(p.Length, len(p.Data))
	return p, c.skip(int64(left-captured) + 4)
}
