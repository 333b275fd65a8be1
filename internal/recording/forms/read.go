package forms

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"sosh/internal/recording"
	"sosh/internal/recording/capture"
	"sosh/internal/recording/packet"
)

// A source gives the events of a recording in order, then io.EOF.
type source interface {
	Next() (recording.Event, error)
}

// A kind is a kind of file that can be read, known by how it begins.
type kind struct {
	what string
	is   func(head []byte) bool
	open func(r io.Reader) (recording.Header, source, error)
}

// kinds are what can be read.
var kinds = []kind{
	{"JSON lines", func(head []byte) bool { return bytes.HasPrefix(head, []byte("{")) }, openJSONL},
	{"a capture, pcap or pcapng", packet.IsCapture, openCapture},
}

func openJSONL(r io.Reader) (recording.Header, source, error) {
	d, err := recording.OpenJSONL(r)
	if err != nil {
		return recording.Header{}, nil, err
	}
	return d.Header, d, nil
}

func openCapture(r io.Reader) (recording.Header, source, error) {
	c, err := capture.Open(r)
	if err != nil {
		return recording.Header{}, nil, err
	}
	return c.Header, c, nil
}

// A Reader reads a recording. It must not be used concurrently.
type Reader struct {
	Header recording.Header
	path   string
	source source
	file   *os.File
}

// Open opens a recording and detects its format from the content. "-" is standard input.
func Open(path string) (*Reader, error) {
	r := &Reader{path: path, file: os.Stdin}
	var err error
	if path != Stdout {
		if r.file, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	b := bufio.NewReader(r.file)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		r.file.Close()
		return nil, err // it has the path
	}
	err = errors.New("not a recording (expected JSON lines, or a capture, pcap or pcapng)")
	for _, k := range kinds {
		if k.is(head) {
			r.Header, r.source, err = k.open(b)
			break
		}
	}
	if err != nil {
		r.file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Next returns the next event, or io.EOF after the last. Other errors name the file.
func (r *Reader) Next() (recording.Event, error) {
	ev, err := r.source.Next()
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: %w", r.path, err)
	}
	return ev, err
}

// maxKept is how much [All] keeps, in bytes.
const maxKept = 256 << 20

// All returns all events of a recording, for callers that need the end before they start. A
// recording of more than 256 MiB is an error.
func All(r *Reader) (list []recording.Event, err error) {
	size := 0
	for {
		ev, err := r.Next()
		switch {
		case err == io.EOF:
			return list, nil
		case err != nil:
			return nil, err
		}
		if size += len(ev.Data) + 300; size > maxKept {
			return nil, fmt.Errorf("%s: the recording is longer than %d MiB", r.path, maxKept>>20)
		}
		list = append(list, ev)
	}
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Merge returns the events of several recordings as one, in the order of their times; handles
// are numbered anew. The header is that of the recording which began first.
func Merge(readers []*Reader) *Merged {
	m := &Merged{numbers: make(map[inFile]int)}
	for i, r := range readers {
		if i == 0 || r.Header.Start.Before(m.Header.Start) {
			m.Header = r.Header
		}
	}
	for _, r := range readers {
		m.inputs = append(m.inputs, &input{Reader: r})
	}
	return m
}

// Merged is what [Merge] returns. It must not be used concurrently.
type Merged struct {
	Header  recording.Header
	inputs  []*input
	numbers map[inFile]int
	events  int
	begun   bool
	err     error // of an input; the events before it are given
}

// input is a recording with its next event.
type input struct {
	*Reader
	event recording.Event
}

// inFile is a handle of one of the recordings.
type inFile struct {
	in     *input
	number int
}

// advance reads the next event of an input, and takes it out at its end.
func (m *Merged) advance(in *input) error {
	ev, err := in.Next()
	if errors.Is(err, io.EOF) {
		m.inputs = slices.DeleteFunc(m.inputs, func(i *input) bool { return i == in })
		return nil
	}
	ev.Time += in.Header.Start.Sub(m.Header.Start)
	in.event = ev
	return err
}

// Next returns the next event, or io.EOF after the last.
func (m *Merged) Next() (recording.Event, error) {
	if !m.begun {
		m.begun = true
		for _, in := range slices.Clone(m.inputs) {
			if m.err = m.advance(in); m.err != nil {
				break
			}
		}
	}
	if m.err != nil {
		return recording.Event{}, m.err
	}
	if len(m.inputs) == 0 {
		return recording.Event{}, io.EOF
	}
	in := slices.MinFunc(m.inputs, func(a, b *input) int { return cmp.Compare(a.event.Time, b.event.Time) })
	ev := in.event
	if ev.Number != 0 {
		key := inFile{in, ev.Number}
		if m.numbers[key] == 0 {
			m.numbers[key] = len(m.numbers) + 1
		}
		ev.Number = m.numbers[key]
	}
	m.events++
	ev.ID = m.events
	m.err = m.advance(in)
	return ev, nil
}
