package script

import (
	"context"
	"time"
	"unsafe"

	"sosh/sockets"
)

// growing is what has come of a stream and was not taken, for a call that looks
// at all of it again whenever more comes.
type growing struct {
	h     *sockets.Handle
	limit int
	seen  sockets.Peeked

	looked time.Time // when the last look began; zero before the first
}

// next waits for more than was seen. What comes while it waits as long as the
// last look took is seen at once: so all the looks together cost no more than
// in proportion to what came, however small the pieces. moved is that what was
// seen is no longer the beginning, as another call has taken from it.
func (g *growing) next(ctx context.Context) (moved bool, err error) {
	known := len(g.seen.Data)
	if !g.looked.IsZero() {
		if cost := time.Since(g.looked); cost > time.Millisecond {
			// Its error is that it has not become so much, or that of Peek.
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

// text is what was seen, up to the limit.
func (g *growing) text() string {
	data := g.seen.Data[:min(len(g.seen.Data), g.limit)]
	return unsafe.String(unsafe.SliceData(data), len(data)) // nobody changes a copy
}
