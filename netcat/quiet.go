package netcat

import (
	"sync"
	"time"
)

// A quiet limits how many messages are written about what others cause: burst
// at once, and from then on one each time that every has passed. It may be used
// concurrently.
type quiet struct {
	burst int
	every time.Duration
	// say is told, with the next message, how many were left out; nil for
	// messages that are all alike.
	say func(left int)

	mu   sync.Mutex
	used int       // of burst
	at   time.Time // when used was right
	left int
}

// admits reports whether another message may be written now.
func (q *quiet) admits() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	if back := int(now.Sub(q.at) / q.every); back >= q.used {
		q.used, q.at = 0, now
	} else {
		q.used -= back
		q.at = q.at.Add(time.Duration(back) * q.every)
	}
	if q.used >= q.burst {
		q.left++
		return false
	}
	q.used++
	if q.left > 0 && q.say != nil {
		q.say(q.left)
	}
	q.left = 0
	return true
}
