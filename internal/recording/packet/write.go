package packet

import (
	"bufio"
	"encoding/binary"
	"io"
	"net/netip"
	"time"
)

// A Header says what a [Writer] writes at the beginning of a capture.
type Header struct {
	Hardware, System, Application string
	Interface, Description        string // of the only interface
	Link                          LinkType
}

// A Writer writes a capture as pcapng, with times in nanoseconds. The first error of the underlying
// writer ends it: later calls do nothing, and [Writer.Err] and [Writer.Flush] return it.
type Writer struct {
	out   *bufio.Writer
	block []byte
	err   error
}

// NewWriter returns a Writer to w. The header is written with the first flush.
func NewWriter(w io.Writer, h Header) *Writer {
	c := &Writer{out: bufio.NewWriterSize(w, 128<<10)}
	c.begin(blockSHB)
	c.number(byteOrderMagic)
	c.block = append(c.block, 1, 0, 0, 0)                           // version 1.0
	c.block = binary.LittleEndian.AppendUint64(c.block, ^uint64(0)) // the length of the section is not known
	c.option(optName, h.Hardware)
	c.option(optDescription, h.System)
	c.option(optApplication, h.Application)
	c.end(true)
	c.begin(blockIDB)
	c.number(uint32(h.Link))
	c.number(0) // any length
	c.option(optName, h.Interface)
	c.option(optDescription, h.Description)
	c.option(optResolution, "\x09")
	c.option(optSystem, h.System)
	c.end(true)
	return c
}

// Flush hands everything written so far to the underlying writer.
func (c *Writer) Flush() error {
	if c.err == nil {
		c.err = c.out.Flush()
	}
	return c.err
}

// Err returns the error that has ended the Writer.
func (c *Writer) Err() error { return c.err }

// Packet writes a packet, with comments.
func (c *Writer) Packet(at time.Time, p []byte, comments ...string) {
	c.begin(blockEPB)
	c.number(0) // the interface
	nanos := uint64(at.UnixNano())
	c.number(uint32(nanos >> 32))
	c.number(uint32(nanos))
	c.number(uint32(len(p)))
	c.number(uint32(len(p)))
	c.block = append(c.block, p...)
	c.pad()
	for _, s := range comments {
		c.option(optComment, s)
	}
	c.end(len(comments) > 0)
}

// TLSSecrets writes lines of a key log, with which what follows can be decrypted.
func (c *Writer) TLSSecrets(lines string) {
	const keyLog = 0x544c534b
	c.begin(blockDSB)
	c.number(keyLog)
	c.number(uint32(len(lines)))
	c.block = append(c.block, lines...)
	c.pad()
	c.end(false)
}

// Name writes the name of an address of IPv4.
func (c *Writer) Name(a netip.Addr, name string) {
	const ipv4, end = 1, 0
	c.begin(blockNRB)
	value := append(append(a.AsSlice(), name...), 0)
	c.value(ipv4, value)
	c.number(end)
	c.end(false)
}

// begin begins a block, whose length end fills in.
func (c *Writer) begin(kind uint32) {
	c.block = c.block[:0]
	c.number(kind)
	c.number(0)
}

func (c *Writer) number(n uint32) { c.block = binary.LittleEndian.AppendUint32(c.block, n) }

// option adds an option to the block, unless its value is empty.
func (c *Writer) option(code uint16, value string) {
	if value != "" {
		c.value(code, []byte(value[:min(len(value), 0xffff)]))
	}
}

func (c *Writer) value(code uint16, value []byte) {
	c.block = binary.LittleEndian.AppendUint16(c.block, code)
	c.block = binary.LittleEndian.AppendUint16(c.block, uint16(len(value)))
	c.block = append(c.block, value...)
	c.pad()
}

func (c *Writer) pad() {
	for len(c.block)%4 != 0 {
		c.block = append(c.block, 0)
	}
}

// end writes the block; options says whether it has any.
func (c *Writer) end(options bool) {
	if options {
		c.number(optEnd)
	}
	length := uint32(len(c.block) + 4)
	c.number(length)
	binary.LittleEndian.PutUint32(c.block[4:], length)
	if c.err == nil {
		_, c.err = c.out.Write(c.block)
	}
}
