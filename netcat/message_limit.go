package netcat

import (
	"sync"
	"time"
)

// A messageLimiter limits how many messages are written about what others cause: burst
// at once, and from then on one each time that every has passed. It may be used
// concurrently.
type messageLimiter struct {
	burst int
	every time.Duration
	// say is told, with the next message, how many were left out; nil for
	// messages that are all alike.
	say func(left int)

	mu   sync.Mutex
	used int       // of burst
	at   time.Time // when used was counted
	left int
}

// admits reports whether another message may be written now.
func (l *messageLimiter) admits() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if back := int(now.Sub(l.at) / l.every); back >= l.used {
		l.used, l.at = 0, now
	} else {
		l.used -= back
		l.at = l.at.Add(time.Duration(back) * l.every)
	}
	if l.used >= l.burst {
		l.left++
		return false
	}
	l.used++
	if l.left > 0 && l.say != nil {
		l.say(l.left)
	}
	l.left = 0
	return true
}
