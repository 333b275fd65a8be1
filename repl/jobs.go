package repl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sosh/internal/show"
	"sosh/repl/console"
	"sosh/script"
)

// A job runs a command again and again on a goroutine of its own.
type job struct {
	id      int
	every   time.Duration
	command string
	cancel  context.CancelFunc
	done    chan struct{} // closed when it has ended
	runs    int
}

type jobs struct {
	mu   sync.Mutex
	list []*job
	last int
	wg   sync.WaitGroup
}

// find returns the job of that number, or nil.
func (j *jobs) find(id int) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, b := range j.list {
		if b.id == id {
			return b
		}
	}
	return nil
}

func (j *jobs) remove(b *job) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = slices.DeleteFunc(j.list, func(x *job) bool { return x == b })
}

// candidates returns the jobs, for completion.
func (j *jobs) candidates() []console.Candidate {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []console.Candidate
	for _, b := range j.list {
		id := fmt.Sprint(b.id)
		found = append(found, console.Candidate{Text: id, Name: id, Note: b.command})
	}
	return found
}

// count returns how many jobs there are.
func (j *jobs) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.list)
}

// killAll ends every job and waits until they have ended.
func (j *jobs) killAll() {
	j.mu.Lock()
	for _, b := range j.list {
		b.cancel()
	}
	j.mu.Unlock()
	j.wg.Wait()
}

func (s *Shell) runEvery(c *script.Call) error {
	w, command, err := firstWord(c.String(0))
	if err != nil {
		return err
	}
	text, _ := w.text()
	sec, ok := script.ParseSeconds(text)
	switch {
	case !ok || sec <= 0:
		return fmt.Errorf("bad interval %s (expected seconds, such as 0.5 or 500ms)", show.Quote([]byte(text)))
	case command == "":
		return errors.New("the command is missing (expected every SECONDS COMMAND)")
	}
	ctx, cancel := context.WithCancel(context.Background())
	b := &job{every: time.Duration(sec * float64(time.Second)), command: command, cancel: cancel, done: make(chan struct{})}
	s.jobs.mu.Lock()
	s.jobs.last++
	b.id = s.jobs.last
	s.jobs.list = append(s.jobs.list, b)
	s.jobs.mu.Unlock()
	s.out.notify(show.Sprintf("job %d: every %s %s", b.id, b.every, printable(command)))
	s.jobs.wg.Go(func() {
		defer close(b.done)
		defer s.jobs.remove(b)
		defer cancel()
		s.repeat(ctx, b)
	})
	return nil
}

// repeat runs a job until it is killed or fails, at least once.
func (s *Shell) repeat(ctx context.Context, b *job) {
	tick := time.NewTicker(b.every)
	defer tick.Stop()
	for {
		err := nested(ctx, func(ctx context.Context) error { return s.exec(ctx, b.command, "") })
		if s.left.Err() != nil {
			if s.con != nil {
				s.con.Close() // ends the prompt without a key
			}
			return
		}
		if err != nil {
			if ctx.Err() == nil {
				s.out.notify(s.out.paint(colourError, show.Sprintf("job %d ended: %s", b.id, errorText(err))))
			}
			return
		}
		s.jobs.mu.Lock()
		b.runs++
		s.jobs.mu.Unlock()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Shell) runJobs(*script.Call) error {
	s.jobs.mu.Lock()
	var rows [][]string
	for _, b := range s.jobs.list {
		rows = append(rows, []string{fmt.Sprint(b.id), b.every.String(), fmt.Sprint(b.runs), printable(b.command)})
	}
	s.jobs.mu.Unlock()
	if len(rows) == 0 {
		s.out.notify("no jobs")
		return nil
	}
	s.out.print(show.Table([]string{"job", "every", "runs", "command"}, rows, s.out.columns()))
	return nil
}

// runKill ends a job and the run that is under way: what that did is shown before
// the answer. A job that kills itself does not wait for its own end.
func (s *Shell) runKill(c *script.Call) error {
	id := c.Int(0, 0)
	b := s.jobs.find(id)
	if b == nil {
		return fmt.Errorf("no job %d", id)
	}
	b.cancel()
	select {
	case <-b.done:
	case <-c.Context().Done():
	}
	s.jobs.mu.Lock()
	runs := b.runs
	s.jobs.mu.Unlock()
	s.jobs.remove(b)
	s.out.notify(show.Sprintf("job %d killed after %s", id, show.Count(runs, "run")))
	return nil
}
