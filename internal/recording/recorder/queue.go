package recorder

import (
	"fmt"
	"sync"
	"time"

	"sosh/internal/recording"
	"sosh/internal/recording/forms"
	"sosh/internal/show"
)

const (
	// maxQueued is how much waits to be written at most, in bytes. Each event counts
	// eventSize more than its data.
	maxQueued = 8 << 20
	eventSize = 512

	// patience is how long a call on a handle, or the end of the program, waits for a file
	// that makes no progress.
	patience = time.Second
	// lookAgain is how often a waiting call looks whether there is progress.
	lookAgain = 50 * time.Millisecond
	// checkEvery is how often the file is compared with the one of its name, at most.
	checkEvery = time.Second
)

// A queue holds events until its goroutine has written them to the file.
type queue struct {
	file   *forms.File
	notify func(string) // may be nil
	ended  func()       // called once writing has failed, without a lock

	mu       sync.Mutex
	news     chan struct{} // has an element if run has something to do
	room     *sync.Cond    // signalled when run has taken the events
	events   []recording.Event
	size     int
	count    int           // events that were added
	lost     int           // events dropped since the last that was added
	last     time.Duration // time of the last event that was added or dropped
	allLost  int
	stuck    bool // the file was blocked for patience; dropping until it makes progress
	reported bool // the loss of events was reported
	closing  bool
	err      error
	done     chan struct{} // closed when run has ended
}

func newQueue(f *forms.File, notify func(string), ended func()) *queue {
	q := &queue{file: f, notify: notify, ended: ended, news: make(chan struct{}, 1), done: make(chan struct{})}
	q.room = sync.NewCond(&q.mu)
	return q
}

func (q *queue) warn(text string) {
	if q.notify != nil {
		q.notify(fmt.Sprintf("recording to %s: %s", show.Name(q.file.Path()), text))
	}
}

// cost is what an event counts in a bounded queue or memory, in bytes.
func cost(ev recording.Event) int { return eventSize + len(ev.Data) + len(ev.Text) + len(ev.Error) }

// add adds an event. While the queue is full, it waits until the file has made progress, or
// drops the event.
func (q *queue) add(ev recording.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last = ev.Time
	if !q.awaitRoom(cost(ev)) {
		q.lost++
		q.allLost++
		return
	}
	if q.lost > 0 {
		q.push(recording.Event{Time: ev.Time, Type: recording.Lost, N: q.lost})
		q.lost = 0
	}
	q.push(ev)
}

func (q *queue) push(ev recording.Event) {
	q.events = append(q.events, ev)
	q.size += cost(ev)
	q.count++
	select {
	case q.news <- struct{}{}:
	default:
	}
}

// awaitRoom waits until the queue has room for n bytes. It returns false if the event must be
// dropped. The caller holds the lock.
func (q *queue) awaitRoom(n int) bool {
	for q.size > 0 && q.size+n > maxQueued {
		if q.err != nil || q.closing {
			return false
		}
		if q.stuck = q.file.Blocked() >= patience; q.stuck {
			if !q.reported {
				q.reported = true
				go q.warn("nobody reads it, or it is blocked: events are dropped until it takes them")
			}
			return false
		}
		timer := time.AfterFunc(lookAgain, q.room.Broadcast)
		q.room.Wait()
		timer.Stop()
	}
	return q.err == nil
}

// take returns the queued events; false means that the queue is closed and empty. It flushes before
// it waits.
func (q *queue) take(spare []recording.Event) (events []recording.Event, more bool, err error) {
	for {
		q.mu.Lock()
		if len(q.events) > 0 {
			events, q.events, q.size = q.events, spare[:0], 0
			q.room.Broadcast()
			q.mu.Unlock()
			return events, true, nil
		}
		closing := q.closing
		if closing && q.lost > 0 {
			events = []recording.Event{{Time: q.last, Type: recording.Lost, N: q.lost}}
			q.lost = 0
			q.mu.Unlock()
			return events, true, nil
		}
		q.mu.Unlock()
		if closing {
			return nil, false, nil
		}
		if err := q.file.Flush(); err != nil {
			return nil, false, err
		}
		<-q.news
	}
}

// run writes the events until close.
func (q *queue) run(h recording.Header) {
	defer close(q.done)
	err := q.write(h)
	if cerr := q.file.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		return
	}
	q.mu.Lock()
	q.err = err
	q.events, q.size = nil, 0
	closing, told := q.closing, q.reported
	q.reported = true
	q.room.Broadcast()
	q.mu.Unlock()
	if !told || !closing { // otherwise close has given up
		q.warn("ended: " + err.Error())
	}
	if !closing {
		q.ended()
	}
}

func (q *queue) write(h recording.Header) error {
	if err := q.file.Begin(h); err != nil {
		return err
	}
	var events []recording.Event
	var checked time.Time
	moved := false
	for more := true; more; {
		var err error
		if events, more, err = q.take(events); err != nil {
			return err
		}
		for i := range events {
			if err := q.file.Write(events[i]); err != nil {
				return err
			}
			events[i] = recording.Event{} // its data may be large
		}
		if now := time.Now(); !moved && now.Sub(checked) > checkEvery {
			checked = now
			if text := q.file.Moved(); text != "" {
				moved = true
				q.warn(text)
			}
		}
	}
	return nil
}

// close writes what waits and ends run. If the file is blocked, it gives up after patience.
func (q *queue) close() {
	q.mu.Lock()
	first := !q.closing
	q.closing = true
	q.mu.Unlock()
	if first {
		select {
		case q.news <- struct{}{}:
		default:
		}
	}
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-q.done:
			return
		case <-tick.C:
		}
		if q.file.Blocked() >= patience {
			q.file.Abandon()
			select {
			case <-q.done:
			case <-time.After(lookAgain): // a file system that hangs
			}
			return
		}
	}
}

func (q *queue) status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Status{Path: q.file.Path(), Events: q.count, Bytes: q.file.Size(), Lost: q.allLost, Err: q.err}
}
