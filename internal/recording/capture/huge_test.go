package capture

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"sosh/internal/recording"
	"sosh/internal/recording/packet"
)

// endless is a file of zeros, and fails the test once too much of it was read.
type endless struct {
	t    *testing.T
	left int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left -= len(p); e.left < 0 {
		e.t.Error("more was read than one packet may take")
		return 0, io.EOF
	}
	clear(p)
	return len(p), nil
}

// TestHugePacket reads captures in which a packet has a length of 4 GiB, and so many bytes: the
// capture ends there, with a note.
func TestHugePacket(t *testing.T) {
	t.Parallel()
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	for _, n := range []uint32{4<<16 | 2, 0, 0, 0xffffffff, 101, 1700000000, 0, 0xfffffff0, 0xfffffff0} {
		head = binary.LittleEndian.AppendUint32(head, n)
	}
	f := film{t: t}
	f.handshake()
	ng := f.ng(0)
	for _, n := range []uint32{6, 0xfffffffc, 0, 0, 0, 0xffffff00, 0xffffff00} {
		ng = binary.LittleEndian.AppendUint32(ng, n)
	}
	const limit = 3 * packet.MaxRecord
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	z.Write(head)
	io.CopyN(z, &endless{t, limit}, 2*packet.MaxRecord)
	z.Close()
	for name, file := range map[string]io.Reader{
		"pcap":    io.MultiReader(bytes.NewReader(head), &endless{t, limit}),
		"pcap.gz": &packed,
		"pcapng":  io.MultiReader(bytes.NewReader(ng), &endless{t, limit}),
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Open(file)
			if err != nil {
				t.Fatal(err)
			}
			var last recording.Event
			for {
				ev, err := r.Next()
				if err == io.EOF {
					break
				}
				last = ev
			}
			if last.Type != recording.Note || strings.Contains(last.Text, "headers") {
				t.Errorf("the last event is %+v, expected a note that the reading failed", last)
			}
		})
	}
}
