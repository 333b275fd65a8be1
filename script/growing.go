package script

import (
	"context"
	"time"
	"unsafe"

	"sosh/sockets"
)

// growing is the unread data of a stream, for a call that examines all of it again
// whenever more data arrives.
type growing struct {
	h     *sockets.Handle
	limit int
	seen  sockets.Peeked

	looked time.Time // when the last examination began; zero before the first
}

// next waits for more data than before. Then it waits for as long as the last
// examination took, to collect further data. So the total cost of the examinations is
// proportional to the amount of data, however small the pieces are. moved reports that
// another call has taken data, so the data no longer begins where it did.
func (g *growing) next(ctx context.Context) (moved bool, err error) {
	known := len(g.seen.Data)
	if !g.looked.IsZero() {
		if cost := time.Since(g.looked); cost > time.Millisecond {
			// An error means that less has arrived, or is returned by Peek too.
			pause, cancel := context.WithTimeout(ctx, cost)
			g.h.Await(pause, min(2*known, g.limit))
			cancel()
		}
	}
	p, err := g.h.PeekPast(ctx, g.seen)
	if err != nil {
		return false, err
	}
	moved = known > 0 && !p.Follows(g.seen)
	g.seen, g.looked = p, time.Now()
	return moved, nil
}

// text returns the data, up to the limit.
func (g *growing) text() string {
	data := g.seen.Data[:min(len(g.seen.Data), g.limit)]
	return unsafe.String(unsafe.SliceData(data), len(data)) // data is a copy that nobody changes
}
