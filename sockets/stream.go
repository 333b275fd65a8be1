package sockets

import "bytes"

// A byteQueue holds the unread bytes of a stream in pieces, as they came, so
// that what is large is neither copied nor moved while it waits.
type byteQueue struct {
	pieces [][]byte
	size   int
	joined bool // the first piece has room at its end that is the queue's own
}

// smallPiece is up to what size pieces are put together: many small ones would
// each cost more than they hold.
const smallPiece = 16 << 10

// push appends a copy of p and returns it: nobody changes those bytes again.
func (q *byteQueue) push(p []byte) []byte {
	q.size += len(p)
	if last := len(q.pieces) - 1; last >= 0 {
		if l := q.pieces[last]; len(l)+len(p) <= smallPiece {
			q.pieces[last] = append(l, p...)
			return q.pieces[last][len(l) : len(l)+len(p) : len(l)+len(p)]
		}
	}
	p = bytes.Clone(p)
	q.pieces = append(q.pieces, p[:len(p):len(p)])
	return p
}

// take moves the first bytes into p and says how many they are.
func (q *byteQueue) take(p []byte) (n int) {
	for n < len(p) && q.size > 0 {
		m := copy(p[n:], q.pieces[0])
		q.skipInFirst(m)
		n += m
	}
	return n
}

// drop takes away the first n bytes.
func (q *byteQueue) drop(n int) {
	for n > 0 {
		m := min(n, len(q.pieces[0]))
		q.skipInFirst(m)
		n -= m
	}
}

func (q *byteQueue) skipInFirst(n int) {
	q.size -= n
	if q.pieces[0] = q.pieces[0][n:]; len(q.pieces[0]) > 0 {
		return
	}
	q.joined = false
	q.pieces[0] = nil
	if q.pieces = q.pieces[1:]; len(q.pieces) == 0 {
		q.pieces = nil // most inboxes are empty most of the time
	}
}

// bytes returns all bytes in one piece, which stays valid until the queue
// changes. Asked again and again while bytes come, it copies each but once or
// twice.
func (q *byteQueue) bytes() []byte {
	switch {
	case len(q.pieces) == 0:
		return nil
	case len(q.pieces) == 1:
		return q.pieces[0]
	}
	first, rest := q.pieces[0], q.pieces[1:]
	if !q.joined {
		first = append(make([]byte, 0, 2*q.size), first...)
	}
	for i, p := range rest {
		first = append(first, p...)
		rest[i] = nil
	}
	q.pieces, q.joined = append(q.pieces[:0], first), true
	return first
}
