package netcat

import (
	"sync"
	"time"
)

// A messageLimiter limits the rate of messages that peers can cause: burst messages at once,
// and then one in each interval of every. It may be used concurrently.
type messageLimiter struct {
	burst int
	every time.Duration
	// say is called before the next message with the number of messages left out; nil if
	// all messages are alike.
	say func(left int)

	mu   sync.Mutex
	used int       // messages used of burst
	at   time.Time // time of the last update of used
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
