package packet

import (
	"net/netip"
	"slices"
)

// MaxFragments and maxFragmentBytes are how many fragments, and how many bytes of them, may wait
// for others before all are forgotten. maxPayload is the longest payload of a packet.
const (
	MaxFragments     = 1 << 13
	maxFragmentBytes = 32 << 20
	maxPayload       = 65535
)

// Fragments puts the fragments of packets together. The zero value is ready for use.
type Fragments struct {
	waiting map[fragmentKey]*whole
	count   int
	bytes   int
}

// fragmentKey is what the fragments of a packet have in common (RFC 791, section 3.2; RFC 8200,
// section 4.5).
type fragmentKey struct {
	src, dst netip.Addr
	protocol uint8
	id       uint32
}

// A whole is the part of a packet that is there.
type whole struct {
	parts  []IP // by offset
	length int  // of the packet, -1 while the last fragment is missing
	bytes  int
}

// Add adds a fragment. It returns the packet once all of it is there. Where fragments overlap, the
// first that came counts.
func (f *Fragments) Add(p IP) (IP, bool) {
	if f.count >= MaxFragments || f.bytes >= maxFragmentBytes {
		*f = Fragments{}
	}
	if f.waiting == nil {
		f.waiting = make(map[fragmentKey]*whole)
	}
	key := fragmentKey{p.Src, p.Dst, p.Protocol, p.ID}
	w := f.waiting[key]
	if w == nil {
		w = &whole{length: -1}
		f.waiting[key] = w
	}
	end := p.Offset + max(p.Length, len(p.Payload))
	if end > maxPayload {
		return IP{}, false
	}
	if !p.More {
		w.length = end
	}
	i, found := slices.BinarySearchFunc(w.parts, p.Offset, func(a IP, at int) int { return a.Offset - at })
	if !found {
		p.Payload = slices.Clone(p.Payload) // the rest of the file's packet is not kept
		w.parts = slices.Insert(w.parts, i, p)
		w.bytes += len(p.Payload)
		f.count++
		f.bytes += len(p.Payload)
	}
	whole, ok := w.join()
	if !ok {
		return IP{}, false
	}
	delete(f.waiting, key)
	f.count -= len(w.parts)
	f.bytes -= w.bytes
	return whole, true
}

// join returns the packet, if all of it is there. If parts of it were not captured, the packet ends
// before the first of them.
func (w *whole) join() (IP, bool) {
	if w.length < 0 || w.parts[0].Offset != 0 {
		return IP{}, false
	}
	at := 0
	for _, p := range w.parts {
		if p.Offset > at {
			return IP{}, false
		}
		at = max(at, p.Offset+max(p.Length, len(p.Payload)))
	}
	if at < w.length {
		return IP{}, false
	}
	ip := w.parts[0]
	ip.Offset, ip.More, ip.Length = 0, false, w.length
	data := make([]byte, 0, w.length)
	for _, p := range w.parts {
		if p.Offset > len(data) {
			break // the snap length has cut off what is between
		}
		if skip := len(data) - p.Offset; skip < len(p.Payload) {
			data = append(data, p.Payload[skip:]...)
		}
	}
	ip.Payload = data[:min(len(data), w.length)]
	return ip, true
}
