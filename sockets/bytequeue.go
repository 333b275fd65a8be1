package sockets

import "bytes"

// A byteQueue holds the unread bytes of a stream in the pieces in which they came, so
// that large data is neither copied nor moved while it waits.
type byteQueue struct {
	pieces []piece
	size   int
	joined bool // the queue may append to the first piece in place
}

// A piece of a stream. Its bytes do not change.
type piece struct {
	data []byte
	buf  *[maxMessage]byte // the buffer that data is part of, if it goes back to scratch
}

func (p piece) release() {
	if p.buf != nil {
		scratch.Put(p.buf)
	}
}

// smallPiece is the size up to which pieces are joined: many small pieces would each
// cost more than they hold.
const smallPiece = 16 << 10

// push appends the first n bytes of a buffer of scratch; the queue owns the buffer from
// then on. If the bytes are shared, push returns them, and nobody changes them again,
// even after they have been taken.
func (q *byteQueue) push(buf *[maxMessage]byte, n int, shared bool) (kept []byte) {
	p := piece{buf[:n:n], buf}
	q.size += n
	if last := len(q.pieces) - 1; last >= 0 {
		if l := &q.pieces[last]; l.buf == nil && len(l.data)+n <= smallPiece {
			old := len(l.data)
			l.data = append(l.data, p.data...)
			p.release()
			return l.data[old : old+n : old+n]
		}
	}
	if n < maxMessage/4*3 {
		// The buffer is mostly empty: copy the bytes and give it back.
		data := bytes.Clone(p.data)
		p.release()
		p = piece{data: data[:n:n]}
	}
	if shared {
		p.buf = nil
	}
	q.pieces = append(q.pieces, p)
	if shared {
		return p.data
	}
	return nil
}

// take moves the first bytes into p and returns how many.
func (q *byteQueue) take(p []byte) (n int) {
	for n < len(p) && q.size > 0 {
		m := copy(p[n:], q.pieces[0].data)
		q.skip(m)
		n += m
	}
	return n
}

// drop removes the first n bytes.
func (q *byteQueue) drop(n int) {
	for n > 0 {
		m := min(n, len(q.pieces[0].data))
		q.skip(m)
		n -= m
	}
}

// skip removes n bytes of the first piece.
func (q *byteQueue) skip(n int) {
	q.size -= n
	first := &q.pieces[0]
	if first.data = first.data[n:]; len(first.data) > 0 {
		return
	}
	first.release()
	*first = piece{}
	q.joined = false
	if q.pieces = q.pieces[1:]; len(q.pieces) == 0 {
		q.pieces = nil // most inboxes are empty most of the time
	}
}

// bytes returns all bytes in one slice, which stays valid until the queue changes.
// However often it is called while bytes come, it copies each byte only once or twice.
func (q *byteQueue) bytes() []byte {
	switch {
	case len(q.pieces) == 0:
		return nil
	case len(q.pieces) == 1:
		return q.pieces[0].data
	}
	first, rest := q.pieces[0], q.pieces[1:]
	if !q.joined {
		data := append(make([]byte, 0, 2*q.size), first.data...)
		first.release()
		first = piece{data: data}
	}
	for i, p := range rest {
		first.data = append(first.data, p.data...)
		p.release()
		rest[i] = piece{}
	}
	q.pieces, q.joined = append(q.pieces[:0], first), true
	return first.data
}

// part returns a copy of n bytes from offset on.
func (q *byteQueue) part(offset, n int) []byte {
	out := make([]byte, 0, n)
	for _, p := range q.pieces {
		if offset < len(p.data) && n > len(out) {
			out = append(out, p.data[offset:min(offset+n-len(out), len(p.data))]...)
		}
		offset = max(offset-len(p.data), 0)
	}
	return out
}
