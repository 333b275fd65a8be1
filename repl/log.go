package repl

import (
	"os"
	"sync"

	"sosh/internal/owner"
	"sosh/internal/show"
	"sosh/sockets"
)

// An eventLog writes events to a file, a line each. Its methods may be used
// concurrently.
type eventLog struct {
	mu        sync.Mutex
	file      *os.File
	failed    func(error)
	reporting sync.WaitGroup // calls of failed
	cancel    func()         // of the subscription to events
}

// open appends the events of table to path from now on; failed is called once, if
// writing fails. stranger is a warning if another user owns the file, or "".
func (l *eventLog) open(path string, table *sockets.Table, failed func(error)) (stranger string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return "", err
	}
	stranger = owner.Stranger(f, path)
	l.close()
	l.mu.Lock()
	l.file, l.failed = f, failed
	l.mu.Unlock()
	l.cancel = table.Subscribe(l.event)
	return stranger, nil
}

// where returns the path that is written to, or "".
func (l *eventLog) where() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return ""
	}
	return l.file.Name()
}

func (l *eventLog) close() error {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
	l.mu.Lock()
	f := l.file
	l.file = nil
	l.mu.Unlock()
	l.reporting.Wait()
	if f == nil {
		return nil
	}
	return f.Close()
}

// event writes one event. A file that can't be written ends the log, not the
// session.
func (l *eventLog) event(ev sockets.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	line := show.Sprintf("%s %s %s", ev.Time.Format("2006-01-02T15:04:05.000000Z07:00"), ev.Handle.Name(), ev.Type)
	if !ev.Peer.IsZero() {
		line += show.Sprintf(" %s", ev.Peer)
	}
	switch ev.Type {
	case sockets.EventData, sockets.EventSent:
		line += show.Sprintf(" %d %s", len(ev.Data), show.Quote(ev.Data))
		if ev.Fault != "" {
			line += show.Sprintf(" %s", ev.Fault)
		}
	case sockets.EventWaiting:
		line += show.Sprintf(" %d", ev.N)
	}
	if ev.Err != nil {
		line += show.Sprintf(" %s", ev.Err)
	}
	if _, err := l.file.WriteString(string(line) + "\n"); err != nil {
		l.file.Close()
		l.file = nil
		failed := l.failed
		l.reporting.Go(func() { failed(err) }) // it prints, which an event must not do
	}
}
